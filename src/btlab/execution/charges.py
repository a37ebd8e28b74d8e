"""What a fill costs: its commission, and what a market or stop order loses against the quote."""

from __future__ import annotations

import numpy as np
from numba import float64, int64

from btlab.execution.calls import money_of
from btlab.execution.holding import money
from btlab.market.jit import inner
from btlab.market.memory import floats_at, orders_of

MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@inner
def commission_share(run, maker):
    """The share of the notional that a fill pays now."""
    share = run.commission_maker if maker else run.commission_taker
    if run.tiers:
        starts, shares = floats_at(run.tier_from_at, run.tiers), floats_at(run.tier_share_at, run.tiers)
        share += shares[np.searchsorted(starts, run.traded, side="right") - 1]
    return share


@inner
def commission_of(run, size, price, maker):
    """Money for one fill."""
    notional = money(run, price, size)
    paid = run.commission_fill + run.commission_unit * size + commission_share(run, maker) * notional
    if run.commission_function:
        paid += money_of(run.commission_function, size, price, notional, int64(maker), run.traded)
    return paid


@inner
def mixed(z):
    """Scramble 64 bits (the finaliser of splitmix64 taken apart: https://prng.di.unimi.it/splitmix64.c)."""
    _, first, second = MULTIPLIERS
    for _ in range(3):
        z = (z ^ (z >> np.uint64(30))) * first
        z = (z ^ (z >> np.uint64(27))) * second
        z ^= z >> np.uint64(31)
    return z


@inner
def drawn(run, order, count):
    """A number in [0, 1) that depends on the run's seed, an order's id and the number of its fill alone."""
    by_seed, by_order, by_count = MULTIPLIERS
    z = np.uint64(run.seed) * by_seed + np.uint64(order) * by_order + np.uint64(count) * by_count
    return float64(mixed(z) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inner
def slipped(run, row, side, quote, spread, share):
    """The quote after slippage against `side`.

    Args:
        row: of the order that pays, of the entry for a bracket. share: of the quoted size that the fill takes.
    """
    lost = run.slippage_price + run.slippage_spread * spread
    if run.slippage_high > 0.0:
        width = run.slippage_high - run.slippage_low
        lost += run.slippage_low + width * drawn(run, row + 1, orders_of(run)[row].fills)
    if run.slippage_volume > 0.0:
        lost += run.slippage_volume * quote * share
    return quote + side * lost
