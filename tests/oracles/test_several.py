"""The ledger of several symbols by itself: one symbol in it is the ledger of one; and what holds whatever the scenario."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from .records import Command, Tick, Trade
from .scenarios import Scenario, random_scenario
from .several import Account, Market, closes, merged, play
from .several.money import rate, steps
from .several.scenarios import FAMILIES, Several, random_several

EXACT = Decimal("1e-20")
NAMES = {"before": "bar", "after": "tick", "fill": "fill"}


def as_several(scenario: Scenario, *, beside: tuple[Market, ...] = ()) -> Several:
    """A scenario of one symbol, in the words of several."""
    rules = scenario.rules
    market = Market(
        "TEST", scenario.ticks, "USD", rules.tick_size, rules.lot_size, rules.contract_size, rules.pip_size, rules.calendar
    )
    script = []
    for each in scenario.script:
        if (each.when, each.at) == ("before", 0):
            script.append(replace(each, when="start"))
        else:
            at = scenario.closes.index(each.at) if each.when == "before" else each.at
            script.append(replace(each, when=NAMES[each.when], at=at))
    return Several(scenario.seed, rules, None, (market, *beside), ("1m",), tuple(script))


def plain(value: Any) -> Any:
    """Records as tuples; of the sixty digits the last ones depend on the order of adding."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, each.name)) for each in fields(value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return round(value, 18) if isinstance(value, Decimal) and value.is_finite() else repr(value)


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_one_symbol_is_the_ledger_of_one(first: int) -> None:
    for seed in range(first, first + 40):
        scenario = random_scenario(seed)
        one, several = scenario.play(), as_several(scenario).play()
        assert plain(several.fills) == plain(one.fills), seed
        assert plain(several.orders) == plain(one.orders), seed
        assert plain(several.trades) == plain(one.trades), seed
        assert plain(several.open_trades) == plain(one.open_trades), seed
        assert plain(several.at_ticks) == plain(one.states), seed
        assert plain(several.at_bars) == plain(one.at_closes), seed
        assert several.answers == one.answers, seed
        assert several.margin_calls == [(0, tick) for tick in one.margin_calls], seed
        last, row = one.last, several.rows[-1]
        assert last is not None
        assert plain((row.equity, row.cash, row.position_value)) == plain((last.equity, last.cash, last.position_value))


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_scenarios_keep_the_identities(first: int) -> None:
    for seed in range(first, first + 40):
        scenario = random_several(seed)
        result = scenario.play()
        everything: list[Trade] = result.trades + result.open_trades
        last = result.rows[-1]
        assert abs(sum(trade.pnl for trade in everything) - (last.equity - scenario.rules.cash)) < EXACT
        for name in ("commission", "slippage"):
            told = sum(getattr(each, name) for each in result.fills)
            assert abs(told - sum(getattr(each, name) for each in everything)) < EXACT
        assert sorted(trade.id for trade in everything) == list(range(1, len(everything) + 1))
        assert [order.id for order in result.orders] == list(range(1, len(result.orders) + 1))
        assert all(abs(row.cash + row.position_value - row.equity) < EXACT for row in result.rows)
        assert [row.time for row in result.rows] == sorted(row.time for row in result.rows)
        assert all(trade.mae <= trade.gross_pnl <= trade.mfe for trade in result.trades)
        for symbol in range(len(scenario.markets)):
            fills = [fill for fill in result.fills if fill.symbol == symbol]
            held = sum(trade.side * trade.size for trade in result.open_trades if trade.symbol == symbol)
            assert sum(fill.side * fill.size for fill in fills) == held
            assert [fill.tick for fill in fills] == sorted(fill.tick for fill in fills)


@pytest.mark.parametrize("seed", range(40))
def test_the_order_in_which_markets_are_given_changes_nothing(seed: int) -> None:
    scenario = random_several(seed)
    turned = replace(scenario, markets=scenario.markets[::-1])
    assert repr(turned.play()) == repr(scenario.play())


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_what_another_symbol_does_changes_nothing_for_one(first: int) -> None:
    """Nor does a market beside it in which nothing is traded, at times of its own: fills, trades, ends of orders are the same."""
    features = ("trailing", "latency", "slippage", "commission", "widen", "through", "hedging", "participation")
    for seed in range(first, first + 20):
        alone = random_scenario(seed, features=features)
        other = random_scenario(seed + 1_000, features=()).ticks
        late, last = alone.ticks[0].time - other[0].time + 7, alone.ticks[-1].time
        moved = (replace(each, time=each.time + late) for each in other)
        beside = Market("OTHER", tuple(each for each in moved if each.time <= last), "USD")
        both = _told_the_same(as_several(alone, beside=(beside,)))
        one, two = alone.play(), both.play()
        assert plain([replace(fill, symbol=0) for fill in two.fills]) == plain(one.fills), seed
        assert [order.state for order in two.orders] == [order.state for order in one.orders]
        assert plain([trade.pnl for trade in two.trades]) == plain([trade.pnl for trade in one.trades])


