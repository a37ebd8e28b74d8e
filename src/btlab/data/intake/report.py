"""What an import says it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path

from btlab.errors import counted
from btlab.market.times import iso, to_microseconds


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The outcome of one call; rows_read == rows_stored + rows_rejected + duplicates.

    Attributes:
        symbol, feed: where the ticks are now.
        rows_read: rows found in the files. rows_stored: of these, now in the store.
        rows_rejected: left out as faulty (on_error="skip"). duplicates: left out as repeats of the row before: time,
            prices and sizes (drop_duplicates=True; of bars always).
        first, last: times of the first and last row stored, UTC; None where none was.
        format, why: how the files were read, and what told so.
        warnings: what a careful reader should know.
        reject_file: a CSV of the rejected rows: file, line, reason, text; None where there are none.
        seconds: how long it took. dry_run: nothing was written.
    """

    symbol: str
    feed: str
    rows_read: int
    rows_stored: int
    rows_rejected: int
    duplicates: int
    first: datetime | None
    last: datetime | None
    format: str
    why: str
    warnings: list[str] = field(default_factory=list)
    reject_file: Path | None = None
    seconds: float = 0.0
    dry_run: bool = False

    def _lines(self) -> list[tuple[str, str]]:
        span = (
            "nothing"
            if self.first is None or self.last is None
            else " to ".join(iso(to_microseconds(t)) for t in (self.first, self.last))
        )
        rate = f" ({self.rows_read / self.seconds:,.0f} rows/s)" if self.seconds > 0 and self.rows_read else ""
        lines = [
            ("read", f"{counted(self.rows_read, 'row')} in {self.seconds:.2f} s{rate}"),
            ("would be stored" if self.dry_run else "stored", f"{self.rows_stored:,}: {span}"),
            ("format", f"{self.format}: {self.why}"),
        ]
        if self.rows_rejected or self.duplicates:
            lines.append(("left out", f"{self.rows_rejected:,} faulty, {self.duplicates:,} repeated"))
        if self.reject_file is not None:
            lines.append(("rejected rows", str(self.reject_file)))
        return lines + [("warning", text) for text in self.warnings]

    def __repr__(self) -> str:
        lines = [f"import of {self.symbol} into feed {self.feed}{' (dry run)' if self.dry_run else ''}"]
        return "\n".join(lines + [f"  {name:16}{text}" for name, text in self._lines()])

    def _repr_html_(self) -> str:
        head = f"import of {escape(self.symbol)} into feed {escape(self.feed)}{' (dry run)' if self.dry_run else ''}"
        cell = '<td style="text-align:left">'
        rows = "".join(f"<tr>{cell}{escape(name)}</td>{cell}{escape(text)}</td></tr>" for name, text in self._lines())
        return f"<table><caption>{head}</caption><tbody>{rows}</tbody></table>"
