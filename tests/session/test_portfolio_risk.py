"""What several symbols risk together: by hand, and against the account's own equity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import btlab as bt
from tests.engine.several_strategies import Dice
from tests.engine.test_several import played, streams

DAY = 86_400 * 1_000_000
HOUR = DAY // 24


def prices(symbol: str, *daily: float) -> bt.Ticks:
    """A quote at noon and one at 18:00 of each day, bid = ask."""
    time = np.array([day * DAY + hour * HOUR for day in range(len(daily)) for hour in (12, 18)], np.int64)
    price = np.repeat(daily, 2)
    return bt.Ticks.from_arrays(time, price, price, symbol=symbol)


class Hold(bt.Strategy):
    """Long 10 of the first symbol, short 5 of the second, from their first ticks."""

    def init(self):
        self.begun = False

    def on_tick(self, ctx):
        if not self.begun and ctx.symbol == 1:
            self.begun = True
            ctx.buy(size=10, symbol=0)
            ctx.sell(size=5, symbol=1)


def held(first: tuple[float, ...], second: tuple[float, ...]) -> Any:
    data = {"AAAUSD": prices("AAAUSD", *first), "BBBUSD": prices("BBBUSD", *second)}
    return bt.run(Hold(), data, calendar="24x7", account=bt.Account(leverage=10))


def test_by_hand() -> None:
    """Day by day 10 x (0, 1, -2, 3) are won with the one, and -5 x (0, 2, -4, 6) with the other: always against each other.

    The account wins 0, 10 - 10, -20 + 20, 30 - 30: nothing on any day.
    """
    session = held((100.0, 101.0, 99.0, 102.0), (50.0, 52.0, 48.0, 54.0))
    last = session.exposure.row(-1, named=True)
    assert (last["AAAUSD"], last["BBBUSD"]) == (1_020.0, -270.0)
    assert (last["gross"], last["net"]) == (1_290.0, 750.0)
    assert session.exposure.columns == ["time", "AAAUSD", "BBBUSD", "gross", "net"]
    table = session.correlation
    assert table["symbol"].to_list() == ["AAAUSD", "BBBUSD"]
    assert table["AAAUSD"].to_list() == [pytest.approx(1.0), pytest.approx(-1.0)]
    assert table["BBBUSD"].to_list() == [pytest.approx(-1.0), pytest.approx(1.0)]
    assert session.value_at_risk() == pytest.approx(0.0, abs=1e-12)


def test_the_loss_of_one_day_in_four() -> None:
    """10 units lose 20 of 10,010 on the third of four days; 0, 10 and 30 are won on the others."""
    session = held((100.0, 101.0, 99.0, 102.0), (50.0, 50.0, 50.0, 50.0))
    returns = sorted([0.0, 10 / 10_000, -20 / 10_010, 30 / 9_990])
    at = 0.1 * 3  # of four returns the lowest is the quantile 0, the next that of one third
    assert session.value_at_risk(0.9) == pytest.approx(-(returns[0] + at * (returns[1] - returns[0])), rel=1e-9)
    assert session.of("AAAUSD").value_at_risk(0.9) == pytest.approx(session.value_at_risk(0.9), rel=1e-9)
    assert math.isnan(session.correlation["BBBUSD"][0]) and session.correlation["AAAUSD"][0] == pytest.approx(1.0)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, "0.95", True, math.nan])
def test_a_level_that_is_no_share_is_refused(level: Any) -> None:
    with pytest.raises(bt.errors.RunError, match="level="):
        bt.stats.value_at_risk([0.01], level)


def test_net_is_what_the_equity_holds_and_gross_no_less() -> None:
    session = played(Dice(seed=3), streams(3, 500))
    table, equity = session.exposure, session.equity
    assert table["time"].equals(equity["time"]) and len(table) > 400
    assert np.allclose(table["net"], equity["position_value"], rtol=0, atol=1e-9)
    each = table.select(session.symbols).to_numpy()
    assert np.allclose(np.abs(each).sum(axis=1), table["gross"]) and (table["gross"] + 1e-9 >= table["net"].abs()).all()
    assert (each.max(axis=0) > 0).all() and (each.min(axis=0) < 0).all()


def test_a_symbol_that_is_called_like_a_column_is_named() -> None:
    data = {"net": prices("net", 1.0, 2.0), "symbol": prices("symbol", 1.0, 2.0)}
    session = bt.run(Hold(), data, calendar="24x7")
    with pytest.raises(bt.errors.RunError, match="'net'"):
        session.exposure  # noqa: B018
    with pytest.raises(bt.errors.RunError, match="'symbol'"):
        session.correlation  # noqa: B018


def test_quantiles_and_correlations_are_those_of_numpy() -> None:
    random = np.random.default_rng(4)
    returns = random.normal(0, 0.01, (3, 250))
    assert bt.stats.value_at_risk(returns[0], 0.99) == pytest.approx(-np.percentile(returns[0], 1.0), rel=1e-12)
    assert np.allclose(bt.stats.correlation(returns), np.corrcoef(returns), rtol=0, atol=1e-12)
    assert np.isnan(bt.stats.value_at_risk([])) and np.isnan(bt.stats.correlation([[], []])).all()
