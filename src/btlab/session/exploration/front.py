"""`bt.explore`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from btlab import views
from btlab.session.exploration.prepared import Exploration
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    from btlab.data.store import Store
    from btlab.execution.account import Account
    from btlab.market.instrument import Instrument


def explore(
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    cash: float = 10_000.0,
    instrument: Instrument | None = None,
    price: str = "mid",
    calendar: str | None = None,
    empty_bars: str = "skip",
    spread: float | None = None,
    execution: Any = "perfect",
    account: Account | None = None,
    close_at_end: bool = False,
    mode: str = "auto",
    store: Store | None = None,
    seed: int = 0,
    **ranges: Any,
) -> Any:
    """Sliders for parameters; each move runs the whole backtest again, tick by tick, and redraws it.

    While a slider moves, the result before it stays as a ghost. When nobody moves one, the curve over each slider and a map of
    two of them fill in by themselves; everything tried is counted.

    Args:
        strategy: a `Strategy` class, or an object of it, whose values are where the sliders begin.
        data: `Ticks`, `Bars`, or a polars or pandas frame of either.
        cash, instrument, price, calendar, empty_bars, spread, execution, account, close_at_end, mode, store, seed: as in
            `bt.run`.
        ranges: a parameter by name: (low, high), (low, high, step), a list of values, or `bool`; a plain value holds it there.
            `slippage=(0, 1)` in pips and `commission=(0, 0.1)` in percent are explored too, where the strategy has no such
            parameters.

    Returns:
        A widget: `.session`, `.values`, `.move(lookback=30)`, `.code()`, `.keep()`, `.trials`; `.panel()` for a Panel page.

    Raises:
        RunError: nothing to explore, or a range that is none. What `bt.run` raises, for the first run is made at once.

    >>> import btlab as bt
    >>> class Breakout(bt.Strategy):
    ...     timeframe = "5m"
    ...     lookback: int = 20
    ...     def on_bar(self, ctx):
    ...         if ctx.position == 0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):
    ...             ctx.buy(size=1000, stop_loss=ctx.bid - 0.0010, take_profit=ctx.bid + 0.0015)
    >>> explorer = bt.explore(Breakout, bt.simulate_ticks("EURUSD", days=1), lookback=(5, 60))
    >>> explorer.move(lookback=30)
    >>> explorer.code()
    'Breakout(lookback=30)'
    """
    rules: dict[str, Any] = {
        "cash": cash, "instrument": instrument, "price": price, "calendar": calendar, "empty_bars": empty_bars,
        "spread": spread, "execution": execution, "account": account, "store": store, "seed": seed,
    }  # fmt: skip
    return views.render("explorer", Exploration(strategy, data, ranges, close_at_end=close_at_end, mode=mode, **rules))
