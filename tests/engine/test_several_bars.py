"""Several symbols on bars: by hand, and against the Decimal ledger of several symbols."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import btlab as bt
from tests.engine.scripted_several import play_several_bars
from tests.engine.test_bars_against_ledger import FEATURES, POLICIES
from tests.engine.test_several_against_ledger import agreed
from tests.oracles.several.bar_scenarios import random_several_bars

MINUTE = 60_000_000
SCENARIOS = 8


def bars(symbol: str, *rows: tuple[float, float, float, float]) -> bt.Bars:
    """Open, high, low, close of one minute after the other."""
    columns = dict(zip(("open", "high", "low", "close"), zip(*rows)))
    frame = pl.DataFrame({"time": [i * MINUTE for i in range(len(rows))], **columns})
    return bt.Bars.from_frame(frame, symbol=symbol, timeframe="1m")


class Both(bt.Strategy):
    def on_start(self, ctx):
        ctx.buy(size=40, symbol=0)
        ctx.buy(size=50, symbol=1)


@pytest.mark.parametrize("policy", POLICIES)
def test_what_a_path_would_liquidate_of_another_symbol_is_still_there(policy: str) -> None:
    """40 of A and 50 of B at 10, 100 of cash, 10 times the equity allowed. At A's low of 8: 20 of equity, (320 + 500) / 10 used.

    A has lost most and leaves at 8. 20 of equity are less than half of the 50 that B uses: B leaves at 10, as it was seen last.
    Both paths of the bar are tried before one is taken; what a trial closes is not closed.
    """
    data = {"AAAUSD": bars("AAAUSD", (10, 10, 10, 10), (10, 11, 8, 10), (10, 10, 10, 10))}
    data["BBBUSD"] = bars("BBBUSD", (10, 10, 10, 10), (10, 10, 10, 10), (10, 10, 10, 10))
    account = bt.Account(leverage=10, liquidation=0.5)
    execution = bt.Execution(intrabar=policy)
    session = bt.run(Both(), data, cash=100.0, account=account, execution=execution, mode="interpreted")
    left = session.fills.filter(pl.col("reason") == "liquidation").select("symbol", "tick", "size", "price").rows()
    assert left == [("AAAUSD", 1, 40.0, 8.0), ("BBBUSD", 0, 50.0, 10.0)]
    assert session.trades["exit_time"].null_count() == 0
    assert session.equity["equity"][-1] == pytest.approx(20.0)


class AtOnce(bt.Strategy):
    """A limit in A; where that fills, B is bought at once."""

    def on_start(self, ctx):
        ctx.buy(size=10, limit=9.0, symbol=0)

    def on_fill(self, ctx):
        if ctx.symbol == 0:
            ctx.buy(size=1, symbol=1)


def test_a_fill_inside_another_symbols_bar_is_worth_what_that_showed_then() -> None:
    """10 of A bought at 9 on the way to 8; B follows at once, while A stands at 9: nothing is won. Its close of 11 is later."""
    data = {"AAAUSD": bars("AAAUSD", (10, 10, 10, 10), (10, 12, 8, 11)), "BBBUSD": bars("BBBUSD", (5, 5, 5, 5), (5, 5, 5, 5))}
    session = bt.run(AtOnce(), data, execution=bt.Execution(fill="current", intrabar="low_first"), mode="interpreted")
    assert session.fills.select("symbol", "price").rows() == [("AAAUSD", 9.0), ("BBBUSD", 5.0)]
    assert session.equity["equity"].to_list()[-3:] == [pytest.approx(10_000.0), pytest.approx(10_000.0), pytest.approx(10_020.0)]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("features", [frozenset[str](), FEATURES], ids=["plain", "all"])
def test_several_symbols_on_bars_fill_as_the_ledger_says(policy: str, features: Any) -> None:
    first = SCENARIOS * POLICIES.index(policy) + (100_000 if features else 0)
    scenarios = [random_several_bars(seed, policy, features=features) for seed in range(first, first + SCENARIOS)]
    assert sum(agreed(scenario, *play_several_bars(scenario)) for scenario in scenarios) > 5 * SCENARIOS


@pytest.mark.parametrize(
    ("seed", "policy"),
    [(1035, "pessimistic"), (2041, "optimistic"), (2147, "path"), (2620, "pessimistic"), (3_000_465, "pessimistic")],
)
def test_scenarios_that_once_differed(seed: int, policy: str) -> None:
    """The rate inside another's bar; margin at the bar of a symbol that is not held; a trial that liquidated another symbol; a
    margin call that a liquidation at the same turn of the path cured in part."""
    scenario = random_several_bars(seed, policy, features=FEATURES)
    agreed(scenario, *play_several_bars(scenario))
