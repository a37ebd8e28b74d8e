"""`ctx` of an interpreted strategy: plain Python over the same memory as the compiled one, with the same answers.

Reads go through memoryviews and array slices; orders through the very kernels that a compiled strategy calls.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from btlab.engine.clock import CLOSE_PRICE, HIGH, LOW, OPEN, VOLUME
from btlab.engine.state import State
from btlab.errors import OrderError, RunError, TimeframeError, did_you_mean
from btlab.market.codes import REASONS
from btlab.market.names import key_of
from btlab.market.timeframe import ROWS, TIMEFRAMES, index_of
from btlab.market.timeline import Timeline
from btlab.strategy.cells import Cells
from btlab.strategy.context import BACKWARDS, COUNTED, NO_PLACE, NO_SYMBOL, NOT_THERE
from btlab.strategy.plain_doors import cash_at, equity_at, forming_at, open_profit_at, progress_at
from btlab.strategy.plain_indicators import IndicatorReads
from btlab.strategy.plain_orders import OrderCalls
from btlab.strategy.wording import NO_TEXT, TOO_MANY_MARKS


def _slot(name: str, doc: str) -> Any:
    return property(lambda self: self._slots[name][0], doc=doc)


class PlainContext(OrderCalls, IndicatorReads):
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
            raise RunError(BACKWARDS, back=back)
        bar = self._counts[row] - 1 - back
        return self._offset[row] + bar if bar >= 0 else -1

    def _window(self, timeframe: str, n: int, column: int) -> np.ndarray:
        row = self._row(timeframe)
        if n < 1:
            raise RunError(COUNTED, n=n)
        count, begin = self._counts[row], self._offset[row]
        return self._shown[column][begin + count - min(n, count) : begin + count]

    def _extreme(self, timeframe: str, n: int, back: int, column: int) -> np.ndarray | None:
        row = self._row(timeframe)
        if back < 0:
            raise RunError(BACKWARDS, back=back)
        if n < 1:
            raise RunError(COUNTED, n=n)
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

    def mark(self, name: str, value: float) -> None:
        """Remember a value under a name: `session.marks`."""
        self._remember(name, value, 0)

    def log(self, text: str, value: float = math.nan) -> None:
        """Remember that something was so, and a value that belongs to it: `session.logs`."""
        self._remember(text, value, 1)

    def _remember(self, text: str, value: float, logged: int) -> None:
        if not isinstance(text, str):
            raise OrderError(NO_TEXT, text=text)
        row = self._run["marks"].item()
        if row >= self._run["mark_room"][0]:
            raise OrderError(TOO_MANY_MARKS)
        place = self._run["symbol"].item()
        self._state.tables["mark"][row] = (self.time, self._run["taken"].item(), key_of(text), float(value), place, logged)
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
