"""What goes into the ledger of several symbols, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from ..records import Fill, Order, Rules, State, Tick, Trade


@dataclass(frozen=True)
class Market:
    """A symbol: what its instrument says, and its quotes. A pair's first three letters are bought, the last are the price."""

    name: str
    ticks: tuple[Tick, ...]
    quote: str = "USD"
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    contract_size: Decimal = Decimal(1)
    pip_size: Decimal = Decimal("0.01")
    calendar: str = "24x7"

    @property
    def base(self) -> str | None:
        """What a pair of currencies buys."""
        return self.name[:3] if len(self.name) == 6 and self.name.endswith(self.quote) else None

    def dress(self, rules: Rules) -> Rules:
        """The rules of the account with what is this symbol's own."""
        names = ("tick_size", "lot_size", "contract_size", "pip_size", "calendar")
        return replace(rules, **{name: getattr(self, name) for name in names})


@dataclass(frozen=True)
class Told:
    """A close that the strategy hears of: its time, timeframe and symbol, and the merged tick in front of which it comes."""

    end: int
    timeframe: str
    symbol: int
    before: int


@dataclass(frozen=True)
class Row:
    """One of the equity table."""

    time: int
    equity: Decimal
    cash: Decimal
    position_value: Decimal


@dataclass
class Account:
    """Everything of a run. Symbols are numbers in the order of their names; ticks count within their symbol."""

    fills: list[Fill]
    orders: list[Order]
    trades: list[Trade]
    open_trades: list[Trade]
    bars: list[Told]
    at_bars: list[State]
    """The account as each call of on_bar finds it; its position is the told symbol's."""
    at_ticks: list[State]
    answers: list[bool]
    near_ties: list[str]
    margin_calls: list[tuple[int, int]]
    """(symbol, tick) after whose orders the account was found low."""
    rows: list[Row]
