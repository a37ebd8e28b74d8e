"""The tree of losers against sorting: whose turn it is, ties by number, whoever is done goes to the end."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

from btlab.engine.tournament import first_after, first_of, key_of, player_of

FAR = 2**62


@njit
def merged(times, begins, ends):
    """Players in the order of their times; `times` holds one after the other, ascending."""
    keys, losers, at = np.empty(len(begins), np.int64), np.empty(len(begins), np.int64), begins.copy()
    for player in range(len(begins)):
        keys[player] = key_of(times[at[player]] if at[player] < ends[player] else FAR, player)
    order, key = np.empty(len(times), np.int64), first_of(keys, losers)
    for place in range(len(times)):
        player = player_of(key)
        order[place] = player
        at[player] += 1
        key = first_after(losers, key_of(times[at[player]] if at[player] < ends[player] else FAR, player))
    return order


@pytest.mark.parametrize("players", [*range(1, 18), 50, 64, 65])
def test_it_is_a_stable_sort(players: int) -> None:
    random = np.random.default_rng(players)
    counts = random.integers(0, 40, players)
    lists = [np.sort(random.integers(0, 60, count)) for count in counts]  # so few times that many are equal
    ends = np.cumsum(counts)
    times, who = np.concatenate(lists), np.repeat(np.arange(players), counts)
    assert merged(times, ends - counts, ends).tolist() == who[np.argsort(times, kind="stable")].tolist()
