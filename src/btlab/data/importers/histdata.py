"""HistData.com ticks in ASCII: `YYYYMMDD HHMMSSmmm,bid,ask,0`, in EST the whole year: UTC-5, no daylight saving.

https://www.histdata.com/f-a-q/data-files-detailed-specification
"""

from __future__ import annotations

import re
from functools import partial

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.zones import EST
from btlab.errors import FormatError

NAME = "histdata"
TAKES_DATE = False

_ROW = re.compile(rb"(?:\xef\xbb\xbf)?\d{8} \d{9},[\d.]+,[\d.]+,\d+\s*")


def recognise(source: Source) -> Verdict | None:
    """By the first row, whose time has nine digits and no colon."""
    if _ROW.fullmatch(source.head.split(b"\n", 1)[0]):
        return Verdict("rows like 20200101 170000065,1.121200,1.121720,0")
    return None


def reader(source: Source, options: Options) -> Reader:
    """Ticks of any span.

    Raises:
        FormatError: the first row is none of HistData's.
    """
    if not recognise(source):
        first = source.head.split(b"\n", 1)[0][:80].decode("utf-8", "replace")
        raise FormatError(
            f"{source.name} holds no HistData ticks (YYYYMMDD HHMMSSmmm,bid,ask,volume): it begins with {first!r}. "
            "Leave format= out",
            file=source.name,
        )
    zone = options.zone or EST
    layout = text.Layout(columns=("time", "bid", "ask", ""), zone=zone, scale=options.price_scale)
    why = f"ticks of HistData, times in {zone.name}" + (" (EST without daylight saving)" if zone is EST else "")
    how = {"format": NAME, "zone": zone.name, "scale": options.price_scale}
    return Reader(source, why, how, text.first_time(source, layout), None, partial(text.read, source, layout))
