"""`bt.run` and `bt.resume`: from where a run stands to its end, or to where it is to halt."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from btlab.data.progress import Progress
from btlab.engine.loop import close_everything_at, expire_at
from btlab.errors import RunError, did_you_mean
from btlab.execution.account import Account
from btlab.execution.profile import Execution
from btlab.market.instrument import Instrument
from btlab.market.series import Bars, Ticks
from btlab.session.checkpoint import Capture, Checkpoint, restore
from btlab.session.drive import drive
from btlab.session.portfolio.result import PortfolioSession
from btlab.session.portfolio.setup import PortfolioSetup, halt_all, portfolio_of
from btlab.session.result import Session, records_of
from btlab.session.setup import Setup, Start, halt_of, setup_of
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    from btlab.data.store import Store

MODES = ("auto", "compiled", "interpreted")


def run(
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    cash: float = 10_000.0,
    instrument: Instrument | None = None,
    price: str = "mid",
    calendar: str | None = None,
    empty_bars: str = "skip",
    spread: float | None = None,
    execution: str | Execution = "perfect",
    account: Account | None = None,
    close_at_end: bool = False,
    until: Any = None,
    mode: str = "auto",
    store: Store | None = None,
    seed: int = 0,
    progress: bool | Callable[[Progress], object] | None = None,
) -> Any:
    """Run a strategy over ticks or bars, tick by tick, all its timeframes at once.

    Args:
        strategy: a `Strategy`, or its class (then with its default parameters). The object itself stays as it is.
        data: `Ticks`, `Bars`, or a polars or pandas frame of either; or several symbols that share the account, merged by time:
            {"EURUSD": ticks, "GBPUSD": ticks}, which gives a `PortfolioSession`.
        cash: what the account starts with, in its currency: the quote currency, or `bt.Account(currency="USD")`.
        instrument: its grid, lot and contract; by default the grid of the first prices, lot 1, contract size 1. For several
            symbols one for each, by name; so `spread`.
        price: what bars are built from: "mid", "bid" or "ask".
        calendar: where a day begins: "24x7", "fx", "metals" or an exchange's code ("XNYS"); by default the instrument's. Ticks
            outside its hours are ticks like others; those before an exchange's opening belong to the day before.
        empty_bars: "skip", or "flat": an interval without a price that has some of the calendar's open hours, between the first
            price and the last tick, gets a bar all the same: the close before it, no volume; told at its end like others.
        spread: for bars: ask = bid + spread, as a price.
        execution: "perfect", "realistic" (0.1 to 0.3 pip of slippage), "worst" (0.5 to 1 pip, the spread wider by half, limits
            only when traded through, the quoted sizes and no more), or a `bt.Execution`.
        account: a `bt.Account`: netting or hedging, leverage, margin rules, financing, limits; netting and leverage 1 by default.
        close_at_end: close what is open at the last quotes.
        until: halt there: after a tick (its index; of several symbols, among the ticks of all in the order they come), or at a
            time (bars that end by then are told). `on_end` is not called;
            `session.checkpoint` keeps where the run stands, and `bt.resume` goes on from there.
        mode: "compiled", "interpreted", or "auto": compiled where that is possible, with a warning that says why not where not.
        store: where `bt.Execution(intrabar="finer")` finds finer bars.
        seed: of the slippage that is drawn.
        progress: None draws a bar for a run of over a second in a terminal or a notebook; True always, False never; or a function
            that takes each `Progress`, at most ten a second.

    Returns:
        A `Session`; a `PortfolioSession` for several symbols, or where the account's currency is not the quote currency.

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
    rules: dict[str, Any] = {
        "cash": cash, "instrument": instrument, "price": price, "calendar": calendar, "empty_bars": empty_bars,
        "spread": spread, "execution": execution, "account": account, "store": store, "seed": seed,
    }  # fmt: skip
    setup = asked(strategy, data, **rules)
    way: Any = go_together if isinstance(setup, PortfolioSetup) else go
    return way(setup, setup.start(), close_at_end=close_at_end, until=until, mode=mode, progress=progress)


def asked(strategy: Any, data: Any, **rules: Any) -> Setup | PortfolioSetup:
    """What a run was asked, checked: of several symbols where a dict of them is given, or where money is to be converted."""
    if isinstance(data, Mapping):
        return portfolio_of(strategy, data, **rules)
    setup = setup_of(strategy, data, **rules)
    if setup.account.currency not in (None, setup.instrument.quote_currency):
        return portfolio_of(strategy, {setup.data.symbol: setup.data}, **rules)
    return setup


