"""What a file says of its bars, and what the caller said: one of them, and never two that differ."""

from __future__ import annotations

from btlab.data.importers.source import Source
from btlab.errors import FormatError
from btlab.market.timeframe import MICROSECONDS

_EXAMPLES = {"timeframe": '"1m" or "1h"', "price": '"bid", "ask", "mid" or "last"', "stamp": '"start" or "end"'}


def agreed(source: Source, name: str, said: str | None, asked: str | None) -> str:
    """The one that is known.

    Args:
        name: "timeframe", "price" or "stamp". said: by the file. asked: by the caller. None: nothing was.

    Raises:
        FormatError: they differ, or neither is known.

    >>> from pathlib import Path
    >>> agreed(Source(Path("a.csv")), "timeframe", "1m", None)
    '1m'
    """
    if said is not None and asked is not None and said != asked:
        raise FormatError(
            f"{source.name}: its bars have {name} {said!r}, and {name}={asked!r} was asked for; leave {name}= out",
            file=source.name,
        )
    known = said if said is not None else asked
    if known is None:
        raise FormatError(
            f"{source.name}: the {name} of its bars cannot be told from the file; give {name}={_EXAMPLES[name]}", file=source.name
        )
    return known


def timeframe_of(length: int) -> str | None:
    """The timeframe that is so many µs long; None where there is none.

    >>> timeframe_of(60_000_000), timeframe_of(61)
    ('1m', None)
    """
    return next((name for name, micros in MICROSECONDS.items() if micros == length), None)
