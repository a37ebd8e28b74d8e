"""The words of expressions: what can be read of `ctx`, of what kind it is, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from btlab.market.codes import REASONS

NUMBER, WHOLE, CONDITION, TEXT = "a number", "a whole number", "a condition", "a text"

COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True)
class Reader:
    """A method of `ctx` that reads bars: the kind of what it gives, its arguments after the timeframe, how many it wants.

    `history`: whether the bar before can be asked for too.
    """

    kind: str
    takes: tuple[str, ...] = ()
    wants: int = 0
    history: bool = False


READERS = (
    {name: Reader(NUMBER, ("back",), history=True) for name in COLUMNS}
    | {name: Reader(NUMBER, ("n", "back"), 1, history=True) for name in ("highest", "lowest")}
    | {f"forming_{name}": Reader(NUMBER) for name in (*COLUMNS, "progress")}
    | {"bar_time": Reader(WHOLE, ("back",), history=True), "count": Reader(WHOLE), "closed": Reader(CONDITION)}
)
"""Their first argument is a timeframe; where none stands there, the strategy's first is meant."""

LOWEST = {"n": 1, "back": 0}
"""The least that arguments may be."""

VALUES = {"value": True, "forming_value": False}
"""Methods of `ctx` that read an indicator: whether they take back=."""

CROSSINGS = ("crossed_above", "crossed_below")

FUNCTIONS = {"abs": 1, "min": 2, "max": 2}
"""Python's own, and how many values they want at least."""

ATTRIBUTES = {
    "time": WHOLE, "bid": NUMBER, "ask": NUMBER, "mid": NUMBER, "position": NUMBER, "entry_price": NUMBER,
    "open_profit": NUMBER, "equity": NUMBER, "cash": NUMBER, "open_orders": WHOLE, "positions": WHOLE,
}  # fmt: skip
OF_A_FILL = {"fill_price": NUMBER, "fill_size": NUMBER, "fill_order": WHOLE, "fill_reason": TEXT}

TEXTS = {"fill_reason": tuple(REASONS)}
"""What the texts among them can be."""

CALLED = (*READERS, *VALUES, *CROSSINGS, *FUNCTIONS)

_MEANT = (*ATTRIBUTES, *OF_A_FILL, *CALLED, "self", "ctx", "bt", "int", "float", "bool", "str", "timeframe", "true", "false")
RESERVED = frozenset(_MEANT) - set(COLUMNS)
"""Names that parameters and indicators cannot have. Those of a bar's columns they can: `low` is the parameter then, `low()` the
bar's."""
