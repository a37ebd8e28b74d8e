"""Importers: one module per format, and the choice between them by what a file holds."""

from __future__ import annotations

from typing import NamedTuple

from btlab.data.importers import csv, dukascopy, histdata, lean
from btlab.data.importers.base import Importer, Options, Reader
from btlab.data.importers.source import Source
from btlab.errors import FormatError, did_you_mean

IMPORTERS: dict[str, Importer] = {module.NAME: module for module in (lean, dukascopy, histdata, csv)}  # type: ignore[misc]
"""By name; in the order in which "auto" asks them."""


class Choice(NamedTuple):
    """What one call imports: readers in order of time, the format of all of them, why, and what to say about it."""

    readers: list[Reader]
    format: str
    why: str
    warnings: list[str]


def choose(sources: list[Source], name: str, options: Options) -> Choice:
    """Readers for all sources.

    Args:
        name: a format, or "auto".

    Raises:
        FormatError: an unknown format, a file that fits none, bars instead of ticks, or several formats in one call.
    """
    if name != "auto" and name not in IMPORTERS:
        raise FormatError(f"format={name!r} is not known.{did_you_mean(name, ['auto', *IMPORTERS])}", format=name)
    chosen = [(source, *_importer(source, name)) for source in sources]
    ticks = [(source, importer) for source, importer, is_ticks in chosen if is_ticks]
    warnings = [f"{len(chosen) - len(ticks)} files of bars passed over"] if len(ticks) < len(chosen) else []
    if not ticks:
        raise FormatError(f"{sources[0].path.parent} holds bars only; import_ticks takes ticks", file=sources[0].name)
    names = sorted({importer.NAME for _, importer in ticks})
    if len(names) > 1:
        raise FormatError(
            f"files of several formats in one call ({', '.join(names)}); import them one after the other", formats=names
        )
    importer = IMPORTERS[names[0]]
    if options.date is not None and not importer.TAKES_DATE:
        raise FormatError(
            f"date= is for files whose rows carry none (lean, dukascopy); rows of {importer.NAME} carry theirs", date=options.date
        )
    if options.date is not None and len(ticks) > 1:
        raise FormatError(f"date= is of one file, and these are {len(ticks)}; import them one by one", date=options.date)
    readers = [importer.reader(source, options) for source, _ in ticks]
    whose = sorted({reader.whose for reader in readers if reader.whose is not None})
    if len(whose) > 1:
        raise FormatError(
            f"files of several symbols or markets in one call ({', '.join(whose)}); import each with its own symbol= and feed=",
            whose=whose,
        )
    if whose and _letters(options.symbol) not in _letters(whose[0]):
        warnings.append(f"the path says {whose[0]!r}; its ticks are stored as {options.symbol!r}, as asked")
    warnings += [warning for reader in readers for warning in reader.warnings]
    readers.sort(key=lambda reader: reader.start if reader.start is not None else 0)
    more = f", and {len(readers) - 1} more files" if len(readers) > 1 else ""
    return Choice(readers, importer.NAME, ("as asked: " if name != "auto" else "") + readers[0].why + more, warnings)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())


def _importer(source: Source, name: str) -> tuple[Importer, bool]:
    """The importer of a file, and whether it holds ticks."""
    for importer in IMPORTERS.values() if name == "auto" else (IMPORTERS[name],):
        verdict = importer.recognise(source)
        if verdict is not None:
            if not verdict.ticks and source.named:
                raise FormatError(f"{source.name} is {verdict.why}; import_ticks takes ticks, not bars", file=source.name)
            return importer, verdict.ticks
    if name != "auto":
        return IMPORTERS[name], True
    what = "is empty" if not source.head else "fits no known format"
    raise FormatError(f"{source.name} {what}; known are {', '.join(IMPORTERS)}: format= says which it is", file=source.name)
