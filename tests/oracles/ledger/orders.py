"""What the strategy asks for: orders placed, changed and cancelled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ..records import BUY, SELL, Command, Order
from .account import Account
from .days import day_end

LEVELS = ("limit", "stop", "stop_loss", "take_profit", "trailing")
PLACING = ("buy", "sell", "close", "close_by_id", "target")


class Orders(Account):
    def meet_at_once(self, order: Order) -> None:
        """fill="current": a market order meets the last quotes within the very call."""
        raise NotImplementedError

    def obey(self, when: str, at: int) -> None:
        for each in self.script:
            if (each.when, each.at) == (when, at):
                self.do(each)

    def do(self, what: Command) -> None:
        if what.action in PLACING:
            self.place(what)
        if what.action == "modify":
            self.answers.append(self.modify(what))
        for order in self.orders:
            if order.works and (what.action == "cancel_all" or (what.action == "cancel" and order.id == what.order)):
                self.end(order, "cancelled", "cancel")

    def place(self, what: Command) -> None:
        target = what.action == "target"
        order = Order(
            id=self.next_order(),
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
            first_tick=self.first_tick(),
            created_tick=self.now,
            tif=what.tif,
            expires=self.expiry(what),
            post_only=what.post_only,
            oco=what.oco,
            trailing=what.trailing,
            trailing_percent=what.trailing_percent,
            position=what.order if what.action == "close_by_id" else None,
        )
        self.enter(order)
        faults = self.faults(order)
        if what.expire is not None and what.expire <= 0:
            faults.append("expire")
        if faults:
            return self.end(order, "rejected", "/".join(faults))
        if self.rules.fill == "current" and order.kind in ("market", "close"):
            self.meet_at_once(order)
        return None

    def enter(self, order: Order) -> None:
        order.symbol, order.created = self.symbol, self.time
        self.orders.append(order)

    def first_tick(self) -> int:
        """The first tick that an order placed or changed now may meet."""
        due = self.time + self.rules.latency
        first = self.works_from
        while self.rules.latency and first < len(self.times) and self.times[first] < due:
            first += 1
        return first

    @staticmethod
    def kind_of(what: Command) -> str:
        if what.action in ("close", "close_by_id"):
            return "close"
        return "_".join(name for name in ("stop", "limit") if getattr(what, name) is not None) or "market"

    def expiry(self, what: Command) -> int | None:
        if what.tif == "DAY":
            return day_end(self.rules.calendar, self.time)
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
        faults += self.faults_of_levels(order)
        order.settled = order.size
        return faults

    def faults_of_levels(self, order: Order) -> list[str]:
        faults = []
        for name in LEVELS:
            value = getattr(order, name)
            if self.is_number(value):
                setattr(order, name, self.on_grid(value))
            if not self.is_number(getattr(order, name)):
                faults.append("level")
        percent = order.trailing_percent
        if not self.is_number(percent) or (percent is not None and percent >= 100):
            faults.append("level")
        stop_limit = not faults and order.limit is not None and order.stop is not None
        if stop_limit and (order.stop - order.limit) * order.side > 0:  # type: ignore[operator]
            faults.append("stop_limit")
        return faults

    def modify(self, what: Command) -> bool:
        order = self.order(what.order)
        if order is None:
            return False
        named = {name: value for name in ("size", *LEVELS) if (value := getattr(what, name)) is not None}
        lots = [lot for lot in self.lots if lot.entry_order == order.id]
        if not order.works and not lots:
            return False
        for name in ("size", "limit", "stop"):
            if name in named and (not order.works or getattr(order, name) is None):
                return False
        changed = replace(order, **named)
        if self.faults(changed) or ("size" in named and changed.size is not None and changed.size <= order.filled):
            return False
        if order.works:
            self.change(order, {name: getattr(changed, name) for name in named})
        for name in named:
            for lot in lots if name in ("stop_loss", "take_profit") else ():
                setattr(lot, name, getattr(changed, name))
                setattr(lot, f"{name}_from", self.first_tick())
                lot.leaving -= {name}
        return True

    def change(self, order: Order, values: dict[str, Decimal]) -> None:
        """A changed order begins anew."""
        for name, value in values.items():
            setattr(order, name, value)
        if "size" in values:
            order.settled = order.size
        order.first_tick, order.touched = self.first_tick(), None

    @staticmethod
    def is_number(value: Decimal | None) -> bool:
        return value is None or (value.is_finite() and value > 0)
