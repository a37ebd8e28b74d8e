"""Ticks in any table of text: a time and bid and ask, with or without their sizes, or a time, a price and a size.

What is found out, and how, is said in the report:
- the delimiter is the one of `, ; tab |` that all of the first lines hold equally often;
- the first line is a header where no cell begins with a digit, and names the columns (`NAMES`);
- without a header three columns are time, bid, ask where the two numbers of each of the first rows lie within 5 % of each
  other, else time, price, size; five are time, bid, ask, bid size, ask size; others need a header;
- times are dates (2014-05-07 13:30:00.123456789, also with T, /, . or nothing between, Z or an offset behind), or a count since
  1970 whose unit follows from the first row: the ranges of s, ms, µs and ns between the years 1973 and 2201 do not meet.
"""

from __future__ import annotations

import re
from functools import partial

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import HEAD, Source
from btlab.data.zones import UTC
from btlab.errors import FormatError

NAME = "csv"
TAKES_DATE = False

NAMES: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "datetime", "date", "epoch", "ts", "gmttime", "timeutc", "timestamputc", "datetimeutc"),
    "bid": ("bid", "bidprice", "pricebid", "b"),
    "ask": ("ask", "askprice", "priceask", "offer", "a"),
    "bid_size": ("bidsize", "bidvolume", "bidqty", "bidvol"),
    "ask_size": ("asksize", "askvolume", "askqty", "askvol"),
    "price": ("price", "last", "lastprice", "tradeprice"),
    "size": ("size", "volume", "qty", "quantity", "amount", "vol"),
}
UNITS = {"s": text.SECOND, "ms": text.MILLISECOND, "µs": text.MICROSECOND, "ns": text.NANOSECOND}

_SHOWN = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars |"}
_SYMBOLS = ("symbol", "ticker", "instrument", "pair")
_FIRST_LINES = 20
_EARLIEST, _LATEST = 10**8, 73 * 10**8
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?")


def recognise(source: Source) -> Verdict | None:
    """Anything that is text; bars by their header."""
    if b"\0" in source.head or not source.head.strip():
        return None
    lines = _first_lines(source)
    names = _normal(_cells(lines[0], _delimiter(lines) or ","))
    if {"open", "high", "low", "close"} <= set(names):
        return Verdict("a table of bars, by its header", "bars")
    return Verdict("a table of text")


def reader(source: Source, options: Options) -> Reader:
    """A table of any length.

    Raises:
        FormatError: its delimiter, columns or times cannot be told.
    """
    if b"\0" in source.head or not source.head.strip():
        what = "is empty" if not source.head.strip() else "is no text in UTF-8 (it holds NUL bytes)"
        raise FormatError(f"{source.name} {what}; a table of ticks holds a time, bid and ask in each row", file=source.name)
    lines = _first_lines(source)
    delimiter = _delimiter(lines)
    if delimiter is None:
        raise FormatError(
            f"{source.name}: none of , ; tab | parts its first lines into equal rows: {lines[0][:80]!r}", file=source.name
        )
    header = not any(re.match(r"[-+]?\d", cell) for cell in _cells(lines[0], delimiter))
    rows = [_cells(line, delimiter) for line in lines[header:]]
    roles = _named(source, _cells(lines[0], delimiter)) if header else _unnamed(source, rows)
    unit = _unit(source, rows[0][roles.index("time")] if rows and len(rows[0]) == len(roles) else "")
    zone = options.zone or UTC
    layout = text.Layout(
        columns=roles,
        delimiter=delimiter.encode(),
        skip=_lines_before(source) + header,
        unit=None if unit is None else UNITS[unit],
        bounds=(0, 0) if unit is None else _bounds(unit),
        zone=zone,
        scale=options.price_scale,
    )
    times = (
        f"dates in {zone.name} unless they carry an offset" if unit is None else f"{unit} since 1970 (by the first row's size)"
    )
    shown = ", ".join(role.replace("_", " ") or "-" for role in roles)
    parted = f"a table parted by {_SHOWN[delimiter]}, {'a header' if header else 'no header'}"
    why = f"{parted}; columns {shown}; times are {times}"
    how = {"format": NAME, "columns": shown, "unit": unit, "zone": zone.name, "scale": options.price_scale}
    warnings = _symbol_warning(source, lines[0], delimiter, options.symbol) if header else ()
    return Reader(source, why, how, text.first_time(source, layout), None, partial(text.read, source, layout), warnings)


