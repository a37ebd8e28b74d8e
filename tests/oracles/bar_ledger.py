"""A second ledger for bars: plain, slow, in Decimal, written from the rules of execution alone and never from the engine.

Bids are the bar's prices, asks stand a fixed spread above. Lots, money, margin and the meeting of the open are those of `ledger`;
here stands what a bar adds: the open as the only jump, the two paths, the choice between them (`intrabar=`), finer bars inside.
What the rules leave open was read as follows:

 1. The open is met like a tick, all kinds in their order, by orders and by brackets of older lots. Whatever is beyond there fills
    at the open, a limit or a take profit too, resting or new. Brackets of lots opened at the open begin with the path.
 2. Then the bid walks in straight lines open, extreme, extreme, close; the ask with it. An order fills where its own side reaches
    its level. Several at one point: kinds in a tick's order, then ids, looked at anew after each fill, so that the bracket of a
    lot just opened comes before a later kind that waits at the same point.
 3. A bracket already passed when its lot is opened on the path, or at the open, acts at that point and at that point's quote
    (a stop loss between the bid and the ask of an entry is passed); both passed: the stop loss.
 4. A bar whose open is its high or its low has one path: that extreme is behind it. Both equally far: the low comes first.
 5. The path is chosen once a bar, after everything at the open was filled and told to on_fill, by trying both from there. A trial
    does not hear on_fill: what the strategy would do then is known to nobody.
 6. "Different fills" are different sets of (order, side, size, price, reason). The same fills in another order are the same: the
    default path.
 7. Lots and entries of the trials vote. Stopped here, at the target there: here. Entered in this bar and stopped here, not
    there: here. Entered in this bar and at the target here, not there: there. All votes for one path: that one, whatever the
    equity. Votes for both, or none: the path with the worse equity at the bar's close; equal: the default path.
 8. An entry at the open is an entry of its bar, and a path is taken or not as a whole: nothing is picked from both.
 9. A cancel in on_fill catches what waits further along the path. An order placed in on_fill works from the next bar's open on.
10. Inside the path quotes are those of the point reached: margin, fraction, ctx.bid and ctx.equity in on_fill see them, and
    never the close.
11. MAE and MFE count the open (unless the lot leaves there), every turn of the path, and the points of entry and exit.
12. A stop-limit touched by the open is a limit from the open on. On the path it is touched at its stop, which lies within its
    limit, and fills there; its rank is that of limits.
13. IOC, FOK and post-only look at the open of the order's first bar, nothing on the path is a first look. A post-only order that
    comes to its level further along rests and fills.
14. on_tick and on_fill have the time of their bar's start, a close that of its end; expiry and the day of DAY count from there.
15. A bracket of an open lot changed within a bar works from the next bar's open on.
16. The close of the last bar is told to nobody: no later bar proves that it has ended. on_tick hears of the bar.
17. The optimist takes the path that the pessimist leaves; where the pessimist has no reason to choose, both take the default.
18. Finer bars that add up to their bar are its path, one after the other: the open of each but the first is a jump inside the
    bar, met like any point of a path (orders and brackets at or beyond their level fill there at its quote, in a tick's order,
    looked at anew after each fill); then the two paths of the finer bar and the choice between them, "this bar" being the finer.
    A bar whose finer bars are missing, or do not add up to it, is its own path. The clock, ticks and times are the bar's.
19. A trailing stop is met where the price goes against its lot; its level stands still there. It is no stop loss when paths are
    compared.
20. What a bar offers is for its open and for its path. A stop that is touched where too little is offered leaves, or goes on, at
    the next bar's open, whatever the path does; there is no second touch. Where nothing is left, limits and targets wait.
21. A limit or target that the path comes to is a maker's, all that fills at an open is a taker's, and so is a stop-limit where
    its stop is touched.
22. Margin is tested at the open and at each turn (an open that is an extreme is one, too), in trials as well, before that point
    counts for excursions.
23. A lot opened at once (fill="current") is bound until the next bar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any, Self

from .ledger import TURNS, _Ledger
from .ledger.matching import Matching
from .records import ZERO, Command, Lot, Number, Order, Result, Rules, Tick, Trade

__all__ = ["Bar", "BarMatching", "BarResult", "bar", "play_bars"]

MINUTE = 60_000_000
TURN = {kind: turn for turn, kinds in enumerate(TURNS) for kind in kinds}
WORKS_AS = {
    "stop": "stop",
    "limit": "limit",
    "stop_limit": "limit",
    "stop_loss": "stop",
    "trailing": "stop",
    "take_profit": "limit",
}


@dataclass(frozen=True)
class Bar:
    """Prices are bids. `time` is the start, µs UTC."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    time: int = 0
    volume: Decimal = ZERO


