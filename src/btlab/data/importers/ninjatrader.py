"""NinjaTrader: ticks, minutes and days as it exports and imports them, parted by semicolons, without a header.

    ticks    yyyyMMdd HHmmss[ fffffff];price;volume
             yyyyMMdd HHmmss fffffff;last;bid;ask;volume     of which bid and ask are taken
    minutes  yyyyMMdd HHmmss;open;high;low;close;volume      stamped at their end; HistData's minutes look the same
    days     yyyyMMdd;open;high;low;close;volume             stamped with their date

Exports are in UTC; their names, such as `ES 12-23.Last.txt`, say which price they hold.
https://ninjatrader.com/support/helpGuides/nt8/importing.htm
"""

from __future__ import annotations

import re
from typing import NamedTuple

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import first_line, is_text
from btlab.data.importers.histdata import is_named
from btlab.data.importers.source import Source
from btlab.data.importers.tables import Said, bars_reader, check_holds, price_in_name, ticks_reader
from btlab.data.zones import UTC
from btlab.errors import FormatError

NAME = "ninjatrader"
TAKES_DATE = False

_BAR = ("time", "open", "high", "low", "close", "volume")


class _Kind(NamedTuple):
    row: re.Pattern[str]
    columns: tuple[str, ...]
    what: str
    said: Said | None = None


_KINDS = (
    _Kind(re.compile(r"\d{8} \d{6}(?: \d{7})?(?:;\d+(?:\.\d*)?){2}\s*"), ("time", "price", "size"), "ticks"),
    _Kind(
        re.compile(r"\d{8} \d{6}(?: \d{7})?(?:;\d+(?:\.\d*)?){4}\s*"),
        ("time", "", "bid", "ask", ""),
        "ticks: bid and ask of each trade; the trade itself is not read",
    ),
    _Kind(re.compile(r"\d{8} \d{6}(?:;\d+(?:\.\d*)?){5}\s*"), _BAR, "minutes", Said("1m", "end")),
    _Kind(re.compile(r"\d{8}(?:;\d+(?:\.\d*)?){5}\s*"), _BAR, "days", Said("1d")),
)


def recognise(source: Source) -> Verdict | None:
    """By the first row; of minutes by the name too."""
    kind = _kind(source)
    if kind is None or is_named(source):
        return None
    if kind.said is None:
        return Verdict(f"{kind.what.partition(':')[0]} of NinjaTrader, by the first row")
    named = price_in_name(source) is not None or "ninja" in f"{source.inner} {source.path.name}".lower()
    sure = named or kind.what == "days"
    return Verdict(f"{kind.what} of NinjaTrader" + (", by its name" if named else ""), "bars", sure=sure)


def reader(source: Source, options: Options) -> Reader:
    """Ticks or bars of any span.

    Raises:
        FormatError: the first row is none of NinjaTrader's.
    """
    kind = _kind(source)
    if kind is None:
        raise FormatError(
            f"{source.name} holds no ticks, minutes or days of NinjaTrader (yyyyMMdd HHmmss;price;volume, or yyyyMMdd HHmmss;"
            f"open;high;low;close;volume): it begins with {first_line(source)[:80]!r}. Leave format= out",
            file=source.name,
        )
    check_holds(source, "ticks" if kind.said is None else "bars", options, "a file of NinjaTrader")
    layout = text.Layout(
        columns=kind.columns, delimiter=b";", zone=options.zone or UTC, scale=options.price_scale, symbol=options.symbol
    )
    why = f"{kind.what} of NinjaTrader" if kind.said else f"NinjaTrader {kind.what}"
    why += f", times in {layout.zone.name}" + ("" if options.zone else ", as NinjaTrader exports them")
    if kind.said is None:
        return ticks_reader(source, layout, why, {"format": NAME})
    return bars_reader(source, layout, options, kind.said, why, {"format": NAME})


def _kind(source: Source) -> _Kind | None:
    line = first_line(source) if is_text(source) else ""
    return next((kind for kind in _KINDS if kind.row.fullmatch(line)), None)