def _first_lines(source: Source) -> list[str]:
    """The first lines that are not blank, without the one that the head may have cut."""
    lines = source.head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n")
    if len(source.head) == HEAD and len(lines) > 1:
        lines.pop()
    return [line.rstrip("\r") for line in lines if line.strip()][:_FIRST_LINES]


def _lines_before(source: Source) -> int:
    """Blank lines before the first that is not."""
    head = source.head.removeprefix(b"\xef\xbb\xbf")
    return head[: len(head) - len(head.lstrip())].count(b"\n")


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip(' \t"') for cell in line.split(delimiter)]


def _delimiter(lines: list[str]) -> str | None:
    """The one with equally many in each line, of these the most frequent."""
    counts = {mark: [line.count(mark) for line in lines] for mark in _SHOWN}
    equal = {mark: count[0] for mark, count in counts.items() if count[0] and count.count(count[0]) * 2 > len(count)}
    return max(equal, key=equal.__getitem__, default=None)


def _normal(names: list[str]) -> list[str]:
    return [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]


def _named(source: Source, header: list[str]) -> tuple[str, ...]:
    """Roles by the header; the first column of a role counts."""
    roles, taken = [], set[str]()
    for name in _normal(header):
        role = next((role for role, names in NAMES.items() if name in names and role not in taken), "")
        roles.append(role)
        taken.add(role)
    if {"date", "time"} <= set(_normal(header)):
        raise FormatError(f"{source.name} has its date and its time in two columns; join them into one first", file=source.name)
    if {"bid", "ask"} <= taken:
        unwanted = {"price", "size"} | ({"bid_size", "ask_size"} if not {"bid_size", "ask_size"} <= taken else set())
    else:
        unwanted = {"bid", "ask", "bid_size", "ask_size"}
    roles = ["" if role in unwanted else role for role in roles]
    if "time" not in roles or not ("price" in roles or "bid" in roles):
        raise FormatError(
            f"{source.name}: its header names {', '.join(header)}; ticks want time, bid and ask (bid_size, ask_size), "
            "or time, price and size",
            file=source.name,
        )
    return tuple(roles)


def _unnamed(source: Source, rows: list[list[str]]) -> tuple[str, ...]:
    width = len(rows[0])
    if width == 5:
        return "time", "bid", "ask", "bid_size", "ask_size"
    if width == 3:
        return ("time", "bid", "ask") if all(_near(row) for row in rows) else ("time", "price", "size")
    raise FormatError(
        f"{source.name}: {width} columns and no header; write one as the first line, such as time,bid,ask", file=source.name
    )


def _near(row: list[str]) -> bool:
    """Whether the second and the third cell could be a bid and an ask; rows that cannot be read do not decide."""
    try:
        bid, ask = float(row[1]), float(row[2])
    except (ValueError, IndexError):
        return True
    return abs(ask - bid) <= 0.05 * max(abs(bid), abs(ask))


def _unit(source: Source, first: str) -> str | None:
    """The unit of a number since 1970; None for a date."""
    if not _NUMBER.fullmatch(first) or (len(first) == 8 and first.isdigit() and first[:2] in ("19", "20")):
        return None
    count = int(float(first)) if "." in first else int(first)
    for unit in UNITS:
        low, high = _bounds(unit)
        if low <= count < high:
            return unit
    raise FormatError(
        f"{source.name}: its first time, {first}, is neither a date nor a count of s, ms, µs or ns since 1970 "
        "between the years 1973 and 2201",
        file=source.name,
    )


def _bounds(unit: str) -> tuple[int, int]:
    factor = 1000 ** list(UNITS).index(unit)
    return _EARLIEST * factor, _LATEST * factor


def _symbol_warning(source: Source, header: str, delimiter: str, symbol: str) -> tuple[str, ...]:
    column = next((name for name in _cells(header, delimiter) if _normal([name])[0] in _SYMBOLS), None)
    return () if column is None else (f"{source.name}: column {column!r} is not read; every row is taken as {symbol}",)
