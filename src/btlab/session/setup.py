"""What a run was asked, checked and ready to start: as often as somebody wants to see it again."""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.engine.rules import rules_of_money
from btlab.engine.state import State
from btlab.errors import RunError, StrategyError
from btlab.execution.account import Account
from btlab.execution.profile import Execution, execution_of
from btlab.market.codes import FOREVER
from btlab.market.finer import Steps
from btlab.market.instrument import Instrument
from btlab.market.said import finite, whole
from btlab.market.series import Bars, Ticks, series_of
from btlab.market.sizes import has_sizes, size_unit_of
from btlab.market.spare import copy_of
from btlab.market.timeline import Timeline, timeline_of
from btlab.market.times import as_index, to_microseconds
from btlab.session.inside import finer_of
from btlab.session.mistakes import check_methods, check_timeframes
from btlab.strategy.base import Strategy
from btlab.strategy.book import Book, book_of

if TYPE_CHECKING:
    from btlab.data.store import Store


@dataclass(frozen=True, slots=True)
class Setup:
    """The data and the rules of a run, and the strategy as it was given: `init` was not called on this one."""

    strategy: Strategy
    data: Ticks | Bars
    timeline: Timeline
    instrument: Instrument
    execution: Execution
    account: Account
    cash: float
    spread: float
    finer: Steps | None
    store: Store | None
    seed: int

    def options(self) -> dict[str, Any]:
        """What `bt.run` is to be told for the same run."""
        rules = {"cash": self.cash, "instrument": self.instrument, "execution": self.execution, "account": self.account}
        timeline = self.timeline
        bars = {"price": timeline.price, "calendar": timeline.calendar, "empty_bars": timeline.empty_bars, "store": self.store}
        spread = self.spread if isinstance(self.data, Bars) else None
        return rules | bars | {"spread": spread, "seed": self.seed}

    @property
    def span(self) -> tuple[int, int]:
        """µs UTC: when the first and the last tick came, or when the first and the last bar were over."""
        if isinstance(self.data, Bars):
            return int(self.timeline.given_end[0]), int(self.timeline.given_end[-1])
        return self.data.first_time, self.data.last_time

    def taken_by(self, time: int) -> int:
        """How many ticks, or whole bars of those that were given, there are up to a time (µs UTC)."""
        if isinstance(self.data, Bars):
            return self.timeline.given_by(time)
        return self.data.count_by(time)

    def start(self) -> Start:
        """A run that has not begun: a strategy of its own after `init`, and memory of its own.

        Raises:
            StrategyError: a method that the clock cannot call.
        """
        strategy, state = begun(self.strategy), self.state()
        state.set(**rules_of_money([self.instrument], self.account.currency)[0])
        return Start(strategy, state, copy_of(state.record), book_of(strategy, self.data, self.timeline, state))

    def state(self, record: np.ndarray | None = None, first: State | None = None, span: tuple[int, int] | None = None) -> State:
        """Memory for a run of these data: its record, by default in memory of its own, and tables, by default too."""
        return State(
            self.data,
            self.timeline,
            self.instrument,
            execution=self.execution,
            account=self.account,
            cash=self.cash,
            spread=self.spread,
            finer=self.finer,
            seed=self.seed,
            record=record,
            first=first,
            span=span,
        )


@dataclass(slots=True)
class Start:
    """A run where it stands.

    Attributes:
        strategy, state: its own. initial: the RUN records before anything happened, one a symbol. book: its indicators.
        begun: `on_start` is over.
    """

    strategy: Strategy
    state: State
    initial: np.ndarray
    book: Book | None
    begun: bool = False


def setup_of(strategy: Any, data: Any, **rules: Any) -> Setup:
    """What `bt.run` was asked, checked; its docstring says what the arguments are."""
    strategy = strategy_of(strategy)
    check_methods(strategy)
    series, instrument = series_of(data), rules.get("instrument")
    if isinstance(instrument, Instrument) and instrument.symbol != series.symbol:
        if series is data:
            raise RunError(
                f"the instrument given is {instrument.symbol}, and the data are of {series.symbol}; "
                f"give bt.Instrument({series.symbol!r}, ...), or data of {instrument.symbol}",
                instrument=instrument.symbol,
                symbol=series.symbol,
            )
        series.symbol = instrument.symbol  # a frame has no name of its own
    return setup_of_symbol(strategy, series, **rules)


