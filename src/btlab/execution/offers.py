"""What the sides of a quote have to give, and what was taken of it."""

from __future__ import annotations

from btlab.execution.grid import nearest_lots, whole_lots
from btlab.market.jit import inner


@inner
def set_offers(run, buy_size, sell_size):
    """What the sides of a quote have to give: their whole sizes, and the share of them that may be taken."""
    run.buy_quoted, run.sell_quoted = buy_size, sell_size
    if run.participation > 0.0:
        run.buy_offer = whole_lots(run, run.participation * buy_size) if buy_size > 0.0 else 0.0
        run.sell_offer = whole_lots(run, run.participation * sell_size) if sell_size > 0.0 else 0.0


@inner
def offer(run, side, size):
    """How much of a size the quote offers."""
    if run.participation == 0.0:
        return size
    return min(size, run.buy_offer if side > 0 else run.sell_offer)


@inner
def take_offer(run, side, size):
    """What was taken is no longer offered."""
    if run.participation > 0.0:
        if side > 0:
            run.buy_offer = max(0.0, nearest_lots(run, run.buy_offer - size))
        else:
            run.sell_offer = max(0.0, nearest_lots(run, run.sell_offer - size))


@inner
def taken_share(run, side, size):
    """The share of the quoted size that a fill takes, at most 1; 1 where none is quoted."""
    quoted = run.buy_quoted if side > 0 else run.sell_quoted
    return min(1.0, size / (quoted * run.size_unit)) if quoted > 0.0 else 1.0
