"""A long session of packed ticks behind one widget: whatever a page or Python asks for, only what is looked at is decoded.

What is counted are the ticks that were decoded, not seconds; `benchmarks/bench_long_session.py` has those, of 100 M ticks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import btlab as bt
from btlab.market.packed import PackedTicks
from btlab.widgets.controller import Controller
from btlab.widgets.picture import picture
from btlab.widgets.tape import PAGE, Tape
from tests.widgets.buys import Buys

PLAIN = bt.simulate_ticks("EURUSD", days=4)
TICKS = bt.Ticks.from_arrays(PLAIN.time, PLAIN.bid, PLAIN.ask, symbol="EURUSD")


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Buys(), TICKS.packed())


@pytest.fixture
def decoded(monkeypatch) -> Iterator[list[int]]:
    """How many ticks each cut of packed ticks decoded; all of them at once is a fault."""
    counts: list[int] = []
    cut = PackedTicks.__getitem__

    def counted(self: PackedTicks, rows: slice) -> bt.Ticks:
        part = cut(self, rows)
        counts.append(len(part))
        assert len(part) < len(self), "all ticks were decoded"
        return part

    monkeypatch.setattr(PackedTicks, "__getitem__", counted)
    return counts


def test_mount_seek_step_why_and_picture_decode_what_they_show(session, decoded):
    controller = Controller(Tape(session))
    controller.receive({"kind": "ready"})
    picture(session, at=200_000)
    assert sum(decoded) < 5_000, "the running minute of a picture"
    decoded.clear()
    controller.receive({"kind": "pages", "pages": [1]})
    assert decoded == [PAGE]
    decoded.clear()
    controller.receive({"kind": "bars", "parts": [[0, 0]]})
    for moment in ("#4,711", "+3h", "2024-01-09 10:00", "12:30", "trade 2", 9):
        controller.tick_of(moment)
    for count, unit in ((10, "tick"), (-3, "5m"), (1, "1d")):
        controller.stepped(count, unit)
    controller.receive({"kind": "ask", "id": 1, "what": "until", "condition": "bid > 0 and drawdown > 0.001"})
    assert decoded == []
    header = controller.receive(
        {"kind": "ask", "id": 2, "what": "why", "tick": int(session.trades["entry_tick"][1]), "trade": 2}
    )[0][0]
    assert any("Bought" in text for _, text in header["lines"])
    assert sum(decoded) < len(TICKS) // 2


def test_packed_ticks_are_told_as_plain_ones_are(session):
    plain = bt.run(Buys(), TICKS)
    assert plain.fingerprint == session.fingerprint
    for moment in ("2024-01-09 10:00", "2024-01-08", 70_000, 0, len(TICKS) - 1):
        one, other = plain.at(moment), session.at(moment)
        assert (one.tick, one.time, one.bid, one.ask, one.equity) == (other.tick, other.time, other.bid, other.ask, other.equity)
        assert [one.forming(name) for name in bt.TIMEFRAMES] == [other.forming(name) for name in bt.TIMEFRAMES]
    packed = TICKS.packed()
    random = np.random.default_rng(3)
    rows = random.integers(0, len(TICKS), 500)
    np.testing.assert_array_equal(packed.times_at(rows), TICKS.time[rows])
    edges = [TICKS.time[0] - 1, TICKS.time[-1] + 10**12, *(TICKS.time[rows] + random.integers(-2, 3, 500))]
    for side in ("left", "right"):
        assert [packed.count_by(int(t), side) for t in edges] == [int(np.searchsorted(TICKS.time, t, side)) for t in edges]
    frames = [Tape(ran).open() for ran in (plain, session)]
    assert frames[0] == frames[1]
