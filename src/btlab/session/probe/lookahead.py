"""`bt.check_lookahead`: give a strategy another future at every moment of decision, and see whether anything before it changes.

Cuts: every moment at which the strategy may decide in a stretch around its first decisions; then its other decisions, and moments
drawn over all of the data. At each cut three runs: all cut off; all mirrored, other or overwritten, by turns, and the past
compared; and the data cut off while what the strategy holds of them is of another future, so that its state can be compared too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from btlab.data.progress import Meter, Progress
from btlab.errors import RunError, StrategyError
from btlab.execution.profile import Execution, execution_of
from btlab.market.instrument import Instrument
from btlab.market.series import Bars, Ticks
from btlab.market.sizes import has_sizes, size_unit_of
from btlab.market.timeline import timeline_of
from btlab.market.times import iso
from btlab.session.portfolio.setup import of_each
from btlab.session.probe.changing import Surroundings, overwritten
from btlab.session.probe.code_lines import where_read
from btlab.session.probe.columns import Recognised
from btlab.session.probe.cuts import cuts_of
from btlab.session.probe.grids import Source
from btlab.session.probe.holdings import Reach
from btlab.session.probe.merged import Data, Merged, data_of, parts_of
from btlab.session.probe.places import Diary
from btlab.session.probe.reading import Readers
from btlab.session.probe.report import LookAhead
from btlab.session.probe.runs import Difference, Failure, Runner, Trace, difference, said_of_mark, state_difference
from btlab.session.probe.worlds import World, cut_off, mirrored, other
from btlab.session.setup import default_instrument
from btlab.session.tables import moments
from btlab.strategy.base import Strategy

_FUTURE = 2_000
_NEAR = 300_000
"""Rows up to which it is worth running once more, interpreted, to find the line of a decision."""
_NOT_GIVEN = ("progress", "close_at_end", "benchmark", "until")
CTX = "what ctx gives"
MEMORY = "memory shared with the data"
UNTOLD = "something that could not be told apart"


@dataclass(frozen=True)
class _Leak:
    what: str
    where: str
    found: Difference
    how: str


def check_lookahead(
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    probes: int = 120,
    seed: int = 0,
    progress: bool | Callable[[Progress], object] | None = None,
    **run_arguments: Any,
) -> LookAhead:
    """Whether anything that a strategy decides depends on what comes later.

    At each of many moments the future is cut off, mirrored, made up anew and overwritten, in the data of the run and in whatever
    the strategy holds of them: globals, closures, default arguments, attributes of classes and objects, containers, tables it
    reads from files or a store while it prepares. `init` is called anew each time. No order, change, fill, mark or state up to
    that moment may change.

    Args:
        strategy: a `Strategy` or its class; it stays as it is, and so does all it holds.
        data: as of `bt.run`; of several symbols the future of all is another one from a moment on, at once.
        probes: how many moments: half of them one after the other around the first decisions, the rest over all of the data.
            More are more thorough; each takes three runs, most over a part of the data.
        seed: other moments, other futures.
        progress: as of `bt.run`.
        run_arguments: those of `bt.run`. `close_at_end` and `on_end` follow the end of the data, and are left out.

    Returns:
        A `LookAhead`: `.ok`, `.leaks` (what, where, first time), `.unproven`.

    Raises:
        RunError: fewer than 16 rows, or a run that is not the same twice (unseeded randomness, the clock of the computer):
            nothing could be proved. What the strategy itself raises on these data.

    >>> import btlab as bt
    >>> ticks = bt.simulate_ticks("EURUSD", days=1)[:5_000]
    >>> class Scaled(bt.Strategy):
    ...     def init(self):
    ...         self.middle = float(ticks.bid.mean())
    ...     def on_bar(self, ctx):
    ...         ctx.mark("distance", ctx.close("1m") - self.middle)
    >>> found = bt.check_lookahead(Scaled(), ticks, probes=8)
    >>> found.ok, found.leaks["first"][0] == bt.run(Scaled(), ticks).marks["time"][0]
    (False, True)
    """
    prober = prober_of(strategy, data, run_arguments)
    if probes < 1:
        raise RunError(f"probes={probes!r}: there is at least one", probes=probes)
    cuts, exhaustive = cuts_of(prober, probes, seed)
    with Meter(progress, f"Looking ahead of {prober.name}", len(cuts), "probes") as meter:
        for done, cut in enumerate(cuts):
            prober.probe(int(cut), done, seed)
            meter.to(done + 1)
    return prober.report(len(cuts), exhaustive)


def _settled(parts: Sequence[Ticks | Bars], arguments: dict[str, Any]) -> tuple[dict[str, Instrument], dict[str, Execution]]:
    """Instrument and execution of each symbol, where all its data were asked: the grid of prices, whether there are sizes and how
    they count. Of bars whose volumes come later, a beginning alone would say that it has none.
    """
    series = {part.symbol: part for part in parts}
    given_, said = (of_each(name, arguments.get(name), series) for name in ("instrument", "execution"))
    instruments, executions = dict[str, Instrument](), dict[str, Execution]()
    for symbol, part in series.items():
        instrument = given_.get(symbol) or default_instrument(part)
        sized = has_sizes(part, instrument)
        instruments[symbol] = replace(instrument, size_unit=size_unit_of(part, instrument, None)) if sized else instrument
        executions[symbol] = execution_of(said.get(symbol, "perfect"), sized)
    return instruments, executions


def prober_of(strategy: Any, data: Any, arguments: dict[str, Any]) -> Prober:
    if isinstance(strategy, type) and issubclass(strategy, Strategy):
        strategy = strategy()
    if not isinstance(strategy, Strategy):
        raise StrategyError(f"{strategy!r} is no strategy; give an object of a class that derives from bt.Strategy")
    series = data_of(data)
    if len(series) < 16:
        raise RunError(f"{len(series)} rows: a future can be changed from 16 rows on", rows=len(series))
    return Prober(strategy, series, arguments)


class Prober:
    """One strategy on its data, and what was found so far."""

    def __init__(self, strategy: Strategy, data: Data, arguments: dict[str, Any]) -> None:
        arguments = {name: value for name, value in arguments.items() if name not in _NOT_GIVEN} | {"progress": False}
        self.data, self.name, self.several = data, type(strategy).__name__, isinstance(data, Merged)
        parts = parts_of(data)
        instruments, executions = _settled(parts, arguments)
        for name, each in (("instrument", instruments), ("execution", executions)):
            arguments[name] = each if self.several else each[parts[0].symbol]
        about = {"price": arguments.get("price", "mid"), "empty_bars": arguments.get("empty_bars", "skip")}
        self.timelines = [
            timeline_of(
                part, calendar=arguments.get("calendar") or instruments[part.symbol].calendar, **about,
                timeframes=strategy.timeframes(),
            )
            for part in parts
        ]  # fmt: skip
        self.strict = self.several and bool({"on_fill", "on_tick"} & set(strategy.handlers()))
        sources = tuple(Source(part, line, self.several) for part, line in zip(parts, self.timelines))
        reach, self.readers = Reach(sources), Readers(sources)
        reach.of_strategy(strategy)
        self.surroundings = Surroundings(reach, self.readers)
        self.runner = Runner(strategy, arguments, self.surroundings)
        self.strategy, self.leaks = strategy, list[_Leak]()
        self.unprepared = 0
        self.base = self._twice()

    def _twice(self) -> Trace:
        self.runner.settle_mode(self.data, mirrored(self.data, len(self.data) // 2, len(self.data)))
        first, second = self.runner.run(self.data), self.runner.run(self.data)
        for outcome in (first, second):
            if isinstance(outcome, Failure):
                raise outcome.error
        assert isinstance(first, Trace) and isinstance(second, Trace)
        parted = difference(first, second, [2**62] * len(parts_of(self.data)), 2**62)
        if parted:
            raise RunError(
                f"two runs of {self.name} over the same data differ, at {iso(parted.time)} UTC: nothing can be proved of it. "
                "Seed its random numbers in init, and leave the computer's clock alone",
                table=parted.table,
            )
        return first

    def taken(self, row: int) -> list[int]:
        """The last row of each symbol that was taken by a row of the data."""
        return self.data.taken(row) if isinstance(self.data, Merged) else [row]

    def row_of(self, found: Difference) -> int:
        """The row of the data that was taken last when a difference came about."""
        if not isinstance(self.data, Merged):
            return found.tick
        return int(np.searchsorted(self.data.time, found.time, side="right")) - 1

    def _before(self, limit: int, known: int) -> int:
        """A limit; before it where the strategy may act in one symbol at the next tick of another, as it may not at a close."""
        return max(int(self.data.time[known]), limit - 1) if self.strict else limit

    def suspects(self) -> list[str]:
        """What holds the data and has not been found to leak yet."""
        guilty = {leak.what for leak in self.leaks}
        return [words for words in self.surroundings.names if words not in guilty]

    def probe(self, cut: int, turn: int, seed: int) -> None:
        """Change what comes after a row, in the run and in what the strategy holds, and note what differs up to it."""
        data, suspects = self.data, self.suspects()
        end = min(len(data), cut + 1 + max(_FUTURE, cut // 4))
        changed = mirrored(data, cut, end) if turn % 2 == 0 else other(data, cut, end, seed)
        gone, past = cut_off(data, cut), data[: cut + 1]
        with overwritten(data, changed):
            ended = self.runner.run(past, gone, suspects)
        if self._difference(ended, gone, past) and self._judge_memory(changed, gone, suspects, past):
            suspects = self.suspects()
        if self._judge(self.runner.run(changed.series, changed, suspects), changed, suspects, changed.series):
            suspects = self.suspects()
        if self.surroundings.names:
            held = self.runner.run(past, changed, suspects)
            if not self._judge(held, changed, suspects, past) and isinstance(held, Trace):
                self._judge_state(ended, held, changed, suspects)

    def _judge_memory(self, changed: World, gone: World, suspects: list[str], past: Data) -> bool:
        """What differs with all of it cut off and the memory of the data overwritten: by which of the two?

        The memory reaches aliases that nothing leads to; it counts where nothing else is found to leak.
        """
        if self._judge(self.runner.run(past, gone, suspects), gone, suspects, past):
            return True
        with overwritten(self.data, changed):
            found = self._difference(self.runner.run(past), changed, past)
        if found and not self.leaks:
            self._note(MEMORY, self.name, found, "overwritten")
        return False

    def _judge_state(self, ended: Trace | Failure, held: Trace, changed: World, suspects: list[str]) -> None:
        """Compare what two runs over the same past, with two futures in what is held, leave in the strategy."""
        past: Data = self.data[: changed.known + 1]
        time = int(self.data.time[changed.known])
        if isinstance(ended, Trace) and state_difference(ended, held, time, changed.known) is None:
            return
        as_given = self.runner.run(past)
        if isinstance(as_given, Trace):
            found = state_difference(as_given, held, time, changed.known)
            if found:
                self._blame(found, changed, suspects, past, as_given)

    def _judge(self, outcome: Trace | Failure, world: World, suspects: list[str], series: Data) -> bool:
        found = self._difference(outcome, world, series)
        if found is None:
            return False
        self._blame(found, world, suspects, series, self.base)
        return True

    def _difference(self, outcome: Trace | Failure, world: World, series: Data) -> Difference | None:
        if isinstance(outcome, Trace):
            limit = int(self.data.time[world.known]) if len(series) == world.known + 1 else world.limit(self.data)
            return difference(self.base, outcome, self.taken(world.known), self._before(limit, world.known))
        if outcome.in_init:
            self.unprepared += 1
            return None
        if len(series) > world.known + 1 and world.name != "cut off":
            return None  # it may have failed in the future
        text = f"{type(outcome.error).__name__} in {outcome.where or self.name}"
        return Difference("error", 0, int(self.data.time[world.known]), world.known, "", text)

    def _blame(self, found: Difference, world: World, suspects: list[str], series: Data, base: Trace) -> None:
        """Find what alone makes the difference: one holding, all of them together, or what the run itself gives."""
        vague = next((leak for leak in self.leaks if leak.what in (CTX, UNTOLD)), None)
        if vague is not None:
            return self._note(vague.what, vague.where, found, world.name)
        if len(series) != world.known + 1 and self._alone(series, world, (), found, base):
            return self._note(CTX, self._decided_where(found), found, world.name)
        alone = {words: parted for words in suspects if (parted := self._alone(series, world, [words], found, base))}
        if not alone:
            together = self._alone(series, world, suspects, found, base)
            alone = dict.fromkeys(suspects, together) if together else {}
        for words, parted in alone.items():
            self._note(words, self.surroundings.where(words), parted, world.name)
        if not alone:
            self._note(UNTOLD, self._decided_where(found), found, world.name)
        return None

    def _alone(self, series: Data, world: World, only: Collection[str], found: Difference, base: Trace) -> Difference | None:
        outcome = self.runner.run(series, world, only)
        parted = self._difference(outcome, world, series)
        if parted is None and found.table == "state" and isinstance(outcome, Trace):
            parted = state_difference(base, outcome, found.time, found.tick)
        return parted

    def _note(self, what: str, where: str, found: Difference, how: str) -> None:
        known = next((leak for leak in self.leaks if leak.what == what), None)
        if known is None or found.time < known.found.time:
            self.leaks = [leak for leak in self.leaks if leak is not known] + [_Leak(what, where, found, how)]

    def _decided_where(self, found: Difference) -> str:
        return self._decision(found, self.base).rpartition(" by ")[2]

    def _decision(self, found: Difference, base: Trace) -> str:
        """A decision in words, and the line that made it where that can be known."""
        if found.table == "state":
            values = f" ({found.was} became {found.became})" if found.was and found.became else ""
            return f"self.{found.row}{values} by {where_read(type(self.strategy), str(found.row))}"
        if found.table == "error":
            return found.became
        row, records = int(found.row), base.session.records[found.table]
        said = {"order": "placing order", "change": "change", "fill": "fill", "mark": "mark"}[found.table] + f" {row + 1}"
        if row >= len(records):
            return f"{said} (of the other future)"
        order = row if found.table == "order" else int(records["order"][row]) - 1 if found.table != "mark" else -1
        diary = self._diary(self.row_of(found))
        if found.table == "mark":
            return said_of_mark(records[row]) + (f" by {diary.marks[row]}" if row < len(diary.marks) else "")
        return said + (f" by {diary.orders[order]}" if order < len(diary.orders) else "")

    def _diary(self, tick: int) -> Diary:
        diary = Diary()
        end = min(len(self.data), tick + _FUTURE)
        if end <= _NEAR:
            self.runner.run(self.data[:end], None, (), spy=diary.spy)
        return diary

    def report(self, probes: int, exhaustive: tuple[int, int] | None) -> LookAhead:
        """What was found, in order of time."""
        import polars as pl

        named = [leak for leak in self.leaks if leak.what != MEMORY]  # which may reach the same memory
        leaks = sorted(named or self.leaks, key=lambda leak: leak.found.time)
        frame = pl.DataFrame(
            {
                "what": pl.Series([leak.what for leak in leaks], dtype=pl.String),
                "where": pl.Series([leak.where for leak in leaks], dtype=pl.String),
                "first": moments(np.array([leak.found.time for leak in leaks], np.int64)),
                "decision": pl.Series([self._decision(leak.found, self.base) for leak in leaks], dtype=pl.String),
                "how": pl.Series([leak.how for leak in leaks], dtype=pl.String),
            }
        )
        stretch = moments(np.array(exhaustive, np.int64)).to_list() if exhaustive else None
        return LookAhead(
            strategy=self.name, leaks=frame, unproven=self._unproven(probes), held=tuple(self.surroundings.names), probes=probes,
            runs=self.runner.runs, exhaustive=(stretch[0], stretch[1]) if stretch else None,
            mode=self.runner.arguments["mode"], rows=len(self.data),
        )  # fmt: skip

    def _unproven(self, probes: int) -> tuple[str, ...]:
        said = [
            f"{holding.name} ({holding.where}) holds numbers made of the data before the run: rows of later were altered, but "
            "how the rows were made can't be seen; make them in init"
            for holding in self.surroundings.reach.holdings
            if isinstance(holding.meaning, Recognised) and holding.meaning.derived
        ]
        said += [
            f"{where} opens {file}, whose contents can't be altered; read it with polars, pandas or numpy"
            for file, where in self.readers.opened.items()
        ]
        if self.unprepared:
            said.append(f"init failed in {self.unprepared} runs of {probes} cuts, on data that end early")
        return tuple(said)
