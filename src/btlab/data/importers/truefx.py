"""TrueFX: quotes of one pair, `EUR/USD,20120101 21:59:59.123,1.2959,1.2962`, in UTC, without a header."""

from __future__ import annotations

import re
from dataclasses import replace

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import first_line, is_text
from btlab.data.importers.source import Source
from btlab.data.importers.tables import check_holds, ticks_reader
from btlab.data.zones import UTC
from btlab.errors import FormatError

NAME = "truefx"
TAKES_DATE = False

_ROW = re.compile(r"(?P<pair>[A-Z]{3}/[A-Z]{3}),\d{8} \d\d:\d\d:\d\d\.\d+,\d+(?:\.\d*)?,\d+(?:\.\d*)?\s*")


def recognise(source: Source) -> Verdict | None:
    """By the first row, which begins with the pair."""
    if is_text(source) and _ROW.fullmatch(first_line(source)):
        return Verdict("rows like EUR/USD,20120101 21:59:59.123,1.2959,1.2962")
    return None


def reader(source: Source, options: Options) -> Reader:
    """Quotes of any span; a row of another pair than the first is a fault.

    Raises:
        FormatError: the first row is none of TrueFX's.
    """
    found = _ROW.fullmatch(first_line(source)) if is_text(source) else None
    if found is None:
        raise FormatError(
            f"{source.name} holds no quotes of TrueFX (EUR/USD,YYYYMMDD HH:MM:SS.mmm,bid,ask): it begins with "
            f"{first_line(source)[:80]!r}. Leave format= out",
            file=source.name,
        )
    check_holds(source, "ticks", options, "a file of TrueFX")
    layout = text.Layout(
        columns=("name", "time", "bid", "ask"),
        name=found["pair"],
        zone=options.zone or UTC,
        scale=options.price_scale,
        symbol=options.symbol,
    )
    why = f"quotes of TrueFX: {found['pair']}, times in {layout.zone.name}"
    return replace(ticks_reader(source, layout, why, {"format": NAME}), whose=found["pair"])
