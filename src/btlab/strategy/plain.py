"""`ctx` of an interpreted strategy: plain Python over the same memory as the compiled one, with the same answers.

Reads go through memoryviews and array slices; orders through the very kernels that a compiled strategy calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from btlab.engine.clock import CLOSE_PRICE, HIGH, LOW, OPEN, VOLUME, forming_progress, forming_value
from btlab.engine.room import has_space
from btlab.engine.state import State
from btlab.errors import OrderError, RunError, TimeframeError, did_you_mean
from btlab.execution.calls import modify, place
from btlab.execution.holding import hold, owner
from btlab.execution.ledger import cash, equity, open_profit
from btlab.execution.orders import (
    CHANGES_AN_ORDER,
    GIVES_LIMIT,
    GIVES_PERCENT,
    GIVES_SIZE,
    GIVES_STOP,
    GIVES_STOP_LOSS,
    GIVES_TAKE_PROFIT,
    GIVES_TRAILING,
    cancel,
    cancel_all,
    draft,
)
from btlab.execution.positions import count_positions, kelly, position_id, position_profit, position_size
from btlab.market.jit import kernel
from btlab.market.memory import run_at
from btlab.market.names import key_of
from btlab.market.records import (
    CLOSE,
    FOREVER,
    FRACTION,
    LIMIT,
    MARKET,
    PART,
    REASONS,
    RISK,
    STATES,
    TARGET,
    TIFS,
    UNITS,
)
from btlab.market.timeframe import ROWS, TIMEFRAMES, index_of
from btlab.market.timeline import Timeline
from btlab.market.times import duration
from btlab.strategy.cells import Cells
from btlab.strategy.context import BACKWARDS, COUNTED, NO_PLACE, NO_SYMBOL, NOT_THERE
from btlab.strategy.context_orders import kind_of_order
from btlab.strategy.plain_indicators import IndicatorReads
from btlab.strategy.wording import (
    NO_GROUP,
    NO_HEDGING,
    NO_LIMIT,
    NO_POSITION,
    NO_TARGET,
    NO_TIF,
    ORDER_ARGUMENTS,
    TOO_MANY_CHANGES,
    TOO_MANY_FILLS,
    TOO_MANY_ORDERS,
    contradiction,
    keywords_only,
    unknown_argument,
)


@kernel
def draft_at(address, kind, side, sizing, amount, tag):
    return draft(run_at(address), kind, side, sizing, amount, tag)


@kernel
def place_at(address, row, given, lifetime):
    return place(run_at(address), row, given, lifetime)


@kernel
def count_positions_at(address):
    return count_positions(run_at(address))


@kernel
def position_id_at(address, number):
    return position_id(run_at(address), number)


@kernel
def position_size_at(address, order):
    return position_size(owner(run_at(address), order), order)


@kernel
def position_profit_at(address, order):
    return position_profit(owner(run_at(address), order), order)


@kernel
def kelly_at(address, least):
    return kelly(run_at(address), least)


@kernel
def has_space_at(address):
    return has_space(run_at(address))


@kernel
def modify_at(address, order, given, limit, stop, stop_loss, take_profit, size):
    return modify(run_at(address), order, given, limit, stop, stop_loss, take_profit, size)


@kernel
def cancel_at(address, order):
    return cancel(run_at(address), order)


@kernel
def cancel_all_at(address):
    return cancel_all(run_at(address))


@kernel
def equity_at(address):
    return equity(run_at(address))


@kernel
def cash_at(address):
    return cash(run_at(address))


@kernel
def hold_at(address):
    hold(run_at(address))


@kernel
def open_profit_at(address):
    return open_profit(run_at(address))


@kernel
def forming_at(address, row, column):
    return forming_value(run_at(address), row, column)


@kernel
def progress_at(address, row):
    return forming_progress(run_at(address), row)


SIZINGS = {"size": UNITS, "fraction": FRACTION, "risk": RISK}
BRACKETS = {
    "stop_loss": GIVES_STOP_LOSS, "take_profit": GIVES_TAKE_PROFIT, "trailing": GIVES_TRAILING, "trailing_percent": GIVES_PERCENT,
}  # fmt: skip
LEVELS = {
    "limit": GIVES_LIMIT, "stop": GIVES_STOP, "stop_loss": GIVES_STOP_LOSS, "take_profit": GIVES_TAKE_PROFIT, "size": GIVES_SIZE,
}  # fmt: skip


def _slot(name: str, doc: str) -> Any:
    return property(lambda self: self._slots[name][0], doc=doc)


class PlainContext(IndicatorReads):
    """What an interpreted strategy sees as `ctx`; `architecture.md` names the operations that agree bit for bit."""

    def __init__(self, state: State, timeline: Timeline) -> None:
        self._state, self._address = state, state.address
        self._run = {name: state.record[name] for name in state.record.dtype.names or ()}
        self._slots: Any = {name: memoryview(column.data) for name, column in self._run.items() if column.ndim == 1}
        self._counts = memoryview(state.record["counts"][0])
        self._rows = {name: ROWS.index(name) for name in TIMEFRAMES + timeline.further}
        self._offset = [int(row) for row in timeline.offset]
        self._start = timeline.start
        self._real = [timeline.real[column] for column in range(5)]
        self._columns = [memoryview(column) for column in self._real]
        for column in self._real:
            column.flags.writeable = False
        self._shown = [column.view(Cells) for column in self._real]

    time = _slot("now", "now, µs UTC; at a close the bar's end")
    symbol = _slot("symbol", "place of this symbol among the run's, by name")
    symbols = _slot("symbols", "how many symbols the run has")
    bid = _slot("bid", "the last bid seen")
    ask = _slot("ask", "the last ask seen")
    position = _slot("position", "signed units")
    open_orders = _slot("working", "how many orders are working")
    fill_price = _slot("fill_price", "of the fill being told")
    fill_size = _slot("fill_size", "of the fill being told")
    fill_order = _slot("fill_order", "of the fill being told")

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2.0

    @property
    def timeframe(self) -> int:
        """Place, among the subscribed timeframes, of the one whose close is being told."""
        return int(self._run["told_as"][0, self._run["timeframe"][0]])

    @property
    def fill_reason(self) -> str:
        return REASONS[self._run["fill_reason"][0]]

    @property
    def entry_price(self) -> float:
        units = self.position * self._run["contract_size"].item()
        return self._run["cost"].item() / units if units else math.nan

    @property
    def equity(self) -> float:
        return equity_at(self._address)

    @property
    def open_profit(self) -> float:
        return open_profit_at(self._address)

    @property
    def cash(self) -> float:
        return cash_at(self._address)

    def of(self, symbol: str | int) -> PlainContext:
        """What `ctx` is for another symbol of the run: all its attributes and methods."""
        if isinstance(symbol, str):
            if self._state.run["symbol_key"] != key_of(symbol):
                raise RunError(NO_SYMBOL, symbol=symbol)
        elif symbol != 0:
            raise RunError(NO_PLACE, symbol=symbol)
        return self

    def _row(self, timeframe: str) -> int:
        try:
            return self._rows[timeframe]
        except (KeyError, TypeError):
            index_of(timeframe)
            raise TimeframeError(NOT_THERE, timeframe=timeframe) from None

    def _bar(self, timeframe: str, back: int) -> int:
        row = self._row(timeframe)
        if back < 0:
            raise ValueError(BACKWARDS)
        bar = self._counts[row] - 1 - back
        return self._offset[row] + bar if bar >= 0 else -1

    def _window(self, timeframe: str, n: int, column: int) -> np.ndarray:
        row = self._row(timeframe)
        if n < 1:
            raise ValueError(COUNTED)
        count, begin = self._counts[row], self._offset[row]
        return self._shown[column][begin + count - min(n, count) : begin + count]

    def _extreme(self, timeframe: str, n: int, back: int, column: int) -> np.ndarray | None:
        row = self._row(timeframe)
        if back < 0:
            raise ValueError(BACKWARDS)
        if n < 1:
            raise ValueError(COUNTED)
        end = self._counts[row] - back
        return self._real[column][self._offset[row] + end - n : self._offset[row] + end] if end >= n else None

    def highest(self, timeframe: str, n: int, back: int = 0) -> float:
        values = self._extreme(timeframe, n, back, HIGH)
        return math.nan if values is None else float(values.max())

    def lowest(self, timeframe: str, n: int, back: int = 0) -> float:
        values = self._extreme(timeframe, n, back, LOW)
        return math.nan if values is None else float(values.min())

    def bar_time(self, timeframe: str, back: int = 0) -> int:
        bar = self._bar(timeframe, back)
        return int(self._start[bar]) if bar >= 0 else -1

    def count(self, timeframe: str) -> int:
        return self._counts[self._row(timeframe)]

    def closed(self, timeframe: str) -> bool:
        return bool(self._run["closed"].item() >> self._row(timeframe) & 1)

    def forming_progress(self, timeframe: str) -> float:
        return progress_at(self._address, self._row(timeframe))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"ctx has no {name!r}.{did_you_mean(name, public_names())}")

    def buy(self, *positional: Any, **order: Any) -> int:
        return self._send("buy", 1, *positional, **order)

    def sell(self, *positional: Any, **order: Any) -> int:
        return self._send("sell", -1, *positional, **order)

    @property
    def positions(self) -> int:
        """How many positions are open, each by the order that opened it."""
        return count_positions_at(self._address)

    def position_id(self, number: int) -> int:
        found = position_id_at(self._address, number) if number >= 0 else 0
        if not found:
            raise OrderError(NO_POSITION, number=number)
        return found

    def position_size(self, order: int) -> float:
        return position_size_at(self._address, order)

    def position_profit(self, order: int) -> float:
        return position_profit_at(self._address, order)

    def kelly(self, least: int = 30) -> float:
        return kelly_at(self._address, least)

    def close_by_id(self, order: int) -> int:
        if not self._slots["hedging"][0]:
            raise OrderError(NO_HEDGING)
        row = self._draft(CLOSE, 0, PART, 1.0)
        self._state.tables["order"][row]["position"] = order
        return self._submit(row)

    def target(self, size: float) -> int:
        if self._slots["hedging"][0]:
            raise OrderError(NO_TARGET)
        return self._submit(self._draft(MARKET, 0, TARGET, size))

    def close_position(self, part: float = 1.0) -> int:
        return self._submit(self._draft(CLOSE, 0, PART, part))

    def modify(self, order: int, *positional: Any, **levels: Any) -> bool:
        if positional or not any(value is not None for value in levels.values()):
            raise OrderError("ctx.modify wants an order's id and what is to change, as in ctx.modify(order, stop_loss=1.09)")
        for name in levels.keys() - LEVELS.keys():
            raise OrderError(unknown_argument("modify", name))
        self._check_room()
        given = sum(bit for name, bit in LEVELS.items() if levels.get(name) is not None)
        values = (math.nan if (value := levels.get(name)) is None else float(value) for name in LEVELS)
        return bool(modify_at(self._address, order, given, *values))

    def _send(self, name: str, side: int, *positional: Any, **arguments: Any) -> int:
        if positional:
            raise OrderError(keywords_only(name))
        for unknown in arguments.keys() - set(ORDER_ARGUMENTS):
            raise OrderError(unknown_argument(name, unknown))
        plain = {argument: value.item() if isinstance(value, np.generic) else value for argument, value in arguments.items()}
        given = {argument: value for argument, value in plain.items() if value is not None}
        fault = contradiction(name, set(given))
        if fault:
            shown = ", ".join(f"{argument}={value!r}" for argument, value in given.items()) or "nothing"
            raise OrderError(f"{fault}. It was given {shown}", **given)
        sizing, amount = next((code, given[name]) for name, code in SIZINGS.items() if name in given)
        row = self._draft(kind_of_order("limit" in given, "stop" in given), side, sizing, amount, given.get("tag"))
        return self._submit(row, given)

    def _draft(self, kind: Any, side: int, sizing: Any, amount: Any, tag: str | None = None) -> int:
        self._check_room()
        return draft_at(self._address, kind, side, sizing, float(amount), key_of(tag or ""))

    def _submit(self, row: int, given: dict[str, Any] | None = None) -> int:
        given = given or {}
        order = self._state.tables["order"][row]
        if "limit" in given:
            order["limit" if "stop" in given else "level"] = given["limit"]
        if "stop" in given:
            order["level"] = given["stop"]
        for name in (*BRACKETS, "post_only"):
            if name in given:
                order[name] = given[name]
        if given.get("post_only") and order["kind"] != LIMIT:
            raise OrderError(NO_LIMIT)
        if "tif" in given:
            if given["tif"] not in range(len(TIFS)):
                raise OrderError(NO_TIF, tif=given["tif"])
            order["tif"] = given["tif"]
        if "oco" in given:
            if not given["oco"] >= 1:
                raise OrderError(NO_GROUP, oco=given["oco"])
            order["oco"] = given["oco"]
        lifetime = duration(given["expire"]) if "expire" in given else FOREVER
        return place_at(self._address, row, sum(bit for name, bit in BRACKETS.items() if name in given), lifetime)

    def _check_room(self) -> None:
        if self._slots["orders"][0] >= self._slots["order_room"][0]:
            raise OrderError(TOO_MANY_ORDERS)
        used = self._slots["changes"][0] + CHANGES_AN_ORDER * (self._slots["working"][0] + 1)
        if used > self._slots["change_room"][0]:
            raise OrderError(TOO_MANY_CHANGES)
        if self._slots["fill_now"][0] and not has_space_at(self._address):
            raise OrderError(TOO_MANY_FILLS)

    def cancel(self, order: int) -> bool:
        return bool(cancel_at(self._address, order))

    def cancel_all(self) -> int:
        return cancel_all_at(self._address)

    def status(self, order: int) -> str:
        if not 1 <= order <= self._run["orders"][0]:
            raise OrderError("no order has that id")
        return STATES[self._state.tables["order"]["state"][order - 1]]

    def mark(self, name: str, value: float) -> None:
        row = self._run["marks"].item()
        if row >= self._run["mark_room"][0]:
            raise OrderError("more than 4,096 marks were set in one call of the strategy")
        place = self._run["symbol"].item()
        self._state.tables["mark"][row] = (self.time, self._run["taken"].item(), key_of(name), float(value), place)
        self._run["marks"][0] = row + 1


def _add_readers(name: str, column: int) -> None:
    def bar(self: PlainContext, timeframe: str, back: int = 0) -> float:
        at = self._bar(timeframe, back)
        return self._columns[column][at] if at >= 0 else math.nan

    def window(self: PlainContext, timeframe: str, n: int) -> np.ndarray:
        return self._window(timeframe, n, column)

    def forming(self: PlainContext, timeframe: str) -> float:
        return forming_at(self._address, self._row(timeframe), column)

    for method, called in ((bar, name), (window, name + "s"), (forming, "forming_" + name)):
        setattr(PlainContext, called, method)


for _name, _column in (("open", OPEN), ("high", HIGH), ("low", LOW), ("close", CLOSE_PRICE), ("volume", VOLUME)):
    _add_readers(_name, _column)


def public_names() -> list[str]:
    """What `ctx` has."""
    return sorted(name for name in dir(PlainContext) if not name.startswith("_"))
