"""QuantConnect Lean: quote ticks of forex, one zip a day: `forex/MARKET/tick/SYMBOL/YYYYMMDD_quote.zip`.

Rows are `ms since midnight,bid,ask`; the day is in the market's zone: FXCM UTC-5 the whole year, Oanda UTC.
https://github.com/QuantConnect/Lean/tree/master/Data/forex
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict, day_of
from btlab.data.importers.source import Source
from btlab.data.zones import EST, UTC, Zone
from btlab.errors import FormatError, did_you_mean
from btlab.market.times import to_microseconds

NAME = "lean"
TAKES_DATE = True
ZONES = {"fxcm": EST, "oanda": UTC}

_RESOLUTIONS = ("tick", "second", "minute", "hour", "daily")
_FILE = re.compile(
    r"(?:.*[/\\])?(?P<day>\d{8})_(?:(?P<symbol>.+)_(?P<resolution>tick|second|minute)_)?(?P<kind>quote|trade)\.(?:csv|zip)", re.I
)
_DAY_LENGTH_MS = 86_400_000


def recognise(source: Source) -> Verdict | None:
    """By the names that Lean gives its files and folders."""
    found = _FILE.fullmatch(source.member or source.path.name) or _FILE.fullmatch(source.path.name)
    resolution = _resolution(source)
    if resolution in ("hour", "daily") and _market(source) in ZONES:
        return Verdict(f"a {resolution} file of Lean, by its folder", "bars")
    if not found or resolution is None:
        return None
    return Verdict(f"a {resolution} file of Lean, by its name", "ticks" if resolution == "tick" else "bars")


def reader(source: Source, options: Options) -> Reader:
    """A day of quotes.

    Raises:
        FormatError: no date or zone is known, or these are not forex quotes.
    """
    day, zone = _day(source, options), _zone(source, options)
    first = source.head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
    if first.count(b",") != 2:
        raise FormatError(
            f"{source.name} is no file of Lean quotes (ms,bid,ask): it begins with {first[:80].decode('utf-8', 'replace')!r}. "
            'Leave format= out, or import trades as format="csv"',
            file=source.name,
        )
    midnight = to_microseconds(day)
    layout = text.Layout(
        columns=("time", "bid", "ask"),
        unit=text.MILLISECOND,
        bounds=(0, _DAY_LENGTH_MS),
        epoch=midnight,
        zone=zone,
        scale=options.price_scale,
    )
    why = f"quote ticks of Lean: day {day} in {zone.name}"
    how = {"format": NAME, "day": str(day), "zone": zone.name, "scale": options.price_scale}
    start = int(zone.to_utc(text.one(midnight), midnight)[0][0])
    folders = source.path.absolute().parts
    whose = f"{_market(source)} {folders[-2]}" if _market(source) else None
    return Reader(source, why, how, start, whose, partial(text.read, source, layout))


def _day(source: Source, options: Options) -> date:
    given = options.moment()
    if given is not None:
        return given.date()
    for name in (source.member or "", source.path.name):
        if found := _FILE.fullmatch(name):
            return day_of(found["day"], source)
    raise FormatError(
        f'{source.name}: no date in its name (YYYYMMDD_quote.zip), and rows carry none; give date="2014-05-07"', file=source.name
    )


def _zone(source: Source, options: Options) -> Zone:
    market = _market(source)
    if options.zone is not None:
        return options.zone
    if market in ZONES:
        return ZONES[market]
    raise FormatError(
        f"{source.name}: the market, which says the zone of its times, is not in its path (.../MARKET/tick/SYMBOL/)."
        f'{did_you_mean(market, ZONES)} Give tz="UTC-5" (FXCM) or tz="UTC" (Oanda)',
        file=source.name,
    )


def _resolution(source: Source) -> str | None:
    for name in (source.member or "", source.path.name):
        found = _FILE.fullmatch(name)
        if found and found["resolution"]:
            return found["resolution"].lower()
    return next((part.lower() for part in reversed(source.path.absolute().parts[:-1]) if part.lower() in _RESOLUTIONS), None)


def _market(source: Source) -> str:
    folders = [part.lower() for part in source.path.absolute().parts[:-1]]
    return next((folders[k - 1] for k in range(len(folders) - 1, 0, -1) if folders[k] in _RESOLUTIONS), "")
