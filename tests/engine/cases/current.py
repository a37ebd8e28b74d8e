"""fill="current": a market order fills within the very call, at the last quotes seen."""

from __future__ import annotations

from typing import Any

from .case import Case, after, on_fill, start
from .case import case as any_case


def case(*what: Any, **more: Any) -> Case:
    return any_case(*what, fill="current", **more)


CASES = {
    "placed in on_tick it fills at that tick": case(
        "100/102 110/112",
        after(0, "buy", size=1),
        why="Bought at the ask of 102 that on_tick sees, not at the next one of 112; worth 110: 8.",
        fills="1@0 buy 1 102 market",
        equity=100_008,
    ),
    "placed in on_start it waits for the first tick": case(
        "100/102 110/112",
        start("buy", size=1),
        why="No quote was seen: it meets tick 0 and pays 102.",
        fills="1@0 buy 1 102 market",
        equity=100_008,
    ),
    "its bracket acts from the next tick": case(
        "100/102 99/101",
        after(0, "buy", size=1, stop_loss=101),
        why="The bid of 100 is under 101 already at the entry; the next tick's bid of 99 is the first that counts: -3.",
        fills="1@0 buy 1 102 market; 1@1 sell 1 99 stop_loss",
        equity=99_997,
    ),
    "a close fills at once too": case(
        "100/102 110/112 90/92",
        after(0, "buy", size=3),
        after(1, "close"),
        why="In at 102, out at the bid of 110 that was seen: 3 x 8 = 24.",
        fills="1@0 buy 3 102 market; 2@1 sell 3 110 close",
        equity=100_024,
    ),
    "what is told in one call meets one quote": case(
        "100/102 110/112",
        after(0, "buy", size=5),
        after(0, "close", part="0.4"),
        after(0, "target", size=-1),
        why="5 at 102; 0.4 x 5 = 2 back at 100 (-4); from 3 to -1 sells 4 at 100: 3 close (-6), 1 is short, at 112 it lost 12.",
        fills="1@0 buy 5 102 market; 2@0 sell 2 100 close; 3@0 sell 4 100 market",
        equity=99_978,
    ),
    "a limit waits as ever": case(
        "100/102 99/101",
        after(0, "buy", size=1, limit=105),
        why="102 is under the limit of 105 already, but limits meet the next tick: 101. Worth 99: -2.",
        fills="1@1 buy 1 101 limit",
        equity=99_998,
    ),
    "a side missing now is the last one seen": case(
        "100/102 -/104 108/110",
        after(1, "sell", size=1),
        why="Tick 1 has no bid; the last one seen is 100. At 110 the short has lost 10.",
        fills="1@1 sell 1 100 market",
        equity=99_990,
    ),
    "a side never seen makes it wait": case(
        "100/- 90/92 95/97",
        after(0, "buy", size=1),
        why="No ask was ever seen: it meets tick 1 and pays 92. Worth 95: 3.",
        fills="1@1 buy 1 92 market",
        equity=100_003,
    ),
    "without money it is rejected at once": case(
        "100/102 50/52",
        after(0, "buy", size=1_000),
        after(0, "close"),
        why="1,000 x 102 = 102,000 are more than 100,000; and a close of nothing is cancelled in the call.",
        ends="rejected margin; cancelled flat",
        equity=100_000,
    ),
    "fills of a call are told when it returns, one after the other": case(
        "100/102 110/112",
        after(0, "buy", size=1),
        after(0, "buy", size=2),
        on_fill(1, "buy", size=4),
        on_fill(3, "close"),
        why="1 and 2 are bought in on_tick; only then on_fill hears of the 1 and buys 4; hearing of those 4 it closes all 7 "
        "at 100: 7 x -2 = -14.",
        fills="1@0 buy 1 102 market; 2@0 buy 2 102 market; 3@0 buy 4 102 market; 4@0 sell 7 100 close",
        equity=99_986,
    ),
    "in on_fill it meets the tick of that fill": case(
        "100/102 103/105 90/92",
        start("buy", size=1, stop=105),
        on_fill(1, "sell", size=3),
        why="The stop buys at 105 at tick 1; on_fill sells 3 at that tick's bid of 103: 1 closes (-2), 2 are short; at 92: 22.",
        fills="1@1 buy 1 105 stop; 2@1 sell 3 103 market",
        equity=100_020,
    ),
    "it slips and pays as ever": case(
        "100/102 100/102",
        after(0, "buy", size=10),
        why="102 + 1 of slippage, and 2 of commission: 10 x (100 - 103) - 2 = -32.",
        fills="1@0 buy 10 103 market",
        commissions="2",
        equity=99_968,
        slippage=1,
        fixed=2,
    ),
}
