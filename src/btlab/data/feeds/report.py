"""What a download says it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from btlab.market.times import iso, to_microseconds

_SHOWN = 5


@dataclass
class FeedReport:
    """The outcome of one download.

    Attributes:
        source: "dukascopy" or "binance". symbol, feed: where the rows are now. start, end: the range that was asked for, UTC.
        slot: what is counted: "hours" or "days".
        fetched: slots whose rows came now. known: that were stored, or known to be empty, before. empty: for which the vendor has
            nothing, found out now. pending: that are not over, or not published yet: the next download asks again.
        failed: files that did not come, and why; nothing of their day is stored, and the next download asks again.
        rows_stored, rows_rejected: as in an import's report. reject_files: lists of the rejected rows.
        first, last: times of the first and last row stored now, UTC; None where none was.
        bytes, retries: that went over the wire; tries that were not the first.
        warnings: what a careful reader should know. seconds: how long it took.
    """

    source: str
    symbol: str
    feed: str
    start: datetime
    end: datetime
    slot: str
    fetched: int = 0
    known: int = 0
    empty: int = 0
    pending: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    rows_stored: int = 0
    rows_rejected: int = 0
    reject_files: list[str] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None
    bytes: int = 0
    retries: int = 0
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether all of the range is stored now, as far as it is over."""
        return not self.failed

    def _lines(self) -> list[tuple[str, str]]:
        span = (
            "nothing"
            if self.first is None or self.last is None
            else " to ".join(iso(to_microseconds(time)) for time in (self.first, self.last))
        )
        counts = {"fetched": self.fetched, "known before": self.known, "empty": self.empty, "not published yet": self.pending}
        lines = [
            (self.slot, ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"),
            ("stored", f"{self.rows_stored:,}: {span}"),
            ("network", f"{self.bytes / 1e6:,.1f} MB in {self.seconds:.1f} s, {self.retries:,} retries"),
        ]
        if self.rows_rejected:
            lines.append(("left out", f"{self.rows_rejected:,} faulty rows, listed in {', '.join(self.reject_files)}"))
        lines += _some("failed", [f"{label}: {why}" for label, why in self.failed.items()])
        return lines + _some("warning", self.warnings)

    def _head(self) -> str:
        start, end = (iso(to_microseconds(time)) for time in (self.start, self.end))
        return f"download of {self.symbol} from {self.source} into feed {self.feed}, {start} to {end}"

    def __repr__(self) -> str:
        return "\n".join([self._head()] + [f"  {name:16}{text}" for name, text in self._lines()])

    def _repr_html_(self) -> str:
        cell = '<td style="text-align:left">'
        rows = "".join(f"<tr>{cell}{escape(name)}</td>{cell}{escape(text)}</td></tr>" for name, text in self._lines())
        return f"<table><caption>{escape(self._head())}</caption><tbody>{rows}</tbody></table>"


def _some(name: str, texts: list[str]) -> list[tuple[str, str]]:
    """The first of many lines."""
    more = [(name, f"and {len(texts) - _SHOWN:,} more")] if len(texts) > _SHOWN else []
    return [(name, text) for text in texts[:_SHOWN]] + more
