"""HistData.com, in EST the whole year: UTC-5, no daylight saving.

    ticks    YYYYMMDD HHMMSSmmm,bid,ask,0
    minutes  YYYYMMDD HHMMSS;open;high;low;close;0       of bids; NinjaTrader's minutes look the same
             YYYY.MM.DD,HH:MM,open,high,low,close,0      for MetaTrader, whose own bars look the same

Its names, such as DAT_ASCII_EURUSD_M1_2020.csv, tell its minutes from those of others.
https://www.histdata.com/f-a-q/data-files-detailed-specification
"""

from __future__ import annotations

import re
from dataclasses import replace

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import first_line, is_text
from btlab.data.importers.source import Source
from btlab.data.importers.tables import Said, bars_reader, check_holds, ticks_reader
from btlab.data.zones import EST
from btlab.errors import FormatError

NAME = "histdata"
TAKES_DATE = False

MINUTE = re.compile(r"\d{8} \d{6}(?:;\d+(?:\.\d*)?){5}\s*")

_NAMED = re.compile(r"(?:DAT|HISTDATA_COM)_(?:ASCII|MT|NT|MS|XLSX)_(?P<symbol>[A-Z0-9]{6,8})_(?P<kind>[A-Z0-9_]+)", re.IGNORECASE)
_TICK = re.compile(r"\d{8} \d{9},\d+(?:\.\d*)?,\d+(?:\.\d*)?,\d+\s*")
_META_TRADER = re.compile(r"\d{4}\.\d\d\.\d\d,\d\d:\d\d(?:,\d+(?:\.\d*)?){5}\s*")
_BAR = ("open", "high", "low", "close", "volume")


def is_named(source: Source) -> bool:
    """Whether a file, or the zip that it is in, has a name of HistData's."""
    return _name(source) is not None


def recognise(source: Source) -> Verdict | None:
    """By the first row, whose time has nine digits and no colon; of minutes by the name too."""
    layout = _layout(source) if is_text(source) else None
    if layout is None:
        return None
    if "bid" in layout.columns:
        return Verdict("rows like 20200101 170000065,1.121200,1.121720,0")
    named = is_named(source)
    if layout.delimiter == b"," and not named:
        return None
    return Verdict("minutes of HistData" + (", by its name" if named else ""), "bars", sure=named)


def reader(source: Source, options: Options) -> Reader:
    """Ticks, or minutes, of any span.

    Raises:
        FormatError: the first row is none of HistData's.
    """
    layout = _layout(source) if is_text(source) else None
    if layout is None:
        raise FormatError(
            f"{source.name} holds no HistData ticks (YYYYMMDD HHMMSSmmm,bid,ask,volume) and no minutes of it (YYYYMMDD HHMMSS;"
            f"open;high;low;close;volume): it begins with {first_line(source)[:80]!r}. Leave format= out",
            file=source.name,
        )
    ticks = "bid" in layout.columns
    check_holds(source, "ticks" if ticks else "bars", options, "a file of HistData")
    zone = options.zone or EST
    layout = replace(layout, zone=zone, scale=options.price_scale, symbol=options.symbol)
    clock = f"times in {zone.name}" + (" (EST without daylight saving)" if zone is EST else "")
    if ticks:
        read = ticks_reader(source, layout, f"ticks of HistData, {clock}", {"format": NAME})
    else:
        read = bars_reader(source, layout, options, Said("1m", price="bid"), f"minutes of HistData, {clock}", {"format": NAME})
    found = _name(source)
    return replace(read, whose=found["symbol"]) if found else read


def _layout(source: Source) -> text.Layout | None:
    line = first_line(source)
    if _TICK.fullmatch(line):
        return text.Layout(columns=("time", "bid", "ask", ""))
    if MINUTE.fullmatch(line):
        return text.Layout(columns=("time", *_BAR), delimiter=b";")
    if _META_TRADER.fullmatch(line):
        return text.Layout(columns=("time", "day_time", *_BAR))
    return None


def _name(source: Source) -> re.Match[str] | None:
    return _NAMED.match(source.inner) or _NAMED.match(source.path.name)
