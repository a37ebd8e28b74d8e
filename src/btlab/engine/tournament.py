"""Which of many comes first, found anew in as many comparisons as their number has binary digits: a tree of losers.

Knuth, The Art of Computer Programming, volume 3, 5.4.1. Leaf i is player i; each inner node keeps who lost there, node 1 the last
match. Of two that come at once the lower number is first. To look at fifty heads instead took 60 ns a tick.
"""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner


@inner
def first_of(times, losers):
    """Play all matches; returns the winner. `losers` has as many places as `times`."""
    players = len(times)
    winners = np.empty(2 * players, np.int64)
    for node in range(2 * players - 1, 0, -1):
        if node >= players:
            winners[node] = node - players
        else:
            one, other = winners[2 * node], winners[2 * node + 1]
            first = comes_first(times, one, other)
            winners[node], losers[node] = (one, other) if first else (other, one)
    return winners[1]


@inner
def first_after(times, losers, player):
    """The winner after the time of one player, the last winner, has changed."""
    node = (player + len(times)) >> 1
    while node > 0:
        other = losers[node]
        beaten = comes_first(times, other, player)
        losers[node] = player if beaten else other
        player = other if beaten else player
        node >>= 1
    return player


@inner
def comes_first(times, one, other):
    return times[one] < times[other] or (times[one] == times[other] and one < other)
