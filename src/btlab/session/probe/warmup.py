"""`bt.check_warmup`: begin the data later, and see from when on a strategy decides as if it had seen all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.data.progress import Meter, Progress
from btlab.errors import RunError
from btlab.market.codes import KINDS, PLACED, TARGET
from btlab.market.names import text_of
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import index_of
from btlab.session.probe.code_lines import where_read
from btlab.session.probe.lookahead import Prober, prober_of
from btlab.session.probe.merged import Merged, parts_of
from btlab.session.probe.places import Diary, Missing
from btlab.session.probe.report import Warmup
from btlab.session.probe.runs import Failure, Trace, said_of_mark
from btlab.session.probe.worlds import begun_later
from btlab.session.tables import moments
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    import polars as pl

_WATCHED = 100_000
_SHARE = 0.1
"""Of a later run's decisions, how many at its end must be those of the run over all data."""
Decision = tuple[str, tuple[float, ...]]
Decisions = dict[int, tuple[int, list[Decision]]]
LEVELS = ("level", "limit", "stop_loss", "take_profit")
_NONE: tuple[int, list[Decision]] = 0, []


@dataclass(frozen=True)
class _Start:
    """One later start: from which time on it agrees (None: never), after how many rows and bars, and what differed first."""

    first: int
    agrees: int | None
    rows: int
    bars: dict[str, int]
    decisions: int
    other: int
    first_other: str


def check_warmup(
    strategy: Strategy | type[Strategy],
    data: Any,
    *,
    starts: int = 8,
    tolerance: float = 1e-9,
    progress: bool | Callable[[Progress], object] | None = None,
    **run_arguments: Any,
) -> Warmup:
    """How many ticks or bars pass until a strategy's decisions no longer depend on where the data begin.

    It is run over all the data, and over the same data begun later, at several places (so is whatever it holds of them). A
    decision is an order as it was placed, or a mark: time, kind, size as given, levels, tag or value. From the last one that
    differs on, the two agree, and what passed from the later start until then was warm-up. Position and state count: a strategy
    that waits for its position to close agrees when both are flat. A start with fewer than twice the decisions that another one
    needed to agree cannot tell, and does not count.

    Args:
        strategy: a `Strategy` or its class.
        data: as of `bt.run`; several symbols begin later together, and rows are those of all.
        starts: how many later beginnings, spread from a tenth to six tenths of the data.
        tolerance: relative difference of levels and values up to which they agree: an average that decays never forgets wholly.
        progress: as of `bt.run`. run_arguments: those of `bt.run`.

    Raises:
        RunError: fewer than 16 rows, or a run that is not the same twice. What the strategy itself raises on these data.

    >>> import btlab as bt
    >>> class Average(bt.Strategy):
    ...     def on_bar(self, ctx):
    ...         closes = ctx.closes("1m", 20)
    ...         if len(closes) == 20:
    ...             ctx.mark("average", bt.math.mean(closes))
    >>> bt.check_warmup(Average(), bt.simulate_ticks("EURUSD", days=1)).bars
    {'1m': 20}
    """
    prober = prober_of(strategy, data, run_arguments)
    if starts < 1:
        raise RunError(f"starts={starts!r}: there is at least one", starts=starts)
    places, whole = _places(prober, starts), _decisions(prober.base, prober)
    found = []
    with Meter(progress, f"Warming up {prober.name}", len(places), "starts") as meter:
        for done, place in enumerate(places):
            found.append(_compared(prober, int(place), whole, tolerance))
            meter.to(done + 1)
    return _report(prober, found)


