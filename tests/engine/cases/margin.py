"""Margin calls and liquidation: equity against what is used, size x closing quote / leverage, after a tick's orders."""

from __future__ import annotations

from .case import after, case, start

CASES = {
    "a margin call is noted once": case(
        "100/100 95/95 94/94 97/97 93/93",
        start("buy", size=5_000),
        why="Used: 5,000 x quote / 10. At 100: 50,000 against 100,000. At 95 the equity is 75,000, 1.5 x 47,500 = 71,250: "
        "over it. At 94 it is 70,000 and under 70,500: called. At 97 (85,000 over 72,750) no more; at 93 (65,000 under "
        "69,750) again.",
        fills="1@0 buy 5000 100 market",
        margin_calls=[2, 4],
        equity=65_000,
        leverage=10,
        margin_call="1.5",
    ),
    "it stays one call while it is low": case(
        "100/100 94/94 93/93",
        start("buy", size=5_000),
        why="Under 1.5 x used at 94 and still at 93: one call.",
        fills="1@0 buy 5000 100 market",
        margin_calls=[1],
        equity=65_000,
        leverage=10,
        margin_call="1.5",
    ),
    "the whole position is closed": case(
        "100/100 90/90 85/85 90/90",
        start("buy", size=5_000),
        why="At 90: 50,000 against 0.9 x 45,000 = 40,500. At 85: 25,000 against 38,250: closed at 85, 5,000 x -15.",
        fills="1@0 buy 5000 100 market; 1@2 sell 5000 85 liquidation",
        equity=25_000,
        leverage=10,
        liquidation="0.9",
    ),
    "each lot with a fill of its own, and with slippage": case(
        "100/100 100/100 85/85",
        start("buy", size=3_000),
        after(0, "buy", size=2_000),
        why="In at 101 twice, out at 84 twice: 5,000 x -17 = -85,000.",
        fills="1@0 buy 3000 101 market; 2@1 buy 2000 101 market; 1@2 sell 3000 84 liquidation; 2@2 sell 2000 84 liquidation",
        equity=15_000,
        leverage=10,
        liquidation="0.9",
        slippage=1,
    ),
    "a missing side is not tested": case(
        "100/100 -/80 85/85",
        start("buy", size=5_000),
        why="No bid at tick 1: nothing is said about the long. At 85: 25,000 under 38,250: closed.",
        fills="1@0 buy 5000 100 market; 1@2 sell 5000 85 liquidation",
        equity=25_000,
        leverage=10,
        liquidation="0.9",
    ),
    "a stop loss of the tick comes first": case(
        "100/100 85/85",
        start("buy", size=5_000, stop_loss=86),
        why="The stop loss sells all at 85 before the account is looked at.",
        fills="1@0 buy 5000 100 market; 1@1 sell 5000 85 stop_loss",
        equity=25_000,
        leverage=10,
        liquidation="0.9",
    ),
    "working orders stay": case(
        "100/100 85/85 80/80",
        start("buy", size=5_000),
        start("buy", size=1, limit=82),
        why="Liquidated at 85; the limit fills at 82 afterwards and is worth 80.",
        fills="1@0 buy 5000 100 market; 1@1 sell 5000 85 liquidation; 2@2 buy 1 82 limit",
        equity=24_998,
        leverage=10,
        liquidation="0.9",
    ),
    "in hedging the worst goes first, until it is enough": case(
        "100/100 110/110 108/108",
        start("sell", size=4_000),
        start("sell", size=1_000),
        after(0, "sell", size=3_000),
        why="Sold 4,000 and 1,000 at 100, 3,000 at 110. At 110: equity 100,000 - 40,000 - 10,000 = 50,000; used 8,000 x 110 /"
        " 10 = 88,000, half of it 44,000: enough. Then 4,000 x -8 - 1,000 x 8 + 3,000 x 2 = 66,000 at 108.",
        fills="1@0 sell 4000 100 market; 2@0 sell 1000 100 market; 3@1 sell 3000 110 market",
        equity=66_000,
        leverage=20,
        liquidation="0.5",
        mode="hedging",
    ),
    "in hedging the rest stays when the worst has gone": case(
        "100/100 115/115 115/115",
        start("sell", size=4_000),
        start("sell", size=1_000),
        start("buy", size=1_000),
        why="At 115: 100,000 - 60,000 - 15,000 + 15,000 = 40,000; used 6,000 x 115 / 10 = 69,000 x 0.9 = 62,100: too little. "
        "The 4,000 have lost most: out. 40,000 against 0.9 x 23,000 = 20,700: enough.",
        fills="1@0 sell 4000 100 market; 2@0 sell 1000 100 market; 3@0 buy 1000 100 market; 1@1 buy 4000 115 liquidation",
        equity=40_000,
        leverage=10,
        liquidation="0.9",
        mode="hedging",
    ),
}
