"""What goes into the ledger and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Number = Decimal | int | str
ZERO = Decimal(0)
BUY, SELL = 1, -1


@dataclass(frozen=True)
class Rules:
    """Instrument, account, execution and costs.

    Commission of a fill: fixed + (per_unit + per_lot / lot_size) x size + (percent + maker or taker + tier) / 100 x notional +
    function(size, price, notional, maker, traded). Slippage: a price + pips + spread x spread + a random price between
    `random` (or pips between `random_pips`) + volume x quote x share of the quoted size. `financing` is "percent" a year or
    "price" a unit and night.
    """

    cash: Decimal = Decimal(10_000)
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    contract_size: Decimal = Decimal(1)
    leverage: Decimal = Decimal(1)
    percent: Decimal = ZERO
    per_unit: Decimal = ZERO
    fixed: Decimal = ZERO
    slippage: Decimal = ZERO
    pip_size: Decimal = Decimal("0.01")
    per_lot: Decimal = ZERO
    maker: Decimal | None = None
    taker: Decimal | None = None
    tiers: tuple[tuple[Decimal, Decimal], ...] = ()
    function: Callable[..., Any] | None = None
    pips: Decimal = ZERO
    spread: Decimal = ZERO
    random: tuple[Decimal, Decimal] | None = None
    random_pips: tuple[Decimal, Decimal] | None = None
    volume: Decimal = ZERO
    seed: int = 0
    fill: str = "next"
    latency: int = 0
    participation: Decimal | None = None
    widen: Decimal = ZERO
    through: int = 0
    mode: str = "netting"
    margin_call: Decimal | None = None
    liquidation: Decimal | None = None
    financing: str | None = None
    financing_long: Decimal = ZERO
    financing_short: Decimal = ZERO
    triple: str | None = None
    calendar: str = "24x7"
    limit_position: Decimal | None = None
    limit_exposure: Decimal | None = None
    limit_daily_loss: Decimal | None = None
    limit_drawdown: Decimal | None = None

    @property
    def hedging(self) -> bool:
        return self.mode == "hedging"


@dataclass(frozen=True)
class Tick:
    """A quote; None is a missing side, or a size that is not known. `time` is µs UTC."""

    bid: Decimal | None
    ask: Decimal | None
    time: int = 0
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None


@dataclass(frozen=True)
class Command:
    """What the strategy does, and when.

    `when`, `at`: "before", i: at a close (or on_start, i = 0), so that it meets tick i; "after", i: in on_tick, so that it meets
    tick i + 1; "fill", k: in on_fill of the k-th fill, counted from 1. `action`: buy, sell, target (`size`), close, close_by_id
    (`order`), cancel (`order`), cancel_all, modify (`order`). `tif`: DAY, IOC, FOK or None; `expire`: µs to work; limit and stop:
    a stop-limit.
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
    trailing: Decimal | None = None
    trailing_percent: Decimal | None = None
    symbol: str | None = None
    """Where there are several: the one it is about; None is the one that is told."""


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
    trailing: Decimal | None = None
    trailing_percent: Decimal | None = None
    position: int | None = None
    """The position that close_by_id closes."""
    touched: int | None = None
    """The tick at which a stop, or that of a stop-limit, was touched."""
    settled: Decimal | None = None
    """The whole size, once it is known."""
    symbol: int = 0
    created: int = 0
    rests: dict[int, Decimal] | None = None
    """Lots that a close still has to close, by number, where each is a position of its own."""
    state: str = "working"
    reason: str = ""
    filled: Decimal = ZERO
    ended_tick: int | None = None
    ended: int | None = None
    weighed: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """What the rules that refused it compared: the value it would have come to, and the bound."""

    @property
    def works(self) -> bool:
        return self.state in ("working", "partly_filled")

    @property
    def left(self) -> Decimal:
        assert self.settled is not None
        return self.settled - self.filled


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
    trailing: Decimal | None = None
    trailing_percent: Decimal | None = None
    best: Decimal | None = None
    """The best quote it could have left at, which the trailing stop follows."""
    leaving: frozenset[str] = frozenset()
    """The stops that were touched while there was not enough to take all of it."""
    financing: Decimal = ZERO
    entry_time: int = 0
    quotes: list[Decimal] = field(default_factory=list)
    watched_tick: int = -1
    """The tick of the last of them."""

    @property
    def entry(self) -> tuple[int, Decimal, Decimal]:
        """All that its open profit hangs on beside a quote."""
        return self.side, self.entry_price, self.size


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
    time: int = 0
    symbol: int = 0


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
    financing: Decimal = ZERO
    symbol: int = 0
    entry_time: int = 0
    exit_time: int | None = None

    @property
    def pnl(self) -> Decimal:
        return self.gross_pnl - self.commission - self.financing


@dataclass(frozen=True)
class State:
    """The account after a tick was taken and on_tick was heard; before on_fill hears what on_tick filled at once."""

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
    margin_calls: list[int] = field(default_factory=list)
    """The ticks at which the account fell under the level of a margin call."""
    at_closes: list[State] = field(default_factory=list)
    """The account as each close finds it."""
    last: State | None = None
    """The account when everything has been told."""


def money(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def tick(
    bid: Number | None, ask: Number | None, time: int = 0, bid_size: Number | None = None, ask_size: Number | None = None
) -> Tick:
    """A quote from anything Decimal reads; None or "NaN" is a missing side or size."""
    bid, ask, bid_size, ask_size = (
        None if each is None or Decimal(each).is_nan() else Decimal(each) for each in (bid, ask, bid_size, ask_size)
    )
    return Tick(bid, ask, time, bid_size, ask_size)


AS_IT_IS = ("order", "tif", "expire", "post_only", "oco", "symbol")


def command(when: str, at: int, action: str, **values: Any) -> Command:
    """A command whose numbers are anything Decimal reads: command("before", 0, "buy", size=5, limit="1.10")."""
    return Command(when, at, action, **{n: value if n in AS_IT_IS else money(value) for n, value in values.items()})
