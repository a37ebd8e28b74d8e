"""Which of many comes first, found anew in as many matches as their number has binary digits: a tree of losers.

Knuth, The Art of Computer Programming, volume 3, 5.4.1. Leaf i is player i; each inner node keeps who lost there, node 1 the last
match. A player is a key: when it comes, counted from some moment, and its number behind it, so that of two that come at once the
lower number is first. A match is the lesser of two numbers and takes no jump: which comes first nobody can foresee. To look at
fifty heads instead took 60 ns a tick.
"""

from __future__ import annotations

import numpy as np

from btlab.market.jit import inner

DIGITS = 16  # binary ones, of a player's number
REACH = 1 << 46  # µs: who comes later than two years after that moment comes in time for the next tournament


@inner
def key_of(wait, player):
    """The key of a player that comes so many µs after the moment all count from."""
    return (min(wait, REACH) << DIGITS) | player


@inner
def wait_of(key):
    return key >> DIGITS


@inner
def player_of(key):
    return key & ((1 << DIGITS) - 1)


@inner
def first_of(keys, losers):
    """Play all matches; returns the winner's key. `losers` has as many places as `keys`."""
    players = len(keys)
    winners = np.empty(2 * players, np.int64)
    for node in range(2 * players - 1, 0, -1):
        if node >= players:
            winners[node] = keys[node - players]
        else:
            one, other = winners[2 * node], winners[2 * node + 1]
            winners[node], losers[node] = min(one, other), max(one, other)
    return winners[1]


@inner
def first_after(losers, key):
    """The winner's key after that of one player, the last winner, has become this one."""
    node = (player_of(key) + len(losers)) >> 1
    while node > 0:
        other = losers[node]
        losers[node], key = max(key, other), min(key, other)
        node >>= 1
    return key
