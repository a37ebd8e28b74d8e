"""How the working orders and the brackets of lots meet a tick."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..records import BUY, SELL, ZERO, Lot, Order
from .orders import Orders

TURNS = (
    ("stop_loss",),
    ("trailing",),
    ("stop",),
    ("market", "close"),
    ("limit", "stop_limit"),
    ("take_profit",),
)
BRACKETS = ("stop_loss", "trailing", "take_profit")


class Matching(Orders):
    def meet(self, kinds: tuple[str, ...]) -> None:
        if kinds[0] in BRACKETS:
            for lot in sorted(self.lots, key=lambda lot: (lot.entry_order, lot.id)):
                if lot in self.lots and lot.entry_tick < self.now:
                    self.meet_bracket(lot, kinds[0])
            return
        for order in list(self.orders):
            if order.kind in kinds and order.works and order.first_tick <= self.now:
                self.meet_one(order)

    def meet_at_once(self, order: Order) -> None:
        if self.now < 0 or (self.last[BUY] is None and self.last[SELL] is None):
            return
        self.at_last = True
        self.meet_one(order)
        side = order.side
        self.at_last = False
        if order.works and order.tif in ("IOC", "FOK") and self.last[side] is not None:
            self.end(order, "cancelled", "tif")

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
            if order.works and order.tif in ("IOC", "FOK") and order.first_tick <= self.now:
                self.end(order, "cancelled", "tif")

    # ------------------------------------------------------------------ brackets

    def meet_bracket(self, lot: Lot, kind: str) -> None:
        if kind == "trailing":
            level, works_as, changed = self.trailing_level(lot), "stop", 0
        elif kind == "stop_loss":
            level, works_as, changed = lot.stop_loss, "stop", lot.stop_loss_from
        else:
            level, works_as, changed = lot.take_profit, "limit", lot.take_profit_from
        if level is None or changed > self.now:
            return
        if kind in lot.leaving:
            works_as = "market"
        first_tick = max(lot.entry_tick + 1, changed)
        price = self.price(works_as, -lot.side, level, first_tick)
        if price is None:
            return
        if works_as == "stop" and self.rules.participation is not None:
            lot.leaving |= {kind}
        size = self.from_offer(-lot.side, lot.size)
        if size > 0:
            maker = kind == "take_profit" and self.now != first_tick
            self.fill(lot.entry_order, -lot.side, size, price, kind, [lot], None, maker)

    def trailing_level(self, lot: Lot) -> Decimal | None:
        if lot.best is None:
            return None
        if lot.trailing is not None:
            return lot.best - lot.side * lot.trailing
        if lot.trailing_percent is not None:
            return lot.best * (1 - lot.side * lot.trailing_percent / 100)
        return None

    # ------------------------------------------------------------------ closes

    def meet_close(self, order: Order) -> None:
        if self.rules.hedging:
            return self.meet_close_of_positions(order)
        side = self.lots[0].side if self.lots else 0
        if side == 0 or (order.settled is not None and side == order.side):
            return self.end(order, "cancelled", "flat")
        order.side = -side
        price = self.quote_for(order.side)
        if price is None or self.offer(order.side) == 0:
            return None
        there = self.held()
        if order.settled is None:
            order.settled = min(there, self.whole_lots(order.part * there))
        if order.settled == 0:
            return self.end(order, "rejected", "lot")
        size = self.from_offer(order.side, min(order.left, there))
        return None if size == 0 else self.fill(order.id, order.side, size, price, "close", list(self.lots), order)

    def meet_close_of_positions(self, order: Order) -> None:
        """Each lot leaves with a fill of its own; what they close is settled when the first of them does."""
        chosen = [lot for lot in self.lots if order.position in (None, lot.entry_order)]
        if order.rests is not None:
            chosen = [lot for lot in chosen if lot.id in order.rests]
        if not chosen:
            return self.end(order, "cancelled", "flat")
        if order.rests is None:
            if not any(self.can_leave(lot) for lot in chosen):
                return None
            wanted = {lot.id: min(lot.size, self.whole_lots(order.part * lot.size)) for lot in chosen}
            if not any(wanted.values()):
                return self.end(order, "rejected", "lot")
            if not any(wanted[lot.id] and self.can_leave(lot) for lot in chosen):
                return None
            order.rests = {number: size for number, size in wanted.items() if size}
            order.settled = sum(wanted.values(), ZERO)
            self.take_over(order, order.rests)
        with self.together():
            for lot in chosen:
                if lot in self.lots and order.works and lot.id in order.rests:
                    self.leave(order, lot, order.rests)
        return None

    def can_leave(self, lot: Lot) -> bool:
        return self.quote_for(-lot.side) is not None and self.offer(-lot.side) != 0

    def take_over(self, order: Order, lots: Iterable[int]) -> None:
        """A lot that an earlier close still waits for belongs to the later one."""
        for other in self.orders:
            if other is not order and other.rests is not None:
                other.rests = {number: size for number, size in other.rests.items() if number not in lots}

    def leave(self, order: Order, lot: Lot, rests: dict[int, Decimal]) -> None:
        price, size = self.quote_for(-lot.side), self.from_offer(-lot.side, min(lot.size, rests[lot.id]))
        if price is None or size == 0:
            return
        rests[lot.id] -= size
        if rests[lot.id] == 0:
            del rests[lot.id]
        order.side = -lot.side
        self.fill(order.id, -lot.side, size, price, "close", [lot], order)

    # ------------------------------------------------------------------ entries

    def meet_target(self, order: Order, target: Decimal) -> None:
        missing = target - self.position()
        if missing == 0:
            return self.end(order, "cancelled", "target")
        order.side = BUY if missing > 0 else SELL
        price = self.quote_for(order.side)
        if price is None:
            return None
        order.settled = order.filled + abs(missing)
        return self.trade(order, price, maker=False)

    def meet_order(self, order: Order) -> None:
        price = self.price_of(order)
        if price is None:
            return None
        if order.post_only and self.is_first(order):
            return self.end(order, "rejected", "post_only")
        maker = self.is_maker(order)
        if order.settled is None:
            slipped = self.slipped(price, order.side, order.kind, order.id)
            if order.risk is None:
                order.settled = self.size_of_fraction(order, slipped, maker)
            else:
                order.settled = self.size_of_risk(order, slipped, maker)
            if order.settled <= 0:
                return self.end(order, "rejected", "lot" if order.risk is None else "risk")
        return self.trade(order, price, maker)

    def is_first(self, order: Order) -> bool:
        """Whether this is the first tick the order works."""
        return self.now == order.first_tick

    def is_maker(self, order: Order) -> bool:
        if order.kind == "limit":
            return not self.is_first(order)
        return order.kind == "stop_limit" and self.now != order.touched

    def trade(self, order: Order, price: Decimal, maker: bool) -> None:
        size = self.from_offer(order.side, order.left)
        if size == 0 or (order.tif == "FOK" and size < order.left):
            return None
        slipped = self.slipped(price, order.side, order.kind, order.id, size)
        refused = self.refusals(order, size, slipped, maker)
        if refused:
            return self.end(order, "cancelled" if order.filled else "rejected", "/".join(refused))
        opposite = [] if self.rules.hedging else [lot for lot in self.lots if lot.side == -order.side]
        return self.fill(order.id, order.side, size, price, order.kind, opposite, order, maker)

    # ------------------------------------------------------------------ levels

    def price_of(self, order: Order) -> Decimal | None:
        """Where an order fills at this tick, before slippage; a stop is touched here."""
        if order.kind in ("market", "limit"):
            return self.price(order.kind, order.side, order.limit, order.first_tick)
        if order.touched is None:
            if self.price("stop", order.side, order.stop, order.first_tick) is None:
                return None
            order.touched = self.now
        if order.kind == "stop":
            return self.price("market", order.side, None, order.first_tick)
        return self.price("limit", order.side, order.limit, order.touched)

    def price(self, kind: str, side: int, level: Decimal | None, first_tick: int) -> Decimal | None:
        """Where a level is met at this tick, before slippage; None where it is not."""
        quote = self.quote_for(side)
        if quote is None or kind == "market" or level is None:
            return quote
        if kind == "stop":
            self.note_level(quote, level)
            return quote if (quote - level) * side >= 0 else None
        beyond = level - side * self.rules.through * self.rules.tick_size
        self.note_level(quote, beyond)
        if (quote - beyond) * side > 0:
            return None
        return quote if self.now == first_tick else level

    def note_level(self, quote: Decimal, level: Decimal) -> None:
        """On the grid floats are compared as whole points, and off it as they are."""
        points = level / self.rules.tick_size
        widened = self.rules.widen and self.spread_now
        if widened or points != points.to_integral_value():
            self.note_tie("a level off the grid", quote - level, quote)
