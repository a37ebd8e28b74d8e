"""A fill and the lots it closes and opens."""

from __future__ import annotations

from decimal import Decimal

from ..records import ZERO, Fill, Lot, Order, Trade
from .costs import Costs


class Lots(Costs):
    def fill(
        self,
        number: int,
        side: int,
        size: Decimal,
        quote: Decimal,
        reason: str,
        lots: list[Lot],
        order: Order | None,
        maker: bool = False,
    ) -> None:
        """Closes the given lots, first come first, and opens a lot with what is left of the size."""
        price = self.slipped(quote, side, reason, number, size)
        contract = self.rules.contract_size * self.conversion()
        lost = abs(price - quote) * size * contract
        commission = self.commission(size, price, maker)
        self.fill_counts = {**self.fill_counts, number: self.fill_counts.get(number, 0) + 1}
        self.traded += size * price * contract
        if self.rules.participation is not None:
            self.offers = {**self.offers, side: max(ZERO, self.offers.get(side, ZERO) - size)}
        self.cash -= side * size * price * contract + commission
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
            self.count(order, size, reason)
        self.mark_equity()
        told = len(self.fills) + 1
        booked = (commission, lost, reason, self.equity(), self.cash, self.time, self.symbol)
        self.fills.append(Fill(told, number, self.now, side, size, price, *booked))
        self.tell(told)

    def count(self, order: Order, size: Decimal, reason: str) -> None:
        """What an order has got; a part is enough to end the others of its group."""
        order.filled += size
        if order.left == 0:
            self.end(order, "filled", reason)
        else:
            order.state = "partly_filled"
        for other in self.orders:
            if other.works and other is not order and order.oco is not None and other.oco == order.oco:
                self.end(other, "cancelled", "oco")

    def open(self, order: Order, side: int, size: Decimal, price: Decimal, commission: Decimal, slippage: Decimal) -> None:
        self.numbers += 1
        lot = Lot(
            self.numbers,
            order.id,
            side,
            size,
            self.now,
            price,
            commission,
            slippage,
            order.stop_loss,
            order.take_profit,
            trailing=order.trailing,
            trailing_percent=order.trailing_percent,
            entry_time=self.time,
        )
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
        for name in ("commission", "slippage", "financing"):
            setattr(lot, name, getattr(lot, name) * (1 - size / lot.size))
        lot.size -= size
        if lot.size == 0:
            self.lots.remove(lot)

    def watch(self, lot: Lot) -> None:
        """The quote it could leave at now: for its excursions, and for its trailing stop to follow."""
        quote = self.bid if lot.side > 0 else self.ask
        if quote is None:
            return
        lot.quotes.append(quote)
        lot.watched_tick = self.now
        if lot.best is None or (quote - lot.best) * lot.side > 0:
            lot.best = quote

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
        value = lot.side * size * self.rules.contract_size * self.conversion()
        quotes = [*lot.quotes]
        if price is not None:
            if self.at_last and lot.watched_tick == self.now > lot.entry_tick:
                quotes.pop()
            quotes.append(price)
        seen = [(quote - lot.entry_price) * value for quote in quotes]
        leaving = self.closing_quote(lot) if price is None else price
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
            financing=lot.financing * size / lot.size,
            symbol=self.symbol,
            entry_time=lot.entry_time,
            exit_time=None if price is None else self.time,
        )
