"""What goes into the ledger and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Number = Decimal | int | str
ZERO = Decimal(0)
BUY, SELL = 1, -1


@dataclass(frozen=True)
class Rules:
    """Instrument, account and costs. Commission of a fill: fixed + per_unit x size + percent / 100 x notional."""

    cash: Decimal = Decimal(10_000)
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    contract_size: Decimal = Decimal(1)
    leverage: Decimal = Decimal(1)
    percent: Decimal = ZERO
    per_unit: Decimal = ZERO
    fixed: Decimal = ZERO
    slippage: Decimal = ZERO


@dataclass(frozen=True)
class Tick:
    """A quote; None is a missing side. `time` is µs UTC and has no part in the rules."""

    bid: Decimal | None
    ask: Decimal | None
    time: int = 0


@dataclass(frozen=True)
class Command:
    """What the strategy does, and when.

    `when`, `at`: "before", i: at a close (or on_start, i = 0), so that it meets tick i; "after", i: in on_tick, so that it meets
    tick i + 1; "fill", k: in on_fill of the k-th fill, counted from 1. `action`: buy, sell, target (`size`), close, cancel
    (`order`), cancel_all, modify (`order`). `tif`: DAY, IOC, FOK or None; `expire`: µs to work; limit and stop: a stop-limit.
    """

    when: str
    at: int
    action: str
    size: Decimal | None = None
    fraction: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    part: Decimal = Decimal(1)
    order: int = 0
    risk: Decimal | None = None
    tif: str | None = None
    expire: int | None = None
    post_only: bool = False
    oco: int | None = None


@dataclass(eq=False)
class Order:
    id: int
    kind: str
    side: int
    size: Decimal | None
    fraction: Decimal | None
    risk: Decimal | None
    target: Decimal | None
    limit: Decimal | None
    stop: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    part: Decimal
    first_tick: int
    created_tick: int
    tif: str | None = None
    expires: int | None = None
    post_only: bool = False
    oco: int | None = None
    touched: int | None = None
    """The tick at which the stop of a stop-limit was touched."""
    state: str = "working"
    reason: str = ""
    filled: Decimal = ZERO
    ended_tick: int | None = None
    ended: int | None = None


@dataclass(eq=False)
class Lot:
    """What an entry opened and is still there."""

    id: int
    entry_order: int
    side: int
    size: Decimal
    entry_tick: int
    entry_price: Decimal
    commission: Decimal
    slippage: Decimal
    stop_loss: Decimal | None
    take_profit: Decimal | None
    stop_loss_from: int = 0
    take_profit_from: int = 0
    """The first tick a level changed by modify works at."""
    quotes: list[Decimal] = field(default_factory=list)


@dataclass(frozen=True)
class Fill:
    id: int
    order: int
    tick: int
    side: int
    size: Decimal
    price: Decimal
    commission: Decimal
    slippage: Decimal
    reason: str
    equity: Decimal
    cash: Decimal


@dataclass(frozen=True)
class Trade:
    """A lot's life, or that of a part. Open ones have no exit."""

    id: int
    parent: int | None
    entry_order: int
    side: int
    size: Decimal
    entry_tick: int
    entry_price: Decimal
    exit_tick: int | None
    exit_price: Decimal | None
    exit_reason: str | None
    gross_pnl: Decimal
    commission: Decimal
    slippage: Decimal
    mae: Decimal | None
    mfe: Decimal | None

    @property
    def pnl(self) -> Decimal:
        return self.gross_pnl - self.commission


@dataclass(frozen=True)
class State:
    """The account after a tick was taken and on_tick was heard."""

    equity: Decimal
    cash: Decimal
    position_value: Decimal
    position: Decimal
    balance: Decimal


@dataclass
class Result:
    fills: list[Fill]
    orders: list[Order]
    trades: list[Trade]
    open_trades: list[Trade]
    states: list[State]
    answers: list[bool]
    """What each modify returned, in the order given."""
    near_ties: list[str]
    """Decisions that hang on less than a ten-millionth, where a float may rightly fall the other way."""


def money(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def tick(bid: Number | None, ask: Number | None, time: int = 0) -> Tick:
    """A quote from anything Decimal reads; None or "NaN" is a missing side."""
    sides = [None if side is None or Decimal(side).is_nan() else Decimal(side) for side in (bid, ask)]
    return Tick(sides[0], sides[1], time)


AS_IT_IS = ("order", "tif", "expire", "post_only", "oco")


def command(when: str, at: int, action: str, **values: Any) -> Command:
    """A command whose numbers are anything Decimal reads: command("before", 0, "buy", size=5, limit="1.10")."""
    return Command(when, at, action, **{n: value if n in AS_IT_IS else money(value) for n, value in values.items()})
