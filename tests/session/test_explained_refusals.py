"""Why an order was refused, in numbers: by hand, and against those that the Decimal ledger compared."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

import btlab as bt
from btlab.market.codes import CANCELLED, ENDED, REJECTED
from btlab.session.explain.orders import refusal
from btlab.session.explain.schema import Event
from tests.engine.cases import THEMES
from tests.engine.scripted import play
from tests.oracles.features import FEATURES
from tests.oracles.scenarios import random_scenario

BY_HAND = {
    "no position over so many units": ("order.limit_position", 11.0, 10.0),
    "a reversal is a position too": ("order.limit_position", 11.0, 10.0),
    "no more than so many times the equity": ("order.limit_exposure", 1.501, 1.5),
    "a day's loss stops entries, not exits": ("order.limit_daily_loss", 100.0, 100.0),
    "a new day begins to lose anew": ("order.limit_daily_loss", 100.0, 100.0),
    "a share lost since the highest equity": ("order.limit_drawdown", 500 / 102_000, 0.004),
    "the close of a minute is a row": ("order.limit_drawdown", 1_000 / 102_000, 0.004),
}


def refusals(session: bt.Session) -> dict[int, Event]:
    """The refusal of each order that was rejected, or cancelled by a rule."""
    changes = session.records["change"]
    ended = np.flatnonzero((changes["what"] == ENDED) & np.isin(changes["state"], (REJECTED, CANCELLED))).tolist()
    return {int(changes[row]["order"]): refusal(session, int(changes[row]["order"]), row) for row in ended}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_limit_says_what_it_compared(name: str) -> None:
    """The arithmetic of each is told by its case."""
    session, _ = play(THEMES["limits"][name].scenario)
    ((_, event),) = refusals(session).items()
    assert (event.rule, event.value, event.bound) == (BY_HAND[name][0], pytest.approx(BY_HAND[name][1]), BY_HAND[name][2])
    told = repr(session.explain_at(event.tick))
    assert event.rule in told and f"against {event.bound:g}" in told


def test_limits_count_both_sides_of_a_hedged_account() -> None:
    """6 long and 3 short at 100, then 2 more: 11 of 10 units, 1,100 of 10,000 are 0.11 times the equity."""

    class Both(bt.Strategy):
        def on_start(self, ctx):
            ctx.buy(size=6)
            ctx.sell(size=3)
            ctx.buy(size=2)

    ticks = bt.Ticks.from_arrays(np.arange(3), [100.0] * 3, [100.0] * 3, symbol="TEST")
    for limits, value, bound in ((bt.Limits(position=10), 11.0, 10.0), (bt.Limits(exposure=0.1), 0.11, 0.1)):
        session = bt.run(Both(), ticks, account=bt.Account(mode="hedging", limits=limits))
        event = refusals(session)[3]
        assert (event.value, event.bound) == (pytest.approx(value), bound)


def flat(times: list[str], prices: list[float]) -> bt.Ticks:
    return bt.Ticks.from_arrays(np.array(times, "M8[us]"), prices, prices, symbol="TEST")


def test_a_night_is_lost_by_the_day_that_ends() -> None:
    """10 x 20 paid at midnight are the old day's; the new one begins with 99,800, and at 90 has lost 100 of 100."""

    class Add(bt.Strategy):
        def init(self):
            self.told = 0

        def on_start(self, ctx):
            ctx.buy(size=10)

        def on_tick(self, ctx):
            self.told += 1
            if self.told == 2:
                ctx.buy(size=1)

    ticks = flat(["2024-01-09T23:59", "2024-01-10T00:01", "2024-01-10T00:02"], [100.0, 100.0, 90.0])
    account = bt.Account(limits=bt.Limits(daily_loss=100), financing=bt.financing.price(20, 0))
    event = refusals(bt.run(Add(), ticks, cash=100_000.0, account=account))[2]
    assert (event.rule, event.value, event.bound) == ("order.limit_daily_loss", pytest.approx(100.0), 100.0)


