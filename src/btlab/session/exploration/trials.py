"""What was tried: the figures of every position that counts as a trial, their order, and what surrounds one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from btlab.session.exploration.prepared import Outcome, Position

METRICS: dict[str, int] = {
    "net": 1,
    "total_return": 1,
    "max_drawdown": -1,
    "profit_factor": 1,
    "win_rate": 1,
    "expectancy": 1,
    "trades": 0,
    "average_duration_minutes": 0,
    "sharpe": 1,
}
"""What is shown of a run, and whether more of it is better (1), worse (-1) or neither (0)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A position and its figures; `refused` says why there are none."""

    position: Position
    figures: dict[str, float]
    refused: str = ""

    def score(self, metric: str) -> float:
        """A number that is greater where the trial is better; NaN where it is not known."""
        value = self.figures.get(metric, math.nan)
        return -value if METRICS[metric] < 0 else value


def figures_of(outcome: Outcome) -> dict[str, float]:
    """The shown figures: net result in money, the others as in `session.metrics`."""
    session = outcome.session
    net = float(session.curve["equity"][-1]) - session.cash
    return {"net": net} | {name: float(session.metrics[name]) for name in METRICS if name != "net"}


class Trials:
    """Trials by position, in the order in which they were made."""

    def __init__(self) -> None:
        self.made: dict[Position, Trial] = {}

    def __len__(self) -> int:
        return sum(not trial.refused for trial in self.made.values())

    def add(self, trial: Trial) -> None:
        """Count a trial; one position counts once."""
        self.made[trial.position] = trial

    def best(self, metric: str, count: int) -> list[Trial]:
        """The best of them, the best first; of equals the earlier."""
        known = [trial for trial in self.made.values() if not math.isnan(trial.score(metric))]
        return sorted(known, key=lambda trial: -trial.score(metric))[:count]

    def rank(self, figures: dict[str, float], metric: str) -> int:
        """1 for the best: one more than there are better ones."""
        own = Trial((), figures).score(metric)
        return 1 + sum(trial.score(metric) > own for trial in self.made.values())

    def around(self, position: Position, axes: tuple[int, int], places: tuple[Sequence[int], Sequence[int]]) -> list[Trial]:
        """Those of the up to eight neighbours of a cell that are known.

        Args:
            position: of the cell. axes: the two ranges that the map is of. places: the places of its columns and rows.
        """
        column, row = (list(each).index(position[axis]) for each, axis in zip(places, axes, strict=True))
        found = []
        for x in range(max(column - 1, 0), min(column + 2, len(places[0]))):
            for y in range(max(row - 1, 0), min(row + 2, len(places[1]))):
                trial = self.made.get(moved(moved(position, axes[0], places[0][x]), axes[1], places[1][y]))
                if (x, y) != (column, row) and trial is not None and not trial.refused:
                    found.append(trial)
        return found


def moved(position: Position, axis: int, place: int) -> Position:
    """The position with another place in one range."""
    return (*position[:axis], place, *position[axis + 1 :])


def samples(count: int, most: int) -> list[int]:
    """Up to `most` of `count` places, evenly apart, the first among them.

    >>> samples(5, 12), samples(56, 12)
    ([0, 1, 2, 3, 4], [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55])
    """
    step = max(1, math.ceil((count - 1) / (most - 1)))
    return list(range(0, count, step))
