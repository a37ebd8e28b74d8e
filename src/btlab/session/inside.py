"""The finer bars of a run: those that were given, or the finest of a store."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from btlab.errors import NotStoredError, RunError, warn
from btlab.execution.policy import STORED, Intrabar
from btlab.market.finer import Steps, steps_inside
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS, divides
from btlab.market.timeline import Timeline
from btlab.market.times import iso, to_datetime

if TYPE_CHECKING:
    from btlab.data.store import Store


def finer_of(said: Intrabar, data: Ticks | Bars, timeline: Timeline, store: Store | None) -> Steps | None:
    """The steps that the path takes through the bars of a run; None where there is nothing finer than they are.

    Raises:
        RunError, SeriesError: finer bars that do not fit. NotStoredError: the store has none.
    """
    if said.finer is None:
        return None
    if isinstance(data, Ticks):
        raise RunError("intrabar= takes finer bars where the data are bars; ticks have nothing finer")
    finer = said.finer if isinstance(said.finer, Bars) else finest(store, data, timeline)
    steps = steps_inside(data, timeline.given_end, finer)
    if len(steps.missing):
        first = iso(data.time[steps.missing[0]])
        warn(
            f"{len(steps.missing):,} of {len(data):,} bars lack {finer.timeframe} bars, the first at {first}: there the policy "
            f"{said.policy!r} says what happens inside"
        )
    return steps


def finest(store: Store | None, data: Bars, timeline: Timeline) -> Bars:
    """The finest bars of a store of which these bars can be put together; of stored ticks 1m bars, or 1s.

    Raises:
        RunError: there is no store. NotStoredError: it has nothing finer of this symbol.
    """
    if store is None:
        raise RunError(f"intrabar={STORED!r} looks for finer bars in a store: bt.run(..., store=store)")
    given: Any = store
    if isinstance(given, str | PathLike):
        raise RunError(f"store={given!r}: give the store itself, as in store=bt.Store({str(given)!r})", store=given)
    held = store.symbols()
    rows = held.filter(held["symbol"] == data.symbol)
    names = [name or ("1m" if MICROSECONDS[data.timeframe] > MICROSECONDS["1m"] else "1s") for name in rows["timeframe"]]
    there = {
        name: feed
        for name, feed in zip(names, rows["feed"])
        if MICROSECONDS[name] < MICROSECONDS[data.timeframe] and divides(name, data.timeframe)
    }
    if not there:
        raise NotStoredError(f"{store!r} has nothing of {data.symbol} that is finer than {data.timeframe}", symbol=data.symbol)
    name = min(there, key=MICROSECONDS.__getitem__)
    feed, ticks = there[name], rows.filter(rows["feed"] == there[name])["timeframe"].is_null().any()
    begin, end = to_datetime(int(data.time[0])), to_datetime(int(timeline.given_end[-1]))
    return store.bars(data.symbol, name, begin, end, price=timeline.price if ticks else None, feed=feed)
