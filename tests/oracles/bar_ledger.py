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
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any

from .ledger import TURNS, _Ledger
from .records import BUY, ZERO, Command, Lot, Number, Order, Result, Rules, Tick

__all__ = ["Bar", "BarResult", "bar", "play_bars"]

MINUTE = 60_000_000
TURN = {kind: turn for turn, kinds in enumerate(TURNS) for kind in kinds}
WORKS_AS = {"stop": "stop", "limit": "limit", "stop_limit": "limit", "stop_loss": "stop", "take_profit": "limit"}


@dataclass(frozen=True)
class Bar:
    """Prices are bids. `time` is the start, µs UTC."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    time: int = 0


def bar(open: Number, high: Number, low: Number, close: Number, time: int = 0) -> Bar:
    """A bar from anything Decimal reads."""
    return Bar(Decimal(open), Decimal(high), Decimal(low), Decimal(close), time)


@dataclass
class BarResult(Result):
    """`doubtful`: (bar, step, order) of every order that the two paths of a step fill otherwise."""

    doubtful: set[tuple[int, int, int]] = field(default_factory=set)


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


class _BarLedger(_Ledger):
    def __init__(self, rules: Rules, script: list[Command], spread: Decimal, length: int, policy: str) -> None:
        super().__init__(rules, script)
        self.spread, self.length, self.policy = spread, length, policy
        self.at_open = False
        self.step = 0
        self.entered: set[tuple[int, int, int]] = set()
        self.doubtful: set[tuple[int, int, int]] = set()

    # ------------------------------------------------------------------ the clock

    def run_bars(self, bars: Sequence[Bar], finer: Sequence[Sequence[Bar]]) -> BarResult:
        states = []
        for i, each in enumerate(bars):
            self.now, self.works_from = i - 1, i
            self.pass_time(bars[i - 1].time + self.length if i else each.time)
            self.obey("before", i)
            self.pass_time(each.time)
            self.now, self.works_from, self.step = i, i + 1, 0
            self.stand(each.open)
            self.at_open = True
            for kinds in TURNS:
                self.meet(kinds)
            self.end_immediate()
            self.at_open = False
            self.see()
            for self.step, step in enumerate(finer[i] if add_up(finer[i], each) else [each]):
                if self.step:
                    self.stand(step.open)
                    self.walk(step.open)
                for corner in self.choose(step):
                    self.walk(corner)
            self.obey("after", i)
            states.append(self.state())
        still_open = [self.row(lot, lot.id, None, lot.size, None, None) for lot in self.lots]
        trades = sorted(self.trades, key=lambda t: t.id)
        played = (self.fills, self.orders, trades, still_open, states, self.answers, self.near_ties)
        return BarResult(*played, doubtful=self.doubtful)

    def stand(self, bid: Decimal) -> None:
        self.take(Tick(bid, bid + self.spread))

    def see(self) -> None:
        for lot in self.lots:
            self.watch(lot)

    def price(self, kind: str, side: int, level: Decimal | None, first_tick: int) -> Decimal | None:
        """The quote where an order fills: at the open whatever is beyond, on the path exactly the level."""
        quote = self.quote_for(side)
        assert quote is not None
        if kind == "market":
            return quote
        return quote if level is not None and self.reached(kind, side, level, quote) else None

    def is_first(self, order: Order) -> bool:
        return self.at_open and super().is_first(order)

    @staticmethod
    def reached(kind: str, side: int, level: Decimal, quote: Decimal) -> bool:
        return (quote - level) * side * (1 if kind == "stop" else -1) >= 0

    def open(self, order: Order, *rest: Any) -> None:
        super().open(order, *rest)
        self.entered.add((order.id, self.now, self.step))

    # ------------------------------------------------------------------ the path

    def walk(self, corner: Decimal) -> None:
        """From where the bid stands to the corner, stopping wherever something fills."""
        while True:
            stops = [(distance, TURN[kind], number, who) for distance, kind, number, who in self.stops(corner)]
            if not stops:
                break
            distance, turn, _, who = min(stops, key=lambda stop: stop[:3])
            assert self.bid is not None
            self.stand(self.bid + distance * (1 if corner > self.bid else -1))
            self.see()
            self.meet_order(who) if isinstance(who, Order) else self.meet_bracket(who, TURNS[turn][0])
        self.stand(corner)
        self.see()

    def stops(self, corner: Decimal) -> Iterable[tuple[Decimal, str, int, Order | Lot]]:
        """What fills between here and the corner: how far away, its kind, its number."""
        for order in self.orders:
            if order.state == "working" and order.first_tick <= self.now and order.kind in WORKS_AS:
                waits_for = "stop" if order.kind == "stop" or (order.kind == "stop_limit" and order.touched is None) else "limit"
                distance = self.distance(waits_for, order.side, getattr(order, waits_for), corner)
                if distance is not None:
                    yield distance, order.kind, order.id, order
        for lot in self.lots:
            for kind in ("stop_loss", "take_profit"):
                if getattr(lot, f"{kind}_from") <= self.now:
                    distance = self.distance(kind, -lot.side, getattr(lot, kind), corner)
                    if distance is not None:
                        yield distance, kind, lot.entry_order, lot

    def distance(self, kind: str, side: int, level: Decimal | None, corner: Decimal) -> Decimal | None:
        """How far the bid walks until this fills; None where it does not on this leg."""
        if level is None:
            return None
        here, there = (bid + (self.spread if side == BUY else ZERO) for bid in (self.bid, corner) if bid is not None)
        if self.reached(WORKS_AS[kind], side, level, here):
            return ZERO
        return abs(level - here) if self.reached(WORKS_AS[kind], side, level, there) else None

    # ------------------------------------------------------------------ which path

    def choose(self, each: Bar) -> list[Decimal]:
        if each.open in (each.high, each.low):
            return [each.low if each.open == each.high else each.high, each.close]
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

    def darker_of(self, one: _BarLedger, two: _BarLedger) -> _BarLedger | None:
        """The walk that the pessimist expects; None where all is the same to him."""
        for_one, for_two = one.is_darker_than(two), two.is_darker_than(one)
        if for_one != for_two:
            return one if for_one else two
        difference = two.equity() - one.equity()
        if difference:
            self.note_tie("equity of the paths", difference, abs(one.equity()) + 1)
        return None if not difference else one if difference > 0 else two

    def trial(self, corners: list[Decimal]) -> _BarLedger:
        """A copy that has walked; its fills and trades are those of the walk, and nobody hears of them."""
        other = copy(self)
        other.script, other.fills, other.trades, other.near_ties, other.last = [], [], [], [], dict(self.last)
        other.orders = [copy(order) for order in self.orders if order.state == "working"]
        other.lots, other.entered = [copy(lot) for lot in self.lots], set(self.entered)
        for lot in other.lots:
            lot.quotes = []
        for corner in corners:
            other.walk(corner)
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

    def is_darker_than(self, other: _BarLedger) -> bool:
        """Whether some lot says that this walk, not the other, is the pessimist's."""
        stopped = self.left_by("stop_loss") & other.left_by("take_profit")
        stopped_now = self.left_by("stop_loss", entered_now=True) - other.left_by("stop_loss", entered_now=True)
        spared_now = other.left_by("take_profit", entered_now=True) - self.left_by("take_profit", entered_now=True)
        return bool(stopped | stopped_now | spared_now)
