"""What readers of text have in common once the columns are known: ticks or bars as asked, how long the bars are, the words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from btlab.data.importers import text
from btlab.data.importers.agreement import timeframe_of
from btlab.data.importers.base import Options, Reader
from btlab.data.importers.source import Source
from btlab.data.kernels.faults import GOOD
from btlab.errors import FormatError
from btlab.market.instrument import family
from btlab.market.timeframe import MICROSECONDS

DAY = MICROSECONDS["1d"]
_PRICE = re.compile(r"(?:^|[^a-z])(bid|ask|mid|last)(?=[^a-z]|$)", re.IGNORECASE)
_POINTS = 1000.0


@dataclass(frozen=True)
class Said:
    """What a format says of its bars.

    Attributes:
        timeframe: of all its files, or None: the rows tell. stamp: where times of bars are. price: what they are made from.
    """

    timeframe: str | None = None
    stamp: str = "start"
    price: str = "last"


def check_holds(source: Source, holds: str, options: Options, what: str) -> None:
    """Ticks for `import_ticks`, bars for `import_bars`.

    Raises:
        FormatError: it is the other one.
    """
    wanted = "bars" if options.bars else "ticks"
    if holds != wanted:
        raise FormatError(
            f"{source.name} is {what}, which are {holds}; import_{wanted} takes {wanted}: call import_{holds}", file=source.name
        )


def ticks_reader(source: Source, layout: text.Layout, why: str, how: dict[str, Any], warnings: tuple[str, ...] = ()) -> Reader:
    """A reader of ticks by a layout.

    Args:
        how: what else they depend on; the layout's own is added.
    """
    return Reader(
        source,
        why,
        _how(layout, how),
        text.first_time(source, layout),
        None,
        partial(text.read, source, layout),
        (*warnings, *points_warning(source, layout)),
        zone=layout.zone,
    )


def bars_reader(
    source: Source,
    layout: text.Layout,
    options: Options,
    said: Said,
    why: str,
    how: dict[str, Any],
    warnings: tuple[str, ...] = (),
) -> Reader:
    """A reader of bars by a layout.

    Raises:
        FormatError: the length of its bars is that of no timeframe, or is not the one asked for.
    """
    times = _local_times(source, layout)
    timeframe, by = timeframe_by(source, times, options.timeframe, said.timeframe)
    warnings = (*warnings, *_sparse(source, times, timeframe))
    stamp, price = options.stamp or said.stamp, options.price or price_in_name(source) or said.price
    layout = replace(layout, lead=_length(timeframe) if stamp == "end" else 0)
    why = f"{why}; {timeframe} bars ({by}) of {price} prices, stamped at their {stamp}"
    return Reader(
        source,
        why,
        _how(layout, how | {"timeframe": timeframe, "price": price, "stamp": stamp}),
        text.first_time(source, layout),
        None,
        partial(text.read, source, layout),
        (*warnings, *points_warning(source, layout)),
        timeframe=timeframe,
        price=price,
        zone=layout.zone,
    )


def timeframe_by(source: Source, times: np.ndarray, asked: str | None, said: str | None) -> tuple[str, str]:
    """The timeframe of bars, and what tells it.

    Args:
        times: of the first rows. asked: by the caller. said: by the format.

    Raises:
        FormatError: rows lie closer together than the bars are long, or at no timeframe's distance.
    """
    steps = np.diff(np.unique(times))
    shortest = int(steps.min()) if len(steps) else 0
    known = asked or said
    if known is not None:
        if shortest and shortest < min(MICROSECONDS[known], 28 * DAY):
            measured = f"{shortest / 1e6:g} s"
            raise FormatError(
                f"{source.name}: its rows are as near as {measured}, too near for timeframe={known!r}; leave timeframe= out",
                file=source.name,
            )
        return known, "as asked" if asked else "as the format has them"
    if not shortest:
        return "1m", "as nothing tells otherwise"
    name = "1mo" if shortest >= 28 * DAY else timeframe_of(int(np.gcd.reduce(steps)))
    if name is None:
        raise FormatError(
            f"{source.name}: its rows are {shortest / 1e6:g} s apart, which is no timeframe; give timeframe=", file=source.name
        )
    return name, "by the steps between rows"


def length_of(source: Source, layout: text.Layout, options: Options) -> int:
    """How long a file's bars are, in µs: what `bars_reader` will say."""
    return MICROSECONDS[timeframe_by(source, _local_times(source, layout), options.timeframe, None)[0]]


def price_in_name(source: Source) -> str | None:
    """What the name of a file says of its prices.

    >>> from pathlib import Path
    >>> price_in_name(Source(Path("EURUSD_Candlestick_1_Hour_ASK_01.01.2017.csv")))
    'ask'
    """
    found = {match.lower() for match in _PRICE.findall(source.table)}
    return found.pop() if len(found) == 1 else None


def points_warning(source: Source, layout: text.Layout) -> tuple[str, ...]:
    """Where a currency pair costs what none ever did: its prices are likely to be points."""
    if layout.scale is not None or family(layout.symbol) != "fx":
        return ()
    prices = [row for row, role in enumerate(layout.roles) if role in ("bid", "ask", "price", "open")][:1]
    raw = text.head_rows(source, layout)
    values = raw.real[prices][:, raw.fault == GOOD] if prices else np.empty(0)
    values = values[~np.isnan(values)]
    if not values.size or values.min() <= _POINTS or layout.symbol.upper().endswith(("IDR", "VND", "KRW")):
        return ()
    first = float(values[0])
    return (f"{source.name}: prices such as {first:g} are points, it seems; price_scale=1e-5 (or 1e-3) makes prices of them",)


def shown(roles: tuple[str, ...]) -> str:
    """Roles as the report names them.

    >>> shown(("time", "day_time", "bid_size", ""))
    'date, time, bid size, -'
    """
    pair = {"time": "date", "day_time": "time"} if "day_time" in roles else {}
    return ", ".join(pair.get(role, role).replace("_", " ") or "-" for role in roles)


def _local_times(source: Source, layout: text.Layout) -> np.ndarray:
    raw = text.head_rows(source, layout)
    return raw.time[raw.fault == GOOD]


def _length(timeframe: str) -> int:
    if timeframe == "1mo":
        raise FormatError('months have no one length; give stamp="start"', timeframe=timeframe)
    return MICROSECONDS[timeframe]


def _sparse(source: Source, times: np.ndarray, timeframe: str) -> tuple[str, ...]:
    """Where all rows lie on the marks of a longer timeframe."""
    steps = np.diff(np.unique(times))
    longer = timeframe_of(int(np.gcd.reduce(steps))) if len(steps) > 1 else None
    if longer is None or MICROSECONDS[longer] <= MICROSECONDS[timeframe]:
        return ()
    return (f"{source.name}: its first rows lie {longer} apart, or a multiple of it; they are taken as {timeframe} bars",)


def _how(layout: text.Layout, how: dict[str, Any]) -> dict[str, Any]:
    own = {"columns": ",".join(layout.columns), "zone": layout.zone.name, "scale": layout.scale, "order": layout.order}
    return own | ({"unit": str(layout.unit)} if layout.unit else {}) | how
