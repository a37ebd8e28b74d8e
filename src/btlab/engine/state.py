"""The memory of a run: made before it, grown when it must, read after it."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from btlab.engine.rules import rules_of_account, rules_of_execution, rules_of_instrument, tables_of_costs
from btlab.execution.account import Account
from btlab.execution.doors import DOORS, addresses
from btlab.execution.profile import Execution
from btlab.market import spare
from btlab.market.blocks import blocks_of
from btlab.market.calendar import day_starts
from btlab.market.codes import FILLS_AN_ORDER, FOREVER, TRADES_AN_ORDER
from btlab.market.finer import Steps
from btlab.market.instrument import Instrument
from btlab.market.names import key_of
from btlab.market.packed import PackedTicks
from btlab.market.records import CHANGE, CHOICE, FILL, MARK, NIGHT, ORDER, TRADE
from btlab.market.run_record import BOOK, LEAP, RUN
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import ROWS, index_of
from btlab.market.timeline import PRICES, Timeline

FIRST_ROOM, MOST_FIRST_ROOM = 1 << 13, 1 << 17
_NOTHING = np.empty(0)
TABLES = {
    "order": (ORDER, 1),
    "working": (np.dtype("i8"), 1),
    "fill": (FILL, FILLS_AN_ORDER),
    "trade": (TRADE, TRADES_AN_ORDER),
    "lot": (np.dtype("i8"), TRADES_AN_ORDER),
    "mark": (MARK, 1),
    "change": (CHANGE, 4),
    "night": (NIGHT, 1),
    "choice": (CHOICE, 1),
}

OF_A_SYMBOL = ("working", "lot")
OF_DAYS = ("tier_from", "tier_share", "dusk", "dusk_nights", "day_end", "days")


class State:
    """One `RUN` record and everything it points to. The object keeps that memory alive.

    Where several symbols are run at once, each has a state; that of the first has the records of all and the account's tables.

    Attributes:
        first_room: how many orders there is room for at first: as many as a run before had to grow to.

    Args:
        record: where its record lies, zeroed; by default in memory of its own. first: the state of the first symbol.
        span: from when to when the ticks of all symbols come.
        data: what is run over; timeline: its bars; instrument, execution, account, cash: the rules.
        spread: between bid and ask where the data are bars. finer: the bars inside them. seed: of what is drawn.
    """

    first_room = FIRST_ROOM

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
        seed: int = 0,
        record: np.ndarray | None = None,
        first: State | None = None,
        span: tuple[int, int] | None = None,
    ) -> None:
        self.record = np.zeros(1, RUN) if record is None else record
        self.run = self.record[0]
        self._first = None if first is None else weakref.ref(first)
        self._others: list[State] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.tables: dict[str, np.ndarray] = {}
        self.book: Any = None  # the strategy's indicators; they know the run, the engine does not know them
        self._rules = execution, account  # a commission's function must live as long as the run
        counts = instrument.tick_size, instrument.lot_size, instrument.contract_size, instrument.pip_size, instrument.size_unit
        self._kind = execution, counts
        self._days = execution, timeline.calendar
        span = span or (data.first_time, data.last_time)
        if first is None:
            self._begin(cash, span[0])
        else:
            first._others.append(self)
            # The first has not begun either: all rules that are alike, and the account's tables. As bytes: numpy copies records
            # field by field, in ten times the time.
            self.record.view(np.uint8)[:] = first.record.view(np.uint8)
            self.tables.update(first.tables)
        self._point_at_data(data, timeline, alone=record is None)
        if first is None or self._kind != first._kind:
            self.set(**rules_of_instrument(instrument), **rules_of_execution(execution, instrument, seed))
        if first is None or self._days != first._days:
            self._put_days(timeline.days if record is None else day_starts(timeline.calendar, *span), span)
        else:
            self.arrays.update({name: first.arrays[name] for name in OF_DAYS})
        self.set(steps=0, step_price_at=0, step_first_at=0)
        if finer is not None:
            self._point_at({"step_price": finer.prices, "step_first": finer.first})
            self.set(steps=finer.prices.shape[1])
        needed = {"walk": isinstance(data, Bars), "margin": self.run["margin_rules"], "night": self.run["dusks"]}
        doors = [name for name in DOORS if needed.get(name, True)]
        self.set(address=self.address, **addresses(doors), runs_at=self.siblings[0].address, symbol=len(self.siblings) - 1)
        self.set(symbol_key=key_of(instrument.symbol), bar_spread=spread)
        for name in OF_A_SYMBOL:
            dtype, rows = TABLES[name]
            self._put_table(name, spare.rows(dtype, rows * int(self.run["order_room"])))

    def _begin(self, cash: float, first_time: int) -> None:
        """What is alike for all symbols: the account's rules and tables, and how a record stands before anything happened."""
        room = State.first_room
        self.set(**rules_of_account(self._rules[1]), symbols=1)
        self.set(order_room=room, mark_room=room, change_room=4 * room, night_room=room, choice_room=room)
        self.set(balance=cash, peak=cash, day_equity=cash, now=first_time, taken=-1, stale=1)
        self.set(next_expiry=FOREVER, until=FOREVER, wake=FOREVER, buy_quoted=np.nan, sell_quoted=np.nan)
        self.set(buy_under=-np.inf, buy_over=np.inf, sell_over=np.inf, sell_under=-np.inf)
        for name in ("bid", "ask", "sell_at", "buy_at", "fill_price", "fill_size"):
            self.run[name] = np.nan
        self.run["forming"][:, :4] = np.nan
        for name, (dtype, rows) in TABLES.items():
            if name not in OF_A_SYMBOL:
                self._put_table(name, spare.rows(dtype, rows * room))

    def _put_days(self, days: np.ndarray, span: tuple[int, int]) -> None:
        """Where days begin and end, what is paid then, and the steps of the commission."""
        execution, account = self._rules
        tables = tables_of_costs(execution, account, self._days[1], days, *span)
        self._point_at(tables | {"days": days})
        self.set(days=len(days), tiers=len(tables["tier_from"]), dusks=len(tables["dusk"]), day_ends=len(tables["day_end"]))
        following = tables["day_end"][tables["day_end"] > span[0]]
        self.set(next_day=following[0] if len(following) else FOREVER)

    @property
    def siblings(self) -> list[State]:
        """Those of all symbols, the first one's first. No state holds itself by it: its memory is free when nobody needs it."""
        first = self if self._first is None else self._first()
        assert first is not None
        return [first, *first._others]

    @property
    def address(self) -> int:
        return self.record.ctypes.data

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            self.run[name] = value

    def grow(self) -> None:
        """Twice the room in every table, for all symbols; what is there stays."""
        first = self.siblings[0]
        for state in self.siblings:
            for room in ("order_room", "mark_room", "change_room", "night_room", "choice_room"):
                state.run[room] *= 2
            for name, table in list(state.tables.items()):
                if state is not first and name not in OF_A_SYMBOL:
                    state._put_table(name, first.tables[name])
                    continue
                larger = spare.rows(table.dtype, 2 * len(table))
                used = int(state.run[name + "s"]) if name + "s" in RUN.names else len(table)  # type: ignore[operator]
                spare.copy(table[:used], larger)
                state._put_table(name, larger)
        State.first_room = min(int(first.run["order_room"]), MOST_FIRST_ROOM)

    def unpack(self, data: Ticks | Bars) -> None:
        """Let the run read times and prices as numbers, for those who cannot read them packed."""
        if self.run["packed"]:
            self._point_at({"time": data.time, "bid": data.bid, "ask": data.ask})  # type: ignore[union-attr]
            self.set(packed=0)

    def rows(self, name: str) -> np.ndarray:
        """The rows of a table that are in use: "order", "fill", "trade", "mark", "change", "night" or "choice"."""
        return self.tables[name][: self.run[name + "s"]]

    def _put_table(self, name: str, table: np.ndarray) -> None:
        self.tables[name] = table
        self.run[name + "_at"] = table.ctypes.data

    def _point_at_data(self, data: Ticks | Bars, timeline: Timeline, alone: bool) -> None:
        """Let the run know the columns: packed ones as they are, where it is of one symbol alone."""
        sizes = isinstance(data, Ticks) and data.bid_size is not None
        columns = {
            **_ticks_of(data, alone),
            "bid_size": data.bid_size if isinstance(data, Ticks) and sizes else _NOTHING,
            "ask_size": data.ask_size if isinstance(data, Ticks) and sizes else _NOTHING,
            "minute_start": timeline.minute_start,
            "minute_tick": timeline.minute_tick,
            "ranges": timeline.ranges,
            "bar_start": timeline.start,
            "bar_end": timeline.end,
            "bar_real": timeline.real,
            "bar_ticks": timeline.ticks,
            "bar_closer": timeline.closer,
            "indicators": np.zeros(1, BOOK),
        }
        self._point_at(columns)
        self.set(forming_at=self.address + RUN.fields["forming"][1])  # type: ignore[index]
        self.set(ticks=len(data), minutes=len(timeline.minute_tick) - 1, sizes=len(data) if sizes else 0)
        self.set(
            bars=len(timeline.start),
            offset=timeline.offset,
            base=timeline.base,
            on_bars=isinstance(data, Bars),
        )
        if isinstance(data, Ticks):  # of several symbols no run passes whole hours
            self._point_at({"leaps": self._leaps(timeline) if self._first is None else _NOTHING})
        rows = [index_of(name) for name in timeline.names]
        self.set(timeframes=len(rows), rows=rows + [-1] * (len(ROWS) - len(rows)), there=sum(1 << row for row in rows))
        if isinstance(data, PackedTicks):
            self.set(packed=alone, scale=data.scale)
        elif self._first is not None:
            self.set(packed=0, scale=0.0)
        self.set(price=PRICES.index(timeline.price), both_sizes=isinstance(data, Ticks) and data.trades)

    def _leaps(self, timeline: Timeline) -> np.ndarray:
        """The blocks that the run may pass, as it reads them."""
        blocks = blocks_of(timeline)
        leaps = np.zeros(len(blocks), LEAP)
        for leap, one in zip(leaps, blocks):
            leap["row"], leap["finer"], leap["blocks"] = one.row, one.finer, len(one.minute)
            for name in ("minute", "ranges", "before"):
                leap[f"{name}_at"] = getattr(one, name).ctypes.data
        return leaps

    def _point_at(self, columns: dict[str, np.ndarray]) -> None:
        for name, column in columns.items():
            self.arrays[name] = np.ascontiguousarray(column)
            self.run[name + "_at"] = self.arrays[name].ctypes.data


def _ticks_of(data: Ticks | Bars, alone: bool) -> dict[str, np.ndarray]:
    if isinstance(data, PackedTicks) and alone:
        return {"time": data.offset, "bid": data.bid_points, "ask": data.ask_points}
    if isinstance(data, Ticks):
        return {"time": data.time, "bid": data.bid, "ask": data.ask}
    return {"time": data.time, "bid": _NOTHING, "ask": _NOTHING}
