"""Conditions to stop at: "drawdown > 0.05 and position > 0", read by a grammar of a dozen forms and worked out on arrays.

A condition is text from a page or a person: it is parsed, every node must be of the forms below, and nothing of it is ever run.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from btlab.errors import WidgetError, did_you_mean
from btlab.market.codes import REJECTED
from btlab.market.series import Bars, Ticks
from btlab.session.closes import closing_quotes
from btlab.session.replay import last_seen
from btlab.session.tables import worth
from btlab.widgets.places import Places
from btlab.widgets.viewstate import CONDITION_AT_MOST, short

NODES_AT_MOST = 60
CHUNK = 1 << 17
HITS_AT_MOST = 100_000
Values = Any

_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: np.divide,
}  # fmt: skip
_FORMS = (ast.BoolOp, ast.boolop, ast.cmpop, ast.operator, ast.UnaryOp, ast.Not, ast.USub, ast.Load)
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {"abs": (np.abs, 1), "min": (np.minimum, 2), "max": (np.maximum, 2)}


class Condition:
    """A condition on the state at a tick.

    Names: tick, bid, ask, spread, price (by which bars are built), position (signed units), open_profit, equity, cash, drawdown
    (a share), trades (lots entered so far and parts that left them), closed (those of them that are over); true at the tick of
    it: entry, exit, fill, refused, mark, decision. With numbers, + - * /, comparisons, and, or, not, abs(), min(,), max(,).

    Raises:
        WidgetError: what it cannot be, and the names there are.

    >>> Condition("drawdown > 0.05 and not position").text
    'drawdown > 0.05 and not position'
    """

    def __init__(self, text: Any) -> None:
        if not isinstance(text, str) or not 0 < len(text.strip()) <= CONDITION_AT_MOST:
            raise WidgetError(
                f"a condition is a text of up to {CONDITION_AT_MOST} letters such as 'drawdown > 0.05', not {short(text)}"
            )
        self.text = text.strip()
        try:
            self._tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise WidgetError(f"cannot read the condition {self.text!r}; write one such as 'drawdown > 0.05'") from None
        nodes = list(ast.walk(self._tree))
        if len(nodes) > NODES_AT_MOST:
            raise WidgetError(f"the condition {short(self.text)} is too long")
        for node in nodes:
            self._check(node)

    def _check(self, node: ast.AST) -> None:
        fits = isinstance(node, _FORMS)
        if isinstance(node, ast.Name):
            if node.id not in NAMES and node.id not in _FUNCTIONS:
                raise WidgetError(
                    f"a condition knows no {short(node.id)}.{did_you_mean(node.id, NAMES)} It knows {', '.join(NAMES)}"
                )
            fits = True
        elif isinstance(node, ast.Constant):
            fits = type(node.value) in (int, float, bool)
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            fits = name in _FUNCTIONS and len(node.args) == _FUNCTIONS[name][1] and not node.keywords
        elif isinstance(node, ast.Compare):
            fits = all(type(sign) in _COMPARE for sign in node.ops)
        elif isinstance(node, ast.BinOp):
            fits = type(node.op) in _ARITHMETIC
        if not fits:
            raise WidgetError(f"a condition cannot have {type(node).__name__}: {self.text!r}; it compares names with numbers")

    def holds(self, values: dict[str, np.ndarray], count: int) -> np.ndarray:
        """Where it is true, for columns of `count` values by name; nothing compares with NaN."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(_truth(_value(self._tree, values)), count)

    @property
    def momentary(self) -> bool:
        """Whether it can hold at ticks of an entry, a fill, ... alone: then each of them counts, also one right after another."""
        return _momentary(self._tree)

    def names(self) -> set[str]:
        """The names that it reads."""
        return {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)} & set(NAMES)


def _momentary(node: ast.AST) -> bool:
    if isinstance(node, ast.BoolOp):
        return (any if isinstance(node.op, ast.And) else all)(map(_momentary, node.values))
    return isinstance(node, ast.Name) and node.id in MOMENTS


def _value(node: Any, values: dict[str, np.ndarray]) -> Values:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise WidgetError(f"{node.id} is a function, not a value")
        return values[node.id]
    if isinstance(node, ast.Call):
        return _FUNCTIONS[node.func.id][0](*(_value(argument, values) for argument in node.args))  # type: ignore[attr-defined]
    if isinstance(node, ast.BinOp):
        left, right = (np.asarray(_value(side, values), np.float64) for side in (node.left, node.right))
        return _ARITHMETIC[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, values)
        return ~_truth(value) if isinstance(node.op, ast.Not) else np.negative(np.asarray(value, np.float64))
    if isinstance(node, ast.BoolOp):
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return join.reduce(np.broadcast_arrays(*(_truth(_value(part, values)) for part in node.values)))
    sides = [_value(part, values) for part in (node.left, *node.comparators)]
    found = [_COMPARE[type(sign)](left, right) for sign, left, right in zip(node.ops, sides, sides[1:])]
    return np.logical_and.reduce(np.broadcast_arrays(*found))


def _truth(value: Values) -> np.ndarray:
    value = np.asarray(value)
    return value if value.dtype == bool else (value != 0.0) & (value == value)


