"""One SMA cross on a million bars: btlab, vectorbt (numba and rust), backtesting.py and backtrader, side by side.

All go from bars in memory to the equity at every bar, by one set of rules: long 10 units from the open after a close at which
the fast average has crossed above the slow one, until the open after it has crossed below; 0.1 % commission a side. The equity
of all agrees at every bar to 1e-6 before anything is told (so does vectorbt's where it fills at the close of the signal's bar).
Averages are each package's own way. Cold is the first call of a process, its imports and what it compiles included; warm is the
median of runs on bars not seen before. The two that loop in Python are timed on a fiftieth of the bars, and told fifty-fold.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time as clock
import warnings
from collections.abc import Callable
from typing import Any

import common
import numpy as np

COUNT, FAST, SLOW = 1_000_000, 10, 30
CASH, SIZE, SHARE = 10_000_000.0, 10, 0.001
RUNS = 5
Columns = dict[str, np.ndarray]


def columns(seed: int, count: int = COUNT) -> Columns:
    """Minutes of a walk around 500 whose opens differ from the closes before; on no grid, so that no two averages are equal."""
    random = np.random.default_rng(seed)
    close = 500 * np.exp(np.cumsum(random.normal(0, 2e-4, count)))
    open_ = np.concatenate([[500.0], close[:-1]]) * np.exp(random.normal(0, 5e-5, count))
    reach = np.exp(np.abs(random.normal(0, 1e-4, (2, count))))
    high, low = np.maximum(open_, close) * reach[0], np.minimum(open_, close) / reach[1]
    time = common.START + np.arange(count) * 60_000_000
    return {"time": time, "open": open_, "high": high, "low": low, "close": close, "volume": np.ones(count)}


def crosses(close: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the fast average is above (below) the slow one and was not (was) a bar before."""
    import polars as pl

    price = pl.Series(close)
    fast, slow = price.rolling_mean(FAST).to_numpy(), price.rolling_mean(SLOW).to_numpy()
    above = fast > slow
    up, down = above.copy(), ~above
    up[1:] &= ~above[:-1]
    down[1:] &= above[:-1]
    up[:SLOW] = down[:SLOW] = False
    return up, down


def of_a_strategy(data: Columns) -> np.ndarray:
    """btlab, a class."""
    import btlab as bt

    session = bt.run(_cross_class()(fast=FAST, slow=SLOW, size=float(SIZE)), _bars(data), **_options())
    return _at_closes(session)


def of_signals(data: Columns) -> np.ndarray:
    """btlab, arrays."""
    import btlab as bt

    bars = _bars(data)
    fast, slow = (bt.indicator("SMA", bars, timeperiod=period).to_numpy() for period in (FAST, SLOW))
    above = fast > slow
    turned = np.flatnonzero(above[SLOW:] != above[SLOW - 1 : -1]) + SLOW
    up, down = np.zeros((2, len(above)), bool)
    up[turned], down[turned] = above[turned], ~above[turned]
    return _at_closes(bt.run_signals(bars, up, down, size=SIZE, **_options()))


def of_vectorbt(data: Columns, engine: str) -> np.ndarray:
    import pandas as pd
    import vectorbt as vbt

    index = pd.to_datetime(data["time"], unit="us")
    close, open_ = pd.Series(data["close"], index), pd.Series(data["open"], index)
    vbt.settings["engine"] = engine
    fast, slow = vbt.MA.run(close, FAST), vbt.MA.run(close, SLOW)
    entries, exits = (
        np.concatenate([[False], cross.to_numpy()[:-1]]) for cross in (fast.ma_crossed_above(slow), fast.ma_crossed_below(slow))
    )
    portfolio = vbt.Portfolio.from_signals(
        close, entries, exits, price=open_, size=SIZE, fees=SHARE, init_cash=CASH, freq="1min", engine=engine
    )
    return portfolio.value().to_numpy()


def of_backtesting(data: Columns) -> np.ndarray:
    import backtesting
    import pandas as pd
    from backtesting.lib import crossover

    class Cross(backtesting.Strategy):
        def init(self) -> None:
            close = pd.Series(self.data.Close)
            self.fast, self.slow = (self.I(lambda n=n: close.rolling(n).mean()) for n in (FAST, SLOW))

        def next(self) -> None:
            if crossover(self.fast, self.slow):
                self.buy(size=SIZE)
            elif crossover(self.slow, self.fast):
                self.position.close()

    frame = pd.DataFrame({name.capitalize(): data[name] for name in ("open", "high", "low", "close", "volume")})
    frame.index = pd.to_datetime(data["time"], unit="us")
    test = backtesting.Backtest(frame, Cross, cash=CASH, commission=SHARE, finalize_trades=False)
    return test.run()["_equity_curve"]["Equity"].to_numpy()


def of_backtrader(data: Columns) -> np.ndarray:
    import backtrader
    import pandas as pd

    equity: list[float] = []

    class Cross(backtrader.Strategy):
        def __init__(self) -> None:
            averages = (backtrader.ind.SMA(period=n) for n in (FAST, SLOW))
            self.cross = backtrader.ind.CrossOver(*averages)

        def prenext(self) -> None:
            equity.append(self.broker.getvalue())

        def next(self) -> None:
            equity.append(self.broker.getvalue())
            if self.cross[0] > 0:
                self.buy(size=SIZE)
            elif self.cross[0] < 0 and self.position:
                self.close()

    frame = pd.DataFrame({name: data[name] for name in ("open", "high", "low", "close", "volume")})
    frame.index = pd.to_datetime(data["time"], unit="us")
    cerebro = backtrader.Cerebro(stdstats=False)
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=SHARE)
    cerebro.adddata(backtrader.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Cross)
    cerebro.run()
    return np.array(equity)


