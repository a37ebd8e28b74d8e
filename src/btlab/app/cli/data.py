"""`btlab import`, `symbols`, `quality` and `sql`: what goes into a store, and what is in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from btlab.app.cli.output import JsonOption, StoreOption, give

_OF_BARS = ("timeframe", "stamp", "price")
_OF_QUALITY = ("symbol", "feed", "kind", "timeframe", "calendar", "rows", "gaps", "issues", "days")


def import_(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, zips or patterns; several are one import.")],
    symbol: Annotated[str, typer.Option(help="Whose rows they are.")],
    store: StoreOption = None,
    bars: Annotated[bool, typer.Option("--bars", help="The files hold bars, not ticks.")] = False,
    timeframe: Annotated[str | None, typer.Option(help="Of bars: 1m, 1h, ...; by default as the files say.")] = None,
    stamp: Annotated[str | None, typer.Option(help="Of bars: times are of their start or end.")] = None,
    price: Annotated[str | None, typer.Option(help="Of bars: bid, ask, mid or last.")] = None,
    format: Annotated[str, typer.Option(help="How to read them; auto finds out and says why.")] = "auto",
    tz: Annotated[str | None, typer.Option(help="The zone of times without an offset, as Europe/Athens.")] = None,
    price_scale: Annotated[float | None, typer.Option(help="Prices are numbers times this; 1e-5 for points.")] = None,
    date: Annotated[str | None, typer.Option(help="Of rows that carry none, as 2024-01-08 or 2024-01-08T13.")] = None,
    columns: Annotated[str | None, typer.Option(help="Of a table that cannot be told: time,bid,ask,-")] = None,
    unit: Annotated[str | None, typer.Option(help="Of times that are counts since 1970: s, ms, us or ns.")] = None,
    dates: Annotated[str | None, typer.Option(help="The order of dates: ymd, dmy or mdy.")] = None,
    feed: Annotated[str, typer.Option(help="A name for where the rows come from.")] = "default",
    on_error: Annotated[str, typer.Option(help="raise, or skip faulty rows and list them.")] = "raise",
    overlap: Annotated[str, typer.Option(help="refuse what is stored already, or replace it.")] = "refuse",
    sort: Annotated[bool, typer.Option("--sort", help="Order rows by time.")] = False,
    drop_duplicates: Annotated[bool, typer.Option("--drop-duplicates", help="Leave out exact repeats.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import ticks or bars: all of them, or none where anything is wrong."""
    from btlab.data.store import Store

    of_bars: dict[str, Any] = {name: value for name, value in zip(_OF_BARS, (timeframe, stamp, price)) if value is not None}
    if of_bars and not bars:
        raise typer.BadParameter(f"--{next(iter(of_bars))} is of bars: say --bars too")
    words: dict[str, Any] = {
        "symbol": symbol,
        "format": format,
        "tz": tz,
        "price_scale": price_scale,
        "date": date,
        "columns": columns,
        "unit": unit,
        "dates": dates,
        "feed": feed,
        "on_error": on_error,
        "overlap": overlap,
        "sort": sort,
        "drop_duplicates": drop_duplicates,
        "dry_run": dry_run,
    }
    into = Store(store)
    give((into.import_bars if bars else into.import_ticks)(sources, **words, **of_bars), as_json)


def symbols(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List what is stored."""
    from btlab.data.store import Store

    give(Store(store).symbols(), as_json)


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT over ticks, bars, imports; - reads it from the standard input.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the store in SQL; nothing can be changed by it."""
    from btlab.data.store import Store

    give(Store(store).sql(sys.stdin.read() if query == "-" else query), as_json)


def quality(
    symbol: Annotated[str, typer.Argument(help="Whose data.")],
    store: StoreOption = None,
    feed: Annotated[str | None, typer.Option(help="Which of the symbol's feeds, where there are several.")] = None,
    start: Annotated[str | None, typer.Option(help="From when, as 2024-01-08.")] = None,
    end: Annotated[str | None, typer.Option(help="Until when, not included.")] = None,
    calendar: Annotated[str | None, typer.Option(help="Whose hours count: fx, 24x7, XNYS, ...; by default the symbol's.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Write the picture too, into this HTML file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Gaps, spikes and other oddities of what is stored."""
    from btlab.data.store import Store

    found = Store(store).quality(symbol, start, end, feed=feed, calendar=calendar)
    if picture is not None:
        found.picture().save(picture)
    give({name: getattr(found, name) for name in _OF_QUALITY} if as_json else found, as_json)


def add_to(app: typer.Typer) -> None:
    app.command("import")(import_)
    for command in (quality, symbols, sql):
        app.command()(command)
