"""The schema of explanations, version 2: what `session.explain` and `session.explain_at` return, key by key.

`to_dict()` gives plain dicts, lists, numbers and texts under exactly the names below, `to_json()` their JSON (NaN is null).
Times are µs UTC, ticks are indices (bars: of bars), -1 is before the first; prices and money as in the tables of a session.
A tick counts those of the `symbol` beside it; ids are those of the session that was asked (`PortfolioSession.of` counts anew).

    TradeExplanation   version, kind "trade", trade: a row of `session.trades` as a dict, entry: OrderStory,
                       exit: OrderStory | None (None: open, or left by its bracket or by a rule), brackets: [Stretch],
                       bracket_set_by: Decision | None (the call that moved it last), left: Event | None
    MomentExplanation  version, kind "moment", symbol: whose tick came last, tick, time, bid, ask, position, equity, cash,
                       orders: [Waiting], lots: [Lot], next: [Waiting] by distance, the share of the quote where there are
                       several symbols, calls: [Call] of the strategy at that tick, events: [Event] since the tick before, note,
                       symbols: [Standing] of each
    OrderStory         order, order_kind, side, size, state, tag, decision: Decision, held: [Stretch], events: [Event], symbol
    Decision           found, note, place "Class.method:line", file, source, by: Call | None (what it saw up to this line)
    Call               method, timeframe, tick, time, seen: [Seen], acts: [Act], symbol: that it was told of
    Seen               of "ctx" or "self", name, arguments, value (of an indicator's handle its name), line, source
    Act                name, arguments, gave, line, source
    Stretch            rule, what, watched "bid" or "ask", when "at or below", "at or above" or "at once" (level null), level,
                       first_tick, last_tick, nearest_tick, nearest_time, nearest_quote, distance (all null where no quote was
                       met), moved, followed: [Step] (of a trailing stop: how often it was led, and where it stood)
    Step               tick, level
    Event              rule, what, order, tick, time, bid, ask, side, size, price, level, value, bound, text, symbol
    Waiting            rule, what, order, side, size, watched, when, level, quote, distance, works_from, trade,
                       symbol
    Lot                trade, order, side, size, entry_tick, entry_price, open_profit, stop_loss, take_profit, trailing_stop,
                       symbol
    Standing           symbol, tick, bid, ask, position, rate: of its quote currency in the account's
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from btlab.indicators.handle import Handle

VERSION = 2


class Explained:
    """What every part of an explanation can do."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values under the keys of the schema."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def to_json(self, **options: Any) -> str:
        """JSON of `to_dict`; NaN and the infinities are null."""
        return json.dumps(finite(self.to_dict()), allow_nan=False, **options)


class Whole(Explained):
    """An explanation as a user gets it: sentences in a terminal, the same with marks in a notebook."""

    def __repr__(self) -> str:
        from btlab.session.explain.wording import lines_of

        return "\n".join("  " * depth + text for depth, text in lines_of(self))

    def _repr_html_(self) -> str:
        from btlab.session.explain.wording import html_of

        return html_of(self)


@dataclass(frozen=True, slots=True)
class Seen(Explained):
    """A value that the strategy read. `arguments` as they would be written: "'5m', 20, back=1"."""

    of: str
    name: str
    arguments: str
    value: Any
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class Act(Explained):
    """Something that the strategy did: an order, a change, a mark. `gave` is what the call returned."""

    name: str
    arguments: str
    gave: Any
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class Call(Explained):
    """One call of a method of the strategy. `timeframe` is whose close was told, null where none was."""

    method: str
    timeframe: str | None
    tick: int
    time: int
    seen: tuple[Seen, ...]
    acts: tuple[Act, ...]
    symbol: str


@dataclass(frozen=True, slots=True)
class Decision(Explained):
    """Where in the strategy something was decided. Not `found`: `note` says why the run could not be followed there."""

    found: bool
    note: str
    place: str
    file: str
    source: str
    by: Call | None


@dataclass(frozen=True, slots=True)
class Step(Explained):
    """Where a trailing stop stood once a tick was taken, until the next step."""

    tick: int
    level: float


