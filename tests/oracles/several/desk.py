"""One symbol of an account: its orders, lots and quotes are those of the ledger of one, its money is the account's."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..ledger.matching import Matching
from ..records import BUY, SELL, ZERO, Lot, Order, Rules

if TYPE_CHECKING:
    from . import Accounts


def of_account(name: str) -> Any:
    """What all desks have together."""
    return property(lambda desk: getattr(desk.account, name), lambda desk, value: setattr(desk.account, name, value))


class Desk(Matching):
    fills, trades, balance, numbers, traded = map(of_account, ("fills", "trades", "balance", "numbers", "traded"))
    near_ties, answers, fill_counts, time = map(of_account, ("near_ties", "answers", "fill_counts", "time"))
    day_start, highest = map(of_account, ("day_start", "highest"))

    def __init__(self, account: Accounts, symbol: int, rules: Rules, times: list[int]) -> None:
        self.account = account
        super().__init__(rules, [])
        self.symbol, self.times = symbol, times

    # ------------------------------------------------------------------ money

    @property  # type: ignore[override]
    def cash(self) -> Decimal:
        return self.account.cash()

    @cash.setter
    def cash(self, value: Decimal) -> None:
        """It follows from the balance and from what is held."""

    def conversion(self) -> Decimal:
        rate = self.account.rate(self.symbol)
        assert rate is not None, "nothing is traded before its money can be counted"
        return rate

    def mid(self) -> Decimal | None:
        gets, pays = self.last[SELL], self.last[BUY]
        return None if gets is None or pays is None else (gets + pays) / 2

    def cost(self) -> Decimal:
        """What was paid for what is held."""
        paid = sum((lot.side * lot.size * lot.entry_price for lot in self.lots), ZERO)
        return paid * self.rules.contract_size * self.conversion() if self.lots else ZERO

    def value(self) -> Decimal:
        return sum(map(self.worth, self.lots), ZERO)

    def exposure(self) -> Decimal:
        return sum(map(abs, map(self.worth, self.lots)), ZERO)

    def profit(self) -> Decimal:
        return sum(map(self.open_profit, self.lots), ZERO)

    def equity(self) -> Decimal:
        return self.account.equity()

    def worth_elsewhere(self) -> Decimal:
        return sum((desk.exposure() for desk in self.account.desks if desk is not self), ZERO)

    def mark_equity(self) -> None:
        self.account.mark_equity()

    # ------------------------------------------------------------------ orders

    def next_order(self) -> int:
        return len(self.account.orders) + 1

    def enter(self, order: Order) -> None:
        super().enter(order)
        self.account.orders.append(order)

    def tell(self, fill: int) -> None:
        self.account.tell(fill)

    def together(self) -> AbstractContextManager[None]:
        return self.account.together()

    def meet_order(self, order: Order) -> None:
        if self.account.rate(self.symbol) is None and self.price_of(order) is not None:
            return self.end(order, "rejected", "rate/post_only" if order.post_only else "rate")
        return super().meet_order(order)

    def meet_target(self, order: Order, target: Decimal) -> None:
        missing = target - self.position()
        side = BUY if missing > 0 else SELL
        if missing != 0 and self.quote_for(side) is not None and self.account.rate(self.symbol) is None:
            return self.end(order, "rejected", "rate")
        return super().meet_target(order, target)

    # ------------------------------------------------------------------ liquidation

    def leaving_lots(self) -> list[Lot]:
        """Those that could leave at the last quotes."""
        return [lot for lot in self.lots if self.last[-lot.side] is not None]

    def close_out(self, lot: Lot) -> None:
        """At the last quotes; the tick of this symbol may be long gone, and has been counted in the lot's excursions then."""
        price = self.last[-lot.side]
        assert price is not None
        outer, self.at_last = self.at_last, True
        self.fill(lot.entry_order, -lot.side, lot.size, price, "liquidation", [lot], None)
        self.at_last = outer
