"""Which column of a table is what: by the names in its header, by its numbers where there is none, or as the caller says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from btlab.data.importers.csv_table import Table, is_value
from btlab.data.importers.csv_times import is_clock, is_count, is_date, is_time
from btlab.data.importers.source import Source
from btlab.errors import FormatError, did_you_mean

NAMES: dict[str, tuple[str, ...]] = {
    "bid": ("bid", "bidprice", "pricebid", "b"),
    "ask": ("ask", "askprice", "priceask", "offer", "a"),
    "bid_size": ("bidsize", "bidvolume", "bidqty", "bidvol"),
    "ask_size": ("asksize", "askvolume", "askqty", "askvol"),
    "price": ("price", "last", "lastprice", "tradeprice"),
    "size": ("size", "volume", "qty", "quantity", "amount", "vol"),
    "open": ("open", "o", "openprice"),
    "high": ("high", "h", "highprice"),
    "low": ("low", "l", "lowprice"),
    "close": ("close", "c", "closeprice"),
    "volume": ("volume", "vol", "v", "tickvolume", "tickvol"),
    "name": ("symbol", "ticker", "instrument", "pair"),
}
TIMES = ("timestamp", "datetime", "time", "date", "epoch", "ts", "unix", "unixtime", "unixtimestamp", "gmttime", "localtime",
         "timeutc", "timestamputc", "datetimeutc", "opentime", "tradetime")  # fmt: skip
BARS = ("open", "high", "low", "close")
SAID = ("time", "date", "bid", "ask", "bid_size", "ask_size", "price", "size", *BARS, "volume", "symbol", "-")
"""What `columns=` may name."""

_QUOTES = ("bid", "ask", "bid_size", "ask_size")


@dataclass(frozen=True)
class Columns:
    """What the columns are.

    Attributes:
        roles: as `text.Layout.columns`. holds: "ticks" or "bars". name: what all rows have in the column of the symbol, or "".
        warnings: what the report should say.
    """

    roles: tuple[str, ...]
    name: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def holds(self) -> str:
        return "bars" if "open" in self.roles else "ticks"


def columns_of(source: Source, table: Table, symbol: str = "", said: tuple[str, ...] | None = None) -> Columns:
    """The roles of a table's columns.

    Args:
        symbol: whose rows these should be. said: by the caller: names of `SAID`, one for each column; None: nothing.

    Raises:
        FormatError: they cannot be told, or may be two things.
    """
    if said is not None:
        roles = _said(source, table, said)
    elif table.header is not None:
        roles = _named(source, table, table.header, symbol)
    else:
        roles = _unnamed(source, table)
    at = roles.index("name") if "name" in roles else None
    values = [] if at is None else list(dict.fromkeys(table.column(at)))
    if len(values) > 1:
        raise FormatError(
            f"{source.name} holds rows of several symbols ({', '.join(values[:5])}); cut it into a file for each",
            file=source.name,
        )
    warnings: tuple[str, ...] = ()
    if values and symbol and _letters(values[0]) != _letters(symbol):
        warnings = (f"{source.name}: its rows are of {values[0]!r}, and are stored as {symbol!r}, as asked",)
    return Columns(roles, values[0] if values else "", warnings)


def _said(source: Source, table: Table, said: tuple[str, ...]) -> tuple[str, ...]:
    for name in said:
        if name not in SAID:
            raise FormatError(f"columns= names {name!r}.{did_you_mean(name, SAID)}", columns=said)
    if len(said) != table.width:
        raise FormatError(
            f"{source.name} has {table.width} columns, and columns= names {len(said)}; '-' is a column of no interest",
            columns=said,
        )
    pair = {"date": "time", "time": "day_time"} if {"date", "time"} <= set(said) else {"date": "time"}
    roles = tuple({"-": "", "symbol": "name", **pair}.get(name, name) for name in said)
    _check(source, roles, f"columns= names {', '.join(said)}")
    return roles


def _named(source: Source, table: Table, header: list[str], symbol: str) -> tuple[str, ...]:
    """Roles by the header; the first column of a role counts."""
    names = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in header]
    times = _times(table, names)
    bars = all(any(name in NAMES[role] for name in names) for role in BARS)
    wanted = (*BARS, "volume", "name") if bars else ("bid", "ask", "bid_size", "ask_size", "price", "size", "name")
    roles = [times.get(at, "") for at in range(len(names))]
    for role in wanted:
        at = next((at for at, name in enumerate(names) if name in NAMES[role] and not roles[at]), None)
        if role == "volume":
            at = _volume(table, names, symbol, at)
        if at is not None:
            roles[at] = role
    if {"bid", "ask"} <= set(roles):
        unwanted = {"price", "size"} | ({"bid_size", "ask_size"} if not {"bid_size", "ask_size"} <= set(roles) else set())
    else:
        unwanted = set(_QUOTES)
    chosen = tuple("" if role in unwanted else role for role in roles)
    _check(source, chosen, f"its header names {', '.join(header)}")
    return chosen


def _check(source: Source, roles: tuple[str, ...], what: str) -> None:
    twice = next((role for role in roles if role and roles.count(role) > 1), None)
    prices = {"bid", "ask"} <= set(roles), "price" in roles, set(BARS) <= set(roles)
    if "time" in roles and sum(prices) == 1 and twice is None and ("bid_size" in roles) == ("ask_size" in roles):
        return
    raise FormatError(
        f"{source.name}: {what}; ticks want time, bid and ask (bid_size, ask_size), or time, price and size, bars want time, "
        'open, high, low, close (volume): columns="time,bid,ask,-" says what they are',
        file=source.name,
    )


def _times(table: Table, names: list[str]) -> dict[int, str]:
    """The column of the time, or those of the date and of the time of the day: a whole time goes before a date alone."""
    found = [at for _, at in sorted((TIMES.index(name), at) for at, name in enumerate(names) if name in TIMES)]
    kinds = {at: _kind(table.column(at)) for at in found}
    whole = next((at for at in found if kinds[at] == "time"), None)
    date = next((at for at in found if kinds[at] == "date"), None)
    clock = next((at for at in found if kinds[at] == "clock"), None)
    if whole is None and date is not None and clock is not None:
        return {date: "time", clock: "day_time"}
    one = next((at for at in (whole, date) if at is not None), found[0] if found else None)
    return {} if one is None else {one: "time"}


def _kind(cells: list[str]) -> str:
    """What most cells of a column are: "date", "time" (whole), "clock", "number" or "text"."""
    tests: tuple[tuple[str, Callable[[str], bool]], ...]
    tests = (("date", is_date), ("time", is_time), ("clock", is_clock), ("number", is_value))
    return next((kind for kind, test in tests if cells and sum(map(test, cells)) * 2 > len(cells)), "text")


def _volume(table: Table, names: list[str], symbol: str, plain: int | None) -> int | None:
    """Of volumes in several currencies the one of the base: the currency that the symbol begins with."""
    whose = [cell for at, name in enumerate(names) if name in NAMES["name"] for cell in table.column(at)[:1]]
    for letters in map(_letters, [symbol, *whose]):
        for at, name in enumerate(names):
            if name.startswith("volume") and len(name) > 8 and letters.startswith(name[6:].upper()):
                return at
    if plain is not None:
        return plain
    return next((at for at, name in enumerate(names) if name.startswith("volume")), None)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())


def _unnamed(source: Source, table: Table) -> tuple[str, ...]:
    """Roles by what the cells are: a time, or a date and a time of the day; a text; and one to five numbers."""
    kinds = [_kind(table.column(at)) for at in range(table.width)]
    roles, numbers = [""] * table.width, list[int]()
    for at, kind in enumerate(kinds):
        if kind in ("date", "time") and "time" not in roles:
            roles[at] = "time"
        elif kind == "clock" and kinds[at - 1] == "date" and at and not is_count(table.rows[0][at]):
            roles[at] = "day_time"
        elif kind == "text" and "name" not in roles and any(table.column(at)):
            roles[at] = "name"
        elif kind != "text":
            numbers.append(at)
    for at, role in zip(numbers, _by_numbers(source, table, numbers), strict=False):
        roles[at] = role
    if "time" not in roles:
        raise FormatError(
            f"{source.name}: no column holds dates, or counts of s, ms, µs or ns since 1970: {', '.join(table.rows[0])!r}; "
            "columns= and unit= say what they are",
            file=source.name,
        )
    return tuple(roles)


def _by_numbers(source: Source, table: Table, numbers: list[int]) -> tuple[str, ...]:
    rows = _numbers(table, numbers)
    near, whole = all(_near(row[:2]) for row in rows), all(_is_bar(row[:4]) for row in rows)
    fits: dict[int, list[tuple[str, ...]]] = {
        1: [("price",)],
        2: [_QUOTES[:2]] if near else [("price", "size")],
        4: [roles for roles, fit in ((BARS, whole), (_QUOTES, near)) if fit],
        5: [(*BARS, "volume")] if whole else [],
    }
    choices = fits.get(len(numbers), [])
    if len(choices) == 2 and len(rows) > 2:
        # Two sizes are as near to each other, and to the prices, in no three rows.
        choices = choices[:1]
    if len(choices) == 1:
        return choices[0]
    calls = " or ".join(f'columns="{",".join(_call(table, numbers, roles))}"' for roles in choices)
    way_out = f"they may be two things, {calls} says which" if calls else 'columns="time,bid,ask,-" says what they are'
    raise FormatError(f"{source.name}: {table.width} columns and no header; {way_out}", file=source.name)


def _call(table: Table, numbers: list[int], roles: tuple[str, ...]) -> list[str]:
    named = dict(zip(numbers, roles, strict=True))
    return [named.get(at, "time" if is_time(cell) else "-") for at, cell in enumerate(table.rows[0])]


def _numbers(table: Table, at: list[int]) -> list[list[float]]:
    """Rows that can be read; those that cannot do not decide."""
    rows = list[list[float]]()
    for row in table.rows:
        try:
            rows.append([float(row[k].replace(table.decimal, ".")) for k in at])
        except (ValueError, IndexError):
            continue
    return rows


def _near(numbers: list[float]) -> bool:
    """Whether numbers could be sides of one price: within 5 % of each other."""
    return not numbers or max(numbers) - min(numbers) <= 0.05 * max(map(abs, numbers))


def _is_bar(numbers: list[float]) -> bool:
    """Whether numbers could be open, high, low and close."""
    return len(numbers) == 4 and numbers[1] == max(numbers) and numbers[2] == min(numbers) and 2 * numbers[2] > numbers[1]
