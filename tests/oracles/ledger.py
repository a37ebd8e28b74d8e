"""A second ledger: plain, slow, in Decimal, written from the rules of execution alone and never from the engine.

It plays ticks of one symbol and a script of commands, and knows market, limit and stop orders with stop loss and take profit,
`close_position(part)`, cancel, cancel_all, commission, a fixed slippage, and netting. Engine and ledger must agree on every
fill and on money to 1e-8. Where they differ one of the two reads the rules wrongly, or the rules leave something open. What
they left open was read here as follows:

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
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext

from .records import BUY, SELL, ZERO, Command, Fill, Lot, Order, Result, Rules, State, Tick, Trade, command, tick

__all__ = ["Command", "Fill", "Order", "Result", "Rules", "State", "Tick", "Trade", "command", "play", "tick"]

TURNS = (("stop_loss",), ("stop",), ("market", "close"), ("limit",), ("take_profit",))
SLIPS = ("stop_loss", "stop", "market", "close")
CLOSE_TO_A_TIE = Decimal("1e-7")


def play(rules: Rules, ticks: Sequence[Tick], script: Iterable[Command]) -> Result:
    """Everything that happens when the script meets the ticks."""
    with localcontext() as context:
        context.prec = 60
        return _Ledger(rules, list(script)).run(ticks)


class _Ledger:
    def __init__(self, rules: Rules, script: list[Command]) -> None:
        self.rules, self.script = rules, script
        self.orders: list[Order] = []
        self.lots: list[Lot] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        self.near_ties: list[str] = []
        self.cash = self.balance = rules.cash
        self.bid: Decimal | None = None
        self.ask: Decimal | None = None
        self.last: dict[int, Decimal | None] = {BUY: None, SELL: None}
        self.numbers = 0
        self.now = -1
        self.works_from = 0

    # ------------------------------------------------------------------ the clock

    def run(self, ticks: Sequence[Tick]) -> Result:
        states = []
        for i, quote in enumerate(ticks):
            self.now, self.works_from = i - 1, i
            self.obey("before", i)
            self.now, self.works_from = i, i + 1
            self.take(quote)
            for kinds in TURNS:
                self.meet(kinds)
            for lot in self.lots:
                self.watch(lot)
            self.obey("after", i)
            states.append(self.state())
        still_open = [self.row(lot, lot.id, None, lot.size, None, None) for lot in self.lots]
        trades = sorted(self.trades, key=lambda trade: trade.id)
        return Result(self.fills, self.orders, trades, still_open, states, self.near_ties)

    def take(self, quote: Tick) -> None:
        self.bid, self.ask = quote.bid, quote.ask
        if self.bid is not None and self.ask is not None and self.ask < self.bid:
            self.bid, self.ask = self.ask, self.bid
        for side, price in ((SELL, self.bid), (BUY, self.ask)):
            if price is not None:
                self.last[side] = price

    def quote_for(self, side: int) -> Decimal | None:
        """What a buyer pays, a seller gets, at this tick."""
        return self.ask if side == BUY else self.bid

    # ------------------------------------------------------------------ commands

    def obey(self, when: str, at: int) -> None:
        for order in self.script:
            if (order.when, order.at) == (when, at):
                self.do(order)

    def do(self, what: Command) -> None:
        if what.action in ("buy", "sell", "close"):
            self.place(what)
        for order in self.orders:
            if order.state == "working" and (what.action == "cancel_all" or (what.action == "cancel" and order.id == what.order)):
                self.end(order, "cancelled", "cancel")

    def place(self, what: Command) -> None:
        closing = what.action == "close"
        kind = "close" if closing else "limit" if what.limit is not None else "stop" if what.stop is not None else "market"
        order = Order(
            id=len(self.orders) + 1,
            kind=kind,
            side={"buy": BUY, "sell": SELL, "close": 0}[what.action],
            size=what.size,
            fraction=what.fraction,
            level=what.limit if what.limit is not None else what.stop,
            stop_loss=what.stop_loss,
            take_profit=what.take_profit,
            part=what.part,
            first_tick=self.works_from,
            created_tick=self.now,
        )
        self.orders.append(order)
        for name in ("size", "fraction", "part"):
            if not self.is_number(getattr(order, name)):
                return self.end(order, "rejected", "size")
        for name in ("level", "stop_loss", "take_profit"):
            if not self.is_number(getattr(order, name)):
                return self.end(order, "rejected", "level")
            setattr(order, name, self.on_grid(getattr(order, name)))
            if getattr(order, name) == 0:
                return self.end(order, "rejected", "level")
        if order.size is not None:
            order.size = self.whole_lots(order.size)
            if order.size == 0:
                return self.end(order, "rejected", "lot")
        return None

    @staticmethod
    def is_number(value: Decimal | None) -> bool:
        return value is None or (value.is_finite() and value > 0)

    def on_grid(self, level: Decimal | None) -> Decimal | None:
        if level is None:
            return None
        return (level / self.rules.tick_size).to_integral_value(ROUND_HALF_EVEN) * self.rules.tick_size

    def whole_lots(self, size: Decimal) -> Decimal:
        return (size / self.rules.lot_size).to_integral_value(ROUND_FLOOR) * self.rules.lot_size

    def end(self, order: Order, state: str, reason: str) -> None:
        order.state, order.reason, order.ended_tick = state, reason, self.now

    # ------------------------------------------------------------------ a tick meets the orders

    def meet(self, kinds: tuple[str, ...]) -> None:
        if kinds[0] in ("stop_loss", "take_profit"):
            for lot in sorted(self.lots, key=lambda lot: lot.entry_order):
                if lot in self.lots and lot.entry_tick < self.now:
                    self.meet_bracket(lot, kinds[0])
            return
        for order in list(self.orders):
            if order.kind in kinds and order.state == "working" and order.first_tick <= self.now:
                self.meet_close(order) if order.kind == "close" else self.meet_order(order)

    def meet_bracket(self, lot: Lot, kind: str) -> None:
        level, works_as = (lot.stop_loss, "stop") if kind == "stop_loss" else (lot.take_profit, "limit")
        price = None if level is None else self.price(works_as, -lot.side, level, lot.entry_tick + 1)
        if price is not None:
            self.fill(lot.entry_order, -lot.side, lot.size, price, kind, [lot], None)

    def meet_close(self, order: Order) -> None:
        if not self.lots:
            return self.end(order, "cancelled", "flat")
        order.side = -self.lots[0].side
        price = self.quote_for(order.side)
        if price is None:
            return None
        there = sum((lot.size for lot in self.lots), ZERO)
        size = min(there, self.whole_lots(order.part * there))
        if size == 0:
            return self.end(order, "rejected", "lot")
        order.size = size
        return self.fill(order.id, order.side, size, price, "close", list(self.lots), order)

    def meet_order(self, order: Order) -> None:
        price = self.price(order.kind, order.side, order.level, order.first_tick)
        if price is None:
            return None
        size = order.size if order.size is not None else self.size_of_fraction(order, self.slipped(price, order.side, order.kind))
        if size <= 0:
            return self.end(order, "rejected", "lot")
        if not self.has_margin(order, size, self.slipped(price, order.side, order.kind)):
            return self.end(order, "rejected", "margin")
        order.size = size
        opposite = [lot for lot in self.lots if lot.side == -order.side]
        return self.fill(order.id, order.side, size, price, order.kind, opposite, order)

    def price(self, kind: str, side: int, level: Decimal | None, first_tick: int) -> Decimal | None:
        """Where an order fills at this tick, before slippage; None where it does not."""
        quote = self.quote_for(side)
        if quote is None or kind == "market" or level is None:
            return quote
        if kind == "stop":
            return quote if (quote - level) * side >= 0 else None
        if (quote - level) * side > 0:
            return None
        return quote if self.now == first_tick else level

    def slipped(self, price: Decimal, side: int, reason: str) -> Decimal:
        return price + side * self.rules.slippage if reason in SLIPS else price

    # ------------------------------------------------------------------ money

    def commission(self, size: Decimal, price: Decimal) -> Decimal:
        rules = self.rules
        return rules.fixed + rules.per_unit * size + rules.percent / 100 * size * price * rules.contract_size

    def size_of_fraction(self, order: Order, price: Decimal) -> Decimal:
        rules = self.rules
        a_unit = price * rules.contract_size * (1 + rules.percent / 100) + rules.per_unit
        assert order.fraction is not None
        lots = (order.fraction * self.equity() - rules.fixed) / a_unit / rules.lot_size
        self.note_tie(f"fraction of order {order.id}", lots - lots.to_integral_value(ROUND_HALF_EVEN), max(abs(lots), Decimal(1)))
        return lots.to_integral_value(ROUND_FLOOR) * rules.lot_size

    def has_margin(self, order: Order, size: Decimal, price: Decimal) -> bool:
        before = self.position()
        after = before + order.side * size
        if after == 0 or (after * before > 0 and abs(after) < abs(before)):
            return True
        needed = abs(after) * price * self.rules.contract_size / self.rules.leverage + self.commission(size, price)
        self.note_tie(f"margin of order {order.id}", needed - self.equity(), needed)
        return needed <= self.equity()

    def note_tie(self, what: str, difference: Decimal, scale: Decimal) -> None:
        if abs(difference) < CLOSE_TO_A_TIE * scale:
            self.near_ties.append(what)

    def position(self) -> Decimal:
        return sum((lot.side * lot.size for lot in self.lots), ZERO)

    def worth(self, lot: Lot) -> Decimal:
        price = self.last[-lot.side]
        return lot.side * lot.size * (lot.entry_price if price is None else price) * self.rules.contract_size

    def equity(self) -> Decimal:
        return self.cash + sum(map(self.worth, self.lots), ZERO)

    def state(self) -> State:
        value = sum(map(self.worth, self.lots), ZERO)
        return State(self.cash + value, self.cash, value, self.position(), self.balance)

    # ------------------------------------------------------------------ a fill and its lots

    def fill(
        self, number: int, side: int, size: Decimal, quote: Decimal, reason: str, lots: list[Lot], order: Order | None
    ) -> None:
        """Closes the given lots, first come first, and opens a lot with what is left of the size."""
        price = self.slipped(quote, side, reason)
        lost = abs(price - quote) * size * self.rules.contract_size
        commission = self.commission(size, price)
        self.cash -= side * size * price * self.rules.contract_size + commission
        self.balance -= commission
        left = size
        for lot in lots:
            part = min(left, lot.size)
            if part > 0:
                self.close(lot, part, price, reason, commission * part / size, lost * part / size)
                left -= part
        if left > 0:
            assert order is not None
            self.open(order, side, left, price, commission * left / size, lost * left / size)
        if order is not None:
            order.filled = size
            self.end(order, "filled", reason)
        told = len(self.fills) + 1
        self.fills.append(Fill(told, number, self.now, side, size, price, commission, lost, reason, self.equity(), self.cash))
        self.obey("fill", told)

    def open(self, order: Order, side: int, size: Decimal, price: Decimal, commission: Decimal, slippage: Decimal) -> None:
        self.numbers += 1
        lot = Lot(self.numbers, order.id, side, size, self.now, price, commission, slippage, order.stop_loss, order.take_profit)
        self.watch(lot)
        self.lots.append(lot)

    def close(self, lot: Lot, size: Decimal, price: Decimal, reason: str, commission: Decimal, slippage: Decimal) -> None:
        number, parent = lot.id, None
        if size < lot.size:
            self.numbers += 1
            number, parent = self.numbers, lot.id
        trade = self.row(lot, number, parent, size, price, reason, commission, slippage)
        self.trades.append(trade)
        self.balance += trade.gross_pnl
        lot.commission -= lot.commission * size / lot.size
        lot.slippage -= lot.slippage * size / lot.size
        lot.size -= size
        if lot.size == 0:
            self.lots.remove(lot)

    def watch(self, lot: Lot) -> None:
        quote = self.quote_for(-lot.side)
        if quote is not None:
            lot.quotes.append(quote)

    def row(
        self,
        lot: Lot,
        number: int,
        parent: int | None,
        size: Decimal,
        price: Decimal | None,
        reason: str | None,
        commission: Decimal = ZERO,
        slippage: Decimal = ZERO,
    ) -> Trade:
        """The lot's row, or that of a part of it; `commission` and `slippage` are the exit's."""
        value = lot.side * size * self.rules.contract_size
        seen = [(quote - lot.entry_price) * value for quote in lot.quotes + ([] if price is None else [price])]
        leaving = price if price is not None else self.last[-lot.side] or lot.entry_price
        return Trade(
            id=number,
            parent=parent,
            entry_order=lot.entry_order,
            side=lot.side,
            size=size,
            entry_tick=lot.entry_tick,
            entry_price=lot.entry_price,
            exit_tick=None if price is None else self.now,
            exit_price=price,
            exit_reason=reason,
            gross_pnl=(leaving - lot.entry_price) * value,
            commission=lot.commission * size / lot.size + commission,
            slippage=lot.slippage * size / lot.size + slippage,
            mae=min(seen, default=None),
            mfe=max(seen, default=None),
        )
