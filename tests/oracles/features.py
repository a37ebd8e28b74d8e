"""What random scenarios may have beside the plain rules, each switched on in a share of them, with quotes that make it matter."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .ledger.days import day_end
from .records import Command, Rules, Tick

FEATURES: dict[str, float] = {
    "trailing": 0.25,
    "current": 0.15,
    "latency": 0.2,
    "participation": 0.3,
    "slippage": 0.3,
    "commission": 0.4,
    "financing": 0.25,
    "widen": 0.15,
    "through": 0.15,
    "hedging": 0.2,
    "margin": 0.3,
    "limits": 0.2,
}
"""The share of scenarios that have each."""
TOGETHER = {"hedging": "margin", "limits": "financing"}
"""What has more to do with each other than chance would have it."""
HOUR = 3_600_000_000
WEEKS = (1_704_880_800_000_000, 1_709_805_600_000_000, 1_730_196_000_000_000)
"""Wednesday 10 January 2024, Thursday 7 March and Tuesday 29 October, both before the clocks of New York change; 10:00 UTC."""
DAY_STEPS = (0, 0, 0, HOUR, 5 * HOUR, 14 * HOUR, 30 * HOUR)
WEEKEND = 49 * HOUR


def graded(size: Any, price: Any, notional: Any, maker: Any, traded: Any) -> Any:
    """A commission that looks at everything it is told: cheaper for makers, and after the first thousand."""
    money = notional / 500 + size / 100 + price / 1000
    if maker == 1:
        money = money / 2
    if traded > 1000:
        money = money - notional / 1000
    return money


def pick(draw: random.Random, names: frozenset[str]) -> frozenset[str]:
    """The features of a scenario, of those that may be."""
    chosen = {name for name, share in FEATURES.items() if draw.random() < share}
    chosen |= {other for name, other in TOGETHER.items() if name in chosen and draw.random() < 0.5}
    chosen &= names
    return frozenset(chosen - {"latency", "participation"} if "current" in chosen else chosen)


def dress_rules(draw: random.Random, rules: Rules, chosen: frozenset[str]) -> Rules:
    for name in RULES:
        if name in chosen:
            rules = replace(rules, **RULES[name](draw, rules))
    return rules


def dress_ticks(draw: random.Random, rules: Rules, ticks: tuple[Tick, ...], chosen: frozenset[str]) -> tuple[Tick, ...]:
    if "financing" in chosen:
        ticks = spread_over_days(draw, rules, ticks)
    return tuple(with_sizes(draw, rules, each) for each in ticks) if needs_sizes(rules) else ticks


def dress_script(draw: random.Random, rules: Rules, script: tuple[Command, ...], chosen: frozenset[str]) -> tuple[Command, ...]:
    """Trailing stops where brackets may stand, positions closed by their id, and nothing that the rules cannot have."""
    return tuple(_dressed(draw, rules, each, chosen) for each in script)


def needs_sizes(rules: Rules) -> bool:
    return rules.participation is not None or rules.volume > 0


# ---------------------------------------------------------------------- rules


def _decimals(draw: random.Random, text: str) -> Decimal:
    return Decimal(draw.choice(text.split()))


def _slippage(draw: random.Random, _: Rules) -> dict[str, Any]:
    kinds = draw.sample(("pips", "spread", draw.choice(("random", "random_pips")), "volume"), draw.choice((1, 1, 2)))
    values: dict[str, Any] = {"pip_size": _decimals(draw, "0.01 0.02 0.1"), "seed": draw.randrange(1_000)}
    bounds = {"random": ("0.001", "0.0137"), "random_pips": ("0.1", "0.93")}
    for kind in kinds:
        if kind in bounds:
            values[kind] = tuple(map(Decimal, bounds[kind]))
        else:
            values[kind] = _decimals(draw, {"pips": "0.5 1", "spread": "0.25 0.5 1", "volume": "0.003 0.017"}[kind])
    return values


def _commission(draw: random.Random, _: Rules) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for kind in draw.sample(("per_lot", "maker_taker", "tiers", "function", "sum"), draw.choice((1, 1, 2))):
        if kind == "per_lot":
            values["per_lot"] = _decimals(draw, "0.05 0.3")
        elif kind == "maker_taker":
            values |= {"maker": _decimals(draw, "0 0.01 0.02"), "taker": _decimals(draw, "0.05 0.11")}
        elif kind == "tiers":
            steps = sorted(draw.sample((37, 211, 1_003, 5_021, 20_011), draw.choice((1, 2, 3))))
            rates = sorted((draw.choice((3, 5, 8, 13, 21, 30)) for _ in range(len(steps) + 1)), reverse=True)
            values["tiers"] = tuple((Decimal(n), Decimal(rate) / 100) for n, rate in zip((0, *steps), rates))
        elif kind == "function":
            values["function"] = graded
        else:
            values |= {"fixed": Decimal("0.15"), "per_unit": Decimal("0.002"), "percent": Decimal("0.05")}
    return values


def _financing(draw: random.Random, _: Rules) -> dict[str, Any]:
    kind = draw.choice(("percent", "price"))
    rates = ("0 3 -2 40", "0 7 -4 90") if kind == "percent" else ("0 0.0007 -0.0002", "0 0.002 -0.0003")
    return {
        "financing": kind,
        "financing_long": _decimals(draw, rates[0]),
        "financing_short": _decimals(draw, rates[1]),
        "triple": draw.choice((None, "wednesday", "thursday", "friday")),
        "calendar": draw.choice(("24x7", "fx")),
    }


def _margin(draw: random.Random, _: Rules) -> dict[str, Any]:
    call, out = draw.choice((("1", "0.5"), ("1.5", "0.9"), ("0.97", None), (None, "0.96"), ("1.2", "0.2")))
    return {
        "margin_call": None if call is None else Decimal(call),
        "liquidation": None if out is None else Decimal(out),
        "leverage": Decimal(draw.choice((5, 10, 30, 30))),
        "cash": Decimal(draw.choice((60, 60, 250))),
    }


def _limits(draw: random.Random, rules: Rules) -> dict[str, Any]:
    values = {
        "limit_position": draw.choice((2, 5, 12)) * rules.lot_size,
        "limit_exposure": _decimals(draw, "0.1 0.5 1.7"),
        "limit_daily_loss": _decimals(draw, "0.4 3 17"),
        "limit_drawdown": _decimals(draw, "0.003 0.02 0.1"),
    }
    return {name: values[name] for name in draw.sample(sorted(values), draw.choice((1, 1, 2)))}


RULES: dict[str, Callable[[random.Random, Rules], dict[str, Any]]] = {
    "current": lambda _draw, _: {"fill": "current"},
    "latency": lambda draw, _: {"latency": draw.choice((1, 1_000, 250_000, 5_000_000, 62_000_000))},
    "participation": lambda draw, _: {"participation": _decimals(draw, "0.1 0.29 0.5 1 1")},
    "slippage": _slippage,
    "commission": _commission,
    "financing": _financing,
    "widen": lambda draw, _: {"widen": _decimals(draw, "0.5 0.5 1 0.2")},
    "through": lambda draw, _: {"through": draw.choice((1, 1, 2))},
    "hedging": lambda _draw, _: {"mode": "hedging"},
    "margin": _margin,
    "limits": _limits,
}

# ---------------------------------------------------------------------- quotes


def with_sizes(draw: random.Random, rules: Rules, quote: Tick) -> Tick:
    """A few lots on each side, more than is wanted, none, or nothing known."""

    def size() -> Decimal | None:
        lots = draw.choice((None, 0, 1, 1, 2, 3, 5, 8, 20, 100))
        share = rules.participation or 1
        return None if lots is None else round(lots * rules.lot_size / share, 3) + _decimals(draw, "0 0.001 0.03")

    return replace(quote, bid_size=quote.bid and size(), ask_size=quote.ask and size())


def spread_over_days(draw: random.Random, rules: Rules, ticks: tuple[Tick, ...]) -> tuple[Tick, ...]:
    """The same quotes with hours between some of them, some at the very end of a day; none in a closed weekend."""
    late, spread = draw.choice(WEEKS) - ticks[0].time, []
    for each in ticks:
        late += draw.choice(DAY_STEPS) if draw.random() < 0.35 else 0
        time = each.time + late
        if draw.random() < 0.05:
            time = day_end(rules.calendar, time)
        while rules.calendar == "fx" and _is_weekend(time):
            time += HOUR
        late = time - each.time
        spread.append(replace(each, time=time))
    return tuple(spread)


def _is_weekend(time: int) -> bool:
    """Whether the next end of a day is that of a Monday, and more than a day away."""
    return day_end("fx", time) - time > 24 * HOUR


# ---------------------------------------------------------------------- commands


def _dressed(draw: random.Random, rules: Rules, each: Command, chosen: frozenset[str]) -> Command:
    if "hedging" in chosen:
        if each.action == "target":
            each = replace(each, action="close_by_id", size=None, order=draw.randint(1, 12))
        elif each.action == "close" and draw.random() < 0.5:
            each = replace(each, action="close_by_id", part=Decimal(1), order=draw.randint(1, 12))
    if each.action not in ("buy", "sell"):
        return each
    if rules.function is not None:
        each = _in_units(draw, rules, each)
    if "trailing" in chosen and draw.random() < 0.5:
        each = replace(each, **_trailing(draw))
    if "margin" in chosen and rules.function is None and draw.random() < 0.25:
        fraction = rules.leverage * _decimals(draw, "0.5 0.8 0.95")
        each = replace(each, size=None, risk=None, fraction=fraction)
    return each


def _in_units(draw: random.Random, rules: Rules, each: Command) -> Command:
    """What a fraction pays to a commission that is no sum of rates is not said."""
    if each.size is not None:
        return each
    return replace(each, fraction=None, risk=None, size=draw.randint(1, 5) * rules.lot_size)


def _trailing(draw: random.Random) -> dict[str, Decimal]:
    if draw.random() < 0.05:
        return {draw.choice(("trailing", "trailing_percent")): _decimals(draw, "NaN 0 -1 0.004 100 150")}
    if draw.random() < 0.4:
        return {"trailing_percent": _decimals(draw, "0.73 1.37 2.9 4.1")}
    return {"trailing": draw.randint(1, 5) / Decimal(100) + _decimals(draw, "0 0 0 0.002 -0.004")}
