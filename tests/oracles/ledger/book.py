"""What the ledger remembers, the quotes it stands at, and what the account is worth there."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Any

from ..records import BUY, SELL, ZERO, Command, Fill, Lot, Order, Rules, State, Tick, Trade

CLOSE_TO_A_TIE = Decimal("1e-7")


class Book:
    def __init__(self, rules: Rules, script: list[Command]) -> None:
        self.rules, self.script = rules, script
        self.orders: list[Order] = []
        self.lots: list[Lot] = []
        self.fills: list[Fill] = []
        self.trades: list[Trade] = []
        self.near_ties: list[str] = []
        self.answers: list[bool] = []
        self.margin_calls: list[int] = []
        self.cash = self.balance = rules.cash
        self.bid: Decimal | None = None
        self.ask: Decimal | None = None
        self.last: dict[int, Decimal | None] = {BUY: None, SELL: None}
        self.sizes: dict[int, Decimal | None] = {BUY: None, SELL: None}
        self.offers: dict[int, Decimal] = {}
        self.spread_now = ZERO
        self.at_last = False
        self.numbers = 0
        self.symbol = 0
        self.now = -1
        self.works_from = 0
        self.time = 0
        self.times: list[int] = []
        self.traded = ZERO
        self.fill_counts: dict[int, int] = {}
        self.day_start = self.highest = rules.cash
        self.is_low = False

    def tell(self, fill: int) -> None:
        """on_fill of the fill of this number, at once or when the strategy's call that made it returns."""
        raise NotImplementedError

    def together(self) -> AbstractContextManager[None]:
        """Fills that are one event: they are told, one after the other, when all of them are there."""
        raise NotImplementedError

    # ------------------------------------------------------------------ quotes

    def take(self, quote: Tick) -> None:
        """A crossed quote changes places; then both sides are widened."""
        self.bid, self.ask = quote.bid, quote.ask
        self.spread_now = ZERO
        if self.bid is not None and self.ask is not None:
            self.spread_now = max(ZERO, self.ask - self.bid)
            low, high = min(self.bid, self.ask), max(self.bid, self.ask)
            more = self.rules.widen / 2 * self.spread_now
            self.bid, self.ask = low - more, high + more
        self.last = dict(self.last)
        for side, price in ((SELL, self.bid), (BUY, self.ask)):
            if price is not None:
                self.last[side] = price
        self.sizes = {SELL: quote.bid_size, BUY: quote.ask_size}
        if self.rules.participation is not None:
            share = self.rules.participation
            self.offers = {side: self.whole_lots(share * (size or ZERO)) for side, size in self.sizes.items()}

    def quote_for(self, side: int) -> Decimal | None:
        """What a buyer pays, a seller gets, at this tick; for what fills at once, the last that was seen."""
        if self.at_last:
            return self.last[side]
        return self.ask if side == BUY else self.bid

    def offer(self, side: int) -> Decimal | None:
        """What this side still offers at this tick; None: as much as one likes."""
        return None if self.rules.participation is None else self.offers.get(side, ZERO)

    def from_offer(self, side: int, wanted: Decimal) -> Decimal:
        offer = self.offer(side)
        return wanted if offer is None else min(wanted, offer)

    # ------------------------------------------------------------------ grids

    def on_grid(self, level: Decimal | None) -> Decimal | None:
        if level is None:
            return None
        return (level / self.rules.tick_size).to_integral_value(ROUND_HALF_EVEN) * self.rules.tick_size

    def whole_lots(self, size: Decimal) -> Decimal:
        return (size / self.rules.lot_size).to_integral_value(ROUND_FLOOR) * self.rules.lot_size

    def note_tie(self, what: str, difference: Decimal, scale: Decimal) -> None:
        if abs(difference) < CLOSE_TO_A_TIE * scale:
            self.near_ties.append(what)

    def note_equals(self, losers: list[tuple[Any, ...]]) -> None:
        """Of (profit, whose): floats need not see that two have lost the same, unless all of it is the same."""
        least, *others = sorted(losers)
        for other in others:
            if other != least:
                self.note_tie("who lost most", other[0] - least[0], abs(least[0]) + 1)

    # ------------------------------------------------------------------ the account

    def conversion(self) -> Decimal:
        """What one of the money that prices are in is worth now, in the account's."""
        return Decimal(1)

    def worth_elsewhere(self) -> Decimal:
        """What is held of other symbols."""
        return ZERO

    def position(self) -> Decimal:
        return sum((lot.side * lot.size for lot in self.lots), ZERO)

    def held(self) -> Decimal:
        """All that is open, both sides counted where they stand beside each other."""
        return sum((lot.size for lot in self.lots), ZERO)

    def closing_quote(self, lot: Lot) -> Decimal:
        price = self.last[-lot.side]
        return lot.entry_price if price is None else price

    def worth(self, lot: Lot) -> Decimal:
        return lot.side * lot.size * self.closing_quote(lot) * self.rules.contract_size * self.conversion()

    def equity(self) -> Decimal:
        return self.cash + sum(map(self.worth, self.lots), ZERO)

    def state(self) -> State:
        value = sum(map(self.worth, self.lots), ZERO)
        return State(self.cash + value, self.cash, value, self.position(), self.balance)

    def mark_equity(self) -> None:
        """A row of the equity table: its highest is what a drawdown is counted from."""
        self.highest = max(self.highest, self.equity())

    # ------------------------------------------------------------------ orders

    def next_order(self) -> int:
        return len(self.orders) + 1

    def order(self, number: int) -> Order | None:
        return next((order for order in self.orders if order.id == number), None)

    def end(self, order: Order, state: str, reason: str) -> None:
        order.state, order.reason, order.ended_tick, order.ended = state, reason, self.now, self.time
