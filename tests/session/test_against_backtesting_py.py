"""The two ways of filling are those that backtesting.py defines: the same equity at every bar, to 1e-6.

Same bars, same costs, integer sizes, market orders. What orders inside a bar do is each engine's own, and no part of this.
(vectorbt fills at the close alone; `benchmarks/bench_signals.py` holds its equity against ours before it measures.)
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import btlab as bt
from tests.session.test_signals import bars_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import backtesting

CASH = 100_000.0
WAYS = {"next": False, "current": True}


class Rows(backtesting.Strategy):
    """Does at each bar what a row of four signals says, with integer sizes."""

    rows: Any = None
    sizes: Any = None
    stops: Any = None
    targets: Any = None

    def init(self) -> None:
        pass

    def next(self) -> None:
        at = len(self.data) - 1
        enter, leave, enter_short, leave_short = self.rows[:, at]
        if (self.position.is_long and (leave or enter_short)) or (self.position.is_short and (leave_short or enter)):
            self.position.close()
        elif self.position:
            return
        bracket = {} if self.stops is None else {"sl": self.stops[at], "tp": self.targets[at]}
        if enter:
            self.buy(size=int(self.sizes[at]), **bracket)
        elif enter_short:
            self.sell(size=int(self.sizes[at]), **bracket)


def theirs(
    bars: bt.Bars, rows: np.ndarray, sizes: np.ndarray, *, commission: float, fill: str, stops: Any = None, targets: Any = None
) -> np.ndarray:
    """The equity at each close as backtesting.py has it."""
    columns = {name: getattr(bars, name.lower()) for name in ("Open", "High", "Low", "Close", "Volume")}
    frame = pd.DataFrame(columns, index=pd.to_datetime(bars.time, unit="us"))
    test = backtesting.Backtest(frame, Rows, cash=CASH, commission=commission, trade_on_close=WAYS[fill], finalize_trades=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return test.run(rows=rows, sizes=sizes, stops=stops, targets=targets)["_equity_curve"]["Equity"].to_numpy()


def ours(
    bars: bt.Bars, rows: np.ndarray, sizes: np.ndarray, *, commission: float, fill: str, stops: Any = None, targets: Any = None
) -> np.ndarray:
    """Likewise in btlab."""
    session = bt.run_signals(
        bars, rows[0], rows[1], short_entries=rows[2], short_exits=rows[3], size=sizes, cash=CASH, stop_loss=stops,
        take_profit=targets, execution=bt.Execution(commission=commission, fill=fill),
    )  # fmt: skip
    assert len(session.fills) > 20
    if stops is not None:
        assert {"stop_loss", "take_profit"} <= set(session.trades["exit_reason"])
    equity = at_closes(session)
    if fill == "current":  # backtesting.py fills at the same close, and books the commission with the next bar
        np.add.at(equity, session.fills["tick"].to_numpy(), session.fills["commission"].to_numpy())
    return equity


def at_closes(session: bt.Session) -> np.ndarray:
    """The last equity of each bar."""
    rows = session.equity.filter(pl.col("tick") >= 0).group_by("tick", maintain_order=True).last()
    assert rows["tick"].to_list() == list(range(len(session.data)))
    return rows["equity"].to_numpy().copy()


def signals(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random rows without contradictions (which backtesting.py leaves to its user), and sizes."""
    random = np.random.default_rng(seed)
    rows = random.random((4, count)) < 0.15
    rows[0] &= ~rows[1] & ~rows[2]
    rows[2] &= ~rows[3] & ~rows[0]
    rows[:, 0] = False  # backtesting.py asks from the second bar on
    return rows, random.integers(1, 200, count)


@pytest.mark.parametrize("fill", WAYS)
@pytest.mark.parametrize("commission", [0.0, 0.001])
def test_random_signals(fill: str, commission: float) -> None:
    for seed in range(6):
        bars, (rows, sizes) = bars_of(500, seed), signals(500, seed)
        options: dict[str, Any] = {"commission": commission, "fill": fill}
        np.testing.assert_allclose(ours(bars, rows, sizes, **options), theirs(bars, rows, sizes, **options), rtol=0, atol=1e-6)


@pytest.mark.parametrize("fill", WAYS)
def test_a_cross_on_the_prices_that_come_with_it(fill: str) -> None:
    """Google's daily bars, 2004 to 2013: long while the average of 20 closes is above that of 50, short while below."""
    from backtesting.test import GOOG

    bars = bt.Bars.from_frame(GOOG, symbol="GOOG")
    close = pl.Series(bars.close)
    above = close.rolling_mean(20) > close.rolling_mean(50)
    crossed = above != above.shift(1)
    up, down = (crossed & above).fill_null(False).to_numpy(), (crossed & ~above).fill_null(False).to_numpy()
    rows, sizes = np.array([up, down, down, up]), np.full(len(bars), 100)
    rows[1], rows[3] = False, False
    options: dict[str, Any] = {"commission": 0.002, "fill": fill}
    np.testing.assert_allclose(ours(bars, rows, sizes, **options), theirs(bars, rows, sizes, **options), rtol=0, atol=1e-6)


def test_stops_and_targets() -> None:
    """Inside bars, none of which holds both: they act in the entry's own bar, and a level jumped over fills at the open."""
    for seed in range(6):
        bars, (rows, sizes) = bars_of(500, seed), signals(500, seed)
        sign = np.where(rows[0], 1.0, -1.0)
        options = {"stops": bars.close - sign * 0.21, "targets": bars.close + sign * 0.32}
        one = ours(bars, rows, sizes, commission=0.0, fill="next", **options)
        np.testing.assert_allclose(one, theirs(bars, rows, sizes, commission=0.0, fill="next", **options), rtol=0, atol=1e-6)
