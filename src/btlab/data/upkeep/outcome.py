"""What upkeep says it did: a few lines of text, or a small table in a notebook."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from btlab.errors import counted


class Outcome:
    """Shows itself as a heading with named lines under it."""

    __slots__ = ()

    def _head(self) -> str:
        raise NotImplementedError

    def _lines(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "\n".join([self._head(), *(f"  {name:12}{text}" for name, text in self._lines())])

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left">'
        rows = "".join(f"<tr>{cell}{escape(name)}</td>{cell}{escape(text)}</td></tr>" for name, text in self._lines())
        return f"<table><caption>{escape(self._head())}</caption><tbody>{rows}</tbody></table>"


@dataclass(frozen=True, repr=False, slots=True)
class CompactReport(Outcome):
    """What `Store.compact` did.

    Attributes:
        files_before, files_after, bytes_before, bytes_after: of the day files that hold the data.
        removed: files that nothing needed: what the merged ones replaced, and what killed imports had left a day ago or longer.
        skipped: symbols that were left as they are, and why.
        seconds: how long it took.
    """

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    removed: int
    skipped: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def _head(self) -> str:
        return f"compacted in {self.seconds:.2f} s"

    def _lines(self) -> list[tuple[str, str]]:
        return [
            ("day files", f"{self.files_before:,} -> {self.files_after:,}"),
            ("bytes", f"{self.bytes_before:,} -> {self.bytes_after:,}"),
            ("removed", f"{counted(self.removed, 'file')} that nothing needed"),
            *((f"skipped {symbol}", why) for symbol, why in self.skipped.items()),
        ]


@dataclass(frozen=True, repr=False, slots=True)
class BackupReport(Outcome):
    """What `Store.backup` wrote.

    Attributes:
        path: the folder or the archive. symbols, files, bytes: what is in it. seconds: how long it took.
    """

    path: Path
    symbols: int
    files: int
    bytes: int
    seconds: float = 0.0

    def _head(self) -> str:
        return f"backup at {self.path}"

    def _lines(self) -> list[tuple[str, str]]:
        return [
            ("symbols", f"{self.symbols:,}"),
            ("files", f"{self.files:,}, {self.bytes:,} bytes"),
            ("restore", f"Store.restore({str(self.path)!r}, ...)"),
            ("took", f"{self.seconds:.2f} s"),
        ]


@dataclass(frozen=True, repr=False, slots=True)
class MigrateReport(Outcome):
    """What `Store.migrate` did.

    Attributes:
        format: the newest one. migrated: symbols that were of an older one. skipped: those left as they are, and why.
    """

    format: int
    migrated: list[str]
    skipped: dict[str, str] = field(default_factory=dict)

    def _head(self) -> str:
        return f"format {self.format}"

    def _lines(self) -> list[tuple[str, str]]:
        return [
            ("migrated", ", ".join(self.migrated) or "nothing; all are of this format already"),
            *((f"skipped {symbol}", why) for symbol, why in self.skipped.items()),
        ]