class Searcher:
    """Finds the ticks of a session at which a condition turns true, part by part."""

    def __init__(self, places: Places) -> None:
        self._places, self._session, self._tape = places, places.session, places.tape

    def pauses(self, condition: Condition) -> tuple[np.ndarray, bool]:
        """The hits that a page is told, and whether there are more."""
        hits = self.hits(condition, most=HITS_AT_MOST + 1)
        return hits[:HITS_AT_MOST], len(hits) > HITS_AT_MOST

    def hits(self, condition: Condition, begin: int = 0, *, most: int = HITS_AT_MOST) -> np.ndarray:
        """The first `most` ticks >= begin at which it turns true: it is, and was not at the tick before, or is momentary."""
        found: list[np.ndarray] = []
        for ticks in self._turns(condition, begin):
            found.append(ticks)
            most -= len(ticks)
            if most <= 0:
                break
        return np.concatenate(found)[: most if most < 0 else None] if found else np.empty(0, np.int64)

    def _turns(self, condition: Condition, begin: int) -> Iterator[np.ndarray]:
        names = condition.names()
        before = bool(condition.holds(self.values(names, begin - 1, begin), 1)[0]) if begin > 0 else False
        for first in range(begin, self._tape.count, CHUNK):
            stop = min(first + CHUNK, self._tape.count)
            true = condition.holds(self.values(names, first, stop), stop - first)
            turns = true if condition.momentary else true & ~np.append(before, true[:-1])
            before = bool(true[-1])
            yield np.flatnonzero(turns) + first

    def values(self, names: set[str], first: int, stop: int) -> dict[str, np.ndarray]:
        """Columns of ticks first <= tick < stop; what each tick left."""
        ticks, columns = np.arange(first, stop), self._places.events.all
        values: dict[str, np.ndarray] = {"tick": ticks.astype(np.float64)}
        if names & {"bid", "ask", "spread", "price"}:
            values |= self._quotes(ticks)
        if names & {"position", "open_profit", "equity", "cash", "drawdown"}:
            values |= self._account(ticks, columns)
        left = columns["trade_exit_tick"]
        begun = np.where(columns["trade_parent"] > 0, left, columns["trade_entry_tick"])  # a part is known when it is closed
        counted = {"trades": begun, "closed": left}
        for name in names & set(counted):
            known = np.sort(counted[name][np.isfinite(counted[name])])
            values[name] = np.searchsorted(known, ticks, side="right").astype(np.float64)
        for name in names & set(MOMENTS):
            values[name] = np.isin(ticks, self._moments(name, columns))
        return values

    def _quotes(self, ticks: np.ndarray) -> dict[str, np.ndarray]:
        session = self._session
        data = session.data
        if isinstance(data, Bars):
            bid, ask = data.close[ticks], data.close[ticks] + session.spread
        else:
            bid, ask = (_seen(data, side, ticks) for side in (0, 1))
        price = (
            {"bid": bid, "ask": ask, "mid": (bid + ask) / 2.0}[session.price] if not isinstance(data, Bars) else data.close[ticks]
        )
        return {"bid": bid, "ask": ask, "spread": ask - bid, "price": price}

    def _account(self, ticks: np.ndarray, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """As `session.at` has them."""
        session = self._session
        row = np.searchsorted(columns["account_known"], ticks, side="right")
        first = {"balance": session.cash, "position": 0.0, "cost": 0.0, "short": 0.0}
        balance, position, cost, short_ = (np.append(value, columns[f"account_{name}"])[row] for name, value in first.items())
        quotes = closing_quotes(session.data, ticks, session.spread, session.execution.widen)
        value = worth(position, short_, *quotes) * session.instrument.contract_size
        rate = np.where((position != 0.0) | (short_ > 0.0), session.rates(ticks), 1.0)
        value, cost = np.where(np.isnan(value), cost, value) * rate, cost * rate
        equity = balance - cost + value
        rows = np.searchsorted(columns["equity_known"], ticks, side="right")
        peak = np.append(session.cash, np.maximum.accumulate(columns["equity_equity"]))[rows]
        return {
            "position": position, "open_profit": value - cost, "equity": equity, "cash": balance - cost,
            "drawdown": 1.0 - equity / np.maximum(peak, equity),
        }  # fmt: skip

    def _moments(self, name: str, columns: dict[str, np.ndarray]) -> np.ndarray:
        if name == "decision":
            return self._places.decisions
        if name == "refused":
            return columns["order_over"][columns["order_state"] == REJECTED]
        return columns[MOMENTS[name]]


def _seen(data: Ticks, side: int, ticks: np.ndarray) -> np.ndarray:
    """The last value of a side (0 bid, 1 ask) at or before each of consecutive ticks."""
    column = data.quotes(ticks)[side]
    missing = np.isnan(column)
    if not missing.any():
        return column
    before = last_seen(data, side, int(ticks[0]) - 1) if ticks[0] > 0 else np.nan
    at = np.maximum.accumulate(np.where(missing, 0, np.arange(1, len(ticks) + 1)))
    return np.append(before, column)[at]


MOMENTS = {
    "entry": "trade_entry_tick",
    "exit": "trade_exit_tick",
    "fill": "fill_tick",
    "mark": "mark_known",
    "refused": "",
    "decision": "",
}
NAMES = (
    "tick", "bid", "ask", "spread", "price", "position", "open_profit", "equity", "cash", "drawdown", "trades", "closed",
    *MOMENTS,
)  # fmt: skip
