"""`ctx` of an interpreted strategy: plain Python over the same memory as the compiled one, with the same answers.

Reads go through memoryviews and array slices; orders through the very kernels that a compiled strategy calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import int64, intp

from btlab.engine.clock import CLOSE_PRICE, HIGH, LOW, OPEN, VOLUME, forming_progress, forming_value
from btlab.engine.state import State
from btlab.errors import OrderError, did_you_mean
from btlab.execution.ledger import equity, open_profit
from btlab.execution.orders import cancel, cancel_all, place
from btlab.market.jit import kernel
from btlab.market.memory import run_at
from btlab.market.records import CLOSE, FRACTION, LIMIT, MARKET, PART, REASONS, STATES, STOP, UNITS
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.market.timeline import Timeline
from btlab.strategy.cells import Cells
from btlab.strategy.context import BACKWARDS, COUNTED, contradiction, keywords_only, unknown_argument
from btlab.strategy.names import key_of


@kernel
def place_at(address, kind, side, sizing, amount, level, has_stop_loss, stop_loss, has_take_profit, take_profit, tag):
    return place(run_at(address), kind, side, sizing, amount, level, has_stop_loss, stop_loss, has_take_profit, take_profit, tag)


@kernel(int64(intp, int64))
def cancel_at(address, order):
    return cancel(run_at(address), order)


@kernel(int64(intp))
def cancel_all_at(address):
    return cancel_all(run_at(address))


@kernel
def equity_at(address):
    return equity(run_at(address))


@kernel
def open_profit_at(address):
    return open_profit(run_at(address))


@kernel
def forming_at(address, row, column):
    return forming_value(run_at(address), row, column)


@kernel
def progress_at(address, row):
    return forming_progress(run_at(address), row)


ROWS = {name: row for row, name in enumerate(TIMEFRAMES)}


def _slot(name: str, doc: str) -> Any:
    return property(lambda self: self._slots[name][0], doc=doc)


class PlainContext:
    """What an interpreted strategy sees as `ctx`; `architecture.md` names the operations that agree bit for bit."""

    def __init__(self, state: State, timeline: Timeline) -> None:
        self._state, self._address = state, state.address
        self._run = {name: state.record[name] for name in state.record.dtype.names or ()}
        self._slots: Any = {name: memoryview(column.data) for name, column in self._run.items() if column.ndim == 1}
        self._counts = memoryview(state.record["counts"][0])
        self._offset = [int(row) for row in timeline.offset]
        self._start = timeline.start
        self._real = [timeline.real[column] for column in range(5)]
        self._columns = [memoryview(column) for column in self._real]
        for column in self._real:
            column.flags.writeable = False
        self._shown = [column.view(Cells) for column in self._real]

    time = _slot("now", "now, µs UTC; at a close the bar's end")
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
        return self._run["balance"].item() - self._run["cost"].item()

    def _bar(self, timeframe: str, back: int) -> int:
        try:
            row = ROWS[timeframe]
        except (KeyError, TypeError):
            row = index_of(timeframe)
        if back < 0:
            raise ValueError(BACKWARDS)
        bar = self._counts[row] - 1 - back
        return self._offset[row] + bar if bar >= 0 else -1

    def _window(self, timeframe: str, n: int, column: int) -> np.ndarray:
        row = index_of(timeframe)
        if n < 1:
            raise ValueError(COUNTED)
        count, begin = self._counts[row], self._offset[row]
        return self._shown[column][begin + count - min(n, count) : begin + count]

    def _extreme(self, timeframe: str, n: int, back: int, column: int) -> np.ndarray | None:
        row = index_of(timeframe)
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
        return self._counts[index_of(timeframe)]

    def closed(self, timeframe: str) -> bool:
        return bool(self._run["closed"].item() >> index_of(timeframe) & 1)

    def forming_progress(self, timeframe: str) -> float:
        return progress_at(self._address, index_of(timeframe))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"ctx has no {name!r}.{did_you_mean(name, public_names())}")

    def buy(self, *positional: Any, **order: Any) -> int:
        return self._send("buy", 1, *positional, **order)

    def sell(self, *positional: Any, **order: Any) -> int:
        return self._send("sell", -1, *positional, **order)

    def _send(
        self,
        name: str,
        side: int,
        *positional: Any,
        size: float | None = None,
        fraction: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        tag: str | None = None,
        **unknown: Any,
    ) -> int:
        if positional:
            raise OrderError(keywords_only(name))
        if unknown:
            raise OrderError(unknown_argument(name, next(iter(unknown))))
        fault = contradiction(name, size is not None, fraction is not None, limit is not None, stop is not None)
        if fault:
            named = {"size": size, "fraction": fraction, "limit": limit, "stop": stop}
            given = {argument: value for argument, value in named.items() if value is not None}
            shown = ", ".join(f"{argument}={value!r}" for argument, value in given.items()) or "none of these"
            raise OrderError(f"{fault}. It was given {shown}", **given)
        amount = fraction if size is None else size
        level = limit if limit is not None else (stop if stop is not None else math.nan)
        kind = LIMIT if limit is not None else (STOP if stop is not None else MARKET)
        return self._place(kind, side, UNITS if fraction is None else FRACTION, amount, level, stop_loss, take_profit, tag)

    def close_position(self, part: float = 1.0) -> int:
        return self._place(CLOSE, 0, PART, part, math.nan, None, None, None)

    def _place(
        self, kind: Any, side: int, sizing: Any, amount: Any, level: Any, stop_loss: Any, take_profit: Any, tag: str | None
    ) -> int:
        if self._run["orders"][0] >= self._run["order_room"][0]:
            raise OrderError("more than 4,096 orders were placed in one call of the strategy")
        bottom = math.nan if stop_loss is None else float(stop_loss)
        top = math.nan if take_profit is None else float(take_profit)
        brackets = stop_loss is not None, bottom, take_profit is not None, top
        return place_at(self._address, kind, side, sizing, float(amount), float(level), *brackets, key_of(tag or ""))

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
        self._state.tables["mark"][row] = (self.time, self._run["taken"].item(), key_of(name), float(value))
        self._run["marks"][0] = row + 1


def _add_readers(name: str, column: int) -> None:
    def bar(self: PlainContext, timeframe: str, back: int = 0) -> float:
        at = self._bar(timeframe, back)
        return self._columns[column][at] if at >= 0 else math.nan

    def window(self: PlainContext, timeframe: str, n: int) -> np.ndarray:
        return self._window(timeframe, n, column)

    def forming(self: PlainContext, timeframe: str) -> float:
        return forming_at(self._address, index_of(timeframe), column)

    for method, called in ((bar, name), (window, name + "s"), (forming, "forming_" + name)):
        setattr(PlainContext, called, method)


for _name, _column in (("open", OPEN), ("high", HIGH), ("low", LOW), ("close", CLOSE_PRICE), ("volume", VOLUME)):
    _add_readers(_name, _column)


def public_names() -> list[str]:
    """What `ctx` has."""
    return sorted(name for name in dir(PlainContext) if not name.startswith("_"))