def setup_of_symbol(
    strategy: Strategy,
    data: Ticks | Bars,
    *,
    cash: float = 10_000.0,
    instrument: Instrument | None = None,
    price: str = "mid",
    calendar: str | None = None,
    empty_bars: str = "skip",
    spread: float | None = None,
    execution: str | Execution = "perfect",
    account: Account | None = None,
    store: Store | None = None,
    seed: int = 0,
) -> Setup:
    """The same for one of the symbols that a strategy is run on, once for each."""
    if not (finite(cash) or 0) > 0:
        raise RunError(f"cash={cash!r}: an account starts with a positive, finite amount", cash=cash)
    if spread is not None and isinstance(data, Ticks):
        raise RunError("spread= gives bars an ask; ticks have their own", spread=spread)
    if spread is not None and (finite(spread) is None or spread < 0):
        raise RunError(f"spread={spread!r}: a spread is a price that is not negative", spread=spread)
    if instrument is not None and not isinstance(instrument, Instrument):
        raise RunError(f"instrument={instrument!r}: give a bt.Instrument({data.symbol!r}, ...)", instrument=instrument)
    if account is not None and not isinstance(account, Account):
        raise RunError(f"account={account!r}: give a bt.Account(...), as in bt.Account(leverage=30)", account=account)
    instrument = instrument or default_instrument(data)
    timeline = timeline_of(
        data,
        price=price,
        calendar=calendar or instrument.calendar,
        empty_bars=empty_bars,
        timeframes=strategy.timeframes(),
    )
    check_timeframes(strategy, timeline)
    execution = execution_of(execution, has_sizes(data, instrument))
    if execution.participation is not None or execution.slippage.volume:
        instrument = replace(instrument, size_unit=size_unit_of(data, instrument, execution.participation))
    if execution.through and instrument.tick_size is None:
        raise RunError("through= counts tick sizes, and the instrument has none; give bt.Instrument(..., tick_size=0.01)")
    return Setup(
        strategy=strategy,
        data=data,
        timeline=timeline,
        instrument=instrument,
        execution=execution,
        account=account or Account(),
        cash=float(cash),
        spread=float(spread or 0.0),
        finer=finer_of(execution.intrabar, data, timeline, store),
        store=store,
        seed=_seed(seed),
    )


def begun(strategy: Strategy) -> Strategy:
    """A strategy of its own after `init`.

    Raises:
        StrategyError: a method that the clock cannot call.
    """
    strategy = copied(strategy)
    strategy.init()
    for name in strategy.handlers():
        try:
            inspect.signature(getattr(strategy, name)).bind(None)
        except TypeError:
            owner = type(strategy).__name__
            raise StrategyError(f"{owner}.{name} is called with ctx alone: def {name}(self, ctx)") from None
    return strategy


def default_instrument(data: Ticks | Bars) -> Instrument:
    """The instrument that the data speak of: their symbol, and the grid of their first 1,000 prices.

    Not of all of them: levels are rounded to the grid, and a price of next week must not move a stop of today.
    """
    digits = data.first_digits
    return Instrument(data.symbol, tick_size=None if digits is None else 10.0**-digits)


def halt_of(setup: Setup, until: Any) -> tuple[int, int]:
    """(the first tick that is not met, the time by which bars end that are told) of an `until`.

    Raises:
        RunError: before the first tick, or a tick that there is not. SeriesError: no moment.
    """
    data = setup.data
    if (index := as_index(until)) is not None:
        tick = index + (len(data) if index < 0 else 0)
        if not 0 <= tick < len(data):
            raise RunError(f"until={until}: there are ticks 0 to {len(data) - 1}", until=until)
        return tick + 1, data.time_at(tick)
    when = to_microseconds(until)
    tick = setup.taken_by(when)
    if tick == 0:
        raise RunError(f"until={until!r}: nothing has happened by then", until=until)
    return tick, min(when, int(FOREVER) - 1)


def _seed(seed: Any) -> int:
    number = whole(seed)
    if number is None or not 0 <= number < 2**63:
        raise RunError(f"seed={seed!r}: a whole number from 0 on", seed=seed)
    return number


def strategy_of(strategy: Any) -> Strategy:
    """A copy of a strategy, or one of a class with its default parameters."""
    if isinstance(strategy, type) and issubclass(strategy, Strategy):
        strategy = strategy()
    if not isinstance(strategy, Strategy):
        raise StrategyError(f"{strategy!r} is no strategy; give an object of a class that derives from bt.Strategy")
    return copied(strategy)


def copied(strategy: Strategy) -> Strategy:
    """Another object with the same attributes and arrays of its own."""
    strategy = copy.copy(strategy)
    for name, value in vars(strategy).items():
        if isinstance(value, np.ndarray):
            setattr(strategy, name, value.copy())
    return strategy
