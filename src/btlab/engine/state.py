"""The memory of a run: made before it, grown when it must, read after it."""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.execution.costs import Account, Execution
from btlab.market.finer import Steps
from btlab.market.instrument import Instrument
from btlab.market.records import CHANGE, CHOICE, FILL, FOREVER, MARK, ORDER, POLICIES, RUN, TRADE
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import ROWS, index_of
from btlab.market.timeline import PRICES, Timeline

FIRST_ROOM = 1 << 14
_NOTHING = np.empty(0)
TABLES = {"order": (ORDER, 1), "working": (np.dtype("i8"), 1), "fill": (FILL, 2), "trade": (TRADE, 4), "lot": (np.dtype("i8"), 1)}


class State:
    """One `RUN` record and everything it points to. The object keeps that memory alive.

    Args:
        data: what is run over; timeline: its bars; instrument, execution, account, cash: the rules.
        spread: between bid and ask where the data are bars; finer: the bars inside them, if there are any.
    """

    def __init__(
        self,
        data: Ticks | Bars,
        timeline: Timeline,
        instrument: Instrument,
        *,
        execution: Execution,
        account: Account,
        cash: float,
        spread: float = 0.0,
        finer: Steps | None = None,
    ) -> None:
        self.record = np.zeros(1, RUN)
        self.run = self.record[0]
        self.arrays: dict[str, np.ndarray] = {}
        self.tables: dict[str, np.ndarray] = {}
        self._point_at_data(data, timeline)
        self._set_rules(instrument, execution, account)
        if finer is not None:
            self._put_array("step_price", finer.prices)
            self._put_array("step_first", finer.first)
            self.set(steps=finer.prices.shape[1])
        self.set(order_room=FIRST_ROOM, mark_room=FIRST_ROOM, change_room=4 * FIRST_ROOM, choice_room=FIRST_ROOM)
        self.set(bar_spread=spread, balance=cash, taken=-1, stale=1, next_expiry=FOREVER, until=FOREVER)
        for name in ("bid", "ask", "sell_at", "buy_at", "fill_price", "fill_size"):
            self.run[name] = np.nan
        self.run["forming"][:, :4] = np.nan
        self.set(now=int(data.time[0]), buy_under=-np.inf, buy_over=np.inf, sell_over=np.inf, sell_under=-np.inf)
        for name, (dtype, rows) in TABLES.items():
            self._put_table(name, np.empty(rows * FIRST_ROOM, dtype))
        self._put_table("mark", np.empty(FIRST_ROOM, MARK))
        self._put_table("change", np.empty(4 * FIRST_ROOM, CHANGE))
        self._put_table("choice", np.empty(FIRST_ROOM, CHOICE))

    @property
    def address(self) -> int:
        return self.record.ctypes.data

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            self.run[name] = value

    def grow(self) -> None:
        """Twice the room in every table; what is there stays."""
        for room in ("order_room", "mark_room", "change_room", "choice_room"):
            self.run[room] *= 2
        for name, table in list(self.tables.items()):
            larger = np.empty(2 * len(table), table.dtype)
            larger[: len(table)] = table
            self._put_table(name, larger)

    def rows(self, name: str) -> np.ndarray:
        """The rows of a table that are in use: "order", "fill", "trade", "mark", "change" or "choice"."""
        return self.tables[name][: self.run[name + "s"]]

    def _put_table(self, name: str, table: np.ndarray) -> None:
        self.tables[name] = table
        self.run[name + "_at"] = table.ctypes.data

    def _put_array(self, name: str, column: np.ndarray) -> None:
        self.arrays[name] = np.ascontiguousarray(column)
        self.run[name + "_at"] = self.arrays[name].ctypes.data

    def _point_at_data(self, data: Ticks | Bars, timeline: Timeline) -> None:
        sizes = isinstance(data, Ticks) and data.bid_size is not None
        columns = {
            "time": data.time,
            "bid": data.bid if isinstance(data, Ticks) else _NOTHING,
            "ask": data.ask if isinstance(data, Ticks) else _NOTHING,
            "bid_size": data.bid_size if isinstance(data, Ticks) and sizes else _NOTHING,
            "ask_size": data.ask_size if isinstance(data, Ticks) and sizes else _NOTHING,
            "minute_tick": timeline.minute_tick,
            "ranges": timeline.ranges,
            "bar_start": timeline.start,
            "bar_end": timeline.end,
            "bar_real": timeline.real,
            "bar_ticks": timeline.ticks,
            "bar_closer": timeline.closer,
            "days": timeline.days,
        }
        for name, column in columns.items():
            self._put_array(name, column)
        self.set(forming_at=self.address + RUN.fields["forming"][1])  # type: ignore[index]
        self.set(ticks=len(data), minutes=len(timeline.minute_tick) - 1, sizes=len(data) if sizes else 0)
        self.set(
            days=len(timeline.days),
            bars=len(timeline.start),
            offset=timeline.offset,
            base=timeline.base,
            on_bars=isinstance(data, Bars),
        )
        rows = [index_of(name) for name in timeline.names]
        self.set(timeframes=len(rows), rows=rows + [-1] * (len(ROWS) - len(rows)), there=sum(1 << row for row in rows))
        self.set(price=PRICES.index(timeline.price), both_sizes=isinstance(data, Ticks) and data.trades)

    def _set_rules(self, instrument: Instrument, execution: Execution, account: Account) -> None:
        grid_units, grid_scale = instrument.grid
        lot_units, lot_scale = Instrument("lot", tick_size=instrument.lot_size).grid
        slippage, commission = execution.slippage, execution.commission
        self.set(
            grid_units=grid_units,
            grid_scale=grid_scale,
            lot_units=lot_units or instrument.lot_size,
            lot_scale=lot_scale,
            contract_size=instrument.contract_size,
            leverage=account.leverage,
            commission_share=commission.share,
            commission_unit=commission.unit,
            commission_fill=commission.fill,
            intrabar=POLICIES.index(execution.intrabar.policy),
            slippage_price=slippage.price + slippage.pips * instrument.pip_size,
            slippage_spread=slippage.spread,
        )
