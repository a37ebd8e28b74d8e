"""The quality of what is stored of a symbol: tables, a text and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab import views
from btlab.data.quality.facts import Facts
from btlab.data.quality.gaps import GAP_KINDS, gaps_of
from btlab.data.quality.issues import KINDS, table
from btlab.data.quality.usual import expected_rows
from btlab.errors import counted
from btlab.market.times import iso

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False, repr=False)
class Quality:
    """What `Store.quality` found.

    Attributes:
        symbol, feed, kind ("quotes", "trades", "bars"), timeframe (of bars; else None), calendar: of what.
        rows: how many were looked at.
        gaps: start, end, kind: "weekend", "daily_break", "holiday", "closure" or "unexpected" (rules: `data.quality.gaps`).
        issues: kind, start, end, count (of odd rows), detail (rules and thresholds: `data.quality.issues`).
        days: date (of the trading day), ticks (rows), expected (what would be usual by weekday, hour and trading hours), missing
            (there was trading, and there is no row). Days without trading are there only where they have rows.
        facts: what all of it was made of.
    """

    symbol: str
    feed: str
    kind: str
    facts: Facts
    gaps: pl.DataFrame
    issues: pl.DataFrame
    days: pl.DataFrame

    @property
    def timeframe(self) -> str | None:
        return self.facts.timeframe

    @property
    def calendar(self) -> str:
        return self.facts.calendar

    @property
    def rows(self) -> int:
        return self.facts.rows

    def picture(self, *, theme: str | None = None) -> Any:
        """A calendar of the days, coloured by how many of the usual ticks they have; a click opens a day's minutes and issues.

        Args:
            theme: "light" or "dark"; None: as the page it stands in.
        """
        return views.render("quality", self, theme=theme)

    def counts(self) -> list[tuple[str, str, int]]:
        """(heading, words, how many) of everything that was found, what nothing explains first."""
        gaps = dict(self.gaps["kind"].value_counts().iter_rows())
        issues = dict(self.issues.group_by("kind").agg(pl_sum()).iter_rows())
        missing = int(self.days["missing"].sum())
        found = [("days", "missing", missing)] if missing else []
        found += [("gaps", "unexpected", gaps.pop("unexpected"))] if "unexpected" in gaps else []
        found += [("issues", kind, issues[kind]) for kind in KINDS if kind in issues]
        return found + [("gaps", kind, gaps[kind]) for kind in GAP_KINDS if kind in gaps]

    def about(self) -> str:
        """One line: what was looked at."""
        what = f"{self.timeframe} bars" if self.timeframe else "ticks" if self.kind == "quotes" else self.kind
        span = f"{iso(self.facts.first)[:19]} to {iso(self.facts.last)[:19]} UTC"
        return f"{self.rows:,} {what} of feed {self.feed}, {span}, {counted(len(self.days), 'day')}, calendar {self.calendar}"

    def __repr__(self) -> str:
        lines = [f"Quality of {self.symbol!r}: {self.about()}"]
        lines += [f"  {heading:7}{words.replace('_', ' '):15}{count:>12,}" for heading, words, count in self.counts()]
        worst = self.unexpected().sort(by_length(), descending=True).head(5)
        if len(worst):
            lines.append("  longest unexpected gaps:")
            lines += [f"    {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}" for start, end, _ in worst.iter_rows()]
        return "\n".join(lines if self.counts() else [*lines, "  nothing to report"])

    def unexpected(self) -> pl.DataFrame:
        """The gaps that no calendar explains."""
        return self.gaps.filter(self.gaps["kind"] == "unexpected")

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{heading}</td><td>{escape(words.replace('_', ' '))}</td><td style='text-align:right'>{count:,}</td></tr>"
            for heading, words, count in self.counts()
        )
        body = f"<table>{rows}</table>" if rows else "<div>nothing to report</div>"
        return f"<div><b>Quality of {escape(self.symbol)}</b><div>{escape(self.about())}</div>{body}</div>"


def pl_sum() -> pl.Expr:
    """The sum of the column count."""
    import polars as pl

    return pl.col("count").sum()


def by_length() -> pl.Expr:
    """How long a gap is."""
    import polars as pl

    return pl.col("end") - pl.col("start")


def result_of(symbol: str, feed: str, kind: str, facts: Facts) -> Quality:
    """The tables of what was seen."""
    return Quality(symbol, feed, kind, facts, gaps_of(facts), table(facts.runs, facts.digits), days_of(facts))


def days_of(facts: Facts) -> pl.DataFrame:
    """date, ticks, expected, missing."""
    import polars as pl

    ticks, expected = facts.minutes.sum(axis=1, dtype=np.int64), expected_rows(facts)
    open_at_all = facts.traded(np.maximum(facts.days.start[:-1], facts.first), np.minimum(facts.days.start[1:], facts.last + 1))
    kept = (open_at_all > 0) | (ticks > 0)
    columns = {
        "date": facts.days.date[kept].astype(np.int32),
        "ticks": ticks[kept].astype(np.int64),
        "expected": np.rint(expected.sum(axis=1)[kept]).astype(np.int64),
        "missing": ((open_at_all > 0) & (ticks == 0))[kept],
    }
    return pl.DataFrame(columns).with_columns(pl.col("date").cast(pl.Date()))
