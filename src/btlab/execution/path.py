"""The path of the price inside a bar: open, first extreme, second extreme, close, in straight lines.

A bar is one step of the path, or as many as there are finer bars inside it; the open of each is a jump. Bids walk, asks stand a
spread above them.
"""

from __future__ import annotations

from btlab.execution.grid import SAME, on_point
from btlab.execution.triggers import lead
from btlab.market.jit import inner
from btlab.market.memory import bar_columns, integers_at, step_prices


@inner
def first_step(run, bar):
    """Where the path of a bar begins among the steps of all."""
    return integers_at(run.step_first_at, run.ticks + 1)[bar] if run.steps else bar


@inner
def prices_of_step(run):
    """Open, high, low and close of the step that is walked."""
    if run.steps:
        prices, step = step_prices(run), run.step
        return prices[0, step], prices[1, step], prices[2, step], prices[3, step]
    return prices_of_bar(run)


@inner
def running_row(run):
    """Where the bar that is met lies among the columns; flat ones may lie between those that were given."""
    return run.offset[run.base] + run.counts[run.base]


@inner
def prices_of_bar(run):
    """Those of the bar that is met."""
    columns, bar = bar_columns(run), running_row(run)
    return columns[0, bar], columns[1, bar], columns[2, bar], columns[3, bar]


@inner
def ask_over(run, bid):
    """The ask of a bar's price."""
    return on_point(run, bid + run.bar_spread)


@inner
def stand(run, bid):
    """Let the quotes be those of a point of the path, and trailing stops follow them."""
    more = run.widen / 2.0 * run.bar_spread
    run.path_at = run.bid = bid
    run.ask = ask_over(run, bid)
    run.sell_at, run.buy_at = on_point(run, bid - more), on_point(run, run.ask + more)
    lead(run, run.buy_at, run.sell_at)


@inner
def adaptive(open_, high, low):
    """True where the high is nearer to the open than the low; a tie goes to the low."""
    return high - open_ < open_ - low - SAME * open_


@inner
def vertex(high_first, leg, open_, high, low, close):
    """The bid at the end of a leg of the path."""
    if leg == 0:
        return open_
    if leg == 3:
        return close
    return high if (leg == 1) == (high_first != 0) else low


@inner
def bid_at(run, level, buys):
    """The bid at which what a buy pays, or a sell gets, is at a level."""
    more = run.widen / 2.0 * run.bar_spread
    return on_point(run, level - run.bar_spread - more if buys else level + more)


@inner
def distance(bid, target, wanted, rises):
    """How far the bid must go from `bid` towards `target` until it meets `wanted`; -1 where it does not on this leg."""
    if (rises and bid >= wanted) or (not rises and bid <= wanted):
        return 0.0
    if rises:
        return wanted - bid if target >= wanted else -1.0
    return bid - wanted if target <= wanted else -1.0


@inner
def comes_before(away, rank, best_away, best, near):
    return away >= 0.0 and (away < best_away - near or (away <= best_away + near and rank < best))