def bar(open: Number, high: Number, low: Number, close: Number, time: int = 0, volume: Number = 0) -> Bar:
    """A bar from anything Decimal reads."""
    return Bar(Decimal(open), Decimal(high), Decimal(low), Decimal(close), time, Decimal(volume))


@dataclass
class BarResult(Result):
    """`doubtful`: (bar, step, order) of every order that the two paths of a step fill otherwise. `bids`: where each fill was."""

    doubtful: set[tuple[int, int, int]] = field(default_factory=set)
    bids: list[Decimal] = field(default_factory=list)


def play_bars(
    rules: Rules,
    bars: Sequence[Bar],
    script: Iterable[Command],
    spread: Decimal = ZERO,
    length: int = MINUTE,
    policy: str = "pessimistic",
    finer: Sequence[Sequence[Bar]] = (),
) -> BarResult:
    """Everything that happens when the script meets the bars; `tick` in commands and results is a bar's index.

    Args:
        rules: instrument, account and costs.
        bars: bids, oldest first.
        script: what is done, and when.
        spread: how far asks stand above bids.
        length: a bar's, in µs.
        policy: which path is taken: "pessimistic", "optimistic", "path", "high_first", "low_first".
        finer: the finer bars inside each bar, or nothing at all.
    """
    with localcontext() as context:
        context.prec = 60
        return _BarLedger(rules, list(script), spread, length, policy).run_bars(bars, finer or [()] * len(bars))


def add_up(finer: Sequence[Bar], each: Bar) -> bool:
    """Whether finer bars are all that a bar is."""
    if not finer:
        return False
    highest, lowest = max(one.high for one in finer), min(one.low for one in finer)
    return (finer[0].open, highest, lowest, finer[-1].close) == (each.open, each.high, each.low, each.close)


