"""The ledger of several symbols in one account: plain, slow, in Decimal, from the rules alone and never from the engine.

Each symbol has a desk, which is the ledger of one symbol (`ledger`, with all that its docstring says it read into the rules);
what they have together stands here: the clock, the money, margin, limits, and the ids. What the rules left open was read so:

 1. Of several ways to convert the shortest, then the first by the names of its pairs. A pair is worth something once each of its
    sides was quoted, be it by different ticks.
 2. Tiers and the function of a commission count what all symbols traded, in the account's money.
 3. Margin is tested where every lot of the tick's symbol can leave at this tick; the others count with the last quotes of their
    symbols, and leave at them (a lot whose closing side was never quoted counts with what was paid, and cannot leave). A margin
    call is noted with the symbol and the tick after whose orders it was found.
 4. Ends of days come in the order of their times, those of one time symbol after symbol; the new day of the account begins when
    all nights of that time are paid.
 5. Liquidation of another symbol is at its last quotes, with the spread and sizes of its last tick; that tick does not count for
    the excursions of what it closes there (the quote is the exit's).
 6. `created_tick` is the last tick taken of the order's symbol.
 7. A fill that turns a position opens, so it is tested whatever sizes are on its sides. The limit of position is of the symbol.
 8. Every bar end is one moment: what expires and the nights come first, then the highest equity is known, then the calls, then
    the row of the equity table, in which all counts that they filled at once.
 9. A symbol whose rate is not known may have orders; they are rejected when they would fill, whatever else would refuse them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, localcontext

from ..ledger.days import day_end, nights
from ..ledger.matching import TURNS
from ..records import ZERO, Command, Fill, Order, Rules, State, Trade
from .clock import BASE, LENGTHS, closes, merged
from .desk import Desk
from .money import rate, steps
from .records import Account, Market, Row, Told

__all__ = ["LENGTHS", "Account", "Market", "Row", "Told", "closes", "merged", "play"]


def play(
    rules: Rules,
    markets: Sequence[Market],
    script: Iterable[Command],
    *,
    currency: str | None = None,
    timeframes: Sequence[str] = ("1m",),
) -> Account:
    """Everything that happens when the script meets the ticks.

    Args:
        rules: of the account and of execution; what is of an instrument is taken from `markets`.
        markets: in any order.
        script: commands whose `when` is "start", "bar" (`at`: the call of on_bar, from 0), "tick" (the merged tick) or "fill"
            (the fill, from 1).
        currency: of the account; None: the one that all prices are in.
        timeframes: what on_bar is told, finest first.
    """
    with localcontext() as context:
        context.prec = 60
        return Accounts(rules, sorted(markets, key=lambda market: market.name), list(script), currency).run(timeframes)


class Accounts:
    base = BASE
    """Whose ends are rows of the equity table."""

    def __init__(self, rules: Rules, markets: list[Market], script: list[Command], currency: str | None) -> None:
        self.rules, self.markets, self.script = rules, markets, script
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        self.rows: list[Row] = []
        self.at_bars: list[State] = []
        self.at_ticks: list[State] = []
        self.margin_calls: list[tuple[int, int]] = []
        self.untold: list[int] = []
        self.in_call = self.is_low = False
        self.time = 0
        self.desks: list[Desk] = []
        self.desks = [self.desk_of(n, market) for n, market in enumerate(markets)]
        currency = currency or markets[0].quote
        ways = [steps(markets, market.quote, currency) for market in markets]
        assert all(way is not None for way in ways), "no way to convert"
        self.ways = [way for way in ways if way is not None]

    def desk_of(self, n: int, market: Market) -> Desk:
        return Desk(self, n, market.dress(self.rules), [quote.time for quote in market.ticks])

    # ------------------------------------------------------------------ the clock

    def run(self, timeframes: Sequence[str]) -> Account:
        ticks = merged(self.markets)
        told = closes(self.markets, timeframes)
        base = {(bar.before, bar.end) for bar in closes(self.markets, (self.base,))}
        self.time = ticks[0][0]
        self.mark_equity()
        self.call("start", 0, self.desks[0])
        calls = 0
        for at, (time, symbol, i) in enumerate(ticks):
            ends = {end for before, end in base if before == at}
            for end in sorted(ends | {bar.end for bar in told[calls:] if bar.before == at}):
                self.pass_time(end)
                self.highest = max(self.highest, self.equity()) if end in ends else self.highest
                while calls < len(told) and (told[calls].before, told[calls].end) == (at, end):
                    desk = self.desks[told[calls].symbol]
                    self.at_bars.append(self.state(desk))
                    self.call("bar", calls, desk)
                    calls += 1
                if end in ends:
                    self.mark_equity()
            self.pass_time(time)
            self.take(self.desks[symbol], i, at)
        self.mark_equity()
        return self.result(told)

    def take(self, desk: Desk, i: int, at: int) -> None:
        desk.now, desk.works_from = i, i + 1
        desk.take(self.markets[desk.symbol].ticks[i])
        for kinds in TURNS:
            desk.meet(kinds)
        desk.end_immediate()
        self.test_margin(desk)
        for lot in desk.lots:
            desk.watch(lot)
        self.call("tick", at, desk)

    def pass_time(self, time: int) -> None:
        """It is this time now; days have ended up to it, and what expires at it works no more."""
        self.end_days(self.time, time)
        for desk in self.desks:
            for order in desk.orders:
                if order.works and order.expires is not None and order.expires <= time:
                    desk.end(order, "expired", "expired")
                    order.ended = order.expires
        self.time = time

    def end_days(self, after: int, until: int) -> None:
        ends = sorted({end for desk in self.desks for end in self.days(desk, after, until)})
        for end in ends:
            for desk in self.desks:
                if self.rules.financing is not None and end in self.days(desk, after, until):
                    for lot in desk.lots:
                        desk.pay_night(lot, nights(desk.rules.calendar, end, self.rules.triple))
            if end in self.days(self.desks[0], after, until):
                self.day_start = self.equity()

    @staticmethod
    def days(desk: Desk, after: int, until: int) -> list[int]:
        ends = []
        while (end := day_end(desk.rules.calendar, after)) <= until:
            ends.append(end)
            after = end
        return ends

    # ------------------------------------------------------------------ the strategy

    def call(self, when: str, at: int, desk: Desk) -> None:
        """The strategy is called, and hears of what it filled there only when it has returned."""
        outer, self.in_call = self.in_call, True
        for command in self.script:
            if (command.when, command.at) == (when, at):
                self.do(command, desk)
        if when == "tick":
            self.at_ticks.append(self.state(desk))
        self.in_call = outer
        self.tell_the_untold()

    def do(self, command: Command, told: Desk) -> None:
        """An id reaches any order and any position; all else is of the symbol that is named, or told."""
        desk = next((desk for desk in self.desks if self.markets[desk.symbol].name == command.symbol), told)
        if command.action in ("cancel", "modify", "close_by_id"):
            desk = next((desk for desk in self.desks if desk.order(command.order) is not None), told)
        desk.do(command)

    def tell(self, fill: int) -> None:
        self.untold.append(fill)
        self.tell_the_untold()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Fills that are one event."""
        outer, self.in_call = self.in_call, True
        yield
        self.in_call = outer
        self.tell_the_untold()

    def tell_the_untold(self) -> None:
        while self.untold and not self.in_call:
            fill = self.untold.pop(0)
            self.call("fill", fill, self.desks[self.fills[fill - 1].symbol])

    # ------------------------------------------------------------------ money

    def rate(self, symbol: int) -> Decimal | None:
        return rate(self.ways[symbol], lambda pair: self.desks[pair].mid())

    def cash(self) -> Decimal:
        return self.balance - sum((desk.cost() for desk in self.desks), ZERO)

    def equity(self) -> Decimal:
        return self.balance + sum((desk.profit() for desk in self.desks), ZERO)

    def state(self, desk: Desk) -> State:
        value = sum((each.value() for each in self.desks), ZERO)
        return State(self.equity(), self.cash(), value, desk.position(), self.balance)

    def mark_equity(self) -> None:
        self.highest = max(self.highest, self.equity())
        state = self.state(self.desks[0])
        self.rows.append(Row(self.time, state.equity, state.cash, state.position_value))

    # ------------------------------------------------------------------ margin

    def is_under(self, level: Decimal | None) -> bool:
        worth = sum((desk.exposure() for desk in self.desks), ZERO)
        if level is None or not any(desk.lots for desk in self.desks):
            return False
        needed = level * worth / self.rules.leverage
        self.desks[0].note_tie("margin level", self.equity() - needed, needed)
        return self.equity() < needed

    def test_margin(self, desk: Desk, again: bool = False) -> None:
        if self.rules.margin_call is None and self.rules.liquidation is None:
            return
        if not desk.can_leave_now():
            return
        low = self.is_low if again else self.is_under(self.rules.margin_call)
        if low and not self.is_low:
            self.margin_calls.append((desk.symbol, desk.now))
        self.is_low = low
        while desk.can_leave_now() and self.is_under(self.rules.liquidation) and any(each.leaving_lots() for each in self.desks):
            self.liquidate()
            self.is_low = self.is_low and any(each.lots for each in self.desks)

    def liquidate(self) -> None:
        """The symbol that has lost most leaves whole; where lots are positions, the lot that has."""
        with self.together():
            self.liquidate_all()

    def liquidate_all(self) -> None:
        while self.is_under(self.rules.liquidation) and any(each.leaving_lots() for each in self.desks):
            if self.rules.hedging:
                lots = {(each.open_profit(lot), lot.id): (each, lot) for each in self.desks for lot in each.leaving_lots()}
                self.desks[0].note_equals([(profit, each.symbol, *lot.entry) for (profit, _), (each, lot) in lots.items()])
                each, lot = lots[min(lots)]
                each.close_out(lot)
                continue
            able = [each for each in self.desks if each.leaving_lots()]
            weakest = min(able, key=lambda each: (each.profit(), each.symbol))
            self.desks[0].note_equals([(each.profit(), each.symbol) for each in able])
            for lot in list(weakest.lots):
                if lot in weakest.lots:
                    weakest.close_out(lot)

    # ------------------------------------------------------------------ in the end

    def result(self, told: list[Told]) -> Account:
        still_open = [desk.row(lot, lot.id, None, lot.size, None, None) for desk in self.desks for lot in desk.lots]
        return Account(
            self.fills,
            self.orders,
            sorted(self.trades, key=lambda trade: trade.id),
            sorted(still_open, key=lambda trade: trade.id),
            told,
            self.at_bars,
            self.at_ticks,
            self.answers,
            self.near_ties,
            self.margin_calls,
            self.rows,
        )