def test_a_height_of_the_same_tick_is_counted() -> None:
    """Sold twice at 120 for 500 each: rows of 101,500 and 101,000; what follows at that tick lies 500 of 101,500 under them."""

    class Sell(bt.Strategy):
        def init(self):
            self.told = 0

        def on_start(self, ctx):
            ctx.buy(size=100)

        def on_tick(self, ctx):
            self.told += 1
            if self.told == 1:
                ctx.sell(size=10)
                ctx.sell(size=10)
                ctx.buy(size=1)

    ticks = flat(["2024-01-10T10:00:01", "2024-01-10T10:00:02"], [100.0, 120.0])
    account, execution = bt.Account(limits=bt.Limits(drawdown=0.004)), bt.Execution(commission=bt.commission.fixed(500))
    event = refusals(bt.run(Sell(), ticks, cash=100_500.0, account=account, execution=execution))[4]
    assert (event.rule, event.value) == ("order.limit_drawdown", pytest.approx(500 / 101_500))


def test_in_a_bar_an_order_stands_at_its_level() -> None:
    """200 units by a stop of 103 in a bar that opens at 100: 20,600 of 10,000; an open of 104: 20,800; a close of 105: 21,000."""
    import polars as pl

    class Stop(bt.Strategy):
        timeframe = "1d"
        level: float = 103.0

        def on_bar(self, ctx):
            if ctx.count("1d") == 1:
                if self.level > 0.0:
                    ctx.buy(size=200, stop=self.level)
                else:
                    ctx.buy(size=200)

    def needed(level: float, opened: float, fill: str = "next") -> float | None:
        rows = {"open": [100.0, opened], "high": [105.0, 106.0], "low": [99.0, 99.0], "close": [105.0, 100.0]}
        frame = pl.DataFrame({"time": [0, 86_400_000_000], **rows})
        session = bt.run(
            Stop(level=level), bt.Bars.from_frame(frame, symbol="TEST", timeframe="1d"), execution=bt.Execution(fill=fill)
        )
        return refusals(session)[1].value

    assert needed(103.0, 100.0) == 20_600.0
    assert needed(103.0, 104.0) == 20_800.0
    assert needed(0.0, 104.0) == 20_800.0
    assert needed(0.0, 104.0, "current") == 21_000.0


RULES = ("margin", "limit_position", "limit_exposure", "limit_daily_loss", "limit_drawdown")


def test_the_numbers_are_those_that_the_ledger_compared() -> None:
    """In random scenarios with every feature. A value over its bound, too, or nothing would have been refused."""
    found: Counter[str] = Counter()
    for seed in range(140):
        features = frozenset(FEATURES) - {("hedging", "participation")[seed % 2]}
        scenario = random_scenario(seed, features=features)
        if scenario.rules.leverage == 1 and not any(getattr(scenario.rules, rule, None) for rule in RULES):
            continue
        expected = {order.id: order for order in scenario.play().orders}
        session, _ = play(scenario)
        for order, event in refusals(session).items():
            rule = event.rule.removeprefix("order.")
            if rule not in RULES:
                continue
            value, bound = (float(each) for each in expected[order].weighed[rule])
            assert event.value is not None and event.bound is not None
            assert math.isclose(event.value, value, rel_tol=1e-9, abs_tol=1e-8), (seed, order, event, value)
            assert math.isclose(event.bound, bound, rel_tol=1e-9, abs_tol=1e-8), (seed, order, event, bound)
            found[rule] += 1
    assert all(found[rule] >= 10 for rule in RULES), found


MULTIPLIERS = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
BITS = (1 << 64) - 1


def drawn(seed: int, order: int, count: int) -> float:
    """The number in [0, 1) that a fill's slippage is drawn with: splitmix64, in Python's own integers."""
    z = (seed * MULTIPLIERS[0] + order * MULTIPLIERS[1] + count * MULTIPLIERS[2]) & BITS
    for _ in range(3):
        z = ((z ^ z >> 30) * MULTIPLIERS[1]) & BITS
        z = ((z ^ z >> 27) * MULTIPLIERS[2]) & BITS
        z ^= z >> 31
    return (z >> 11) / (1 << 53)


def test_slippage_is_drawn_as_the_engine_draws_it() -> None:
    """Every fill of a run: the quote, and 0.1 to 0.3 of a pip, by seed, order and number of the fill."""

    class Often(bt.Strategy):
        def on_bar(self, ctx):
            ctx.buy(size=1)

    session = bt.run(Often(), bt.simulate_ticks("EURUSD", days=1).between(None, None)[:4_000], execution="realistic", seed=9)
    fills = session.records["fill"]
    expected = [0.00001 + 0.00002 * drawn(9, int(fill["order"]), 0) for fill in fills]
    assert len(fills) > 10 and np.allclose(fills["price"] - fills["buy_at"], expected, rtol=0.0, atol=1e-12)