def check_closes() -> None:
    """Asserts that vectorbt, left to itself, fills where `fill="current"` does: at the close of the signal's bar."""
    import pandas as pd
    import vectorbt as vbt

    import btlab as bt

    data = columns(2, 5_000)
    up, down = crosses(data["close"])
    execution = bt.Execution(commission=SHARE, fill="current")
    ours = _at_closes(bt.run_signals(_bars(data), up, down, size=SIZE, cash=CASH, execution=execution, progress=False))
    close = pd.Series(data["close"], pd.to_datetime(data["time"], unit="us"))
    for engine in ("numba", "rust"):
        portfolio = vbt.Portfolio.from_signals(close, up, down, size=SIZE, fees=SHARE, init_cash=CASH, freq="1min", engine=engine)
        assert portfolio.trades.count() > 50
        np.testing.assert_allclose(portfolio.value().to_numpy(), ours, rtol=0, atol=1e-6, err_msg=engine)


WAYS: dict[str, Callable[[Columns], np.ndarray]] = {
    "btlab, a strategy": of_a_strategy,
    "btlab, run_signals": of_signals,
    "vectorbt, numba": lambda data: of_vectorbt(data, "numba"),
    "vectorbt, rust": lambda data: of_vectorbt(data, "rust"),
    "backtesting.py": of_backtesting,
    "backtrader": of_backtrader,
}
IN_PYTHON, PART = ("backtesting.py", "backtrader"), 50


def _cross_class() -> Any:
    import btlab as bt

    if "Cross" not in globals():

        class Cross(bt.Strategy):
            fast: int = 10
            slow: int = 30
            size: float = 10.0

            def init(self):
                self.was_above = True

            def on_bar(self, ctx):
                if ctx.count("1m") < self.slow:
                    return
                closes = ctx.closes("1m", self.slow)
                above = bt.math.mean(closes[self.slow - self.fast :]) > bt.math.mean(closes)
                if above and not self.was_above:
                    ctx.buy(size=self.size)
                elif ctx.position > 0.0 and not above:
                    ctx.close_position()
                self.was_above = above

        globals()["Cross"] = Cross
    return globals()["Cross"]


def _bars(data: Columns) -> Any:
    import polars as pl

    import btlab as bt

    return bt.Bars.from_frame(pl.DataFrame(data), symbol="X", timeframe="1m")


def _options() -> dict[str, Any]:
    import btlab as bt

    return {"cash": CASH, "execution": bt.Execution(commission=SHARE), "progress": False}


def _at_closes(session: Any) -> np.ndarray:
    """The last equity of each bar."""
    rows = session.equity
    tick = rows["tick"].to_numpy()
    last = np.append(tick[1:] != tick[:-1], True) & (tick >= 0)
    return rows["equity"].to_numpy()[last]


def seconds(way: str, seed: int, count: int = COUNT) -> float:
    data = columns(seed, count)
    gc.collect()
    began = clock.perf_counter()
    WAYS[way](data)
    return clock.perf_counter() - began


def check() -> int:
    """Asserts that the equity of all is the same at every bar; how many entries there are in all bars."""
    for seed, count, ways in ((0, 5_000, list(WAYS)), (1, COUNT, [way for way in WAYS if way not in IN_PYTHON])):
        data = columns(seed, count)
        known = WAYS[ways[0]](data)
        assert len(known) == count
        for way in ways[1:]:
            np.testing.assert_allclose(WAYS[way](data), known, rtol=0, atol=1e-6, err_msg=way)
    check_closes()
    return int(np.count_nonzero(crosses(data["close"])[0]))


def cold(way: str) -> float:
    """Seconds of a first call on 1,000 bars in a process of its own, imports included."""
    began = clock.perf_counter()
    subprocess.run([sys.executable, "-W", "ignore", __file__, way], check=True, capture_output=True)
    return clock.perf_counter() - began


def main() -> int:
    """Prints the table; 1 where btlab is slower than any other, warm."""
    warnings.simplefilter("ignore")
    if len(sys.argv) > 1:
        WAYS[sys.argv[1]](columns(0, 1_000))
        return 0
    entries = check()
    warm = {
        way: PART * seconds(way, 2, COUNT // PART)
        if way in IN_PYTHON
        else common.median(lambda seed=seed, way=way: seconds(way, seed) for seed in range(2, 2 + RUNS))
        for way in WAYS
    }
    ours = min(warm[way] for way in WAYS if way.startswith("btlab"))
    common.table(
        f"One SMA cross on {COUNT:,} bars, {entries:,} entries, to the equity at every bar, which agrees; median of {RUNS}",
        ("", "warm", "against btlab", "cold, 1,000 bars"),
        [(way, f"{took * 1e3:,.0f} ms", f"{took / ours:,.1f}x", f"{cold(way):.1f} s") for way, took in warm.items()],
    )
    return int(any(took < ours for took in warm.values()))


if __name__ == "__main__":
    sys.exit(main())
