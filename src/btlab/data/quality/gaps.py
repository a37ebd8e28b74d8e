"""Pauses, classed by the calendar.

A gap is a pause that holds over an hour of trading; or over 20 times the usual longest pause of that hour of the week where this
is less, but never under five minutes. It is cut where the calendar opens and closes: each closed part is a row of the calendar's
kind, what is left is "unexpected". A part of trading under five minutes beside a closure is told with it (the last quote of a
Friday comes seconds before the close).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from btlab.data.quality.facts import HOUR, HOURS, SHORTEST, Facts
from btlab.data.quality.usual import usual_pause
from btlab.market.hours import CLOSURE_KINDS, DAILY_BREAK
from btlab.market.timeframe import DAY

if TYPE_CHECKING:
    import polars as pl

TIMES_USUAL = 20.0
UNEXPECTED, NOTHING = len(CLOSURE_KINDS), -1
GAP_KINDS: tuple[str, ...] = (*CLOSURE_KINDS, "unexpected")


class Gap(NamedTuple):
    """A row: start and end (µs UTC) and kind (an index into `GAP_KINDS`, or NOTHING)."""

    start: int
    end: int
    kind: int


def gaps_of(facts: Facts) -> pl.DataFrame:
    """All gaps in order: start, end, kind."""
    import polars as pl

    moment = pl.Datetime("us", "UTC")
    rows = [(gap.start, gap.end, GAP_KINDS[gap.kind]) for gap in _all(facts)]
    return pl.DataFrame(rows, {"start": moment, "end": moment, "kind": pl.String()}, orient="row")


def _all(facts: Facts) -> list[Gap]:
    if not facts.pauses:
        return []
    start, end = np.array(sorted(facts.pauses), np.int64).T
    over = facts.traded(start, end) > _limits(facts, start)
    found: list[Gap] = []
    for begin, stop, is_gap in zip(start.tolist(), end.tolist(), over.tolist()):
        found += _told_together(list(_parts(facts, begin, stop, is_gap)))
    if facts.length >= DAY:
        found = [gap for gap in found if gap.kind != DAILY_BREAK]
    return found


def _limits(facts: Facts, start: np.ndarray) -> np.ndarray:
    """µs of trading that a pause may hold, by the hour of the week in which its trading begins."""
    row = np.minimum(np.searchsorted(facts.closes, start, side="right"), len(facts.opens) - 1)
    begins = np.maximum(start, facts.opens[row])
    day = np.clip(np.searchsorted(facts.days.start, begins, side="right") - 1, 0, len(facts.days.date) - 1)
    hour = np.clip((begins - facts.days.start[day]) // HOUR, 0, HOURS - 1)
    often = TIMES_USUAL * usual_pause(facts)[day, hour]
    return np.clip(np.where(np.isnan(often), HOUR, often), SHORTEST, HOUR)


def _parts(facts: Facts, start: int, end: int, is_gap: bool) -> list[Gap]:
    """A pause cut at openings and closings; parts that are no gap of their own are NOTHING."""
    shut = facts.shut
    begin, stop = np.searchsorted(shut.end, start, side="right"), np.searchsorted(shut.start, end, side="left")
    found, at = [], start
    for row in range(int(begin), int(stop)):
        opened, closed = max(int(shut.start[row]), start), min(int(shut.end[row]), end)
        if opened > at:
            found.append(Gap(at, opened, UNEXPECTED if is_gap and opened - at >= SHORTEST else NOTHING))
        whole = opened == shut.start[row] and closed == shut.end[row]
        found.append(Gap(opened, closed, int(shut.kind[row]) if whole or closed - opened > HOUR else NOTHING))
        at = closed
    if end > at:
        found.append(Gap(at, end, UNEXPECTED if is_gap and end - at >= SHORTEST else NOTHING))
    return found


def _told_together(parts: list[Gap]) -> list[Gap]:
    """Neighbours of one kind as one row, parts that are no gap with the row beside them; none where all are none."""
    found: list[Gap] = []
    for part in parts:
        before = found[-1] if found else None
        if before is not None and (part.kind in (NOTHING, before.kind) or before.kind == NOTHING):
            found[-1] = Gap(before.start, part.end, part.kind if before.kind == NOTHING else before.kind)
        else:
            found.append(part)
    return [gap for gap in found if gap.kind != NOTHING]
