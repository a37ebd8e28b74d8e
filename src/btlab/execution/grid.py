"""Prices on the instrument's grid and sizes in whole lots, as the very doubles that parsed numbers of that value are."""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner

SLACK = 1e-9  # of one lot: 0.3 / 0.1 is 2.9999999999999996 and means three lots
SAME = 1e-12  # relative; prices, or distances along a path, that differ by less are one


@inner
def on_grid(run, level):
    """The level on the instrument's grid, the very double a parsed quote of that price is; any level where there is no grid."""
    if run.grid_units == 0.0:
        return level
    points = np.rint(level * run.grid_scale / run.grid_units)
    return points * run.grid_units / run.grid_scale


@inner
def on_point(run, price):
    """The price without what adding or taking a distance left in its last bits; off the grid it stays as it is."""
    point = on_grid(run, price)
    return point if abs(point - price) <= SAME * abs(price) else price


@inner
def whole_lots(run, size):
    """The size rounded down to whole lots."""
    lots = np.floor(size * run.lot_scale / run.lot_units + SLACK)
    return lots * run.lot_units / run.lot_scale


@inner
def nearest_lots(run, size):
    """A sum or difference of sizes, freed from what floating point added to it."""
    lots = np.rint(size * run.lot_scale / run.lot_units)
    return lots * run.lot_units / run.lot_scale


@inner
def is_level(level):
    return level > 0.0 and level < np.inf
