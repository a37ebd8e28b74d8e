"""Hedging: each entry is a position of its own, named by its order."""

from __future__ import annotations

from typing import Any

from .case import Case, after, start
from .case import case as any_case


def case(*what: Any, **more: Any) -> Case:
    return any_case(*what, mode="hedging", **more)


CASES = {
    "a long and a short stand beside each other": case(
        "100/102 110/112",
        start("buy", size=3),
        start("sell", size=2),
        why="3 x (110 - 102) = 24 of the long, 2 x (100 - 112) = -24 of the short.",
        fills="1@0 buy 3 102 market; 2@0 sell 2 100 market",
        equity=100_000,
    ),
    "a close ends all of them, each with a fill of its own": case(
        "100/102 110/112",
        start("buy", size=3),
        start("sell", size=2),
        after(0, "close"),
        why="The long is sold at 110: 24; the short is bought back at 112: -24. One order, two fills.",
        fills="1@0 buy 3 102 market; 2@0 sell 2 100 market; 3@1 sell 3 110 close; 3@1 buy 2 112 close",
        ends="filled; filled; filled",
        equity=100_000,
    ),
    "a part of each": case(
        "100/102 110/112",
        start("buy", size=4),
        start("sell", size=3),
        after(0, "close", part="0.5"),
        why="Half of 4 is 2, half of 3 is 1 whole lot. 16 - 12 closed, and open: 2 x 8 = 16, 2 x -12 = -24. -4.",
        fills="1@0 buy 4 102 market; 2@0 sell 3 100 market; 3@1 sell 2 110 close; 3@1 buy 1 112 close",
        equity=99_996,
    ),
    "one position by its id": case(
        "100/102 110/112",
        start("buy", size=3),
        start("buy", size=2),
        after(0, "close_by_id", order=2),
        why="The 2 of order 2 are sold at 110: 16; the 3 of order 1 stay, worth 24.",
        fills="1@0 buy 3 102 market; 2@0 buy 2 102 market; 3@1 sell 2 110 close",
        equity=100_040,
    ),
    "an id with nothing there": case(
        "100/102 110/112",
        start("buy", size=3),
        after(0, "close_by_id", order=7),
        why="No position 7: cancelled. 3 x 8 = 24.",
        fills="1@0 buy 3 102 market",
        ends="filled; cancelled flat",
        equity=100_024,
    ),
    "margin counts both sides": case(
        "100/100 100/100",
        start("buy", size=600),
        start("sell", size=500),
        start("sell", size=400),
        why="600 and 500 are 110,000 of 100,000; 600 and 400 are all of it.",
        fills="1@0 buy 600 100 market; 3@0 sell 400 100 market",
        ends="filled; rejected margin; filled",
        equity=100_000,
    ),
    "each has its own bracket": case(
        "100/102 95/97 120/122",
        start("buy", size=1, stop_loss=96),
        start("sell", size=1, stop_loss=115),
        why="The long leaves at 95: -7; the short at 122: -22.",
        fills="1@0 buy 1 102 market; 2@0 sell 1 100 market; 1@1 sell 1 95 stop_loss; 2@2 buy 1 122 stop_loss",
        equity=99_971,
    ),
    "a bracket of one does not touch an older one": case(
        "100/102 110/112 110/112",
        start("buy", size=5),
        after(0, "buy", size=2, take_profit=109),
        why="Order 2 is bought at 112 and leaves at 110, the quote of its take profit's first tick: -4. The 5 are worth 40.",
        fills="1@0 buy 5 102 market; 2@1 buy 2 112 market; 2@2 sell 2 110 take_profit",
        equity=100_036,
    ),
    "both pay for the night": case(
        "100/100 100/100",
        start("buy", size=10),
        start("sell", size=10),
        why="10 x 0.5 for the long and 10 x 0.2 for the short, though they cancel out: 7.",
        times="09T23:59 10T00:01",
        fills="1@0 buy 10 100 market; 2@0 sell 10 100 market",
        financing="5 2",
        equity=99_993,
        night="price",
        financing_long="0.5",
        financing_short="0.2",
    ),
}
