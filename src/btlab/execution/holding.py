"""Several symbols and one account: who holds it, and what the money of each symbol is in its currency.

Each symbol has a `RUN` record of its own, one after the other. The words of the account (`run_record.ACCOUNT`) travel: whoever
acts takes them over from the one that acted before, so that nothing of what follows asks how many symbols there are.
"""

from __future__ import annotations

from btlab.market.jit import inner
from btlab.market.memory import orders_of, run_at, words_of
from btlab.market.run_record import ACCOUNT, RUN

SIZE = RUN.itemsize
_PLACES = [int(RUN.fields[name][1]) // 8 for name in ACCOUNT]  # type: ignore[index]
BEGIN, END = _PLACES[0], _PLACES[-1] + 1
assert list(range(BEGIN, END)) == _PLACES, "the words of the account lie together in RUN"


@inner
def sibling(run, symbol):
    """The record of another symbol, by its place."""
    return run_at(run.runs_at + symbol * SIZE)


@inner
def hold(run):
    """Take the account over from whoever held it."""
    if run.symbols > 1:
        first = run_at(run.runs_at)
        if first.holder != run.symbol:
            mine, theirs = words_of(run), words_of(sibling(run, first.holder))
            for word in range(BEGIN, END):
                mine[word] = theirs[word]
            first.holder = run.symbol


@inner
def owner(run, order_id):
    """The record of the symbol of an order, the account in its hands; the one asked where there is no such order."""
    hold(run)
    if run.symbols > 1 and 1 <= order_id <= run.orders:
        other = sibling(run, orders_of(run)[order_id - 1].symbol)
        hold(other)
        return other
    return run


@inner
def rate_of(run):
    """What one unit of the quote currency is in the account's: at the middle of last quotes; NaN while a pair has none."""
    rate = 1.0
    for leg in range(run.legs):
        pair = sibling(run, run.leg_symbol[leg])
        middle = (pair.sell_at + pair.buy_at) / 2.0
        rate = rate / middle if run.leg_divides[leg] else rate * middle
    return rate


@inner
def money(run, distance, size):
    """What a distance in price is worth for a size, in the account's currency."""
    return distance * size * run.contract_size * rate_of(run)
