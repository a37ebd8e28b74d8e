"""A run of several symbols that halted and went on is the run that never halted, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.session.checkpoint import Checkpoint
from btlab.session.portfolio.setup import after_tick, portfolio_of
from tests.engine.several_strategies import Dice, DiceByTick
from tests.engine.test_several import ACCOUNT, COSTS, streams

RULES: dict[str, Any] = {"cash": 5_000.0, "account": ACCOUNT, "execution": COSTS, "seed": 5}
MODES = ("compiled", "interpreted")


def assert_same(one: bt.PortfolioSession, other: bt.PortfolioSession) -> None:
    """Every bit of every record, the tables that are made of them, and the strategy's state."""
    for name, rows in one.records.items():
        assert len(rows) == len(other.records[name]), name
        for column in rows.dtype.names or ():
            assert rows[column].tobytes() == other.records[name][column].tobytes(), (name, column)
    for name in ("orders", "fills", "trades", "equity", "marks"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert vars(one.strategy) == vars(other.strategy)


def parted(strategy: bt.Strategy, data: Any, cuts: list[Any], **options: Any) -> bt.PortfolioSession:
    """A run that halts at each cut and goes on from the bytes of a file, in the other mode."""
    session = bt.run(strategy, data, until=cuts[0], mode="interpreted", **options)
    for k, cut in enumerate([*cuts[1:], None]):
        kept = Checkpoint(session.checkpoint().content)
        session = bt.resume(kept, strategy, data, until=cut, mode=MODES[k % 2], **options)
    return session


@pytest.mark.parametrize("kind", [Dice, DiceByTick])
@pytest.mark.parametrize("seed", range(3))
def test_cuts_anywhere_change_nothing(kind: type[bt.Strategy], seed: int) -> None:
    data = streams(seed, 600)
    whole = bt.run(kind(seed=seed), data, mode="compiled", **RULES)
    cuts = sorted(set(np.random.default_rng(seed).integers(60, 1_798, 4).tolist()))
    assert len(whole.fills) > 100
    assert_same(whole, parted(kind(seed=seed), data, cuts, **RULES))


def test_cuts_of_bars_hedged_positions_and_converted_money() -> None:
    ticks = streams(8, 2_000)
    bars = {name: bt.bars(each, "1m") for name, each in ticks.items()}
    hedging = RULES | {"account": bt.Account(currency="USD", leverage=5, mode="hedging", financing=bt.financing.percent(3, -1))}
    strategy = Hedged(seed=8)
    whole = bt.run(strategy, bars, mode="compiled", **hedging)
    assert len(whole.fills) > 50
    times = [str(np.datetime64(int(time), "us")) for time in np.quantile(bars["EURUSD"].time, [0.3, 0.7])]
    assert_same(whole, parted(strategy, bars, times, **hedging))
    alone = RULES | {"account": bt.Account(currency="USD", leverage=5)}
    whole = bt.run(Hedged(seed=1), ticks["USDJPY"], mode="compiled", **alone)
    assert isinstance(whole, bt.PortfolioSession) and len(whole.fills) > 50
    assert_same(whole, parted(Hedged(seed=1), ticks["USDJPY"], [500, 1_500], **alone))


class Hedged(Dice):
    """Dice without targets."""

    def on_bar(self, ctx):
        if ctx.bid > 0.0 and ctx.count("1m") % 3 == ctx.symbol % 3:
            side = 1.0 if ctx.count("1m") % 2 == 0 else -1.0
            if side > 0.0:
                ctx.buy(size=100, trailing_percent=0.05, expire="20m")
            else:
                ctx.sell(fraction=0.2, stop_loss=ctx.bid * 1.001, take_profit=ctx.bid * 0.999)
        elif ctx.count("1m") % 7 == 0:
            ctx.close_position(0.5)

    def on_fill(self, ctx):
        self.told += ctx.fill_price


def test_data_may_have_grown() -> None:
    data = streams(4, 600)
    time = int(np.quantile(np.concatenate([ticks.time for ticks in data.values()]), 0.5))
    short = {name: ticks[: int(np.searchsorted(ticks.time, time, side="right"))] for name, ticks in data.items()}
    halted = bt.run(Dice(seed=4), short, mode="compiled", until=str(np.datetime64(time, "us")), **RULES)
    gone_on = bt.resume(halted.checkpoint(), Dice(seed=4), data, mode="compiled", **RULES)
    assert_same(bt.run(Dice(seed=4), data, mode="compiled", **RULES), gone_on)


def test_a_tick_of_all_symbols_is_counted_by_time_then_by_name() -> None:
    data = streams(5, 60)
    rows = sorted((int(time), name) for name, ticks in data.items() for time in ticks.time)
    setup = portfolio_of(Dice(), data, **RULES)
    for index in range(len(rows)):
        time, halts = after_tick(setup.parts, index)
        assert time == rows[index][0]
        assert halts == [sum(symbol == name for _, symbol in rows[: index + 1]) for name in sorted(data)]
    assert after_tick(setup.parts, -1)[1] == [60, 60, 60]
    for wrong in (len(rows), -len(rows) - 1):
        with pytest.raises(bt.errors.RunError, match="there are ticks 0 to 179, of all symbols"):
            after_tick(setup.parts, wrong)


def test_other_symbols_data_and_rules_are_refused() -> None:
    data = streams(6, 300)
    kept = bt.run(Dice(), data, until=600, mode="interpreted", **RULES).checkpoint()
    assert kept.rows == 601 and list(kept.symbols) == sorted(data)
    refused: list[tuple[str, Any, dict[str, Any]]] = [
        ("had the symbols EURUSD, GBPUSD, USDJPY, this one has the symbols EURUSD, USDJPY", without(data, "GBPUSD"), {}),
        ("this one has one symbol, given without its name", data["EURUSD"], {"account": bt.Account(leverage=5)}),
        ("do not begin with", data | {"GBPUSD": streams(7, 300)["GBPUSD"]}, {}),
        ("another calendar of USDJPY", data, {"instrument": {"USDJPY": bt.Instrument("USDJPY", calendar="24x7")}}),
        ("began with other rules", data, {"cash": 6_000.0}),
        ("stands there, or after it, already", data, {"until": 500}),
    ]
    for said, given, options in refused:
        with pytest.raises(bt.errors.RunError, match=said):
            bt.resume(kept, Dice(), given, mode="interpreted", **RULES | options)
    with pytest.raises(bt.errors.RunError, match="nothing of"):
        bt.run(Dice(), data, until=0, mode="interpreted", **RULES)
    with pytest.raises(bt.errors.RunError, match="come to its end"):
        bt.run(Dice(), data, mode="interpreted", **RULES).checkpoint()


def without(data: dict[str, Any], symbol: str) -> dict[str, Any]:
    return {name: ticks for name, ticks in data.items() if name != symbol}
