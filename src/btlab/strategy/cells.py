"""Arrays of an interpreted strategy whose items behave as compiled ones do."""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.strategy.selftype import kind_of


class Cells(np.ndarray):
    """An array that gives Python's numbers: 1.0 / cells[0] raises where cells[0] is 0, as it does compiled.

    numpy's own scalars would give inf and a warning, and the strategy would go on with it.
    """

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found if isinstance(found, np.ndarray) else found.item()


def with_cells(strategy: Any) -> None:
    """Let the arrays that a compiled strategy could hold give Python's numbers."""
    for name, value in vars(strategy).items():
        if isinstance(value, np.ndarray) and kind_of(value):
            setattr(strategy, name, value.view(Cells))


def without_cells(strategy: Any) -> None:
    """Plain arrays again."""
    for name, value in vars(strategy).items():
        if isinstance(value, Cells):
            setattr(strategy, name, value.view(np.ndarray))