class BarMatching(Matching):
    """How orders and brackets meet a bar."""

    def inside_bars(self, spread: Decimal, policy: str) -> None:
        """What a ledger knows that meets bars."""
        self.spread, self.policy = spread, policy
        self.here = ZERO
        self.at_open = False
        """The bar's own open is met."""
        self.inside = False
        """The bar has begun, at its open, and its path has not ended."""
        self.arrived = False
        """The price came to this point along the path; it did not jump here."""
        self.fresh = False
        """The stop of a stop-limit is touched at this very point."""
        self.step = 0
        self.entered: set[tuple[int, int, int]] = set()
        self.doubtful: set[tuple[int, int, int]] = set()
        self.bids: list[Decimal] = []
        self.bound: set[int] = set()
        """Lots whose brackets wait for the next bar."""

    def meet_bar(self, each: Bar, finer: Sequence[Bar] = ()) -> None:
        """The open, then the path."""
        self.step, self.bound = 0, set()
        self.inside = True
        self.open_bar(each)
        for self.step, step in enumerate(finer if add_up(finer, each) else [each]):
            if self.step:
                self.stand(step.open)
                self.go(step.open)
            for corner in self.choose(step):
                self.go(corner)
        self.inside = False

    def open_bar(self, each: Bar) -> None:
        self.here, self.arrived = each.open, False
        self.take(Tick(each.open, each.open + self.spread, each.time, each.volume, each.volume))
        self.at_open = True
        for kinds in TURNS:
            self.meet(kinds)
        self.end_immediate()
        self.at_open = False
        self.test_margin()
        self.see()

    def stand(self, bid: Decimal) -> None:
        """The quotes are those of a point of the path; what the bar offers is what is left of it."""
        left = self.offers, self.sizes
        self.here = bid
        self.take(Tick(bid, bid + self.spread))
        self.offers, self.sizes = left

    def see(self) -> None:
        for lot in self.lots:
            self.watch(lot)

    # ------------------------------------------------------------------ what a point of the path fills

    def price(self, kind: str, side: int, level: Decimal | None, first_tick: int) -> Decimal | None:
        """The quote where an order fills: at a jump whatever is beyond, on the path exactly the level."""
        quote = self.quote_for(side)
        assert quote is not None
        if kind == "market" or level is None:
            return quote
        least = self.beyond(kind, side, level)
        if not self.arrived:
            self.note_level(quote, least)
        if not self.reached(kind, side, least, quote):
            return None
        return level if self.arrived and kind == "limit" and not self.fresh else quote

    def beyond(self, kind: str, side: int, level: Decimal) -> Decimal:
        return level - side * self.rules.through * self.rules.tick_size if kind == "limit" else level

    @staticmethod
    def reached(kind: str, side: int, level: Decimal, quote: Decimal) -> bool:
        return (quote - level) * side * (1 if kind == "stop" else -1) >= 0

    def is_first(self, order: Order) -> bool:
        return self.at_open and super().is_first(order)

    def is_maker(self, order: Order) -> bool:
        return order.kind in ("limit", "stop_limit") and self.arrived and not self.fresh

    def meet_order(self, order: Order) -> None:
        self.fresh = order.kind == "stop_limit" and order.touched is None
        super().meet_order(order)
        self.fresh = False

    def fill(self, number: int, side: int, size: Decimal, quote: Decimal, reason: str, *rest: Any) -> None:
        if reason == "take_profit":
            rest = (*rest[:2], self.arrived)
        self.bids.append(self.here)
        super().fill(number, side, size, quote, reason, *rest)

    def open(self, order: Order, *rest: Any) -> None:
        super().open(order, *rest)
        self.entered.add((order.id, self.now, self.step))
        if self.at_last:
            self.bound = self.bound | {self.lots[-1].id}

    def row(self, lot: Lot, *rest: Any) -> Trade:
        """What leaves at once at a close has not seen that close; inside the bar the last it saw was an earlier turn."""
        quotes, tick = lot.quotes, lot.watched_tick
        if self.at_last and rest[3] is not None:
            lot.watched_tick = -1
            lot.quotes = quotes[:-1] if not self.inside and len(quotes) > 1 else quotes
        trade = super().row(lot, *rest)
        lot.quotes, lot.watched_tick = quotes, tick
        return trade

    # ------------------------------------------------------------------ the path

    def go(self, corner: Decimal) -> None:
        """To a turn of the path, where the margin is looked at."""
        before = -1
        while before != len(self.fills):
            again, before = before >= 0, len(self.fills)
            self.walk(corner)
            self.test_margin(again)
        self.see()

    def walk(self, corner: Decimal) -> None:
        """From where the bid stands to the corner, stopping wherever something fills."""
        while True:
            stops = [(distance, TURN[kind], number, part, who) for distance, kind, number, part, who in self.stops(corner)]
            if not stops:
                break
            distance, turn, _, _, who = min(stops, key=lambda stop: stop[:4])
            self.arrived = distance > 0
            if self.arrived:
                self.stand(self.here + distance * (1 if corner > self.here else -1))
            self.meet_order(who) if isinstance(who, Order) else self.meet_bracket(who, TURNS[turn][0])
        self.arrived = False
        self.stand(corner)

    def stops(self, corner: Decimal) -> Iterable[tuple[Decimal, str, int, int, Order | Lot]]:
        """What acts between here and the corner: how far away, its kind, its number, and its lot's."""
        for order in self.orders:
            if order.works and order.first_tick <= self.now and order.kind in WORKS_AS and self.looks(order):
                waits_for = "stop" if order.kind != "limit" and order.touched is None else "limit"
                distance = self.distance(waits_for, order.side, getattr(order, waits_for), corner)
                if distance is not None:
                    yield distance, order.kind, order.id, 0, order
        for lot in self.lots:
            if lot.id in self.bound:
                continue
            for kind, level, works_from in self.brackets(lot):
                distance = self.distance(kind, -lot.side, level, corner) if works_from <= self.now else None
                if distance is not None:
                    yield distance, kind, lot.entry_order, lot.id, lot

    def looks(self, order: Order) -> bool:
        """Where nothing is offered any more an order may still be touched, or learn its size."""
        if order.kind == "stop" and order.touched is not None:
            return False
        untouched = order.kind != "limit" and order.touched is None
        return untouched or order.settled is None or self.offer(order.side) != 0

    def brackets(self, lot: Lot) -> Iterable[tuple[str, Decimal | None, int]]:
        """The levels of a lot; those of stops until one is touched."""
        if not lot.leaving:
            yield "stop_loss", lot.stop_loss, lot.stop_loss_from
            yield "trailing", self.trailing_level(lot), 0
        if self.offer(-lot.side) != 0:
            yield "take_profit", lot.take_profit, lot.take_profit_from

    def distance(self, kind: str, side: int, level: Decimal | None, corner: Decimal) -> Decimal | None:
        """How far the bid walks until this acts; None where it does not on this leg."""
        if level is None:
            return None
        level = self.beyond(WORKS_AS[kind], side, level)
        here = self.quote_for(side)
        assert here is not None
        there = here + corner - self.here
        if self.reached(WORKS_AS[kind], side, level, here):
            return ZERO
        self.note_level(there, level)
        return abs(level - here) if self.reached(WORKS_AS[kind], side, level, there) else None

    # ------------------------------------------------------------------ which path

    def choose(self, each: Bar) -> list[Decimal]:
        if each.open in (each.high, each.low):
            return [each.open, each.low if each.open == each.high else each.high, each.close]
        low_first, high_first = [each.low, each.high, each.close], [each.high, each.low, each.close]
        default, other = (low_first, high_first) if each.open - each.low <= each.high - each.open else (high_first, low_first)
        one, two = self.trial(default), self.trial(other)
        self.near_ties += one.near_ties + two.near_ties
        self.doubtful |= {(self.now, self.step, fill[0]) for fill in set(one.filled()) ^ set(two.filled())}
        if self.policy in ("high_first", "low_first"):
            return high_first if self.policy == "high_first" else low_first
        if self.policy == "path" or one.filled() == two.filled():
            return default
        darker = self.darker_of(one, two)
        if darker is None:
            return default
        return default if (darker is one) == (self.policy == "pessimistic") else other

    def darker_of(self, one: BarMatching, two: BarMatching) -> BarMatching | None:
        """The walk that the pessimist expects; None where all is the same to him."""
        for_one, for_two = one.is_darker_than(two), two.is_darker_than(one)
        if for_one != for_two:
            return one if for_one else two
        difference = two.equity() - one.equity()
        if difference:
            self.note_tie("equity of the paths", difference, abs(one.equity()) + 1)
        return None if not difference else one if difference > 0 else two

    def trial(self, corners: list[Decimal]) -> BarMatching:
        """A copy that has walked; its fills and trades are those of the walk, and nobody hears of them."""
        other = self.apart()
        for corner in corners:
            other.go(corner)
        return other

    def apart(self) -> BarMatching:
        """A copy that changes nothing here: no fills, no trades, and nobody to hear of them."""
        raise NotImplementedError

    def alike(self) -> Self:
        """A copy with orders and lots of its own."""
        other = copy(self)
        other.last, other.bids = dict(self.last), []
        other.orders = [copy(order) for order in self.orders if order.works]
        other.lots, other.entered = [copy(lot) for lot in self.lots], set(self.entered)
        for lot in other.lots:
            lot.quotes = []
        return other

    def filled(self) -> list[tuple[int, int, Decimal, Decimal, str]]:
        return sorted((fill.order, fill.side, fill.size, fill.price, fill.reason) for fill in self.fills)

    def left_by(self, reason: str, *, entered_now: bool = False) -> set[int]:
        """Entries whose lots left on this walk for a reason."""
        return {
            trade.entry_order
            for trade in self.trades
            if trade.exit_reason == reason and (not entered_now or (trade.entry_order, self.now, self.step) in self.entered)
        }

    def is_darker_than(self, other: BarMatching) -> bool:
        """Whether some lot says that this walk, not the other, is the pessimist's."""
        stopped = self.left_by("stop_loss") & other.left_by("take_profit")
        stopped_now = self.left_by("stop_loss", entered_now=True) - other.left_by("stop_loss", entered_now=True)
        spared_now = other.left_by("take_profit", entered_now=True) - self.left_by("take_profit", entered_now=True)
        return bool(stopped | stopped_now | spared_now)


