"""The rules of a file: each to an `if` of the strategy's method, whose body places its orders and sets its marks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from btlab.errors import SeriesError, did_you_mean
from btlab.market.codes import FOREVER, TIFS
from btlab.market.times import duration
from btlab.strategy.wording import NO_LIMIT, contradiction
from btlab.strategy.written.calls import Names
from btlab.strategy.written.expressions import Reading
from btlab.strategy.written.grammar import placed
from btlab.strategy.written.reading import Complaint, Table, Text
from btlab.strategy.written.shape import ACTS, KINDS
from btlab.strategy.written.words import CONDITION, NUMBER, WHOLE

METHODS = {"bar": "on_bar", "tick": "on_tick", "fill": "on_fill", "start": "on_start", "end": "on_end"}
"""What a rule follows, and the method of a strategy in which it stands."""


def rule(number: int, written: Table, names: Names) -> tuple[str, ast.stmt]:
    """The method that a rule belongs to, and its `if`.

    Raises:
        Complaint: nothing to do, or what cannot be read.
    """
    key = f"rules[{number}]"
    method, told = _followed(written, key, names)
    acts = [made for act in written if act in ACTS for made in _acts(act, written[act], f"{key}.{act}", names, method)]
    if not acts:
        raise Complaint(f"{key} does nothing; say what: {', '.join(ACTS)}", written.line, key)
    conditions = [] if told is None else [told]
    if "when" in written:
        conditions.append(Reading(names, written["when"], f"{key}.when", method).of_kind(CONDITION))
    if not conditions:
        conditions = [ast.Constant(True)]
    line = written["when"].line if "when" in written else written.line
    test = conditions[0] if len(conditions) == 1 else ast.BoolOp(ast.And(), conditions)
    found = ast.If(placed(test, line), acts, [], lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)
    return METHODS[method], found


def _followed(written: Table, key: str, names: Names) -> tuple[str, ast.expr | None]:
    """What a rule follows; of one timeframe among several, the condition that it is told."""
    on = written.get("on", "bar")
    if on in METHODS:
        return str(on), None
    if on in names.timeframes and len(names.timeframes) > 1:
        place = names.timeframes.index(on)
        told = ast.Attribute(ast.Name("ctx", ast.Load()), "timeframe", ast.Load())
        return "bar", ast.Compare(told, [ast.Eq()], [ast.Constant(place)])
    known = (*METHODS, *(names.timeframes if len(names.timeframes) > 1 else ()))
    way = "" if len(names.timeframes) > 1 else " To follow several timeframes, write timeframe: [5m, 1h]."
    raise Complaint(f"a rule follows one of: {', '.join(known)}.{way}", on.line, f"{key}.on", on)


def _acts(act: Text, written: Any, key: str, names: Names, on: str) -> list[ast.stmt]:
    if act == "log" and isinstance(written, Text):
        return [_call("log", act.line, [ast.Constant(str(written))], [])]
    if act in ("mark", "log"):
        return [
            _call(act, name.line, [ast.Constant(str(name)), _number(f"{key}.{name}", value, names, on)], [])
            for name, value in written.items()
        ]
    if act == "cancel_all":
        _flag(key, written)
        return [_call(act, act.line, [], [])] if written == "true" else []
    if isinstance(written, Table):
        return [_order(act, written, key, names, on)]
    return [_call(act, act.line, [_number(key, written, names, on)], [])]


def _order(act: Text, written: Table, key: str, names: Names, on: str) -> ast.stmt:
    given = {argument: value for argument, value in written.items() if not (argument == "post_only" and value == "false")}
    if fault := contradiction(act, set(given)):
        raise Complaint(fault.replace("ctx.", ""), written.line, key)
    if "post_only" in given and ("limit" not in given or "stop" in given):
        raise Complaint(NO_LIMIT, given["post_only"].line, f"{key}.post_only")
    keywords = [
        ast.keyword(str(argument), _reader(argument)(f"{key}.{argument}", value, names, on)) for argument, value in given.items()
    ]
    return _call(act, act.line, [], keywords)


def _call(name: str, line: int, given: list[ast.expr], keywords: list[ast.keyword]) -> ast.stmt:
    called = ast.Call(ast.Attribute(ast.Name("ctx", ast.Load()), str(name), ast.Load()), given, keywords)
    return ast.Expr(placed(called, line), lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)


def _number(key: str, value: Any, names: Names, on: str) -> ast.expr:
    if not isinstance(value, Text):
        raise Complaint(f"{key}: is {KINDS[type(value)]}; a number is wanted", value.line, key)
    return Reading(names, value, key, on).of_kind(NUMBER)


def _flag(key: str, value: Text, *_: Any) -> ast.expr:
    if value not in ("true", "false"):
        raise Complaint(f"{str(value)!r} is neither true nor false", value.line, key, value)
    return ast.Constant(value == "true")


def _tif(key: str, value: Text, *_: Any) -> ast.expr:
    if value.lower() not in TIFS:
        raise Complaint(f"{str(value)!r} is no time in force.{did_you_mean(value, TIFS)}", value.line, key, value)
    return ast.Constant(TIFS.index(value.lower()))


def _expire(key: str, value: Text, *_: Any) -> ast.expr:
    try:
        length = duration(value)
    except (SeriesError, OverflowError) as error:
        raise Complaint(getattr(error, "message", "is too long"), value.line, key, value) from None
    if not 0 < length < FOREVER:
        raise Complaint(f"{str(value)!r} is no time that an order can work", value.line, key, value)
    return ast.Constant(str(value))


def _group(key: str, value: Text, names: Names, on: str) -> ast.expr:
    return Reading(names, value, key, on).of_kind(WHOLE)


def _tag(_: str, value: Text, *__: Any) -> ast.expr:
    return ast.Constant(str(value))


_WRITTEN: dict[str, Callable[..., ast.expr]] = {
    "tif": _tif, "expire": _expire, "post_only": _flag, "oco": _group, "tag": _tag,
}  # fmt: skip
"""Arguments of an order that are no numbers."""


def _reader(argument: str) -> Callable[..., ast.expr]:
    return _WRITTEN.get(argument, _number)