def _places(prober: Prober, starts: int) -> np.ndarray:
    """Rows to begin at: where bars of the strategy's longest timeframe begin, of the base where those are too few."""
    data, line = prober.data, prober.timelines[0]
    longest = max(index_of(timeframe) for timeframe in prober.strategy.timeframes())
    for row in (longest, line.base):
        first = line.first[line.rows(row)]
        if isinstance(data, Merged):
            first = np.searchsorted(data.time, parts_of(data)[0].time[first])
        first = first[(first >= len(data) // 10) & (first <= len(data) * 6 // 10)]
        if len(first) >= starts:
            return first[np.linspace(0, len(first) - 1, starts).astype(np.int64)]
    return np.unique(np.linspace(len(data) // 10, len(data) * 6 // 10, starts).astype(np.int64))


def _compared(prober: Prober, first: int, whole: Decisions, tolerance: float) -> _Start:
    data = prober.data
    world = begun_later(data, first)
    outcome = prober.runner.run(world.series, world, prober.surroundings.names)
    if isinstance(outcome, Failure):
        return _Start(first, None, 0, {}, 0, 0, f"{type(outcome.error).__name__} in {outcome.where or 'init'}: {outcome.error}")
    later, begin = _decisions(outcome, prober, first), int(data.time[first])
    times = sorted({time for time in whole if time > begin} | {time for time in later if time > begin})
    other = [time for time in times if not _agree(whole.get(time, _NONE)[1], later.get(time, _NONE)[1], tolerance)]
    if not other:
        return _Start(first, begin, 0, dict.fromkeys(prober.strategy.timeframes(), 0), len(times), 0, "")
    after = [time for time in times if time > other[-1]]
    words = _parting(whole.get(other[0], _NONE)[1], later.get(other[0], _NONE)[1], other[0])
    if len(after) < max(1.0, _SHARE * len(times)):
        return _Start(first, None, 0, {}, len(times), len(other), words)
    end = max(whole.get(other[-1], _NONE)[0], later.get(other[-1], _NONE)[0]) + 1
    rows = data.count(first, min(end, len(data))) if isinstance(data, Merged) else end - first
    lines = [line.over(part) for line, part in zip(prober.timelines, parts_of(world.series))]
    bars = {
        tf: max(int((line.end[line.rows(tf)] <= other[-1]).sum()) for line in lines) + 1 for tf in prober.strategy.timeframes()
    }
    return _Start(first, after[0], rows, bars, len(times), len(other), words)


def _decisions(trace: Trace, prober: Prober, first: int = 0) -> Decisions:
    """Time -> (rows of the data that were taken by then, what was decided); `first`: the row at which the run begins."""
    found: Decisions = {}
    data = prober.data

    def taken(row: np.void) -> int:
        if not isinstance(data, Merged):
            return int(row["tick"]) + 1 + first
        on_bars = isinstance(parts_of(data)[0], Bars)  # decided at a close, before the bar that begins then
        return int(np.searchsorted(data.time, row["time"], side="left" if on_bars else "right"))

    orders, changes, marks = (trace.session.records[name] for name in ("order", "change", "mark"))
    for change in changes[changes["what"] == PLACED]:
        order = orders[change["order"] - 1]
        sided = KINDS[order["kind"]] != "close" and order["sizing"] != TARGET  # theirs is known when they fill
        side = ("sell ", "", "buy ")[int(order["side"]) + 1] if sided else ""
        given = [order[name] for name in ("sizing", "amount", "tif")] + [change[name] for name in LEVELS]
        words = f"{side}{KINDS[order['kind']]} {text_of(order['tag'])!r}".removesuffix(" ''")
        decision = words, tuple(float(number) for number in given)
        found.setdefault(int(change["time"]), (taken(change), []))[1].append(decision)
    for mark in marks:
        said = said_of_mark(mark), (float(mark["value"]),)
        found.setdefault(int(mark["time"]), (taken(mark), []))[1].append(said)
    return found


def _agree(one: list[Decision], other: list[Decision], tolerance: float) -> bool:
    if [name for name, _ in one] != [name for name, _ in other]:
        return False
    values, others = (np.array([number for _, numbers in decisions for number in numbers]) for decisions in (one, other))
    return bool(np.isclose(values, others, rtol=tolerance, atol=1e-12, equal_nan=True).all())


def _parting(one: list[Decision], other: list[Decision], time: int) -> str:
    """What differed, in words: the decision of the run over all data, and the later one's."""
    from btlab.market.times import iso

    for (name, numbers), (name_too, numbers_too) in zip(one, other):
        if name != name_too:
            return f"{name} against {name_too} at {iso(time)}"
        for number, number_too in zip(numbers, numbers_too):
            if number != number_too and not (number != number and number_too != number_too):
                return f"{name} {number:.10g} against {number_too:.10g} at {iso(time)}"
    said = (
        one[len(other)][0] + " of the run over all data only"
        if len(one) > len(other)
        else other[len(one)][0] + " of the later one only"
    )
    return f"{said} at {iso(time)}"


def _report(prober: Prober, found: list[_Start]) -> Warmup:
    import polars as pl

    data, agreeing = prober.data, [start for start in found if start.agrees is not None]
    longest = max((start.other for start in agreeing), default=0)
    agreed = agreeing and all(start.agrees is not None or start.decisions <= 2 * longest for start in found)
    rows = max(start.rows for start in agreeing) if agreed else None
    bars = {tf: max(start.bars[tf] for start in agreeing) for tf in prober.strategy.timeframes()} if agreed else {}
    there = np.array([start.agrees is not None for start in found])
    frame = pl.DataFrame(
        {
            "start": moments(data.time[[start.first for start in found]]),
            "agrees_from": moments(np.array([start.agrees or 0 for start in found], np.int64), there),
            "rows": pl.Series([start.rows if start.agrees is not None else None for start in found], dtype=pl.Int64),
            "decisions": [start.decisions for start in found],
            "other": [start.other for start in found],
            "first_other": [start.first_other for start in found],
        }
    )
    orders = prober.base.session.orders
    if isinstance(data, Merged):
        began = np.searchsorted(data.time, orders["created"].to_physical().to_numpy(), side="right")
        early = orders.filter(pl.Series([data.count(0, int(row)) < (rows or 0) for row in began], dtype=pl.Boolean))
    else:
        early = orders.filter(pl.col("created_tick") + 1 < (rows or 0))
    unit = "ticks" if isinstance(parts_of(data)[0], Ticks) else "bars"
    return Warmup(prober.name, unit, rows, bars, frame, _missing(prober, rows or 0), early)


def _missing(prober: Prober, rows: int) -> pl.DataFrame:
    """Values that were NaN at first: what ctx gave, numbers of the strategy, marks."""
    import polars as pl

    diary, kind = Diary(), type(prober.strategy)

    def look(strategy: Any, ctx: Any) -> None:
        for name, value in vars(strategy).items():
            if isinstance(value, float):
                diary.read(f"self.{name}", where_read(kind, name), value, ctx.time)

    diary.after_call = look
    end = min(len(prober.data), max(2 * rows, _WATCHED))
    if isinstance(prober.data, Merged):
        end = max(end, prober.data.begun + 1)
    prober.runner.run(prober.data[:end], None, (), spy=diary.spy)
    marks = prober.base.session.records["mark"]
    for mark in marks[marks["logged"] == 0]:  # a log may well have no value
        diary.read(said_of_mark(mark), "", mark["value"], mark["time"])
    found: list[tuple[str, str, Missing]] = [(*key, missing) for key, missing in diary.missing.items() if missing.calls]
    return pl.DataFrame(
        {
            "value": pl.Series([value for value, _, _ in found], dtype=pl.String),
            "where": pl.Series([where for _, where, _ in found], dtype=pl.String),
            "calls": pl.Series([missing.calls for _, _, missing in found], dtype=pl.Int64),
            "until": moments(np.array([missing.until for _, _, missing in found], np.int64)),
        }
    )
