"""What to calculate while nobody asks: the curve over each slider, then the map of two of them, what is near first."""

from __future__ import annotations

from collections.abc import Iterator

from btlab.session.exploration.prepared import Exploration, Position
from btlab.session.exploration.trials import Trial, Trials, moved, samples

POINTS_AT_MOST = 13
SLOW = 0.5
"""Seconds of the processor for one run, from which on nothing is calculated ahead unless somebody asks for it."""


class Ahead:
    """The order of what is calculated ahead, and what came of it.

    Attributes:
        trials: all of an explorer. on: whether anything is calculated ahead. asked: somebody wants it, however slow it is.
        axes: the ranges that the map is of; mappable: those it may be of; places: of each range, the places shown of it.
    """

    def __init__(self, exploration: Exploration) -> None:
        self.exploration, self.trials = exploration, Trials()
        self.on, self.asked = True, False
        ranges = exploration.ranges
        self.places = [samples(len(each.values), POINTS_AT_MOST) for each in ranges]
        self.mappable = list(range(len(ranges)))
        self.axes = (0, 1) if len(ranges) > 1 else (0, 0)

    @property
    def mapped(self) -> bool:
        """Whether there are two ranges to make a map of."""
        return self.axes[0] != self.axes[1]

    def next(self, position: Position) -> Position | None:
        """What is to be calculated next around a position; None where all is known."""
        if not self.on:
            return None
        return next((each for each in self._wanted(position) if each not in self.trials.made), None)

    def made(self, trial: Trial, seconds: float) -> None:
        """Takes a trial that took so long; slow ones end the working ahead unless it was asked for."""
        self.trials.add(trial)
        if seconds > SLOW and not self.asked:
            self.on = False

    def along(self, position: Position, axis: int) -> list[Position]:
        """The positions over one slider, the others held."""
        return [moved(position, axis, place) for place in self.places[axis]]

    def cells(self, position: Position) -> list[Position]:
        """The positions of the map, row by row from its first."""
        x, y = self.axes
        return [moved(moved(position, x, column), y, row) for row in self.places[y] for column in self.places[x]]

    def nearest(self, position: Position) -> Position:
        """The cell of the map that a position is in, or nearest to."""
        for axis in self.axes:
            near = min(self.places[axis], key=lambda place: abs(place - position[axis]))
            position = moved(position, axis, near)
        return position

    def _wanted(self, position: Position) -> Iterator[Position]:
        for axis in self.mappable:
            yield from self.along(position, axis)
        if self.mapped:
            steps = {axis: self.places[axis][1] for axis in self.axes}

            def far(cell: Position) -> float:
                return max(abs(cell[axis] - position[axis]) / step for axis, step in steps.items())

            yield from sorted(self.cells(position), key=far)
