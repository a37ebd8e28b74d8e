"""From tick 0 to the end: a strategy's calls made by the loop (compiled) or by Python (interpreted), open to an interrupt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from btlab.data.progress import Meter, Progress
from btlab.engine.loop import advance_at, run_compiled
from btlab.engine.meeting import BAR, DONE, FILL, GROW, HALT, PAUSE, TICK
from btlab.engine.state import State
from btlab.errors import BtlabError, CompileError, did_you_mean, warn
from btlab.market.names import text_of
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import ROWS, index_of
from btlab.market.timeline import Timeline
from btlab.market.times import iso
from btlab.session.beside import do, taken
from btlab.strategy.base import Strategy
from btlab.strategy.cells import with_cells, without_cells
from btlab.strategy.compile import Steps, compile_strategy
from btlab.strategy.context import NO_SYMBOL
from btlab.strategy.plain import PlainContext
from btlab.strategy.plain_several import contexts
from btlab.strategy.selftype import Layout


def drive(
    strategy: Strategy,
    state: State,
    timelines: Sequence[Timeline],
    data: Sequence[Ticks | Bars],
    mode: str,
    progress: bool | Callable[[Progress], object] | None = None,
    *,
    begun: bool = False,
) -> str:
    """Run to the end, or to where the state says it halts; returns the mode that was used.

    Args:
        state: of the first symbol. timelines, data: of each.
        begun: the run goes on from where it halted, so that `on_start` is over.

    Raises:
        CompileError: in mode "compiled". KeyboardInterrupt: the run was interrupted. What the strategy raises.
    """
    for each in state.siblings:
        subscribe(strategy, each)
    unit = "ticks" if isinstance(data[0], Ticks) else "bars"
    names = ", ".join(each.symbol for each in data)
    with Meter(progress, f"{type(strategy).__name__} on {names}", sum(len(each) for each in data), unit) as meter:
        if mode != "interpreted":
            layout = Layout(_texts(strategy) | vars(strategy))
            try:
                steps = compile_strategy(strategy, layout)
            except CompileError as error:
                if mode == "compiled":
                    raise
                warn(f"{error.message}\n        It runs interpreted.")
            else:
                with _place_of_failure(strategy, state):
                    do(_compiled(steps, layout, state, begun), state, meter)
                layout.write_back(strategy)
                meter.to(taken(state))
                return "compiled"
        with _place_of_failure(strategy, state):
            with_cells(strategy)
            _interpret(strategy, contexts(strategy, state, timelines), state, meter, begun)
            without_cells(strategy)
        meter.to(taken(state))
        return "interpreted"


def subscribe(strategy: Strategy, state: State) -> None:
    handlers = strategy.handlers()
    rows = [index_of(timeframe) for timeframe in strategy.timeframes()]
    state.set(
        tell_bars=sum(1 << row for row in set(rows)) if "on_bar" in handlers else 0,
        told_as=[rows.index(row) if row in rows else -1 for row in range(len(ROWS))],
        tell_fills="on_fill" in handlers,
        every_tick="on_tick" in handlers,
    )


def _texts(strategy: Strategy) -> dict[str, str]:
    """Class attributes that are texts, as `timeframe` is: constants of a compiled strategy."""
    names = {name for kind in type(strategy).__mro__ for name in vars(kind) if not name.startswith("_")}
    return {name: value for name in names if isinstance(value := getattr(type(strategy), name), str)}


def _compiled(steps: Steps, layout: Layout, state: State, begun: bool) -> Callable[[], bool]:
    """The calls of a compiled strategy: True when they are over, False where `run.stop` called them back; they go on there."""
    run = run_compiled
    if len(state.siblings) > 1:
        from btlab.engine.several import run_several as run

    def work() -> bool:
        nonlocal begun
        if not begun:
            begun = True
            steps.on_start(layout.address, state.address)
        while (event := run(state.address, layout.address, steps.on_bar, steps.on_tick, steps.on_fill)) == GROW:
            state.grow()
        if event == DONE:
            steps.on_end(layout.address, state.address)
        return event != PAUSE

    return work


def _interpret(strategy: Strategy, contexts: Sequence[PlainContext], state: State, meter: Meter, begun: bool) -> None:
    calls: dict[int, Callable[[PlainContext], None]] = {BAR: strategy.on_bar, TICK: strategy.on_tick, FILL: strategy.on_fill}
    address, first, several, advance = state.address, contexts[0], len(contexts) > 1, advance_at
    if several:
        from btlab.engine.several import conduct_at as advance
    if not begun:
        strategy.on_start(first)
    while (event := advance(address)) not in (DONE, HALT):
        if event == GROW:
            state.grow()
        elif event == PAUSE:
            meter.to(taken(state))
            if state.run["stop"]:
                return
        else:
            calls[event](contexts[state.run["active"]] if several else first)
    if event == DONE:
        if several:
            first.time  # noqa: B018 (an earlier call may have left the account with another symbol)
        strategy.on_end(first)


def no_symbol(there: list[str], asked: dict[str, Any]) -> str:
    """What to say of a symbol that a run has not; compiled code cannot say which it was."""
    name = asked.get("symbol")
    wrong = "no such symbol" if name is None else f"no symbol {name!r}"
    return f"this run has {wrong}; it has {', '.join(there)}.{did_you_mean(str(name), there) if name else ''}"


class _place_of_failure:  # noqa: N801
    """Adds, to whatever a strategy raises, where the clock stood."""

    def __init__(self, strategy: Strategy, state: State) -> None:
        self.strategy, self.state = strategy, state

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception):
            run = self.state.siblings[int(self.state.run["active"])].run
            unit = "bar" if run["on_bars"] else "tick"
            if isinstance(error, BtlabError) and error.message == NO_SYMBOL:
                error.message = no_symbol([text_of(each.run["symbol_key"]) for each in self.state.siblings], error.details)
            error.add_note(
                f"{type(self.strategy).__name__} failed at {iso(run['now'])} UTC, after {unit} {run['taken']} of {run['ticks']}"
            )
