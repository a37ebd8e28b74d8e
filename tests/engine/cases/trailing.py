"""Trailing stops: the level follows the best quote one could leave at, and is tested before it follows."""

from __future__ import annotations

from .case import after, case, start

CASES = {
    "of a long, it follows the bid": case(
        "100/102 105/107 103/105 101/103",
        start("buy", size=1, trailing=3),
        why="Best bid 100, level 97; at tick 1 best 105, level 102; 103 is over it; 101 is not: out at 101. 101 - 102 = -1.",
        fills="1@0 buy 1 102 market; 1@3 sell 1 101 trailing",
        equity=99_999,
    ),
    "of a short, it follows the ask": case(
        "100/102 94/96 97/99",
        start("sell", size=1, trailing=3),
        why="Sold at 100. Best ask 102, level 105; at tick 1 best 96, level 99; at tick 2 the ask is 99: out at 99. 100 - 99 "
        "= 1.",
        fills="1@0 sell 1 100 market; 1@2 buy 1 99 trailing",
        equity=100_001,
    ),
    "it never goes back": case(
        "100/102 110/112 108/110 109/111 107/109",
        start("buy", size=1, trailing=3),
        why="Best 110, level 107, and it stays there at 108 and 109; 107 meets it: 107 - 102 = 5.",
        fills="1@0 buy 1 102 market; 1@4 sell 1 107 trailing",
        equity=100_005,
    ),
    "jumped over, it fills beyond": case(
        "100/102 120/122 90/92",
        start("buy", size=10, trailing=5),
        why="Best 120, level 115; the next bid is 90: out at 90. 10 x (90 - 102) = -120.",
        fills="1@0 buy 10 102 market; 1@2 sell 10 90 trailing",
        equity=99_880,
    ),
    "the entry's own tick begins it, and cannot meet it": case(
        "100/110 100/110 99/109 97/107",
        start("buy", size=1, trailing=3),
        why="Bought at 110 with a bid of 100: best 100, level 97, though that is 13 under the price paid. 99 is over it, 97 "
        "meets it.",
        fills="1@0 buy 1 110 market; 1@3 sell 1 97 trailing",
        equity=99_987,
    ),
    "a percent is not rounded": case(
        "149/151 150/152 149/151 148/150",
        start("buy", size=1, trailing_percent=1),
        why="Best 150, level 150 x 0.99 = 148.5. 149 is over it (rounded to 149 it would have been met); 148 is under: 148 - "
        "151.",
        fills="1@0 buy 1 151 market; 1@3 sell 1 148 trailing",
        equity=99_997,
    ),
    "a percent of a short": case(
        "198/200 158/160 174/176 175/177",
        start("sell", size=1, trailing_percent=10.5),
        why="Best ask 160, level 160 x 1.105 = 176.8: 176 is under it, 177 is over: out at 177. Sold at 198: 21.",
        fills="1@0 sell 1 198 market; 1@3 buy 1 177 trailing",
        equity=100_021,
    ),
    "a crossed quote leads it by what a close would get": case(
        "100/102 110/104 102/104 101/103",
        start("buy", size=1, trailing=3),
        why="At tick 1 a sell gets min(110, 104) = 104: level 101, not 107. 102 stays, 101 leaves: -1.",
        fills="1@0 buy 1 102 market; 1@3 sell 1 101 trailing",
        equity=99_999,
    ),
    "a missing side leaves it as it was": case(
        "100/102 -/120 98/100 97/99",
        start("buy", size=1, trailing=3),
        why="No bid at tick 1: level 97 stays. 98 is over it, 97 meets it: -5.",
        fills="1@0 buy 1 102 market; 1@3 sell 1 97 trailing",
        equity=99_995,
    ),
    "the stop loss is before it": case(
        "100/102 96/98",
        start("buy", size=1, stop_loss=98, trailing=3),
        why="A bid of 96 is under both 98 and 100 - 3 = 97: stop losses have their turn first. 96 - 102 = -6.",
        fills="1@0 buy 1 102 market; 1@1 sell 1 96 stop_loss",
        equity=99_994,
    ),
    "it is before the take profit and leaves it nothing": case(
        "100/102 120/122 116/118",
        start("buy", size=1, trailing=4, take_profit=130),
        why="Best 120, level 116, met at 116: 14. The take profit goes with the lot.",
        fills="1@0 buy 1 102 market; 1@2 sell 1 116 trailing",
        equity=100_014,
    ),
    "a stop order of the same tick comes after it": case(
        "100/102 95/97",
        start("buy", size=2, trailing=3),
        start("sell", size=1, stop=96),
        why="At a bid of 95 the trailing stop (level 97) sells 2: -14. Then the stop order sells 1, which is short from 95; "
        "at 97: -2.",
        fills="1@0 buy 2 102 market; 1@1 sell 2 95 trailing; 2@1 sell 1 95 stop",
        equity=99_984,
    ),
    "each entry has its own": case(
        "100/102 106/108 104/106 102/104",
        start("buy", size=1, trailing=2),
        after(0, "buy", size=1, trailing=4),
        why="The first: best 106, level 104, out at 104 (2). The second: best 106 from its own tick on, level 102, out at 102"
        " (-6).",
        fills="1@0 buy 1 102 market; 2@1 buy 1 108 market; 1@2 sell 1 104 trailing; 2@3 sell 1 102 trailing",
        equity=99_996,
    ),
    "a reversal ends it": case(
        "100/102 104/106 80/82 120/122",
        start("buy", size=1, trailing=3),
        after(0, "sell", size=2),
        why="At tick 1 the 2 sold at 104 close the long (2) and open a short of 1, which has no trailing stop: at 122 it lost"
        " 18.",
        fills="1@0 buy 1 102 market; 2@1 sell 2 104 market",
        equity=99_984,
    ),
    "it slips like a stop": case(
        "100/102 95/97",
        start("buy", size=10, trailing=3),
        why="In at 102 + 1, out at 95 - 1: 10 x (94 - 103) = -90.",
        fills="1@0 buy 10 103 market; 1@1 sell 10 94 trailing",
        equity=99_910,
        slippage=1,
    ),
    "a distance is rounded to the grid": case(
        "100/102 98/100 97/99",
        start("buy", size=1, trailing="2.6"),
        why="2.6 is 3 points: level 97; 98 stays, 97 leaves: -5.",
        fills="1@0 buy 1 102 market; 1@2 sell 1 97 trailing",
        equity=99_995,
    ),
    "a distance that is none is rejected": case(
        "100/102 90/92",
        start("buy", size=1, trailing="0.4"),
        start("buy", size=1, trailing="NaN"),
        start("buy", size=1, trailing=-3),
        start("buy", size=1, trailing_percent=100),
        start("buy", size=1, trailing_percent=0),
        why="0.4 of a point rounds to 0; NaN, a negative distance, 0 % and 100 % are none.",
        ends="rejected level; rejected level; rejected level; rejected level; rejected level",
        equity=100_000,
    ),
}
