"""Latency: an order meets its first tick at or after the time it was placed, and the latency. Ticks are a second apart."""

from __future__ import annotations

from .case import after, case, start

CASES = {
    "a second and a half: the tick after next": case(
        "100/102 104/106 108/110 112/114",
        after(0, "buy", size=1),
        why="Placed at 0 s, there at 1.5 s: the tick at 1 s is too early, that at 2 s has an ask of 110. Worth 112: 2.",
        fills="1@2 buy 1 110 market",
        equity=100_002,
        latency=1_500_000,
    ),
    "exactly at its arrival a tick counts": case(
        "100/102 104/106 108/110",
        after(0, "buy", size=1),
        why="Placed at 0 s with 2 s: the tick at 2 s is at that very time: 110. Worth 108: -2.",
        fills="1@2 buy 1 110 market",
        equity=99_998,
        latency=2_000_000,
    ),
    "less than a tick changes nothing": case(
        "100/102 104/106",
        after(0, "buy", size=1),
        why="There at 0.25 s, before the tick at 1 s, which it would have met anyway: 106. Worth 104: -2.",
        fills="1@1 buy 1 106 market",
        equity=99_998,
        latency=250_000,
    ),
    "on_start has the first tick's time": case(
        "100/102 104/106",
        start("buy", size=1),
        why="Placed at 0 s with 1 us: the tick at 0 s is too early: 106 at 1 s.",
        fills="1@1 buy 1 106 market",
        equity=99_998,
        latency=1,
    ),
    "a limit on its way misses what passes": case(
        "100/102 94/96 100/102 97/99",
        after(0, "buy", size=1, limit=99),
        why="There at 2 s: the ask of 96 at 1 s passes unmet; 102 at 2 s is over 99; at 3 s it rests and fills at 99. Worth "
        "97: -2.",
        fills="1@3 buy 1 99 limit",
        equity=99_998,
        latency=2_000_000,
    ),
    "its first tick gives it the better quote": case(
        "100/102 100/102 94/96 94/96",
        after(0, "buy", size=1, limit=99),
        why="There at 2 s, where the ask is 96 already: a limit that just came pays 96, not 99. Worth 94: -2.",
        fills="1@2 buy 1 96 limit",
        equity=99_998,
        latency=2_000_000,
    ),
    "immediate or cancel looks at the tick it arrives for": case(
        "100/102 94/96 100/102 94/96",
        after(0, "buy", size=1, limit=99, tif="IOC"),
        after(0, "buy", size=1, limit=103, tif="IOC"),
        why="There at 2 s with an ask of 102: over 99, it ends; under 103, it fills at 102. Worth 94: -8.",
        fills="2@2 buy 1 102 limit",
        ends="cancelled tif; filled",
        equity=99_992,
        latency=2_000_000,
    ),
    "a cancel overtakes it": case(
        "100/102 100/102 100/102 100/102",
        after(0, "buy", size=1),
        after(1, "cancel", order=1),
        why="On its way until 2 s, cancelled at 1 s.",
        ends="cancelled cancel",
        equity=100_000,
        latency=2_000_000,
    ),
    "a lifetime shorter than the way": case(
        "100/102 100/102 100/102",
        after(0, "buy", size=1, expire=1_000_000),
        why="It expires at 1 s and would have been there at 1.5 s.",
        ends="expired expired",
        equity=100_000,
        latency=1_500_000,
    ),
    "brackets know no latency": case(
        "100/102 100/102 95/97 90/92",
        after(0, "buy", size=1, stop_loss=96),
        why="In at 1 s for 102; the stop loss works at the next tick, 2 s: out at 95. -7.",
        fills="1@1 buy 1 102 market; 1@2 sell 1 95 stop_loss",
        equity=99_993,
        latency=1_000_000,
    ),
    "a changed order does not fill meanwhile": case(
        "100/102 100/102 93/95 95/97 95/97",
        start("buy", size=1, limit=100),
        after(1, "modify", order=1, limit=99),
        why="Changed at 1 s, there at 2.5 s: the ask of 95 at 2 s meets neither level. At 3 s it is new, and 97 is better "
        "than 99: 97. Worth 95: -2.",
        fills="1@3 buy 1 97 limit",
        equity=99_998,
        latency=1_500_000,
    ),
    "a changed stop loss sleeps meanwhile": case(
        "100/102 100/102 100/102 90/92 91/93 85/87",
        after(0, "buy", size=1, stop_loss=95),
        after(2, "modify", order=1, stop_loss=96),
        why="In at 2 s for 102. Changed at 2 s, there at 3.5 s: 90 at 3 s meets nothing, 91 at 4 s does: -11.",
        fills="1@2 buy 1 102 market; 1@4 sell 1 91 stop_loss",
        equity=99_989,
        latency=1_500_000,
    ),
}
