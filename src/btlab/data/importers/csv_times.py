"""Times in cells: whether a cell is one, and by which rule a column of them is read.

- A number is a count since 1970, and its unit follows from the first row's size: the ranges of s, ms, µs and ns between the years
  1973 and 2201 do not meet. `unit=` overrides.
- A date that begins with four digits begins with the year. Of others, dots say day first; with / or - the month is what never
  exceeds 12 in the first rows. Where both numbers never do, `dates="dmy"` or `dates="mdy"` has to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from btlab.data.importers import text
from btlab.data.importers.source import Source
from btlab.errors import FormatError, did_you_mean

UNITS = {"s": text.SECOND, "ms": text.MILLISECOND, "µs": text.MICROSECOND, "ns": text.NANOSECOND}
ORDERS = {"ymd": text.YEAR_FIRST, "dmy": text.DAY_FIRST, "mdy": text.MONTH_FIRST}
EARLIEST_TICK = 10**8 * 1_000_000
"""3 March 1973, the least count of seconds: no tick is older, and a row that says so has lost its time."""

_SHOWN = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}
_LEAST, _MOST = 10**8, 73 * 10**8
_COUNT = re.compile(r"\d{9,19}(\.\d*)?")
_DATE = re.compile(
    r"(?P<a>\d{4})(?P<m>[-/.])\d{1,2}(?P=m)\d{1,2}|(?:19|20|21)\d{6}|(?P<d>\d{1,2})(?P<n>[-/.])(?P<e>\d{1,2})(?P=n)\d{4}"
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?([ -]?[AP]M)?|\d{1,2}[ -]?[AP]M|\d{6}\d*|\d{4}", re.IGNORECASE)


def is_count(cell: str) -> bool:
    """Whether a cell is a count since 1970, by its length: no number of fewer than nine digits is, and no date of eight."""
    return _COUNT.fullmatch(cell) is not None


def is_date(cell: str) -> bool:
    """Whether a cell is a date without a time of the day."""
    return _DATE.fullmatch(cell) is not None


def is_clock(cell: str) -> bool:
    """Whether a cell may be the time of a day; four or six digits may be many things, so there must be a date beside it."""
    return _CLOCK.fullmatch(cell) is not None


def is_time(cell: str) -> bool:
    """Whether a cell begins as a date does, or is a count."""
    found = _DATE.match(cell)
    return is_count(cell) or (found is not None and (found.end() == len(cell) or cell[found.end()] in "T t"))


@dataclass(frozen=True)
class Clock:
    """How times are read, and why so, in words.

    Attributes:
        order, unit, bounds: as of `text.Layout`.
    """

    order: int
    unit: tuple[int, int] | None
    bounds: tuple[int, int]
    name: str
    why: str


def clock_of(source: Source, cells: list[str], unit: str | None, dates: str | None) -> Clock:
    """The rule for a column of times.

    Args:
        cells: of the first rows. unit, dates: what the caller said; None: nothing.

    Raises:
        FormatError: they are no times, or may be read in two ways.
    """
    if unit is not None:
        name = _one_of("unit", "µs" if unit == "us" else unit, UNITS)
        return Clock(
            text.YEAR_FIRST, UNITS[name], (0, _MOST * 1000 ** list(UNITS).index(name)), name, f"{name} since 1970, as asked"
        )
    times = [cell for cell in cells if is_time(cell)]
    if not times and cells:
        raise _no_time(source, cells[0])
    if times and is_count(times[0]):
        name, bounds = _unit(source, times[0])
        return Clock(text.YEAR_FIRST, UNITS[name], bounds, name, f"{name} since 1970, by the first row's size")
    name, why = (_one_of("dates", dates, ORDERS), "as asked") if dates is not None else _order(source, times)
    return Clock(ORDERS[name], None, (0, 0), name, "dates" if name == "ymd" else f"dates, {_SHOWN[name]} ({why})")


def _unit(source: Source, first: str) -> tuple[str, tuple[int, int]]:
    count = int(first.partition(".")[0])
    for power, name in enumerate(UNITS):
        if _LEAST * 1000**power <= count < _MOST * 1000**power:
            return name, (_LEAST * 1000**power, _MOST * 1000**power)
    raise _no_time(source, first)


def _no_time(source: Source, cell: str) -> FormatError:
    return FormatError(
        f"{source.name}: its first time, {cell}, is neither a date nor a count of s, ms, µs or ns since 1970 between the years "
        '1973 and 2201; of a count, unit="s", "ms", "µs" or "ns" says which',
        file=source.name,
    )


def _order(source: Source, times: list[str]) -> tuple[str, str]:
    """The order of a date's numbers, and what tells it."""
    found = [match for match in map(_DATE.match, times) if match and match["d"]]
    if not found:
        return "ymd", ""
    if found[0]["n"] == ".":
        return "dmy", "by its dots"
    days = {which: next((m for m in found if int(m[which]) > 12), None) for which in ("d", "e")}
    if days["d"] and not days["e"]:
        return "dmy", f"{days['d'][0]} has no other reading"
    if days["e"] and not days["d"]:
        return "mdy", f"{days['e'][0]} has no other reading"
    shown = found[0][0]
    raise FormatError(
        f"{source.name}: {shown} may begin with the day or with the month, and no date of the first rows tells; "
        'give dates="dmy" or dates="mdy"',
        file=source.name,
    )


def _one_of(name: str, value: str, known: dict[str, object] | dict[str, int] | dict[str, tuple[int, int]]) -> str:
    if value not in known:
        raise FormatError(f"{name}={value!r} is not known.{did_you_mean(value, known)}", argument=name, value=value)
    return value
