"""Participation: a tick offers whole lots of a share of its size, in the order in which orders act; the rest goes on."""

from __future__ import annotations

from typing import Any

from .case import Case, after, start
from .case import case as any_case


def case(*what: Any, participation: Any = 1, **more: Any) -> Case:
    return any_case(*what, participation=participation, **more)


CASES = {
    "a market order takes what each tick offers": case(
        "100x9/102x4 102x9/104x4 104x9/106x4",
        start("buy", size=10),
        why="4 at 102, 4 at 104, the last 2 at 106: 408 + 416 + 212 = 1,036. Worth 10 x 104 = 1,040: 4.",
        fills="1@0 buy 4 102 market; 1@1 buy 4 104 market; 1@2 buy 2 106 market",
        ends="filled",
        equity=100_004,
    ),
    "half of five, in whole lots, is two": case(
        "100x9/102x5 100x9/102x5",
        start("buy", size=4),
        participation="0.5",
        why="0.5 x 5 = 2.5, a lot is 1: 2 a tick. 4 x (100 - 102) = -8.",
        fills="1@0 buy 2 102 market; 1@1 buy 2 102 market",
        equity=99_992,
    ),
    "a sell takes from the bid's size": case(
        "100x3/102x9 101x3/103x9",
        start("sell", size=5),
        why="3 at 100, 2 at 101. Bought back at 103 they would lose 9 + 4 = 13.",
        fills="1@0 sell 3 100 market; 1@1 sell 2 101 market",
        equity=99_987,
    ),
    "two orders share one offer, the older first": case(
        "100x9/102x4 100x9/104x9",
        start("buy", size=3),
        start("buy", size=3),
        why="Of 4 at 102 the first takes 3, the second 1; its other 2 pay 104. 4 x -2 + 2 x -4 = -16.",
        fills="1@0 buy 3 102 market; 2@0 buy 1 102 market; 2@1 buy 2 104 market",
        equity=99_984,
    ),
    "an unknown size offers nothing": case(
        "100x9/102x? 100x9/104x0 100x9/106x1",
        start("buy", size=1),
        why="Nothing known at tick 0, nothing there at tick 1; 106 at tick 2: -6.",
        fills="1@2 buy 1 106 market",
        equity=99_994,
    ),
    "a limit goes on at its limit": case(
        "98x9/100x2 97x9/99x1 101x9/103x9 100x9/102x9",
        start("buy", size=5, limit=102),
        why="2 at the better quote of its first tick, 100; 1 at its limit of 102 (it rests now); 103 is over it; 2 at 102. 2 "
        "x 0 + 3 x -2 = -6.",
        fills="1@0 buy 2 100 limit; 1@1 buy 1 102 limit; 1@3 buy 2 102 limit",
        equity=99_994,
    ),
    "a stop once touched is a market order": case(
        "100x9/102x9 103x9/105x2 98x9/100x9",
        start("buy", size=5, stop=104),
        why="105 touches 104: 2 at 105. The ask falls back to 100: the other 3 pay that. 2 x (98 - 105) + 3 x (98 - 100) = -20.",
        fills="1@1 buy 2 105 stop; 1@2 buy 3 100 stop",
        equity=99_980,
    ),
    "a stop is touched where nothing is offered": case(
        "100x9/102x9 103x9/105x0 98x9/100x9",
        start("buy", size=5, stop=104),
        why="Touched at 105 with nothing there; at 100 it goes on: 5 x (98 - 100) = -10.",
        fills="1@2 buy 5 100 stop",
        equity=99_990,
    ),
    "a stop loss goes on leaving whatever the price": case(
        "100x9/102x9 94x2/96x9 99x1/101x9 101x9/103x9",
        start("buy", size=5, stop_loss=95),
        why="94 touches 95: 2 at 94, then 1 at 99 and 2 at 101, both over the level: 2 x -8 + 1 x -3 + 2 x -1 = -21.",
        fills="1@0 buy 5 102 market; 1@1 sell 2 94 stop_loss; 1@2 sell 1 99 stop_loss; 1@3 sell 2 101 stop_loss",
        equity=99_979,
    ),
    "a trailing stop too": case(
        "100x9/102x9 97x0/99x9 99x1/101x9 105x9/107x9",
        start("buy", size=3, trailing=3),
        why="97 = 100 - 3 touches it, nothing is there; 1 at 99, 2 at 105: -3 + 6 = 3.",
        fills="1@0 buy 3 102 market; 1@2 sell 1 99 trailing; 1@3 sell 2 105 trailing",
        equity=100_003,
    ),
    "the rest of a take profit waits as a limit": case(
        "100x9/102x9 100x9/102x9 111x2/113x9 109x9/111x9 112x9/114x9",
        start("buy", size=5, take_profit=110),
        why="2 at 110 (a limit that rests); 109 is under it; 3 more at 110: 5 x 8 = 40.",
        fills="1@0 buy 5 102 market; 1@2 sell 2 110 take_profit; 1@4 sell 3 110 take_profit",
        equity=100_040,
    ),
    "immediate or cancel takes what is there": case(
        "100x9/102x3 100x9/102x9",
        start("buy", size=5, tif="IOC"),
        why="3 at 102, the other 2 are cancelled: -6.",
        fills="1@0 buy 3 102 market",
        ends="cancelled tif",
        equity=99_994,
    ),
    "fill or kill takes all or nothing": case(
        "100x9/102x3 100x9/102x9",
        start("buy", size=5, tif="FOK"),
        start("buy", size=3, tif="FOK"),
        why="3 are there: not 5, but 3. 3 x -2 = -6.",
        fills="2@0 buy 3 102 market",
        ends="cancelled tif; filled",
        equity=99_994,
    ),
    "a fixed commission is paid by each fill": case(
        "100x9/102x4 100x9/102x4 100x9/102x4",
        start("buy", size=10),
        why="Three fills of 4, 4 and 2: 3 x 1 of commission; 10 x -2 = -20.",
        fills="1@0 buy 4 102 market; 1@1 buy 4 102 market; 1@2 buy 2 102 market",
        commissions="1 1 1",
        equity=99_977,
        fixed=1,
    ),
    "a part cancels the rest of the group": case(
        "100x9/102x2 100x9/102x9",
        start("buy", size=5, oco=1),
        start("sell", size=5, oco=1),
        why="2 bought at 102 cancel the sell; the buy itself goes on: 3 more. 5 x -2 = -10.",
        fills="1@0 buy 2 102 market; 1@1 buy 3 102 market",
        ends="filled; cancelled oco",
        equity=99_990,
    ),
    "each part has the bracket": case(
        "100x9/102x2 104x9/106x9 99x3/101x9 99x9/101x9",
        start("buy", size=4, stop_loss=99),
        why="2 at 102, 2 at 106. 99 meets both stop losses and offers 3: 2 of the first lot (-6), 1 of the second (-7), its "
        "last 1 next (-7): -20.",
        fills="1@0 buy 2 102 market; 1@1 buy 2 106 market; 1@2 sell 2 99 stop_loss; 1@2 sell 1 99 stop_loss; "
        "1@3 sell 1 99 stop_loss",
        equity=99_980,
    ),
    "a fraction is settled at the first part": case(
        "100x9999/100x400 200x9999/200x9999",
        start("buy", fraction="0.5"),
        why="Half of 100,000 at 100 is 500 units; 400 at 100, then the other 100 at 200, whatever the equity is now. Worth "
        "400 x 100 more.",
        fills="1@0 buy 400 100 market; 1@1 buy 100 200 market",
        equity=140_000,
    ),
    "a fraction is settled where nothing is offered": case(
        "100x9/100x0 200x9999/200x9999",
        start("buy", fraction="0.5"),
        why="500 units by the price of 100, though all are bought at 200: 100,000 in all.",
        fills="1@1 buy 500 200 market",
        equity=100_000,
    ),
    "a part without margin ends the order": case(
        "100x9/100x600 200x9/200x9999",
        start("buy", size=1_000),
        why="600 at 100. At 200 the equity is 160,000, and 1,000 x 200 = 200,000: the other 400 are refused; the 600 stay.",
        fills="1@0 buy 600 100 market",
        ends="cancelled margin",
        equity=160_000,
    ),
    "a close goes on like a market order": case(
        "100x9/102x9 100x2/102x9 98x9/100x9",
        start("buy", size=5),
        after(0, "close"),
        why="2 at 100, 3 at 98: -4 - 12 = -16.",
        fills="1@0 buy 5 102 market; 2@1 sell 2 100 close; 2@2 sell 3 98 close",
        ends="filled; filled",
        equity=99_984,
    ),
    "a close ends when something else took the rest": case(
        "100x9/102x9 100x2/102x9 95x9/97x9 95x9/97x9",
        start("buy", size=5, stop_loss=96),
        after(0, "close"),
        why="2 at 100 (-4); at tick 2 the stop loss comes first and sells 3 at 95 (-21): nothing is left for the close.",
        fills="1@0 buy 5 102 market; 2@1 sell 2 100 close; 1@2 sell 3 95 stop_loss",
        ends="filled; cancelled flat",
        equity=99_975,
    ),
    "a target goes on to the target": case(
        "100x9/102x3 100x9/102x9 100x9/102x9",
        start("target", size=5),
        after(0, "buy", size=1),
        why="3 of 5 at tick 0. At tick 1 the target is first by its id: 2 are missing, 2 are bought; then the 1. 6 x -2 = -12.",
        fills="1@0 buy 3 102 market; 1@1 buy 2 102 market; 2@1 buy 1 102 market",
        ends="filled; filled",
        equity=99_988,
    ),
}
