"""Single numbers that say something of the whole data: their length, their last price, their highest, their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.session.probe.grids import Source, column_of
from btlab.session.probe.worlds import World

_DIGITS = 5
"""Digits from which on nobody typed a number by chance that is the data's highest."""
_SHORTEST = 1_000
STATISTICS: dict[str, Callable[[np.ndarray], Any]] = {
    "last": lambda column: column[-1],
    "highest": np.nanmax,
    "lowest": np.nanmin,
    "mean": np.nanmean,
    "median": np.nanmedian,
    "standard deviation": np.nanstd,
    "standard deviation (n - 1)": lambda column: np.nanstd(column, ddof=1),
}


@dataclass(frozen=True)
class Statistic:
    """A number of the whole data: `how` of `column`, or their length."""

    how: str
    column: str
    kind: type
    symbol: str
    owner: str

    @property
    def words(self) -> str:
        """What it is, for people."""
        return (
            f"the length of the data{self.owner}"
            if self.how == "length"
            else f"the {self.how} {self.column} of all the data{self.owner}"
        )

    def in_world(self, world: World) -> Any:
        """What it would be there."""
        world = world.of(self.symbol)
        if self.how == "length":
            return self.kind(len(world.series))
        return self.kind(STATISTICS[self.how](column_of(world.series, self.column)))


def statistic_of(value: Any, *sources: Source) -> Statistic | None:
    """What a number is of the whole data; None where it is nothing of them, or could have been typed."""
    return next((found for source in sources if (found := _statistic_of(value, source)) is not None), None)


def _statistic_of(value: Any, source: Source) -> Statistic | None:
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, int | float | np.number)
        or isinstance(value, np.complexfloating)
    ):
        return None
    kind, whose = type(value), (source.symbol, source.owner)
    if isinstance(value, int | np.integer):
        typed = value < _SHORTEST or value % 10 == 0 or value % 12 == 0
        return Statistic("length", "", kind, *whose) if value == len(source.data) and not typed else None
    if not np.isfinite(value) or len(repr(float(value)).replace(".", "").strip("0")) < _DIGITS:
        return None
    for column, values in source.columns.items():
        if column == "time" or (not np.nanmin(values) <= max(value, -value) <= np.nanmax(values) and abs(value) > np.ptp(values)):
            continue
        for how, statistic in STATISTICS.items():
            if np.isclose(float(statistic(values)), float(value), rtol=1e-12, atol=0.0):
                return Statistic(how, column, kind, *whose)
    return None
