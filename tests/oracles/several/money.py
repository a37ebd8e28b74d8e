"""What the money of one symbol's prices is worth in that of the account: through the pairs that are quoted in the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from .records import Market

Step = tuple[int, bool]
"""A pair, and whether one multiplies by its mid (True) or divides."""


def steps(markets: Sequence[Market], money: str, wanted: str) -> list[Step] | None:
    """The pairs to go through: none, one, else two; the first by name where there are several. None: there is no way."""
    if money == wanted:
        return []
    for n, direct in hops(markets, money):
        if direct[1] == wanted:
            return [(n, direct[0])]
    for n, first in hops(markets, money):
        for m, second in hops(markets, first[1]):
            if second[1] == wanted:
                return [(n, first[0]), (m, second[0])]
    return None


def hops(markets: Sequence[Market], money: str) -> list[tuple[int, tuple[bool, str]]]:
    """The pairs that have this money on a side: whether it is what they buy, and what is on the other."""
    found = []
    for n, market in enumerate(markets):
        if market.base == money:
            found.append((n, (True, market.quote)))
        elif market.quote == money and market.base is not None:
            found.append((n, (False, market.base)))
    return found


def rate(path: Sequence[Step], mid: Callable[[int], Decimal | None]) -> Decimal | None:
    """Now; None where a pair of the way was never quoted."""
    worth = Decimal(1)
    for pair, multiplied in path:
        price = mid(pair)
        if price is None:
            return None
        worth = worth * price if multiplied else worth / price
    return worth
