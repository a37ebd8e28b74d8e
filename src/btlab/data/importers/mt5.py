"""MetaTrader 5: ticks and bars as its terminal exports them, and bars as its Python package gives them.

Ticks: <DATE> <TIME> <BID> <ASK> <LAST> <VOLUME> <FLAGS>, parted by tabs; an empty cell says that the value is the last one.
Bars: <DATE> [<TIME>] <OPEN> <HIGH> <LOW> <CLOSE> <TICKVOL> <VOL> <SPREAD>; or any table with a column tick_volume.
https://www.metatrader5.com/en/terminal/help/trading_advanced/custom_instruments
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import first_line, is_text
from btlab.data.importers.csv_table import Table, table_of
from btlab.data.importers.csv_times import Clock, clock_of
from btlab.data.importers.metatrader import is_ever_above_zero, server_of
from btlab.data.importers.source import Source
from btlab.data.importers.tables import Said, bars_reader, check_holds, length_of, ticks_reader
from btlab.errors import FormatError

NAME = "mt5"
TAKES_DATE = False

_TICKS = re.compile(r"<DATE>\W<TIME>\W<BID>\W<ASK>.*", re.IGNORECASE)
_BARS = re.compile(r"<DATE>\W(<TIME>\W)?<OPEN>\W<HIGH>\W<LOW>\W<CLOSE>.*|.*\btick_?volume\b.*", re.IGNORECASE)
_TICK_VOLUME, _REAL_VOLUME = ("tickvol", "tickvolume"), ("vol", "realvolume", "realvol")
_PRICES = ("bid", "ask", "open", "high", "low", "close")


def recognise(source: Source) -> Verdict | None:
    """By its header."""
    line = first_line(source).strip() if is_text(source) else ""
    if _TICKS.fullmatch(line):
        return Verdict("ticks of MetaTrader 5, by its header")
    if _BARS.fullmatch(line):
        return Verdict("bars of MetaTrader 5, by its header", "bars")
    return None


def reader(source: Source, options: Options) -> Reader:
    """Ticks or bars of any span.

    Raises:
        FormatError: the header is none of MetaTrader's.
    """
    verdict = recognise(source)
    if verdict is None:
        raise FormatError(
            f"{source.name} has no header of MetaTrader 5 (<DATE> <TIME> <BID> <ASK> ... or <DATE> <TIME> <OPEN> ...): it begins "
            f"with {first_line(source)[:80]!r}. Leave format= out",
            file=source.name,
        )
    table = table_of(source)
    names = [re.sub(r"[^a-z]", "", name.lower()) for name in table.header or ()]
    roles = _roles(names)
    prices = {"open", "high", "low", "close"} if verdict.holds == "bars" else {"bid", "ask"}
    if not prices | {"time"} <= set(roles):
        raise FormatError(f"{source.name}: its header lacks a time or a price: {', '.join(table.header or ())}", file=source.name)
    check_holds(source, verdict.holds or "", options, verdict.why)
    layout, clock = _layout(table, roles, source, options)
    return _bars(source, layout, names, clock, options) if verdict.holds == "bars" else _ticks(source, layout, names, options)


def _roles(names: list[str]) -> tuple[str, ...]:
    """Dates, times and prices; volumes are looked at later."""
    pair = (
        {"date": "time", "time": "day_time"}
        if {"date", "time"} <= set(names)
        else dict.fromkeys(("date", "time", "datetime"), "time")
    )
    return tuple(pair.get(name, name if name in _PRICES else "") for name in names)


def _layout(table: Table, roles: tuple[str, ...], source: Source, options: Options) -> tuple[text.Layout, Clock]:
    clock = clock_of(source, table.column(roles.index("time")), None, None)
    layout = text.Layout(
        columns=roles,
        delimiter=table.delimiter.encode(),
        decimal=table.decimal.encode(),
        skip=table.skip,
        order=clock.order,
        unit=clock.unit,
        bounds=clock.bounds,
        scale=options.price_scale,
        symbol=options.symbol,
    )
    return layout, clock


def _ticks(source: Source, layout: text.Layout, names: list[str], options: Options) -> Reader:
    what = "bid and ask; an empty cell carries the last value"
    if np.isnan(text.head_rows(source, layout).real).all() and "last" in names:
        trades = {"last": "price", "volume": "size"}
        roles = (trades.get(name, "" if role in ("bid", "ask") else role) for name, role in zip(names, layout.columns))
        layout, what = replace(layout, columns=tuple(roles)), "last and volume, as there is no bid and no ask"
    server = server_of(source, layout, 0, options)
    layout = replace(layout, zone=server.zone, carried="price" not in layout.columns)
    return ticks_reader(source, layout, f"ticks of MetaTrader 5: {what}; {server.why}", {"format": NAME}, server.warnings)


def _bars(source: Source, layout: text.Layout, names: list[str], clock: Clock, options: Options) -> Reader:
    real, tick = (next((names.index(name) for name in known if name in names), None) for known in (_REAL_VOLUME, _TICK_VOLUME))
    volume = tick if real is None or (tick is not None and not is_ever_above_zero(source, layout, real)) else real
    roles = tuple("volume" if at == volume else role for at, role in enumerate(layout.columns))
    layout = replace(layout, columns=roles)
    server = server_of(source, layout, length_of(source, layout, options), options)
    what = "no volume" if volume is None else f"volume is {'of ticks' if volume == tick else 'what was traded'}"
    why = f"bars of MetaTrader 5: {what}; {server.why}" + (f", {clock.why}" if clock.unit else "")
    layout = replace(layout, zone=server.zone)
    return bars_reader(source, layout, options, Said(price="bid"), why, {"format": NAME}, server.warnings)
