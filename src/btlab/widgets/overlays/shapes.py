"""What an overlay is drawn with: columns with a value for each bar, and a style. Makers check what a user hands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from btlab.errors import WidgetError, did_you_mean

COLOURS: tuple[str, ...] = ("amber", "blue", "violet", "grey", "up", "down", "warn", "text")
"""Names of the palette; each theme has its own shade of them. The first four are given in turn to shapes that name none."""
MARKS: tuple[str, ...] = ("dot", "up", "down")
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)


@dataclass(frozen=True)
class Shape:
    """Columns and how they are drawn; made by `line`, `band` and the others.

    Attributes:
        kind: "line", "step", "band", "histogram", "dots", "shade" or "profile".
        columns: float64 (bars,) each; NaN where nothing is to be seen.
        name: what legend and inspector call it; empty where the overlay's own name says it all.
        colour: one of `COLOURS`, "#rrggbb", or "" for the next that is free.
        size: width of a line and radius of a dot in CSS pixels, rows of a profile.
        mark: of dots, one of `MARKS`. dashed: of a line.
        times: int64 µs at which each value became known, where they are not one a bar.
    """

    kind: str
    columns: tuple[np.ndarray, ...]
    name: str = ""
    colour: str = ""
    size: float = 1.5
    mark: str = ""
    dashed: bool = False
    times: np.ndarray | None = None

    def at(self, ends: np.ndarray) -> Shape:
        """The same with a value for each bar: of those known when it ended, the last. `ends` is int64 µs."""
        if self.times is None:
            return self
        known = np.searchsorted(self.times, ends, side="right")
        return replace(self, columns=tuple(np.append(np.nan, column)[known] for column in self.columns), times=None)


def line(
    values: Any,
    *,
    name: str = "",
    colour: str = "",
    width: float = 1.5,
    dashed: bool = False,
    step: bool = False,
    times: Any = None,
) -> Shape:
    """A line through values; `step` keeps each value until the next one.

    Args:
        values: one a bar, or with `times` one a time: arrays, lists or polars columns; NaN and null are gaps.
        times: when each value became known, ascending: int64 µs UTC or datetimes. A bar then has the last one known at its end.

    Raises:
        WidgetError: no such colour, or values that are no numbers.

    >>> line([1.0, None, 3.0], name="fair value").columns
    (array([ 1., nan,  3.]),)
    """
    return _made("step" if step else "line", (values,), name, colour, width, times=times, dashed=dashed)


def band(upper: Any, lower: Any, *, name: str = "", colour: str = "", times: Any = None) -> Shape:
    """The area between two lines, washed, with its edges."""
    return _made("band", (upper, lower), name, colour, 1.0, times=times)


def histogram(values: Any, *, name: str = "", colour: str = "", times: Any = None) -> Shape:
    """Columns from zero; without a colour gains and losses have theirs."""
    return _made("histogram", (values,), name, colour, 1.0, times=times)


def dots(values: Any, *, mark: str = "dot", name: str = "", colour: str = "", size: float = 2.5, times: Any = None) -> Shape:
    """Marks at values: dots, or arrows that point "up" (their tip at the value) or "down".

    Raises:
        WidgetError: no such mark.
    """
    if mark not in MARKS:
        raise WidgetError(f"mark={mark!r} is none.{did_you_mean(mark, MARKS)}", mark=mark)
    return _made("dots", (values,), name, colour, size, times=times, mark=mark)


def shade(where: Any, *, name: str = "", colour: str = "", times: Any = None) -> Shape:
    """Spans behind the bars for which `where` is true; the name stands at each span that has room for it."""
    return _made("shade", (where,), name, colour, 1.0, times=times)


def profile(amounts: Any = None, *, rows: int = 40, name: str = "", colour: str = "") -> Shape:
    """How much lies at each price, from the side: of the completed bars in view, each spread evenly from its low to its high.

    Args:
        amounts: one a bar; by default the bars' volume, or their ticks where there are no sizes.
        rows: into how many prices the view is divided.

    Raises:
        WidgetError: rows is not 2 to 500.
    """
    if not 2 <= rows <= 500:
        raise WidgetError(f"rows={rows!r}: a profile has 2 to 500 rows", rows=rows)
    return _made("profile", () if amounts is None else (amounts,), name, colour, rows)


def _made(
    kind: str,
    columns: Sequence[Any],
    name: str,
    colour: str,
    size: float,
    *,
    times: Any = None,
    mark: str = "",
    dashed: bool = False,
) -> Shape:
    if colour and colour not in COLOURS and not _HEX.fullmatch(colour):
        raise WidgetError(f"colour={colour!r} is none; write #rrggbb.{did_you_mean(colour, COLOURS)}", colour=colour)
    known = None if times is None else _times(times)
    made = tuple(_floats(column, kind) for column in columns)
    length = len(made[0]) if known is None and made else 0 if known is None else len(known)
    if any(len(column) != length for column in made):
        raise WidgetError(
            f"{kind}: columns of {', '.join(str(len(column)) for column in made)} values; they differ, or from times"
        )
    return Shape(kind, made, str(name), colour, float(size), mark, bool(dashed), known)


def _floats(values: Any, kind: str) -> np.ndarray:
    """float64, gaps as NaN; infinities are gaps as well: nothing can be drawn there."""
    try:
        given = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
        column = np.array([np.nan if one is None else one for one in given] if given.dtype == object else given, np.float64)
    except (TypeError, ValueError) as error:
        raise WidgetError(f"{kind}: {type(values).__name__} is no column of numbers: {error}") from None
    if column.ndim != 1:
        raise WidgetError(f"{kind}: an array of shape {column.shape} is no column; give one value a bar", shape=column.shape)
    column[~np.isfinite(column)] = np.nan
    return column


def _times(times: Any) -> np.ndarray:
    given = times.to_numpy() if hasattr(times, "to_numpy") else np.asarray(times)
    known = given.astype("datetime64[us]").astype(np.int64) if given.dtype.kind in "MO" else given
    if known.ndim != 1 or known.dtype.kind not in "iu" or (np.diff(known) < 0).any():
        raise WidgetError("times are int64 µs UTC or datetimes, in ascending order", dtype=str(given.dtype))
    return np.asarray(known, np.int64)
