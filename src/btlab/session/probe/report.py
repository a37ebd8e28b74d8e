"""What the two checks return: tables, one clear sentence a finding, and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from btlab.market.times import iso

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, eq=False, repr=False)
class LookAhead:
    """What `check_lookahead` found.

    Attributes:
        strategy: its name. leaks: one row for each: what (is known too early), where (which method reads it, and at which line),
            first (the time of the first decision seen to depend on it), decision (which one that was, and by which line), how
            (what was done to the future: "cut off", "mirrored", "other", "overwritten").
        unproven: sentences on what the check could not alter.
        held: everything outside `ctx` that holds the data and was altered. probes, runs: how many cuts, how many runs they took.
        exhaustive: (first, last) time of the stretch in which every moment of decision was a cut.
        mode: "compiled" or "interpreted". rows: how many ticks or bars there are.
    """

    strategy: str
    leaks: pl.DataFrame
    unproven: tuple[str, ...]
    held: tuple[str, ...]
    probes: int
    runs: int
    exhaustive: tuple[Any, Any] | None
    mode: str
    rows: int

    @property
    def ok(self) -> bool:
        """Whether nothing was found to know the future."""
        return not len(self.leaks)

    def about(self) -> str:
        """One line: what was tried."""
        every = (
            f", every decision from {_short(self.exhaustive[0])} to {_short(self.exhaustive[1])} UTC among them"
            if self.exhaustive
            else ""
        )
        return f"{self.probes} cuts in {self.rows:,} rows{every}; {self.runs} runs, {self.mode}"

    def sentences(self) -> list[str]:
        """One for each leak, then the way out, then what stays unproven."""
        said = [
            f"{what} is known before its time: {decision} at {_short(first)} UTC depends on what comes later ({how}); "
            f"read in {where}"
            for what, where, first, decision, how in self.leaks.iter_rows()
        ]
        if said:
            said.append(
                "Way out: let rows of later have no part in it. Read bars through ctx, or row i of a table when it is complete "
                "and not before; normalise and fit with rows up to then, not with all."
            )
        return said + [f"Not proved: {sentence}" for sentence in self.unproven]

    def __repr__(self) -> str:
        verdict = "no look-ahead found" if self.ok else f"{len(self.leaks)} {'leaks' if len(self.leaks) > 1 else 'leak'}"
        return "\n".join(
            [f"LookAhead of {self.strategy}: {verdict} ({self.about()})", *(f"  {line}" for line in self.sentences())]
        )

    def _repr_html_(self) -> str:
        verdict = "✓ no look-ahead found" if self.ok else f"✗ {len(self.leaks)} leaks" if len(self.leaks) > 1 else "✗ 1 leak"
        return _html(f"Look-ahead of {self.strategy}", verdict, self.about(), self.sentences(), self.leaks)


@dataclass(frozen=True, eq=False, repr=False)
class Warmup:
    """What `check_warmup` found.

    Attributes:
        strategy: its name. unit: "ticks" or "bars": what rows of the data are.
        rows: how many of them until decisions no longer depend on where the data begin: the most that any start needed; None
            where a start did not come to agree. bars: timeframe -> the same in its completed bars.
        frame: one row for each start tried: start, agrees_from (null: never), rows, decisions (moments of decision after it),
            other (those of them that differ from the run over all data), first_other (a word on the first of them).
        missing: values that were NaN at first: value, where, calls, until.
        early: orders that the run over all data placed before the warm-up was over; none where it never is.
    """

    strategy: str
    unit: str
    rows: int | None
    bars: dict[str, int]
    frame: pl.DataFrame
    missing: pl.DataFrame
    early: pl.DataFrame

    @property
    def ok(self) -> bool:
        """Whether every later start came to decide as the run over all data does."""
        return self.rows is not None

    def about(self) -> str:
        """One line: the verdict."""
        if self.rows is None:
            late = int(self.frame["agrees_from"].null_count())
            return f"{late} of {len(self.frame)} later starts never came to decide as the run over all data does"
        bars = "".join(f", {count:,} {timeframe} bars" for timeframe, count in self.bars.items())
        return f"warm after {self.rows:,} {self.unit}{bars}" if self.rows else "needs no warm-up"

    def sentences(self) -> list[str]:
        """What to know, and the way out."""
        said = [
            f"{value} was NaN in {calls:,} calls, until {_short(until)} UTC ({where})"
            for value, where, calls, until in self.missing.iter_rows()
        ]
        if self.rows is None:
            other = next(iter(self.frame.filter(self.frame["agrees_from"].is_null())["first_other"]))
            said.append(f"Begun later it decides otherwise to the end, first: {other}.")
            said.append("Way out: give it state that forgets (a window, a decay), or more data; a size by equity never forgets.")
        if len(self.early):
            said.append(
                f"{len(self.early)} orders were placed before the warm-up was over, the first at "
                f"{_short(self.early['created'][0])} UTC. "
                "Way out: place none while a value is NaN or a count of bars is short, or begin the data that much earlier."
            )
        return said

    def __repr__(self) -> str:
        return "\n".join([f"Warmup of {self.strategy}: {self.about()}", *(f"  {line}" for line in self.sentences())])

    def _repr_html_(self) -> str:
        return _html(f"Warm-up of {self.strategy}", "✓" if self.ok else "✗", self.about(), self.sentences(), self.frame)


def _short(moment: Any) -> str:
    return iso(moment) if isinstance(moment, int) else f"{moment:%Y-%m-%d %H:%M:%S.%f}".rstrip("0").rstrip(".")


def _html(title: str, verdict: str, about: str, sentences: list[str], frame: pl.DataFrame) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in sentences)
    head = "".join(f"<th style='text-align:left'>{escape(name)}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in frame.head(50).iter_rows()
    )
    table = f"<table><tr>{head}</tr>{rows}</table>" if len(frame) else ""
    return f"<div><b>{escape(title)}: {escape(verdict)}</b><div>{escape(about)}</div><ul>{lines}</ul>{table}</div>"
