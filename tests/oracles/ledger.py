"""A second ledger: plain, slow, in Decimal, written from the rules of execution alone and never from the engine.

It plays ticks of one symbol and a script of commands, and knows market, limit, stop and stop-limit orders with stop loss and take
profit, sizes by fraction and by risk, `target(size)`, `close_position(part)`, cancel, cancel_all, modify, IOC, FOK, DAY, expiry,
post-only, OCO groups, commission, a fixed slippage, and netting. Engine and ledger must agree on every
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
21. Of several reasons to reject an order when it is placed any may be given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext

from .records import BUY, SELL, ZERO, Command, Fill, Lot, Order, Result, Rules, State, Tick, Trade, command, tick

__all__ = ["Command", "Fill", "Order", "Result", "Rules", "State", "Tick", "Trade", "command", "play", "tick"]

TURNS = (("stop_loss",), ("stop",), ("market", "close"), ("limit", "stop_limit"), ("take_profit",))
SLIPS = ("stop_loss", "stop", "market", "close")
MINUTE, DAY = 60_000_000, 86_400_000_000
LEVELS = ("limit", "stop", "stop_loss", "take_profit")
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
        self.time = 0
        self.answers: list[bool] = []

    # ------------------------------------------------------------------ the clock

    def run(self, ticks: Sequence[Tick]) -> Result:
        states = []
        for i, quote in enumerate(ticks):
            self.now, self.works_from = i - 1, i
            self.pass_time(self.close_before(ticks, i))
            self.obey("before", i)
            self.pass_time(quote.time)
            self.now, self.works_from = i, i + 1
            self.take(quote)
            for kinds in TURNS:
                self.meet(kinds)
            self.end_immediate()
            for lot in self.lots:
                self.watch(lot)
            self.obey("after", i)
            states.append(self.state())
        still_open = [self.row(lot, lot.id, None, lot.size, None, None) for lot in self.lots]
        trades = sorted(self.trades, key=lambda trade: trade.id)
        return Result(self.fills, self.orders, trades, still_open, states, self.answers, self.near_ties)

    @staticmethod
    def close_before(ticks: Sequence[Tick], i: int) -> int:
        """The time of a close told in front of a tick: the end of the minute of the last whole quote."""
        whole = [quote.time for quote in ticks[:i] if quote.bid is not None and quote.ask is not None]
        return min(ticks[i].time, (whole[-1] // MINUTE + 1) * MINUTE) if whole else ticks[i].time

    def pass_time(self, time: int) -> None:
        """It is this time now; what expires at it, or did before it, works no more."""
        self.time = time
        for order in self.orders:
            if order.state == "working" and order.expires is not None and order.expires <= time:
                self.end(order, "expired", "expired")
                order.ended = order.expires

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
        if what.action in ("buy", "sell", "close", "target"):
            self.place(what)
        if what.action == "modify":
            self.answers.append(self.modify(what))
        for order in self.orders:
            if order.state == "working" and (what.action == "cancel_all" or (what.action == "cancel" and order.id == what.order)):
                self.end(order, "cancelled", "cancel")

    def place(self, what: Command) -> None:
        target = what.action == "target"
        order = Order(
            id=len(self.orders) + 1,
            kind=self.kind_of(what),
            side={"buy": BUY, "sell": SELL}.get(what.action, 0),
            size=None if target else what.size,
            fraction=what.fraction,
            risk=what.risk,
            target=what.size if target else None,
            limit=what.limit,
            stop=what.stop,
            stop_loss=what.stop_loss,
            take_profit=what.take_profit,
            part=what.part,
            first_tick=self.works_from,
            created_tick=self.now,
            tif=what.tif,
            expires=self.expiry(what),
            post_only=what.post_only,
            oco=what.oco,
        )
        self.orders.append(order)
        faults = self.faults(order)
        if what.expire is not None and what.expire <= 0:
            faults.append("expire")
        if faults:
            self.end(order, "rejected", "/".join(faults))

    @staticmethod
    def kind_of(what: Command) -> str:
        if what.action == "close":
            return "close"
        return "_".join(name for name in ("stop", "limit") if getattr(what, name) is not None) or "market"

    def expiry(self, what: Command) -> int | None:
        if what.tif == "DAY":
            return (self.time // DAY + 1) * DAY
        return None if what.expire is None else self.time + what.expire

    def faults(self, order: Order) -> list[str]:
        """What is wrong with an order as it stands; rounds its levels and its size."""
        faults = []
        if not all(self.is_number(getattr(order, name)) for name in ("size", "fraction", "risk", "part")):
            faults.append("size")
        elif order.size is not None:
            order.size = self.whole_lots(order.size)
            if order.size == 0:
                faults.append("lot")
        if order.target is not None:
            if order.target.is_finite():
                order.target = self.whole_lots(abs(order.target)).copy_sign(order.target)
            else:
                faults.append("size")
        for name in LEVELS:
            value = getattr(order, name)
            if self.is_number(value):
                setattr(order, name, self.on_grid(value))
            if not self.is_number(getattr(order, name)):
                faults.append("level")
        stop_limit = "level" not in faults and order.limit is not None and order.stop is not None
        if stop_limit and (order.stop - order.limit) * order.side > 0:
            faults.append("stop_limit")
        return faults

    def modify(self, what: Command) -> bool:
        order = next((order for order in self.orders if order.id == what.order), None)
        if order is None or order.state not in ("working", "filled"):
            return False
        named = {name: value for name in ("size", *LEVELS) if (value := getattr(what, name)) is not None}
        lots = [lot for lot in self.lots if lot.entry_order == order.id]
        working = order.state == "working"
        if not working and not lots:
            return False
        for name in ("size", "limit", "stop"):
            if name in named and (not working or getattr(order, name) is None):
                return False
        changed = replace(order, **named)
        if self.faults(changed):
            return False
        if working:
            for name in named:
                setattr(order, name, getattr(changed, name))
            order.first_tick, order.touched = self.works_from, None
        else:
            for lot in lots:
                for name in named:
                    setattr(lot, name, getattr(changed, name))
                    setattr(lot, f"{name}_from", self.works_from)
        return True

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
        order.state, order.reason, order.ended_tick, order.ended = state, reason, self.now, self.time

    # ------------------------------------------------------------------ a tick meets the orders

    def meet(self, kinds: tuple[str, ...]) -> None:
        if kinds[0] in ("stop_loss", "take_profit"):
            for lot in sorted(self.lots, key=lambda lot: lot.entry_order):
                if lot in self.lots and lot.entry_tick < self.now:
                    self.meet_bracket(lot, kinds[0])
            return
        for order in list(self.orders):
            if order.kind in kinds and order.state == "working" and order.first_tick <= self.now:
                self.meet_one(order)

    def meet_bracket(self, lot: Lot, kind: str) -> None:
        level, works_as = (lot.stop_loss, "stop") if kind == "stop_loss" else (lot.take_profit, "limit")
        changed = lot.stop_loss_from if kind == "stop_loss" else lot.take_profit_from
        if level is None or changed > self.now:
            return
        price = self.price(works_as, -lot.side, level, max(lot.entry_tick + 1, changed))
        if price is not None:
            self.fill(lot.entry_order, -lot.side, lot.size, price, kind, [lot], None)

    def meet_one(self, order: Order) -> None:
        if order.kind == "close":
            self.meet_close(order)
        elif order.target is not None:
            self.meet_target(order, order.target)
        else:
            self.meet_order(order)

    def end_immediate(self) -> None:
        """IOC and FOK that have met a tick and still wait."""
        for order in self.orders:
            if order.state == "working" and order.tif in ("IOC", "FOK") and order.first_tick <= self.now:
                self.end(order, "cancelled", "tif")

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

    def meet_target(self, order: Order, target: Decimal) -> None:
        missing = target - self.position()
        if missing == 0:
            return self.end(order, "cancelled", "target")
        order.side = BUY if missing > 0 else SELL
        price = self.quote_for(order.side)
        return None if price is None else self.trade(order, abs(missing), price)

    def meet_order(self, order: Order) -> None:
        price = self.price_of(order)
        if price is None:
            return None
        if order.post_only and self.is_first(order):
            return self.end(order, "rejected", "post_only")
        if order.size is not None:
            return self.trade(order, order.size, price)
        slipped = self.slipped(price, order.side, order.kind)
        if order.risk is None:
            return self.trade(order, self.size_of_fraction(order, slipped), price)
        size = self.size_of_risk(order, slipped)
        return self.end(order, "rejected", "risk") if size <= 0 else self.trade(order, size, price)

    def is_first(self, order: Order) -> bool:
        """Whether this is the first tick the order works."""
        return self.now == order.first_tick

    def trade(self, order: Order, size: Decimal, price: Decimal) -> None:
        if size <= 0:
            return self.end(order, "rejected", "lot")
        if not self.has_margin(order, size, self.slipped(price, order.side, order.kind)):
            return self.end(order, "rejected", "margin")
        order.size = size
        opposite = [lot for lot in self.lots if lot.side == -order.side]
        return self.fill(order.id, order.side, size, price, order.kind, opposite, order)

    def price_of(self, order: Order) -> Decimal | None:
        """Where an order fills at this tick, before slippage; a stop-limit is touched here."""
        if order.kind != "stop_limit":
            return self.price(order.kind, order.side, order.limit if order.kind == "limit" else order.stop, order.first_tick)
        if order.touched is None:
            if self.price("stop", order.side, order.stop, order.first_tick) is None:
                return None
            order.touched = self.now
        return self.price("limit", order.side, order.limit, order.touched)

    def price(self, kind: str, side: int, level: Decimal | None, first_tick: int) -> Decimal | None:
        """Where a level is met at this tick, before slippage; None where it is not."""
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

    def size_of_risk(self, order: Order, price: Decimal) -> Decimal:
        """What loses the share of the equity, costs included, where it leaves at its stop loss."""
        rules = self.rules
        assert order.risk is not None and order.stop_loss is not None
        self.note_tie(f"stop loss of order {order.id}", price - order.stop_loss, price)
        if (price - order.stop_loss) * order.side <= 0:
            return ZERO
        leaving = order.stop_loss - order.side * rules.slippage
        a_unit = (price - leaving) * order.side * rules.contract_size + 2 * rules.per_unit
        a_unit += rules.percent / 100 * (price + leaving) * rules.contract_size
        lots = (order.risk * self.equity() - 2 * rules.fixed) / a_unit / rules.lot_size
        self.note_tie(f"risk of order {order.id}", lots - lots.to_integral_value(ROUND_HALF_EVEN), max(abs(lots), Decimal(1)))
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
            for other in self.orders:
                if other.state == "working" and order.oco is not None and other.oco == order.oco:
                    self.end(other, "cancelled", "oco")
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