def _told_the_same(scenario: Several) -> Several:
    """A script of the symbol TEST alone, in a run in which OTHER is told as well."""
    markets = sorted(scenario.markets, key=lambda market: market.name)
    symbol = [market.name for market in markets].index("TEST")
    bars = [k for k, bar in enumerate(closes(markets, ("1m",))) if bar.symbol == symbol]
    ticks = [k for k, (_, n, _) in enumerate(merged(markets)) if n == symbol]
    places = {"bar": bars, "tick": ticks}
    moved = []
    for each in scenario.script:
        at = places[each.when][each.at] if each.when in places else each.at
        moved.append(replace(each, at=at, symbol="TEST"))
    return replace(scenario, script=tuple(moved))


def test_money_goes_through_one_pair_or_two() -> None:
    def market(name: str) -> Market:
        return Market(name, (), name[3:])

    mids = {"EURGBP": Decimal("0.8"), "GBPUSD": Decimal("1.25"), "USDJPY": Decimal(160)}
    markets = [market(name) for name in mids]
    values = list(mids.values())

    def worth(money: str, wanted: str) -> Decimal | None:
        way = steps(markets, money, wanted)
        return None if way is None else rate(way, lambda pair: values[pair])

    assert worth("USD", "USD") == 1
    assert worth("GBP", "USD") == Decimal("1.25")
    assert worth("JPY", "USD") == Decimal("0.00625")
    assert worth("EUR", "USD") == 1
    assert worth("JPY", "GBP") == Decimal("0.005")
    assert worth("EUR", "JPY") is None and worth("CHF", "USD") is None
    assert rate([(0, True), (1, True)], lambda pair: values[pair] if pair else None) is None


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: "-".join((family[0], *family[1])))
def test_every_family_leads_to_its_account_on_one_way(family: tuple[str, tuple[str, ...]]) -> None:
    currency, names = family
    markets = [Market(name, (), name[3:]) for name in names]
    assert all(steps(markets, name[3:], currency) is not None for name in names)


def test_equal_times_come_by_name_and_closes_before_them() -> None:
    minute = 60_000_000
    first = tuple(Tick(Decimal(1), Decimal(1), time) for time in (0, minute, minute))
    other = tuple(Tick(Decimal(1), Decimal(1), time) for time in (0, minute - 1, 5 * minute))
    markets = [Market("A", first), Market("B", other)]
    assert [(n, i) for _, n, i in merged(markets)] == [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)]
    told = [(bar.end // minute, bar.timeframe, bar.symbol, bar.before) for bar in closes(markets, ("1m", "5m"))]
    assert told == [(1, "1m", 0, 3), (1, "1m", 1, 3), (2, "1m", 0, 5), (5, "5m", 0, 5), (5, "5m", 1, 5)]


def test_scenarios_hold_every_collision() -> None:
    results = [random_several(seed).play() for seed in range(90)]
    endings = Counter(why for result in results for order in result.orders for why in order.reason.split("/"))
    assert {"rate", "margin", "limit_exposure", "limit_position", "limit_drawdown", "limit_daily_loss", "oco"} <= set(endings)
    reasons = Counter(fill.reason for result in results for fill in result.fills)
    assert min(reasons[name] for name in ("liquidation", "trailing", "stop_limit", "take_profit", "close")) > 5
    assert any(_liquidated_elsewhere(result) for result in results)
    assert sum(bool(result.margin_calls) for result in results) > 5
    assert any(trade.financing for result in results for trade in result.trades)


def _liquidated_elsewhere(result: Account) -> bool:
    """Whether one tick made two symbols leave."""
    left = [(fill.time, fill.symbol) for fill in result.fills if fill.reason == "liquidation"]
    return len({symbol for _, symbol in left}) > 1 and any(a[0] == b[0] and a[1] != b[1] for a, b in pairwise(left))


def test_orders_reach_the_other_symbol_by_their_id() -> None:
    """Cancelled and changed from whatever symbol is told; all of cancel_all is of one symbol."""
    ticks = tuple(Tick(Decimal(10), Decimal(10), time) for time in (0, 1, 2))
    script = (
        Command("start", 0, "buy", size=Decimal(1), limit=Decimal(5), symbol="A"),
        Command("start", 0, "buy", size=Decimal(1), limit=Decimal(5), symbol="B"),
        Command("start", 0, "buy", size=Decimal(1), limit=Decimal(5), symbol="B"),
        Command("tick", 1, "modify", order=1, limit=Decimal(12)),
        Command("tick", 1, "cancel", order=2, symbol="A"),
        Command("tick", 4, "cancel_all"),
    )
    rules = replace(random_scenario(0, features=()).rules, cash=Decimal(1000), fixed=Decimal(0))
    result = play(rules, [Market("A", ticks), Market("B", ticks)], script)
    assert [(order.state, order.symbol) for order in result.orders] == [("filled", 0), ("cancelled", 1), ("working", 1)]
    assert [(fill.symbol, fill.tick) for fill in result.fills] == [(0, 1)]
    assert result.answers == [True]
