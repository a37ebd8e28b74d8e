"""What the account allows: margin and limits, the price of holding over night, margin calls and liquidation."""

from __future__ import annotations

from decimal import Decimal

from ..records import ZERO, Lot, Order
from .days import day_end, nights
from .lots import Lots


class Account(Lots):
    # ------------------------------------------------------------------ before a fill

    def refusals(self, order: Order, size: Decimal, price: Decimal, maker: bool) -> list[str]:
        """The rules that forbid a fill which enlarges the position, or turns it."""
        before = self.held() if self.rules.hedging else self.position()
        after = before + (size if self.rules.hedging else order.side * size)
        if after == 0 or (after * before > 0 and abs(after) < abs(before)):
            return []
        rules, equity = self.rules, self.equity()
        notional = abs(after) * price * rules.contract_size * self.conversion() + self.worth_elsewhere()
        needed = notional / rules.leverage + self.commission(size, price, maker)
        self.note_tie(f"margin of order {order.id}", needed - equity, needed)
        refused = ["margin"] if needed > equity else []
        order.weighed = {"margin": (needed, equity)}
        if rules.limit_position is not None and abs(after) > rules.limit_position:
            refused.append("limit_position")
            order.weighed["limit_position"] = abs(after), rules.limit_position
        if rules.limit_exposure is not None:
            order.weighed["limit_exposure"] = notional / equity if equity else Decimal("inf"), rules.limit_exposure
            self.note_tie("exposure", notional - rules.limit_exposure * equity, notional)
            refused += ["limit_exposure"] if notional > rules.limit_exposure * equity else []
        if rules.limit_daily_loss is not None:
            lost = self.day_start - equity
            order.weighed["limit_daily_loss"] = lost, rules.limit_daily_loss
            self.note_tie("daily loss", lost - rules.limit_daily_loss, equity)
            refused += ["limit_daily_loss"] if lost >= rules.limit_daily_loss else []
        if rules.limit_drawdown is not None:
            lost = self.highest - equity
            order.weighed["limit_drawdown"] = lost / max(self.highest, equity), rules.limit_drawdown
            self.note_tie("drawdown", lost - rules.limit_drawdown * self.highest, self.highest)
            refused += ["limit_drawdown"] if lost >= rules.limit_drawdown * self.highest else []
        return refused

    # ------------------------------------------------------------------ the ends of trading days

    def end_days(self, after: int, until: int) -> None:
        """Every end of a day in (after, until]: the nights are paid, and a new day begins to lose."""
        end = day_end(self.rules.calendar, after)
        while end <= until:
            if self.rules.financing is not None:
                for lot in self.lots:
                    self.pay_night(lot, nights(self.rules.calendar, end, self.rules.triple))
            self.day_start = self.equity()
            end = day_end(self.rules.calendar, end)

    def pay_night(self, lot: Lot, count: int) -> None:
        rules = self.rules
        rate = rules.financing_long if lot.side > 0 else rules.financing_short
        a_unit = rate if rules.financing == "price" else rate / 100 * self.closing_quote(lot) / 365
        money = lot.size * rules.contract_size * a_unit * count * self.conversion()
        lot.financing += money
        self.cash -= money
        self.balance -= money

    # ------------------------------------------------------------------ after the orders of a tick

    def used_margin(self) -> Decimal:
        return sum(map(abs, map(self.worth, self.lots)), ZERO) / self.rules.leverage

    def is_under(self, level: Decimal | None) -> bool:
        if level is None or not self.lots:
            return False
        needed = level * self.used_margin()
        self.note_tie("margin level", self.equity() - needed, needed)
        return self.equity() < needed

    def test_margin(self, again: bool = False) -> None:
        """The account is looked at where every lot could be closed; again at the same quotes, a call is neither told nor over."""
        if self.rules.margin_call is None and self.rules.liquidation is None:
            return
        if not self.can_leave_now():
            return
        low = self.is_low if again else self.is_under(self.rules.margin_call)
        if low and not self.is_low:
            self.margin_calls.append(self.now)
        self.is_low = low
        while self.can_leave_now() and self.is_under(self.rules.liquidation):
            self.liquidate()
            self.is_low = self.is_low and bool(self.lots)

    def can_leave_now(self) -> bool:
        """Whether every lot could leave at this tick."""
        return all((self.bid if lot.side > 0 else self.ask) is not None for lot in self.lots)

    def liquidate(self) -> None:
        with self.together():
            if not self.rules.hedging:
                for lot in list(self.lots):
                    self.close_out(lot)
                return
            while self.is_under(self.rules.liquidation):
                self.note_equals([(self.open_profit(lot), *lot.entry) for lot in self.lots])
                self.close_out(min(self.lots, key=lambda lot: (self.open_profit(lot), lot.id)))

    def close_out(self, lot: Lot) -> None:
        quote = self.bid if lot.side > 0 else self.ask
        assert quote is not None
        if lot in self.lots:
            self.fill(lot.entry_order, -lot.side, lot.size, quote, "liquidation", [lot], None)

    def open_profit(self, lot: Lot) -> Decimal:
        gain = (self.closing_quote(lot) - lot.entry_price) * lot.side
        return gain * lot.size * self.rules.contract_size * self.conversion()
