"""`bt.run`: checks what was asked, compiles what can be compiled, drives the loop, hands over a `Session`."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.data.progress import Progress
from btlab.engine.loop import close_everything_at
from btlab.engine.state import State
from btlab.errors import RunError, StrategyError, did_you_mean
from btlab.execution.costs import Account, Execution, execution_of
from btlab.market.instrument import Instrument
from btlab.market.series import Bars, Ticks, series_of
from btlab.market.timeline import timeline_of
from btlab.session.drive import drive
from btlab.session.inside import finer_of
from btlab.session.result import Session
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    from btlab.data.store import Store

GRID_ROWS = 1_000
MODES = ("auto", "compiled", "interpreted")


def run(
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    cash: float = 10_000.0,
    instrument: Instrument | None = None,
    price: str = "mid",
    calendar: str | None = None,
    spread: float | None = None,
    execution: str | Execution = "perfect",
    account: Account | None = None,
    close_at_end: bool = False,
    mode: str = "auto",
    store: Store | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
) -> Session:
    """Run a strategy over ticks or bars, tick by tick, six timeframes at once.

    Args:
        strategy: a `Strategy`, or its class (then with its default parameters). The object itself stays as it is.
        data: `Ticks`, `Bars`, or a polars or pandas frame of either.
        cash: what the account starts with, in the quote currency.
        instrument: its grid, lot and contract; by default the grid of the first prices, lot 1, contract size 1.
        price: what bars are built from: "mid", "bid" or "ask".
        calendar: where a day begins, "fx" or "24x7"; by default the instrument's.
        spread: for bars: ask = bid + spread, as a price.
        execution: "perfect" or a `bt.Execution` with slippage and commission.
        account: a `bt.Account`; leverage 1 by default.
        close_at_end: close what is open at the last quotes.
        mode: "compiled", "interpreted", or "auto": compiled where that is possible, with a warning that says why not where not.
        store: where `bt.Execution(intrabar="finer")` finds finer bars.
        progress: None draws a bar for a run of over a second in a terminal or a notebook; True always, False never; or a function
            that takes each `Progress`, at most ten a second.

    An interrupted run (Ctrl+C, the notebook's stop) raises KeyboardInterrupt within 200 ms, whatever it runs: only a compiled
    strategy that never returns from one call ends with its process alone.

    Raises:
        RunError: an argument that contradicts the data or itself. TimeframeError: a subscribed timeframe finer than the data.
        CompileError: in mode "compiled", the line that cannot be compiled and why.

    >>> import btlab as bt
    >>> class Hold(bt.Strategy):
    ...     def on_start(self, ctx):
    ...         ctx.buy(size=100)
    >>> session = bt.run(Hold(), bt.simulate_ticks("EURUSD", days=1))
    >>> session.fills["reason"].to_list()
    ['market']
    """
    given, strategy = _fresh(strategy), _strategy(strategy)
    data = series_of(data)
    if mode not in MODES:
        raise RunError(f"mode={mode!r} is none.{did_you_mean(mode, MODES)}", mode=mode)
    if not (isinstance(cash, int | float) and math.isfinite(cash) and cash > 0):
        raise RunError(f"cash={cash!r}: an account starts with a positive, finite amount", cash=cash)
    if spread is not None and isinstance(data, Ticks):
        raise RunError("spread= gives bars an ask; ticks have their own", spread=spread)
    if spread is not None and not (math.isfinite(spread) and spread >= 0):
        raise RunError(f"spread={spread!r}: a spread is a price that is not negative", spread=spread)
    instrument = instrument or default_instrument(data)
    timeline = timeline_of(data, price=price, calendar=calendar or instrument.calendar)
    for timeframe in strategy.timeframes():
        timeline.rows(timeframe)
    execution, account = execution_of(execution), account or Account()
    finer = finer_of(execution.intrabar, data, timeline, store)
    state = State(
        data,
        timeline,
        instrument,
        execution=execution,
        account=account,
        cash=float(cash),
        spread=float(spread or 0.0),
        finer=finer,
    )
    used = drive(strategy, state, timeline, data, mode, progress)
    if close_at_end:
        close_everything_at(state.address, len(data) - 1, _last_spread(data, spread))
    options: dict[str, Any] = {
        "cash": cash,
        "instrument": instrument,
        "price": price,
        "calendar": calendar,
        "spread": spread,
        "account": account,
        "close_at_end": close_at_end,
        "mode": used,
        "store": store,
    }
    return Session(
        data=data,
        instrument=instrument,
        timeline=timeline,
        state=state,
        strategy=strategy,
        cash=float(cash),
        execution=execution,
        account=account,
        mode=used,
        finer=finer,
        again=partial(run, given, data, **options),
    )


def default_instrument(data: Ticks | Bars) -> Instrument:
    """The instrument that the data speak of: their symbol, and the grid of their first 1,000 prices.

    Not of all of them: levels are rounded to the grid, and a price of next week must not move a stop of today.
    """
    digits = data[:GRID_ROWS].digits
    return Instrument(data.symbol, tick_size=None if digits is None else 10.0**-digits)


def _fresh(strategy: Any) -> Strategy:
    """A copy of the strategy as it is before a run."""
    if isinstance(strategy, type) and issubclass(strategy, Strategy):
        strategy = strategy()
    if not isinstance(strategy, Strategy):
        raise StrategyError(f"{strategy!r} is no strategy; give an object of a class that derives from bt.Strategy")
    strategy = copy.copy(strategy)
    for name, value in vars(strategy).items():
        if isinstance(value, np.ndarray):
            setattr(strategy, name, value.copy())
    return strategy


def _strategy(strategy: Any) -> Strategy:
    strategy = _fresh(strategy)
    strategy.init()
    for name in strategy.handlers():
        try:
            inspect.signature(getattr(strategy, name)).bind(None)
        except TypeError:
            raise StrategyError(f"{type(strategy).__name__}.{name} is called with ctx alone: def {name}(self, ctx)") from None
    return strategy


def _last_spread(data: Ticks | Bars, spread: float | None) -> float:
    if isinstance(data, Bars):
        return float(spread or 0.0)
    last = float(data.ask[-1] - data.bid[-1])
    return last if last > 0.0 else 0.0