class _BarLedger(BarMatching, _Ledger):
    """Bars of one symbol."""

    def __init__(self, rules: Rules, script: list[Command], spread: Decimal, length: int, policy: str) -> None:
        super().__init__(rules, script)
        self.inside_bars(spread, policy)
        self.length = length

    # ------------------------------------------------------------------ the clock

    def run_bars(self, bars: Sequence[Bar], finer: Sequence[Sequence[Bar]]) -> BarResult:
        states = []
        self.times = [each.time for each in bars]
        for i, each in enumerate(bars):
            self.now, self.works_from = i - 1, i
            self.come_to_bar(bars, i)
            self.pass_time(each.time)
            self.now, self.works_from = i, i + 1
            self.meet_bar(each, finer[i])
            self.call("after", i)
            states.append(self.state())
            self.tell_the_untold()
        played = self.result(states)
        return BarResult(**vars(played), doubtful=self.doubtful, bids=self.bids)

    def come_to_bar(self, bars: Sequence[Bar], i: int) -> None:
        """What lies between the start of the bar before and that of this one."""
        before, start = bars[i - 1 if i else 0].time, bars[i].time
        close = before + self.length if i else start
        self.end_days(before, close)
        self.pass_time(close)
        if i:
            self.mark_equity()
        self.call("before", i)
        self.tell_the_untold()
        self.end_days(max(before, close), start)

    def apart(self) -> BarMatching:
        other = self.alike()
        other.script, other.fills, other.trades, other.near_ties, other.untold = [], [], [], [], []
        other.margin_calls = []
        return other