@dataclass(frozen=True, slots=True)
class Stretch(Explained):
    """Ticks first_tick ... last_tick in which something did not fill, and the nearest that the quote came to it.

    `rule` says why: "execution.held": the quote did not reach it. "execution.latency": it was on its way, and could meet none.
    "execution.no_quote": its side had none. "execution.no_size": the quote offered nothing to it. `distance` is 0 or less where
    the quote was there. The level of a trailing stop is where it stood last; its distance is to where it stood at that tick.
    """

    rule: str
    what: str
    watched: str
    when: str
    level: float | None
    first_tick: int
    last_tick: int
    nearest_tick: int | None
    nearest_time: int | None
    nearest_quote: float | None
    distance: float | None
    moved: int = 0
    followed: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Event(Explained):
    """What happened, by which rule. `value` against `bound` is what the rule compared, where it compares two numbers."""

    rule: str
    what: str
    order: int
    tick: int
    time: int
    bid: float | None
    ask: float | None
    side: str | None
    size: float | None
    price: float | None
    level: float | None
    value: float | None
    bound: float | None
    text: str
    symbol: str


@dataclass(frozen=True, slots=True)
class OrderStory(Explained):
    order: int
    order_kind: str
    side: str | None
    size: float | None
    state: str
    tag: str | None
    decision: Decision
    held: tuple[Stretch, ...]
    events: tuple[Event, ...]
    symbol: str


@dataclass(frozen=True, slots=True)
class Waiting(Explained):
    """What waits, and how far the quote is from it. `distance` 0 or less: it fills at the next tick that it meets.

    `trade` is the one that a bracket would close, null for an order.
    """

    rule: str
    what: str
    order: int
    side: str | None
    size: float | None
    watched: str
    when: str
    level: float | None
    quote: float | None
    distance: float | None
    works_from: int
    trade: int | None
    symbol: str


@dataclass(frozen=True, slots=True)
class Lot(Explained):
    trade: int
    order: int
    side: str
    size: float
    entry_tick: int
    entry_price: float
    open_profit: float
    stop_loss: float | None
    take_profit: float | None
    trailing_stop: float | None
    symbol: str


@dataclass(frozen=True, slots=True)
class Standing(Explained):
    """Where a symbol stands: the last tick taken of it (-1: none yet), its quotes, what is held of it, its money's rate."""

    symbol: str
    tick: int
    bid: float
    ask: float
    position: float
    rate: float


@dataclass(frozen=True, slots=True, repr=False)
class TradeExplanation(Whole):
    """Why a trade was entered and left."""

    kind: ClassVar[str] = "trade"
    trade: dict[str, Any]
    entry: OrderStory
    exit: OrderStory | None
    brackets: tuple[Stretch, ...]
    bracket_set_by: Decision | None
    left: Event | None

    def to_dict(self) -> dict[str, Any]:
        return {"version": VERSION, "kind": self.kind} | Explained.to_dict(self)


@dataclass(frozen=True, slots=True, repr=False)
class MomentExplanation(Whole):
    """Everything that is true at one tick."""

    kind: ClassVar[str] = "moment"
    symbol: str
    tick: int
    time: int
    bid: float
    ask: float
    position: float
    equity: float
    cash: float
    orders: tuple[Waiting, ...]
    lots: tuple[Lot, ...]
    next: tuple[Waiting, ...]
    calls: tuple[Call, ...]
    events: tuple[Event, ...]
    note: str
    symbols: tuple[Standing, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"version": VERSION, "kind": self.kind} | Explained.to_dict(self)


LONGEST = 64
"""Items of an array that are kept; of longer ones the last eight."""


def plain(value: Any) -> Any:
    """A value as JSON has it; what JSON has not, as its text."""
    if isinstance(value, Explained):
        return value.to_dict()
    if isinstance(value, Handle):
        return value.number
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        if value.size > LONGEST:
            return {"shape": list(value.shape), "last": plain(value.ravel()[-8:].tolist())}
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def finite(value: Any) -> Any:
    """The same with null for what is no finite number."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
