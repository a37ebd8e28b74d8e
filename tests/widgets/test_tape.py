"""The tape: what a page is sent, and when it may know it."""

from __future__ import annotations

import re

import numpy as np
import pytest

import btlab as bt
from btlab.errors import MessageError
from btlab.widgets.frames import unpack
from btlab.widgets.picture import picture
from btlab.widgets.tape import PAGE, Tape
from tests.widgets.fixtures import Entries, odd_ticks


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Entries(), odd_ticks(5))


def test_ticks_come_back_exactly(session: bt.Session) -> None:
    tape, data = Tape(session), session.data
    header, buffer = tape.page(0)
    columns = unpack(header, [buffer])
    assert np.array_equal(header["base"] + columns["time"].astype(np.int64) * header["unit"], data.time[:PAGE])
    points = np.where(columns["bid"] == -(2**31), np.nan, columns["bid"] / 10.0**tape.digits)
    assert np.array_equal(points, data.bid[:PAGE], equal_nan=True)
    assert np.isnan(points).any()
    assert np.array_equal(columns["volume"], data.bid_size + data.ask_size)


def test_times_wider_than_31_bits_travel_as_floats() -> None:
    times = np.array([0, 1, 2**31 + 5], np.int64) + 1_709_900_000_000_000
    session = bt.run(Entries(), bt.Ticks.from_arrays(times, [1.1] * 3, [1.2] * 3))
    header, buffer = Tape(session).page(0)
    column = unpack(header, [buffer])["time"]
    assert column.dtype == np.float64
    assert header["base"] + int(column[2]) * header["unit"] == times[2]


@pytest.mark.parametrize("number", [-1, 1, 10**9, "0", None, 0.0, True])
def test_there_is_no_such_page(session: bt.Session, number: object) -> None:
    with pytest.raises(MessageError, match="no page"):
        Tape(session).page(number)  # type: ignore[arg-type]


def test_nothing_is_known_before_it_happened(session: bt.Session) -> None:
    """An order or mark made at a close lies after the last tick taken, so it is known from the next one on."""
    header, buffer = Tape(session).open()
    columns, ticks = unpack(header, [buffer]), session.data.time
    for table, column in (("order", "created"), ("mark", "time"), ("equity", "time")):
        known, when = columns[f"{table}_known"].astype(np.int64), columns[f"{table}_{column}"]
        assert len(known) > 10
        assert (ticks[known] >= when).all(), table
        earlier = known > 0
        assert (ticks[known[earlier] - 1] <= when[earlier]).all(), table


def test_sizes_that_a_fill_decides_are_not_sent() -> None:
    class Fraction(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(fraction=0.5)

    header, buffer = Tape(bt.run(Fraction(), odd_ticks(5, 500))).open()
    assert np.isnan(unpack(header, [buffer])["order_size"]).all()


def test_a_replay_opens_thirty_bars_before_the_first_trade(session: bt.Session) -> None:
    timeline, entry = session.timeline, int(session.trades["entry_tick"].min())
    at = Tape(session).at
    minutes = timeline.bars("1m")
    between = np.searchsorted(timeline.first[timeline.rows("1m")], [at, entry], side="right")
    assert len(minutes) > 30
    assert between[1] - between[0] == min(30, between[1] - 1)
    assert Tape(session, mode="chart").at == len(session.data) - 1


def test_closed_hours_and_holes() -> None:
    ticks = bt.simulate_ticks("EURUSD", days=8)
    monday = ticks.time[0] + 12 * 3_600_000_000
    keep = (ticks.time < monday) | (ticks.time > monday + 3 * 3_600_000_000)
    gapped = bt.Ticks.from_arrays(ticks.time[keep], ticks.bid[keep], ticks.ask[keep])
    info = Tape(bt.run(Entries(), gapped)).info
    assert len(info["closed"]) == 1
    assert 40 * 3_600_000_000 < info["closed"][0][1] - info["closed"][0][0] < 60 * 3_600_000_000
    assert len(info["holes"]) == 1


@pytest.mark.parametrize(("scale", "shown"), [(1.0, 8), (1e-4, 10), (1e-7, 13)])
def test_prices_on_no_grid_say_six_digits_however_small_they_are(scale, shown):
    ticks = bt.simulate_ticks("EURUSD", days=1)[:5_000]
    odd = np.linspace(0.0, 1e-3, len(ticks)) / 3
    data = bt.Ticks.from_arrays(ticks.time, (ticks.bid + odd) * scale, (ticks.ask + odd) * scale, symbol="ODD")
    tape = Tape(bt.run(bt.Strategy, data))
    assert tape.data.digits is None
    assert (tape.digits, tape.info["digits"]) == (shown, shown)
    assert len(set(re.findall(rf">(\d\.\d{{{shown}}})<", picture(tape.session)))) > 3, (
        "prices of the picture, one unlike the other"
    )
