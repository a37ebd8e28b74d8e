"""Slippage, commission, a widened spread, limits that must be traded through."""

from __future__ import annotations

from typing import Any

from .case import after, case, start


def steep(size: Any, _price: Any, notional: Any, maker: Any, traded: Any) -> Any:
    """1 for each unit, a fiftieth of the notional, half of all that for a maker, and nothing after 1,000 traded."""
    money = size + notional / 50
    if maker == 1:
        money = money / 2
    return money if traded < 1000 else 0 * money


CASES = {
    "slippages add up": case(
        "100/104 100/104",
        start("buy", size=10),
        why="1 pip of 0.5, half of the spread of 4, and 0.25: 0.5 + 2 + 0.25 = 2.75 on 104. Worth 100: 10 x -6.75.",
        fills="1@0 buy 10 106.75 market",
        equity="99932.5",
        pips=1,
        pip_size="0.5",
        spread="0.5",
        slippage="0.25",
    ),
    "a crossed quote has no spread to slip by": case(
        "104/100",
        start("buy", size=1),
        why="A buy pays max(104, 100) and half of nothing; a sell would get 100: -4.",
        fills="1@0 buy 1 104 market",
        equity=99_996,
        spread="0.5",
    ),
    "limits and take profits do not slip": case(
        "100/102 97/99 110/112",
        start("buy", size=1, limit=100, take_profit=108),
        why="In at the limit of 100, out at 110, the quote of the take profit's first tick: 10, with 3 of slippage for nobody.",
        fills="1@1 buy 1 100 limit; 1@2 sell 1 110 take_profit",
        equity=100_010,
        slippage=3,
    ),
    "random slippage is drawn from seed, order and fill": case(
        "100/100 100/100 100/100",
        start("buy", size=1),
        after(0, "close"),
        why="Seed 7: order 1, fill 0 draws u = 0.298520, order 2, fill 0 draws 0.746312; 1 + (3 - 1) x u each.",
        fills="1@0 buy 1 101.597041706375054 market; 2@1 sell 1 97.507375952974232 close",
        random=(1, 3),
        seed=7,
    ),
    "a bracket draws with its entry's number and a fill later": case(
        "100/100 80/80",
        start("buy", size=1, stop_loss=90),
        why="Seed 7: order 1, fill 0 draws 0.298520 and fill 1 draws 0.528226; pips of 2: (0 + 1 x u) x 2 each.",
        fills="1@0 buy 1 100.597041706375054 market; 1@1 sell 1 78.943547899441736 stop_loss",
        random_pips=(0, 1),
        pip_size=2,
        seed=7,
    ),
    "slippage by volume": case(
        "100x50/100x20 100x50/100x20",
        start("buy", size=5),
        after(0, "buy", size=40),
        why="1 % of 100 is 1: 5 of 20 is a quarter of it, 100.25; 40 of 20 counts as all of it, 101. 5 x -0.25 + 40 x -1 = "
        "-41.25.",
        fills="1@0 buy 5 100.25 market; 2@1 buy 40 101 market",
        equity="99958.75",
        volume="0.01",
    ),
    "an unknown size slips wholly": case(
        "100x50/100x? 100x0/100x20",
        start("buy", size=5),
        after(0, "close"),
        why="No ask size: 1 % of 100. A bid size of zero: the same. 5 x (99 - 101) = -10.",
        fills="1@0 buy 5 101 market; 2@1 sell 5 99 close",
        equity=99_990,
        volume="0.01",
    ),
    "per lot": case(
        "100/100",
        start("buy", size=35),
        why="35 are 3 lots of 10: 30 units, 3 x 2 of commission.",
        fills="1@0 buy 30 100 market",
        commissions="6",
        equity=99_994,
        per_lot=2,
        lot_size=10,
    ),
    "commissions add up": case(
        "100/100",
        start("buy", size=10),
        why="3 + 10 x 0.5 + 0.2 % of 1,000 = 3 + 5 + 2 = 10.",
        fills="1@0 buy 10 100 market",
        commissions="10",
        equity=99_990,
        fixed=3,
        per_unit="0.5",
        percent="0.2",
    ),
    "a limit that rested is a maker, one that takes at once a taker": case(
        "98/100 88/90 98/100",
        start("buy", size=10, limit=100),
        start("buy", size=10, limit=95),
        after(1, "close"),
        why="Taken at once at 100: 0.5 % of 1,000 = 5. Rested, 95: 0.1 % of 950 = 0.95. The close of 20 at 98: 0.5 % of 1,960"
        " = 9.8. 10 x -2 + 10 x 3 - 15.75 = -5.75.",
        fills="1@0 buy 10 100 limit; 2@1 buy 10 95 limit; 3@2 sell 20 98 close",
        commissions="5 0.95 9.8",
        equity="99994.25",
        maker="0.1",
        taker="0.5",
    ),
    "a take profit that rested is a maker": case(
        "100/100 100/100 110/110",
        start("buy", size=10, take_profit=105),
        why="In for 0.5 % of 1,000 = 5; out at 105 for 0.1 % of 1,050 = 1.05. 50 - 6.05 = 43.95.",
        fills="1@0 buy 10 100 market; 1@2 sell 10 105 take_profit",
        commissions="5 1.05",
        equity="100043.95",
        maker="0.1",
        taker="0.5",
    ),
    "tiers by what was traded before": case(
        "100/100 100/100 100/100",
        start("buy", size=15),
        after(0, "buy", size=5),
        after(1, "close"),
        why="Nothing before: 1 % of 1,500 = 15. 1,500 before: 0.5 % of 500 = 2.5. 2,000 before, which reaches the next: 0.1 %"
        " of 2,000 = 2.",
        fills="1@0 buy 15 100 market; 2@1 buy 5 100 market; 3@2 sell 20 100 close",
        commissions="15 2.5 2",
        equity="99980.5",
        tiers=((0, 1), (1_000, "0.5"), (2_000, "0.1")),
    ),
    "a function of one's own": case(
        "98/100 88/90 98/100 98/100",
        start("buy", size=5),
        start("buy", size=5, limit=95),
        after(1, "buy", size=5),
        after(2, "close"),
        why="5 at 100: 5 + 500 / 50 = 15. 5 at 95 as a maker: (5 + 475 / 50) / 2 = 7.25. 5 at 100 with 975 traded: 15. Then "
        "1,475 were traded: nothing. 15 x 98 - 500 - 475 - 500 - 37.25 = -42.25.",
        fills="1@0 buy 5 100 market; 2@1 buy 5 95 limit; 3@2 buy 5 100 market; 4@3 sell 15 98 close",
        commissions="15 7.25 15 0",
        equity="99957.75",
        function=steep,
    ),
    "a fraction leaves room for a taker's commission": case(
        "100/100",
        start("buy", fraction=1),
        why="100,000 / (100 x 1.005) = 995.02: 995 units, 0.5 % of 99,500 = 497.5.",
        fills="1@0 buy 995 100 market",
        commissions="497.5",
        equity="99502.5",
        maker="0.1",
        taker="0.5",
    ),
    "a widened spread is paid and is what a position is worth at": case(
        "100/104 100/104",
        start("buy", size=1),
        why="Half of half of 4 is 1 on each side: bought at 105, worth 99: -6.",
        fills="1@0 buy 1 105 market",
        equity=99_994,
        widen="0.5",
    ),
    "a widened spread meets a stop loss earlier": case(
        "100/104 98/102 97/101",
        start("buy", size=1, stop_loss=97),
        why="Bought at 104 + 1 = 105. The bid of 98 is met as 97: out there, a tick before the quoted bid comes to 97. -8.",
        fills="1@0 buy 1 105 market; 1@1 sell 1 97 stop_loss",
        equity=99_992,
        widen="0.5",
    ),
    "a limit must be traded through": case(
        "100/102 97/99 96/98",
        start("buy", size=1, limit=99),
        why="At 99 it is touched but not traded through; 98 is one point beyond: filled at its 99. Worth 96: -3.",
        fills="1@2 buy 1 99 limit",
        equity=99_997,
        through=1,
    ),
    "a take profit must be traded through": case(
        "100/100 105/105 106/106",
        start("buy", size=2, take_profit=105),
        why="105 only touches it; at 106 it is one point beyond: filled at 105. 2 x 5 = 10.",
        fills="1@0 buy 2 100 market; 1@2 sell 2 105 take_profit",
        equity=100_010,
        through=1,
    ),
    "traded through at its first tick it gets the quote": case(
        "95/97 95/97",
        start("buy", size=1, limit=99),
        why="97 is two points beyond 99 at its very first tick: it pays 97. Worth 95: -2.",
        fills="1@0 buy 1 97 limit",
        equity=99_998,
        through=2,
    ),
}