def resume(
    checkpoint: Checkpoint | str | PathLike[str],
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    close_at_end: bool = False,
    until: Any = None,
    mode: str = "auto",
    progress: bool | Callable[[Progress], object] | None = None,
    **rules: Any,
) -> Any:
    """Go on with a run from where a checkpoint left it: it comes out as if it had never halted, bit for bit.

    Args:
        checkpoint: a file that `session.checkpoint(path)` wrote, or what it returned.
        strategy: the same strategy with the same parameters; `init` is called, then it gets the state it had.
        data: data that begin with the ticks, or bars, which the run has taken; they may have grown. For several symbols a dict of
            the same ones.
        rules: the other options of `bt.run`, as they were then.
        close_at_end, until, mode, progress: as in `bt.run`. A run may go on in the other mode.

    Raises:
        RunError: other data, another strategy, other rules; it names the first difference.
        FormatError: no checkpoint. DamagedError: one whose bytes are not those written. NewerFormatError: of a newer btlab.

    >>> import btlab as bt
    >>> class Hold(bt.Strategy):
    ...     def on_start(self, ctx):
    ...         ctx.buy(size=100)
    >>> ticks = bt.simulate_ticks("EURUSD", days=1)
    >>> half = bt.run(Hold(), ticks, until=5_000).checkpoint()
    >>> bt.resume(half, Hold(), ticks).fingerprint == bt.run(Hold(), ticks).fingerprint
    True
    """
    options = inspect.signature(run).parameters
    for name in rules.keys() - options.keys():
        raise RunError(f"bt.resume takes no {name}=; it takes the options of bt.run.{did_you_mean(name, options)}", name=name)
    given: Any = checkpoint
    if not isinstance(given, Checkpoint | str | PathLike):
        kind = type(given).__name__
        raise RunError(
            f"{kind} is no checkpoint: give the path session.checkpoint(path) wrote to, or what it returned", kind=kind
        )
    setup = asked(strategy, data, **rules)
    start = setup.start()
    restore(checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint.load(checkpoint), setup, start)
    way: Any = go_together if isinstance(setup, PortfolioSetup) else go
    return way(setup, start, close_at_end=close_at_end, until=until, mode=mode, progress=progress)


def go(setup: Setup, start: Start, *, close_at_end: bool, until: Any, mode: str, progress: Any) -> Session:
    """Run on from where the clock of `start` stands."""
    check_mode(mode)
    data, timeline, state = setup.data, setup.timeline, start.state
    ending = {"close_at_end": close_at_end, "until": until}
    if until is not None:
        check_end(close_at_end)
        tick, time = halt_of(setup, until)
        if tick <= state.run["taken"]:
            raise RunError(f"until={until!r}: the run stands after tick {state.run['taken']} already", until=until)
        state.set(until=tick, until_time=time)
    used = drive(start.strategy, state, [timeline], [data], mode, progress, begun=start.begun)
    if start.book is not None:
        start.book.finish()
    kept = None
    if until is not None:
        kept = Capture(setup, start)
        data = data[:tick]
        timeline = timeline.over(data)
        state.set(now=max(int(state.run["now"]), int(data.time[-1])))
        expire_at(state.address)
    elif close_at_end:
        close_everything_at(state.address, len(data) - 1, _last_spread(data, setup.spread))
    return Session(
        data=data,
        instrument=setup.instrument,
        timeline=timeline,
        run=state.run,
        records=records_of(state),
        strategy=start.strategy,
        cash=setup.cash,
        execution=setup.execution,
        account=setup.account,
        mode=used,
        finer=setup.finer,
        again=partial(run, setup.strategy, setup.data, **setup.options(), **ending, mode=used),
        ending=ending,
        setup=setup,
        capture=kept,
    )


def go_together(
    setup: PortfolioSetup, start: Start, *, close_at_end: bool, until: Any, mode: str, progress: Any
) -> PortfolioSession:
    """Run several symbols on one account on from where the clock of `start` stands."""
    check_mode(mode)
    whole, ending = setup, {"close_at_end": close_at_end, "until": until}
    if until is not None:
        check_end(close_at_end)
        halts = halt_all(setup, start, until)
    timelines, data = [part.timeline for part in setup.parts], [part.data for part in setup.parts]
    used = drive(start.strategy, start.state, timelines, data, mode, progress, begun=start.begun)
    for state in start.state.siblings:
        if state.book is not None:
            state.book.finish()
    kept = None
    if until is not None:
        kept, setup = Capture(setup, start), setup.cut(halts)
    elif close_at_end:
        from btlab.engine.several import close_all_at

        close_all_at(start.state.address)
    all_data = {part.data.symbol: part.data for part in whole.parts}
    again = partial(run, whole.strategy, all_data, **whole.options(), **ending, mode=used)
    return PortfolioSession(setup, start, used, kept, asked=whole, ending=ending, again=again)


def check_mode(mode: str) -> None:
    if mode not in MODES:
        raise RunError(f"mode={mode!r} is none.{did_you_mean(mode, MODES)}", mode=mode)


def check_end(close_at_end: bool) -> None:
    if close_at_end:
        raise RunError("close_at_end=True closes at the end of a run; a run that halts with until= has not come to it")


def _last_spread(data: Ticks | Bars, spread: float) -> float:
    if isinstance(data, Bars):
        return spread
    last = float(data.ask[-1] - data.bid[-1])
    return last if last > 0.0 else 0.0
