"""Events of a whole session and of a part of it: what a page knows of its account and its trailing stops at any tick."""

from __future__ import annotations

import numpy as np
import pytest

import btlab as bt
from btlab.market.times import to_datetime
from btlab.widgets import events
from btlab.widgets.cut import cut
from btlab.widgets.frames import unpack
from btlab.widgets.tape import Tape
from tests.widgets.test_node import accounts


@pytest.fixture(scope="module")
def sessions() -> dict[str, bt.Session]:
    return accounts()


def columns_of(session: object) -> dict[str, np.ndarray]:
    header, buffer = Tape(session).open()  # type: ignore[arg-type]
    return unpack(header, [buffer])


@pytest.mark.parametrize("name", ["hedged-nights", "filled-at-closes"])
@pytest.mark.parametrize("share", [0.0, 0.4])
def test_a_part_knows_what_the_whole_knows(sessions: dict[str, bt.Session], name: str, share: float) -> None:
    """Cash from the account's rows, and each lot's trailing stop by its id, at ticks of a part that begins in the middle."""
    session = sessions[name]
    begin, end = int(share * len(session.data)), int((share + 0.5) * len(session.data))
    part = cut(session, to_datetime(int(session.data.time[begin])), to_datetime(int(session.data.time[end])))
    columns, first = columns_of(part), len(session.data[:end]) - len(part.data)
    known = columns["account_known"]
    assert (np.diff(known) > 0).all() and known.max() <= len(part.data)
    stops = 0
    for tick in range(0, len(part.data), 31):
        state = session.at(first + tick)
        row = int(np.searchsorted(known, tick, side="right")) - 1
        balance, cost = (float(columns["account_" + what][row]) if row >= 0 else 0.0 for what in ("balance", "cost"))
        balance = balance if row >= 0 else session.cash
        assert balance - cost == pytest.approx(state.cash, abs=1e-8)
        by = columns["trail_tick"] <= tick
        last = dict(zip(columns["trail_trade"][by].tolist(), columns["trail_level"][by].tolist()))
        lots = state.trades.filter(state.trades["parent"].is_null())
        for number, level in lots.select("id", "trailing_stop").drop_nulls().iter_rows():
            assert last[number] == level
            stops += 1
    assert stops > 8


def test_what_is_left_of_an_order_and_what_was_filled(sessions: dict[str, bt.Session]) -> None:
    """At every tick at which a part of an order was filled the page has a row for what is left of it, as `session.at` has."""
    session = sessions["parts-widened"]
    columns = columns_of(session)
    found = 0
    for tick in sorted(set(session.changes.filter(session.changes["change"] == "partly filled")["tick"].to_list()))[:20]:
        stands = (columns["order_known"] <= tick) & ~(columns["order_over"] <= tick)
        ours = sorted(zip(columns["order_size"][stands].tolist(), columns["order_filled"][stands].tolist()))
        theirs = session.at(tick).orders
        parted = theirs.filter(theirs["filled"] > 0.0).select("size", "filled").rows()
        assert sorted(parted) == [each for each in ours if each[1] > 0.0]
        found += len(parted)
    assert found > 20


def test_a_long_equity_keeps_the_peaks_and_lows_of_its_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EQUITY_AT_MOST", 1_000)
    monkeypatch.setattr(events, "GROUPS", 64)
    equity = 10_000 + np.cumsum(np.random.default_rng(3).normal(size=20_011))
    rows = events.telling(equity)
    assert len(rows) <= 3 * 64
    assert (np.diff(rows) > 0).all()
    assert rows[-1] == len(equity) - 1
    sent, size = equity[rows], -(-len(equity) // 64)
    for begin in range(0, len(equity), size):
        whole, part = equity[begin : begin + size], sent[(rows >= begin) & (rows < begin + size)]
        assert [part.min(), part.max(), part[-1]] == [whole.min(), whole.max(), whole[-1]]
