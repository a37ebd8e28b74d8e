"""A second ledger: plain, slow, in Decimal, written from the rules of execution alone and never from the engine.

It plays ticks of one symbol and a script of commands, with every kind of order, bracket, size, lifetime, cost and account that
there is (`Rules`, `Command`). Engine and ledger must agree on every fill and on money to 1e-8. Where they differ one of the two
reads the rules wrongly, or the rules leave something open. What they left open was read here as follows:

 1. Crossed quotes: bid and ask change places before anything else happens. A one-sided quote is never crossed.
 2. Valuing: with the closing side's latest quote; where that side is missing now, its last one. A lot whose closing side was
    never seen is worth what was paid for it (open profit 0).
 3. "The very first tick the order works" is the first tick it meets, even if that one lacks the side the order needs: after it
    the order rests and fills at its limit. The same holds for a take profit, whose first tick is the one after its entry.
 4. The price of a fill (slippage in it) is the price of its margin, its commission and its `fraction`.
 5. A reversal opens, so its margin is tested: for the position that results, with the whole fill's commission, against the
    equity before the fill at this tick's quotes. A fill that only closes is never tested, however little money is there.
 6. `fraction` may be any positive number, and its size is the most that fits: size x price x contract + commission(size) <=
    fraction x equity. What is open already is not taken off.
 7. `close_position` looks at the position when it meets the tick. Flat: cancelled, whatever the quote. The side missing: it
    waits. Its part comes to less than one lot: rejected then. A position that was stopped and opened anew in the same tick,
    before the market orders' turn, is closed: "closes what is there when it fills". More than all is all.
 8. A bracket closes the lot its entry opened and no other. An entry that opens nothing has no bracket.
 9. Infinity counts as a level or size that is none. A level that rounds to zero is zero. Halves round to the even tick.
10. Orders rejected when placed end there; orders rejected at a fill (margin, fraction or part below a lot) end at that tick and
    are not told to on_fill. Cancelling what no longer works does nothing.
11. MAE and MFE count the quote of the entry's tick even where the exit has the same tick, skip quotes whose closing side is
    missing, are not held to either side of zero, and are gross of commission. A part has those of its lot so far, for the
    part's size.
12. cash is what is left after paying for what is held (equity = cash + position_value, a short's value is negative). `balance`
    is the other custom: start + realised - commissions.
13. Within one fill lots are numbered in this order: the parts closed, oldest lot first, then the lot opened. A lot closed whole
    keeps its number.
14. A command in on_fill of tick i is `created_tick` i, one at a close before tick i is i - 1.
15. IOC and FOK that did not fill are cancelled when all of their first tick's orders had their turn, so that a fill in that tick
    may still cancel them for its group, and on_fill may modify them. A first tick without the side the order needs is its first
    tick too (see 3).
16. An order expires as soon as a tick or a close has a time at or after its expiry, before anything is done there. The day of
    DAY and the time of `expire` count from the time now: a close's is its bar's end, on_start's that of the first tick.
17. OCO cancels before on_fill is told: an order placed there with the group's number belongs to a new group.
18. A risk order that fills beyond its own stop loss, or at it, is rejected at that fill; the price meant has slippage in it.
    `risk` may be any positive number. Share x equity less both fixed commissions: what is not positive is a size of 0.
19. A target that is no number is rejected; 0 and negative ones are positions. The difference is looked at when it is the
    order's turn: nothing to trade cancels it whatever the quote; a missing side makes it wait.
20. A bracket changed in an open lot works from the next tick on and is new there, the one that was not named goes on as it was.
    A lot's number is its entry's: parts that are gone are gone.
21. Of several reasons to reject an order, when it is placed or when it would fill, any may be given.
22. The spread that slips and that is widened is the tick's own, as quoted; a tick with one side has none.
23. A maker is a limit, stop-limit or take profit that does not fill at its first tick; that of a stop-limit is where its stop was
    touched. A fraction or a risk counts the rate its own fill has; the exit of a risk is a taker's.
24. fill="current": the last quote seen of each side, the spread and the sizes of the last tick taken. Only where no quote was
    ever seen an IOC waits. What is filled in a call of the strategy is told, in turn, when that call has returned.
25. A bracket changed under latency sleeps until its first tick, old level and new.
26. A touched stop keeps its turn; modify makes it untouched again, and a stop loss that is leaving likewise. Levels alone decide
    about post-only. A size settled at a tick without an offer may be refused there; margin and limits look at parts.
27. A close is settled at its first part, a target looks anew at each tick. Where the position has gone or turned, a close that
    has something left is cancelled at its next turn.
28. The size of a modify is the whole, more than was filled already. A bracket is changed in the order and in what it has opened.
29. Financing before a close of the same time is told, after one of an earlier time; a quote never seen is the entry's price. The
    triple day is the weekday of a day's last moment.
30. Hedging: a close of a part takes that part of each lot, rounded down, and settles when the first of them leaves; a later
    close takes lots over from one that still waits. A lot without a quote on its side waits alone. The lots that one close order
    takes at a tick are one event: each is told, but when all have left; so are those of a liquidation.
31. A margin call is noted where the test before did not find one; a flat account is never low. The test comes after the orders
    of the tick, before its quote counts for excursions and trailing stops; what on_fill fills at once after a liquidation is
    tested again, for that, at the same quote.
32. A limit of position or exposure may be reached, one of a loss may not. Both sides of a hedge count, as in margin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import localcontext

from ..records import Command, Fill, Order, Result, Rules, State, Tick, Trade, command, tick
from .matching import TURNS, Matching

__all__ = ["TURNS", "Command", "Fill", "Order", "Result", "Rules", "State", "Tick", "Trade", "command", "play", "tick"]

MINUTE = 60_000_000


def play(rules: Rules, ticks: Sequence[Tick], script: Iterable[Command]) -> Result:
    """Everything that happens when the script meets the ticks."""
    with localcontext() as context:
        context.prec = 60
        return _Ledger(rules, list(script)).run(ticks)


class _Ledger(Matching):
    """The clock: closes, ends of days and ticks in the order of their times, and who is told what when."""

    def __init__(self, rules: Rules, script: list[Command]) -> None:
        super().__init__(rules, script)
        self.untold: list[int] = []
        self.in_call = False
        self.at_closes: list[State] = []

    def run(self, ticks: Sequence[Tick]) -> Result:
        states = []
        self.times = [quote.time for quote in ticks]
        closes = set(bar_closes(ticks))
        for i, quote in enumerate(ticks):
            self.now, self.works_from = i - 1, i
            self.come_to(ticks, i, is_close=i in closes)
            self.pass_time(quote.time)
            self.now, self.works_from = i, i + 1
            self.take(quote)
            for kinds in TURNS:
                self.meet(kinds)
            self.end_immediate()
            self.test_margin()
            for lot in self.lots:
                self.watch(lot)
            self.call("after", i)
            states.append(self.state())
            self.tell_the_untold()
        return self.result(states)

    def result(self, states: list[State]) -> Result:
        still_open = [self.row(lot, lot.id, None, lot.size, None, None) for lot in self.lots]
        trades = sorted(self.trades, key=lambda trade: trade.id)
        return Result(
            self.fills,
            self.orders,
            trades,
            still_open,
            states,
            self.answers,
            self.near_ties,
            self.margin_calls,
            self.at_closes,
            self.state(),
        )

    def come_to(self, ticks: Sequence[Tick], i: int, *, is_close: bool) -> None:
        """What lies between the tick before and this one: the ends of days, and a close that is told."""
        before = ticks[i - 1].time if i else ticks[i].time
        close = self.close_before(ticks, i)
        self.end_days(before, close)
        self.pass_time(close)
        if is_close:
            self.mark_equity()
            self.at_closes.append(self.state())
        self.call("before", i)
        self.tell_the_untold()
        self.end_days(max(before, close), ticks[i].time)

    @staticmethod
    def close_before(ticks: Sequence[Tick], i: int) -> int:
        """The time of a close told in front of a tick: the end of the minute of the last whole quote."""
        whole = [quote.time for quote in ticks[:i] if quote.bid is not None and quote.ask is not None]
        return min(ticks[i].time, (whole[-1] // MINUTE + 1) * MINUTE) if whole else ticks[i].time

    def pass_time(self, time: int) -> None:
        """It is this time now; what expires at it, or did before it, works no more."""
        self.time = time
        for order in self.orders:
            if order.works and order.expires is not None and order.expires <= time:
                self.end(order, "expired", "expired")
                order.ended = order.expires

    # ------------------------------------------------------------------ calls

    def call(self, when: str, at: int) -> None:
        """The strategy is called, and hears of what it filled there only when it has returned."""
        outer, self.in_call = self.in_call, True
        self.obey(when, at)
        self.in_call = outer

    def tell(self, fill: int) -> None:
        self.untold.append(fill)
        if not self.in_call:
            self.tell_the_untold()

    @contextmanager
    def together(self) -> Iterator[None]:
        outer, self.in_call = self.in_call, True
        yield
        self.in_call = outer
        self.tell_the_untold()

    def tell_the_untold(self) -> None:
        while self.untold and not self.in_call:
            self.call("fill", self.untold.pop(0))


def bar_closes(ticks: Sequence[Tick]) -> list[int]:
    """For each 1m bar of mid prices, the tick in front of which it closes: the first at or after its end, one-sided or not."""
    closes, forming = [], None
    for i, quote in enumerate(ticks):
        minute = quote.time // MINUTE
        if forming is not None and minute > forming:
            closes.append(i)
            forming = None
        if quote.bid is not None and quote.ask is not None:
            forming = minute
    return closes
