"""What doctor finds, and how it tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from btlab.data.files.manifest import Segment
from btlab.errors import counted
from btlab.market.times import to_datetime

if TYPE_CHECKING:
    import polars as pl

What = Literal["mark", "manifest", "newer", "damaged", "missing", "unreadable", "leftover", "unrepaired"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        what: "mark" (store.json), "manifest" and "newer" (of a symbol), "damaged", "missing", "unreadable" (a day file),
            "leftover" (a file that nothing needs), "unrepaired" (a symbol that another process holds, or a disk that fails).
        file: its path in the store. symbol, feed: whose it is. start, end, rows: what is lost with it; the end included.
        why: how that is known. remedy: what repair does about it, and what is left for you to do.
        repaired: the store is in order again; what was lost with the file is not in it.
    """

    what: What
    file: str
    why: str
    remedy: str
    symbol: str | None = None
    feed: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    rows: int | None = None
    repaired: bool = False

    def of(self, segment: Segment) -> Finding:
        """With the range that a segment holds."""
        return replace(self, start=to_datetime(segment.first), end=to_datetime(segment.last), rows=segment.rows)

    def __str__(self) -> str:
        whose = "" if self.symbol is None else f" {self.symbol!r}" + ("" if self.feed is None else f", feed {self.feed!r}")
        lost = "" if self.start is None else f"; {counted(self.rows or 0, 'row')}, {_cell(self.start)} to {_cell(self.end)}"
        state = " (repaired)" if self.repaired else ""
        return f"{self.what}{state}:{whose} {self.file}\n    {self.why}{lost}\n    {self.remedy}"


@dataclass(frozen=True, repr=False, slots=True)
class Diagnosis:
    """What `Store.doctor` found: a sequence of `Finding`s.

    Attributes:
        findings: one for each thing. files, symbols: how many were looked at.
        quarantine: the folder where damaged files went; None where none did. seconds: how long it took.
    """

    findings: tuple[Finding, ...]
    symbols: int
    files: int
    quarantine: Path | None = None
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Nothing is wrong, or everything was repaired."""
        return all(finding.repaired for finding in self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __bool__(self) -> bool:
        """A diagnosis is one, with or without findings; `ok` says whether all is well."""
        return True

    def to_polars(self) -> pl.DataFrame:
        """A row for each finding."""
        import polars as pl

        text, moment = pl.String(), pl.Datetime("us", "UTC")
        kinds = {"start": moment, "end": moment, "rows": pl.Int64(), "repaired": pl.Boolean()}
        schema = {field.name: kinds.get(field.name, text) for field in fields(Finding)}
        return pl.DataFrame([[getattr(one, name) for name in schema] for one in self.findings], schema, orient="row")

    def _head(self) -> str:
        count = len(self.findings)
        found = counted(count, "finding") if count else "nothing wrong"
        return f"doctor: {found} in {counted(self.files, 'file')} of {counted(self.symbols, 'symbol')}, {self.seconds:.2f} s"

    def _foot(self) -> str | None:
        if self.quarantine is not None:
            return f"set aside: {self.quarantine}"
        return None if self.ok else "store.doctor(repair=True) does what is said here"

    def __repr__(self) -> str:
        foot = self._foot()
        return "\n".join([self._head(), *(str(finding) for finding in self.findings), *([] if foot is None else [foot])])

    def _repr_html_(self) -> str:
        if not self.findings:
            return f"<p>{escape(self._head())}</p>"
        foot = self._foot()
        names = ("what", "symbol", "feed", "file", "start", "end", "rows", "why", "remedy", "repaired")
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(
            "<tr>" + "".join(f'<td style="text-align:left">{escape(_cell(getattr(one, name)))}</td>' for name in names) + "</tr>"
            for one in self.findings
        )
        table = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        under = "" if foot is None else f"<p>{escape(foot)}</p>"
        return f"<table><caption>{escape(self._head())}</caption>{table}</table>{under}"


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)
