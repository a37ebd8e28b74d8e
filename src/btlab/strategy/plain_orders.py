"""What the `ctx` of an interpreted strategy does with orders and positions: the very kernels that a compiled one calls."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from btlab.engine.state import State
from btlab.errors import OrderError
from btlab.execution.orders import (
    CHANGES_AN_ORDER,
    GIVES_LIMIT,
    GIVES_PERCENT,
    GIVES_SIZE,
    GIVES_STOP,
    GIVES_STOP_LOSS,
    GIVES_TAKE_PROFIT,
    GIVES_TRAILING,
)
from btlab.market.codes import CLOSE, FOREVER, FRACTION, LIMIT, MARKET, PART, RISK, STATES, TARGET, TIFS, UNITS
from btlab.market.names import key_of
from btlab.market.said import whole
from btlab.market.times import duration
from btlab.strategy.context_orders import kind_of_order
from btlab.strategy.plain_doors import (
    cancel_all_at,
    cancel_at,
    count_positions_at,
    draft_at,
    has_space_at,
    kelly_at,
    modify_at,
    place_at,
    position_id_at,
    position_profit_at,
    position_size_at,
)
from btlab.strategy.wording import (
    NO_GROUP,
    NO_HEDGING,
    NO_ID,
    NO_LIMIT,
    NO_NUMBER,
    NO_POSITION,
    NO_TAG,
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

SIZINGS = {"size": UNITS, "fraction": FRACTION, "risk": RISK}
BRACKETS = {
    "stop_loss": GIVES_STOP_LOSS, "take_profit": GIVES_TAKE_PROFIT, "trailing": GIVES_TRAILING, "trailing_percent": GIVES_PERCENT,
}  # fmt: skip
LEVELS = {
    "limit": GIVES_LIMIT, "stop": GIVES_STOP, "stop_loss": GIVES_STOP_LOSS, "take_profit": GIVES_TAKE_PROFIT, "size": GIVES_SIZE,
}  # fmt: skip
NUMBERS = SIZINGS.keys() | BRACKETS.keys() | LEVELS.keys()


def an_id(order: Any) -> int:
    """An int, as compiled code takes it: the fraction of another would be lost in the table without a word."""
    number = whole(order)
    if number is None:
        raise OrderError(NO_ID, order=order)
    return number


def a_tag(tag: Any) -> str:
    if not isinstance(tag, str):
        raise OrderError(NO_TAG, tag=tag)
    return tag


def a_number(name: str, value: Any) -> float:
    """A number, or what says of itself that it is one; a text, which float() would read, is none in compiled code."""
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise OrderError(NO_NUMBER.format(name, f"{name}=1.5", value), **{name: value}) from None


class OrderCalls:
    """Orders, and the positions they made."""

    _state: State
    _address: int
    _run: Any
    _slots: Any

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
        return position_size_at(self._address, an_id(order))

    def position_profit(self, order: int) -> float:
        return position_profit_at(self._address, an_id(order))

    def kelly(self, least: int = 30) -> float:
        return kelly_at(self._address, least)

    def close_by_id(self, order: int) -> int:
        if not self._slots["hedging"][0]:
            raise OrderError(NO_HEDGING)
        row = self._draft(CLOSE, 0, PART, 1.0)
        self._state.tables["order"][row]["position"] = an_id(order)
        return self._submit(row)

    def target(self, size: float) -> int:
        if self._slots["hedging"][0]:
            raise OrderError(NO_TARGET)
        return self._submit(self._draft(MARKET, 0, TARGET, a_number("size", size)))

    def close_position(self, part: float = 1.0) -> int:
        return self._submit(self._draft(CLOSE, 0, PART, a_number("part", part)))

    def modify(self, order: int, *positional: Any, **levels: Any) -> bool:
        if positional or not any(value is not None for value in levels.values()):
            raise OrderError("ctx.modify wants an order's id and what is to change, as in ctx.modify(order, stop_loss=1.09)")
        for name in levels.keys() - LEVELS.keys():
            raise OrderError(unknown_argument("modify", name))
        self._check_room()
        given = sum(bit for name, bit in LEVELS.items() if levels.get(name) is not None)
        values = (math.nan if (value := levels.get(name)) is None else a_number(name, value) for name in LEVELS)
        return bool(modify_at(self._address, an_id(order), given, *values))

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
        for number in NUMBERS & given.keys():
            given[number] = a_number(number, given[number])
        sizing, amount = next((code, given[name]) for name, code in SIZINGS.items() if name in given)
        row = self._draft(kind_of_order("limit" in given, "stop" in given), side, sizing, amount, given.get("tag"))
        return self._submit(row, given)

    def _draft(self, kind: Any, side: int, sizing: Any, amount: float, tag: str | None = None) -> int:
        self._check_room()
        return draft_at(self._address, kind, side, sizing, amount, key_of("" if tag is None else a_tag(tag)))

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
            if whole(given["tif"]) not in range(len(TIFS)):
                raise OrderError(NO_TIF, tif=given["tif"])
            order["tif"] = given["tif"]
        if "oco" in given:
            if not 1 <= (whole(given["oco"]) or 0) < FOREVER:
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
        return bool(cancel_at(self._address, an_id(order)))

    def cancel_all(self) -> int:
        return cancel_all_at(self._address)

    def status(self, order: int) -> str:
        if not 1 <= an_id(order) <= self._run["orders"][0]:
            raise OrderError("no order has that id", order=order)
        return STATES[self._state.tables["order"]["state"][order - 1]]
