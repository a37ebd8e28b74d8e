"""Importers: one module per format, and the choice between them by what a file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from btlab.data.importers import (
    arrow,
    binance,
    binance_trades,
    csv,
    databento,
    dukascopy,
    fix,
    histdata,
    lean,
    mt4,
    mt5,
    ninjatrader,
    parquet,
    truefx,
)
from btlab.data.importers.base import Importer, Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.errors import FormatError, counted, did_you_mean

if TYPE_CHECKING:
    import polars as pl


class Format(NamedTuple):
    """A format: its importer, and what people should know of it."""

    importer: Importer
    what: str
    told_by: str
    holds: str

    @property
    def name(self) -> str:
        return self.importer.NAME


FORMATS: tuple[Format, ...] = (
    Format(databento, "Databento: DBN, versions 1 to 3", "the first bytes, or .dbn.zst", "ticks and bars"),  # type: ignore[arg-type]
    Format(parquet, "Parquet by the names of its columns", "the first bytes", "ticks and bars"),  # type: ignore[arg-type]
    Format(arrow, "Arrow IPC, files and streams, by the names of columns", "the first bytes", "ticks and bars"),  # type: ignore[arg-type]
    Format(dukascopy, "Dukascopy: .bi5 and JSON", "the suffix, or the first bytes", "ticks and bars"),  # type: ignore[arg-type]
    Format(lean, "QuantConnect Lean: zips of ticks and bars", "the names of files and folders", "ticks and bars"),  # type: ignore[arg-type]
    Format(fix, "FIX 4.2 and 4.4 logs: 35=W and 35=X", "the first message", "ticks"),  # type: ignore[arg-type]
    Format(binance, "Binance: archive of trades, aggTrades, klines; streams", "cells of the first row", "ticks and bars"),  # type: ignore[arg-type]
    Format(binance_trades, "the trades of a Binance stream that has quotes too", "as asked", "ticks"),  # type: ignore[arg-type]
    Format(mt5, "MetaTrader 5: ticks and bars", "its header, or a column tick_volume", "ticks and bars"),  # type: ignore[arg-type]
    Format(mt4, "MetaTrader 4: bars", "the first row", "bars"),  # type: ignore[arg-type]
    Format(histdata, "HistData.com: ticks and minutes", "the first row, and its names", "ticks and bars"),  # type: ignore[arg-type]
    Format(ninjatrader, "NinjaTrader: ticks, minutes and days", "the first row, and its names", "ticks and bars"),  # type: ignore[arg-type]
    Format(truefx, "TrueFX: quotes", "the first row", "ticks"),  # type: ignore[arg-type]
    Format(csv, "any other table of text", "a header, or its numbers", "ticks and bars"),  # type: ignore[arg-type]
)
"""In the order in which "auto" asks them."""

IMPORTERS: dict[str, Importer] = {one.name: one.importer for one in FORMATS}


def list_formats() -> pl.DataFrame:
    """The formats that can be imported: name (for format=), what it is, what it is told by, and whether it holds ticks or bars.

    >>> list_formats()["name"].to_list()[-1]
    'csv'
    """
    import polars as pl

    rows = [(one.name, one.what, one.told_by, one.holds) for one in FORMATS]
    return pl.DataFrame(rows, dict.fromkeys(("name", "what", "told_by", "holds"), pl.String()), orient="row")


class Choice(NamedTuple):
    """What one call imports: readers in order of time, the format of all of them, why, and what to say about it."""

    readers: list[Reader]
    format: str
    why: str
    warnings: list[str]


def choose(sources: list[Source], name: str, options: Options) -> Choice:
    """Readers for all sources, of ticks or of bars as the options say.

    Args:
        name: a format, or "auto".

    Raises:
        FormatError: an unknown format, a file that fits none or several, bars instead of ticks or ticks instead of bars, or
            several formats in one call.
    """
    if name != "auto" and name not in IMPORTERS:
        raise FormatError(f"format={name!r} is not known.{did_you_mean(name, ['auto', *IMPORTERS])}", format=name)
    wanted, other = ("bars", "ticks") if options.bars else ("ticks", "bars")
    asked = [(source, *_importer(source, name)) for source in sources]
    chosen = [
        (source, importer)
        for source, importer, verdict in asked
        if options.columns is not None or _holds(source, importer, verdict, wanted)
    ]
    warnings = [f"{counted(len(asked) - len(chosen), 'file')} of {other} passed over"] if len(chosen) < len(asked) else []
    if not chosen:
        raise FormatError(
            f"{sources[0].path.parent} holds {other} only; import_{wanted} takes {wanted}, import_{other} takes {other}",
            file=sources[0].name,
        )
    first = {importer.NAME: source.path.name for source, importer in reversed(chosen)}
    names = sorted(first)
    if len(names) > 1:
        shown = ", ".join(f"{name}: {first[name]}" for name in names)
        raise FormatError(f"files of several formats in one call ({shown}); import them one after the other", formats=names)
    importer = IMPORTERS[names[0]]
    _check_date(options, importer, len(chosen))
    _check_table(options, importer)
    readers = [importer.reader(source, options) for source, _ in chosen]
    warnings += _check_whose(readers, options.symbol, wanted)
    warnings += [warning for reader in readers for warning in reader.warnings]
    readers.sort(key=lambda reader: reader.start if reader.start is not None else 0)
    more = f", and {len(readers) - 1} more files" if len(readers) > 1 else ""
    return Choice(readers, importer.NAME, ("as asked: " if name != "auto" else "") + readers[0].why + more, warnings)


def _importer(source: Source, name: str) -> tuple[Importer, Verdict | None]:
    """The importer of a file, and what it said; None where the caller named a format that the file does not look like.

    Raises:
        FormatError: the file fits no format, or several as well.
    """
    unsure = list[tuple[Importer, Verdict]]()
    for importer in IMPORTERS.values() if name == "auto" else (IMPORTERS[name],):
        verdict = importer.recognise(source)
        if verdict is None or (unsure and importer.NAME == csv.NAME):
            continue
        if verdict.sure or name != "auto":
            return importer, verdict
        unsure.append((importer, verdict))
    if len(unsure) == 1:
        return unsure[0]
    if unsure:
        fits = " and ".join(f"{importer.NAME} ({verdict.why})" for importer, verdict in unsure)
        calls = " or ".join(f'format="{importer.NAME}"' for importer, _ in unsure)
        raise FormatError(
            f"{source.name} fits {fits}, and its name does not tell which; give {calls}",
            file=source.name,
            formats=[importer.NAME for importer, _ in unsure],
        )
    if name != "auto":
        return IMPORTERS[name], None
    what = "is empty" if not source.head else "fits no known format"
    raise FormatError(f"{source.name} {what}; known are {', '.join(IMPORTERS)}: format= says which it is", file=source.name)


def _holds(source: Source, importer: Importer, verdict: Verdict | None, wanted: str) -> bool:
    """Whether a file is to be imported; the other kind in a folder is passed over.

    Raises:
        FormatError: the caller named this very file, and it is of the other kind.
    """
    if verdict is None or verdict.holds in (None, wanted):
        return True
    if source.named:
        raise FormatError(
            f"{source.name} is {verdict.why} ({importer.NAME}); import_{wanted} takes {wanted}, not {verdict.holds}: "
            f"call import_{verdict.holds}",
            file=source.name,
            format=importer.NAME,
        )
    return False


def _check_date(options: Options, importer: Importer, files: int) -> None:
    if options.date is not None and not importer.TAKES_DATE:
        takers = ", ".join(one.NAME for one in IMPORTERS.values() if one.TAKES_DATE)
        raise FormatError(
            f"date= is for files whose rows carry none ({takers}); rows of {importer.NAME} carry theirs", date=options.date
        )
    if options.date is not None and files > 1:
        raise FormatError(f"date= is of one file, and these are {files}; import them one by one", date=options.date)


def _check_table(options: Options, importer: Importer) -> None:
    for name in ("columns", "unit", "dates"):
        if getattr(options, name) is not None and importer.NAME != csv.NAME:
            raise FormatError(
                f'{name}= is for tables of any layout, and this is {importer.NAME}; give format="csv", or leave {name}= out',
                argument=name,
                format=importer.NAME,
            )


def _check_whose(readers: list[Reader], symbol: str, kind: str) -> list[str]:
    """A warning where the path names another symbol.

    Raises:
        FormatError: the files are of several.
    """
    whose = sorted({reader.whose for reader in readers if reader.whose is not None})
    if len(whose) > 1:
        raise FormatError(
            f"files of several symbols or markets in one call ({', '.join(whose)}); import each with its own symbol= and feed=",
            whose=whose,
        )
    if whose and _letters(symbol) not in _letters(whose[0]):
        return [f"the path says {whose[0]!r}; its {kind} are stored as {symbol!r}, as asked"]
    return []


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())
