"""MetaTrader 4: bars as its history centre exports them, without a header: `2019.02.04,00:00,open,high,low,close,volume`."""

from __future__ import annotations

import re
from dataclasses import replace

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import first_line, is_text
from btlab.data.importers.histdata import is_named
from btlab.data.importers.metatrader import server_of
from btlab.data.importers.source import Source
from btlab.data.importers.tables import Said, bars_reader, check_holds, length_of
from btlab.errors import FormatError

NAME = "mt4"
TAKES_DATE = False
COLUMNS = ("time", "day_time", "open", "high", "low", "close", "volume")

ROW = re.compile(r"\d{4}\.\d\d\.\d\d,\d\d:\d\d(?::\d\d)?(?:,\d+(?:\.\d*)?){5}\s*")


def recognise(source: Source) -> Verdict | None:
    """By the first row; a file of HistData's name is HistData's."""
    if is_text(source) and ROW.fullmatch(first_line(source)) and not is_named(source):
        return Verdict("bars of MetaTrader 4: rows like 2019.02.04,00:00,1.14501,1.14503,1.1449,1.14495,123", "bars")
    return None


def reader(source: Source, options: Options) -> Reader:
    """Bars of any length.

    Raises:
        FormatError: the first row is none of MetaTrader's.
    """
    if not is_text(source) or not ROW.fullmatch(first_line(source)):
        raise FormatError(
            f"{source.name} holds no bars of MetaTrader 4 (2019.02.04,00:00,open,high,low,close,volume): it begins with "
            f"{first_line(source)[:80]!r}. Leave format= out",
            file=source.name,
        )
    check_holds(source, "bars", options, "an export of MetaTrader 4")
    layout = text.Layout(columns=COLUMNS, scale=options.price_scale, symbol=options.symbol)
    server = server_of(source, layout, length_of(source, layout, options), options)
    layout = replace(layout, zone=server.zone)
    why = f"bars of MetaTrader 4; {server.why}"
    return bars_reader(source, layout, options, Said(price="bid"), why, {"format": NAME}, server.warnings)
