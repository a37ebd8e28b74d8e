"""Bars worked out by hand, with the arithmetic in words: gaps, stop and target in one bar, trailing stops in the entry's bar.

Bars are written open/high/low/close, a minute each; orders are placed in on_start and a unit is traded where nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest

import btlab as bt

START = 1_704_880_800_000_000  # Wednesday 10 January 2024, 10:00 UTC
MINUTE = 60_000_000
FLAT = "100/100/100/100"


class Places(bt.Strategy):
    """Places its orders before the first bar."""

    timeframe = "1m"

    def on_start(self, ctx: Any) -> None:
        for side, order in self.placed:
            getattr(ctx, side)(**({"size": 1} | order))


@dataclass(frozen=True)
class Case:
    """`fills` are (bar, side, price, reason); `equity` is that of the last close, of 100,000."""

    bars: str
    orders: tuple[tuple[str, dict[str, Any]], ...]
    fills: list[tuple[int, str, float, str]]
    equity: float
    why: str
    intrabar: str = "pessimistic"


def buy(**values: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
    return (("buy", values),)


CASES = {
    "stop and target in one bar: the stop": Case(
        f"{FLAT} 100/110/90/100",
        buy(stop_loss=95, take_profit=105),
        [(0, "buy", 100, "market"), (1, "sell", 95, "stop_loss")],
        99_995,
        "Both levels lie within 90 to 110 and the bar does not say which came first: the worse, 95 - 100 = -5.",
    ),
    "stop and target in one bar, seen kindly": Case(
        f"{FLAT} 100/110/90/100",
        buy(stop_loss=95, take_profit=105),
        [(0, "buy", 100, "market"), (1, "sell", 105, "take_profit")],
        100_005,
        "The better of the two: 105 - 100 = 5.",
        "optimistic",
    ),
    "an open beyond the stop": Case(
        f"{FLAT} 80/85/75/82",
        buy(stop_loss=95, take_profit=105),
        [(0, "buy", 100, "market"), (1, "sell", 80, "stop_loss")],
        99_980,
        "The open jumps over 95: out at 80, -20.",
    ),
    "an open beyond the target": Case(
        f"{FLAT} 120/125/80/90",
        buy(stop_loss=95, take_profit=105),
        [(0, "buy", 100, "market"), (1, "sell", 120, "take_profit")],
        100_020,
        "The open jumps over 105 and fills the target there, 20, before anything falls to 95.",
    ),
    "a stop inside a bar fills at its price": Case(
        f"{FLAT} 100/101/90/92",
        buy(stop_loss=95),
        [(0, "buy", 100, "market"), (1, "sell", 95, "stop_loss")],
        99_995,
        "The price walks from 101 to 90 and meets 95 on the way: -5, not 90 - 100.",
    ),
    "a stop entry jumped over by the open": Case(
        f"{FLAT} 108/109/107/109",
        buy(stop=105),
        [(1, "buy", 108, "stop")],
        100_001,
        "The open of 108 is over 105: that is what a buyer pays. Worth 109.",
    ),
    "a stop entry inside a bar": Case(
        f"{FLAT} 100/110/99/109",
        buy(stop=105),
        [(1, "buy", 105, "stop")],
        100_004,
        "The price walks up through 105. Worth 109: 4.",
    ),
    "an entry and its own stop in one bar": Case(
        "100/101/90/100",
        buy(limit=95, stop_loss=92),
        [(0, "buy", 95, "limit"), (0, "sell", 92, "stop_loss")],
        99_997,
        "Down to 90 it passes 95 and then 92, whichever extreme was first: -3.",
    ),
    "an entry and its target in one bar are not believed": Case(
        "100/110/90/100",
        buy(limit=95, take_profit=105),
        [(0, "buy", 95, "limit")],
        100_005,
        "Low first, 105 comes after 95; high first, it was before. The worse: still in, worth 100, which is 5 and not 10.",
    ),
    "an entry at the open and its target in one bar are certain": Case(
        "100/110/90/95",
        buy(take_profit=105),
        [(0, "buy", 100, "market"), (0, "sell", 105, "take_profit")],
        100_005,
        "From the open both ways pass 105 with the lot there: 5.",
    ),
    "a reversal inside a bar": Case(
        f"{FLAT} 100/101/90/91",
        (("buy", {"size": 2}), ("sell", {"size": 5, "stop": 96})),
        [(0, "buy", 100, "market"), (1, "sell", 96, "stop")],
        100_007,
        "5 sold at 96: 2 close (-8), 3 are short and worth 3 x (96 - 91) = 15 at the close.",
    ),
    "an order counts in a bar that starts before its expiry": Case(
        f"{FLAT} 100/110/99/105 100/110/99/105",
        buy(stop=104, expire=MINUTE + 1),
        [(1, "buy", 104, "stop")],
        100_001,
        "Placed at 10:00 for a minute and 1 us: the bar of 10:01 starts before that. 105 - 104.",
    ),
    "an order does not count in a bar that starts at its expiry": Case(
        f"{FLAT} 100/110/99/105",
        buy(stop=104, expire=MINUTE),
        [],
        100_000,
        "The bar of 10:01 starts at the very time.",
    ),
    "a trailing stop in its entry's bar": Case(
        "100/110/90/100",
        buy(trailing=5),
        [(0, "buy", 100, "market"), (0, "sell", 95, "trailing")],
        99_995,
        "Low first it leaves at 100 - 5 = 95; high first it follows to 110 and leaves at 105. The worse: -5.",
    ),
    "a trailing stop in its entry's bar, seen kindly": Case(
        "100/110/90/100",
        buy(trailing=5),
        [(0, "buy", 100, "market"), (0, "sell", 105, "trailing")],
        100_005,
        "High first: best 110, level 105, met there: 5.",
        "optimistic",
    ),
    "a trailing stop follows the high and leaves before the close": Case(
        f"{FLAT} 100/112/99/104",
        buy(trailing=5),
        [(0, "buy", 100, "market"), (1, "sell", 107, "trailing")],
        100_007,
        "99 is over 95. From 112 the level is 107, and both ways come down through it, to 104 or to 99: 7.",
    ),
    "an open under a trailing stop": Case(
        f"{FLAT} 90/120/90/120",
        buy(trailing=5),
        [(0, "buy", 100, "market"), (1, "sell", 90, "trailing")],
        99_990,
        "The open of 90 is tested against 95 as a tick is: out at 90, -10.",
    ),
    "a trailing stop follows the open": Case(
        f"{FLAT} 108/108/104/106 104/104/102/103",
        buy(trailing=5),
        [(0, "buy", 100, "market"), (2, "sell", 103, "trailing")],
        100_003,
        "The open of 108 lifts the level to 103; 104 and the next open of 104 are over it; down to 102 it is met at 103: 3.",
    ),
    "a trailing stop of an entry inside the bar begins there": Case(
        "100/101/90/98",
        buy(limit=95, trailing=3),
        [(0, "buy", 95, "limit"), (0, "sell", 92, "trailing")],
        99_997,
        "In at 95 on the way down, best 95, level 92, met before 90: -3. The high of 101 was before it, or after.",
    ),
    "a percent on a path is not rounded": Case(
        f"{FLAT} 100/112/99/99",
        buy(trailing_percent=10),
        [(0, "buy", 100, "market"), (1, "sell", 100.8, "trailing")],
        100_000.8,
        "112 x 0.9 = 100.8, met at that very price: 0.8.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bars(name: str) -> None:
    case = CASES[name]
    rows = [tuple(map(float, bar.split("/"))) for bar in case.bars.split()]
    frame = pl.DataFrame(rows, schema=["open", "high", "low", "close"], orient="row")
    frame = frame.with_columns(time=pl.int_range(len(rows)) * MINUTE + START)
    strategy = Places()
    strategy.placed = case.orders
    session = bt.run(
        strategy,
        bt.Bars.from_frame(frame, symbol="TEST", timeframe="1m"),
        cash=100_000.0,
        instrument=bt.Instrument("TEST", tick_size=1.0),
        execution=bt.Execution(intrabar=case.intrabar),
        mode="interpreted",
    )
    assert session.fills.select("tick", "side", "price", "reason").rows() == [
        (bar, side, pytest.approx(price, rel=1e-12), reason) for bar, side, price, reason in case.fills
    ], case.why
    assert session.equity["equity"][-1] == pytest.approx(case.equity, rel=1e-12), case.why
