"""From a file to the class: its parameters, `init` and methods as Python's own tree, whose lines are those of the file."""

from __future__ import annotations

import ast
import builtins
import keyword
import os
import re
import unicodedata
from types import SimpleNamespace
from typing import Any

from btlab.errors import TimeframeError
from btlab.market.timeframe import index_of
from btlab.strategy.base import HANDLERS
from btlab.strategy.written.acting import rule
from btlab.strategy.written.asking import Asked, asked, in_order, statement
from btlab.strategy.written.calls import Names, attribute_of
from btlab.strategy.written.reading import Complaint, Series, Table, Text
from btlab.strategy.written.shape import check_shape
from btlab.strategy.written.words import CONDITION, NUMBER, RESERVED, TEXT, WHOLE
from btlab.strategy.written_strategy import WrittenStrategy

_INT = re.compile(r"[+-]?(?:0|[1-9](?:_?\d)*)")
_FLOAT = re.compile(r"[+-]?(?:\d(?:_?\d)*\.\d*|\.\d+|\d(?:_?\d)*)(?:[eE][+-]?\d+)?")
_KINDS = {int: WHOLE, float: NUMBER, bool: CONDITION, str: TEXT}
_BUILTINS = {name: getattr(builtins, name) for name in ("__build_class__", "abs", "min", "max", "int", "float", "bool", "str")}


def made_of(document: Table, file: str, path: str) -> type[WrittenStrategy]:
    """The class that a file describes.

    Args:
        file: as the user named it. path: where it lies.

    Raises:
        Complaint: whatever is wrong with it.
    """
    check_shape(document)
    name = _identifier(document["name"], "name", "a name of Python: letters, digits and _, as in RsiReversal")
    timeframes = _timeframes(document["timeframe"])
    values = {key: _value(key, value) for key, value in document.get("parameters", {}).items()}
    indicators = {key: asked(key, value) for key, value in document.get("indicators", {}).items()}
    _check_names(values, indicators)
    several = isinstance(document["timeframe"], Series)
    own: ast.expr = ast.Constant(timeframes[0]) if several else ast.Attribute(_name("self"), "timeframe", ast.Load())
    names = Names(
        {one: _KINDS[type(value)] for one, value in values.items()},
        {one: value for one, value in values.items() if isinstance(value, str)},
        {one: about.outputs for one, about in indicators.items()},
        timeframes,
        own,
    )
    body = [_doc(document, file), _timeframe(document, timeframes)]
    body += [_parameter(key, value) for key, value in values.items()]
    if indicators:
        asks = [statement(one, indicators[one], indicators, names) for one in in_order(indicators)]
        body.append(_method("init", ["self"], asks, next(iter(document["indicators"])).line))
    body += _methods(document, names)
    tree = ast.ClassDef(
        name,
        [ast.Attribute(_name("bt"), "Strategy", ast.Load())],
        [],
        body,
        [],
        lineno=1,
        end_lineno=1,
        col_offset=0,
        end_col_offset=0,
    )
    return _executed(tree, name, file, path)


def _executed(tree: ast.ClassDef, name: str, file: str, path: str) -> type[WrittenStrategy]:
    """The class of a tree. Its methods see Python's abs, min and max, and nothing else."""
    module = ast.fix_missing_locations(ast.Module([tree], []))
    scope: dict[str, Any] = {"__builtins__": _BUILTINS, "__name__": "strategy", "bt": SimpleNamespace(Strategy=WrittenStrategy)}
    exec(compile(module, path, "exec"), scope)
    kind: type[WrittenStrategy] = scope[name]
    del scope["bt"], scope[name]
    kind.file, kind._tree = file, tree
    if "init" in vars(kind):
        kind._ask = kind.init  # type: ignore[method-assign]
        del kind.init
    return kind


def _methods(document: Table, names: Names) -> list[ast.stmt]:
    found: dict[str, list[ast.stmt]] = {}
    lines: dict[str, int] = {}
    for number, written in enumerate(document["rules"], 1):
        method, made = rule(number, written, names)
        found.setdefault(method, []).append(made)
        lines.setdefault(method, written.line)
    return [_method(method, ["self", "ctx"], found[method], lines[method]) for method in HANDLERS if method in found]


def _method(name: str, arguments: list[str], body: list[ast.stmt], line: int) -> ast.stmt:
    given = [ast.arg(one, lineno=line, end_lineno=line, col_offset=0, end_col_offset=0) for one in arguments]
    signature = ast.arguments([], given, None, [], [], None, [])
    return ast.FunctionDef(name, signature, body, [], lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)


def _doc(document: Table, file: str) -> ast.stmt:
    told: Text = document.get("description", document["name"])
    text = str(told) if "description" in document else f"{told}, as {os.path.basename(file)} has it."
    return _on(told.line, ast.Expr(ast.Constant(text)))


def _timeframe(document: Table, timeframes: tuple[str, ...]) -> ast.stmt:
    written = document["timeframe"]
    if isinstance(written, Series):
        several = ast.Tuple([ast.Constant(one) for one in timeframes], ast.Load())
        return _on(written.line, ast.Assign([ast.Name("timeframe", ast.Store())], several))
    return _annotated("timeframe", timeframes[0], written.line)


def _parameter(key: Text, value: Any) -> ast.stmt:
    return _annotated(key, value, key.line)


def _annotated(key: str, value: Any, line: int) -> ast.stmt:
    return _on(line, ast.AnnAssign(ast.Name(str(key), ast.Store()), _name(type(value).__name__), ast.Constant(value), 1))


def _on(line: int, made: Any) -> Any:
    """A statement, and all in it, on a line."""
    for node in ast.walk(made):
        if isinstance(node, ast.expr | ast.stmt):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return made


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _timeframes(written: Text | Series) -> tuple[str, ...]:
    listed: list[Any] = list(written) if isinstance(written, Series) else [written]
    if not listed:
        raise Complaint("timeframe: has none; name one, or several as in [5m, 1h]", written.line, "timeframe")
    for one in listed:
        if not isinstance(one, Text):
            raise Complaint("timeframe: a timeframe is wanted, or a list of them", one.line, "timeframe")
        if listed.count(one) > 1:
            raise Complaint(f"timeframe: {one} stands twice", one.line, "timeframe", one)
        try:
            index_of(str(one))
        except TimeframeError as error:
            raise Complaint(error.message, one.line, "timeframe", one) from None
    return tuple(str(one) for one in listed)


def _value(key: Text, text: Text) -> Any:
    """A parameter's default: a number or true, false where it is written as one, else the text, exactly."""
    if text.quoted:
        return str(text)
    if text in ("true", "false"):
        return text == "true"
    if _INT.fullmatch(text):
        if len(text) > 25 or not -(2**63) <= int(text) < 2**63:
            raise Complaint(f"{key} is beyond 64 bits", text.line, f"parameters.{key}", text)
        return int(text)
    if _FLOAT.fullmatch(text) and not re.match(r"[+-]?0\d", text):
        if abs(float(text)) == float("inf"):
            raise Complaint(f"{key} is too large for a float", text.line, f"parameters.{key}", text)
        return float(text)
    return str(text)


def _identifier(name: Text, key: str, wanted: str) -> str:
    usual = name.isidentifier() and unicodedata.normalize("NFKC", name) == name and len(name) <= 60
    if not usual or name.startswith("_") or keyword.iskeyword(name):
        raise Complaint(f"{str(name)[:60]!r} is no name; {wanted}", name.line, key, name)
    if name in RESERVED or hasattr(WrittenStrategy, name):
        raise Complaint(f"{str(name)!r} has a meaning of its own; call it something else", name.line, key, name)
    return str(name)


def _check_names(values: dict[Any, Any], indicators: dict[Any, Asked]) -> None:
    """That names can be a strategy's attributes, and none is two things."""
    taken: dict[str, str] = {}
    for section, names in (("parameters", values), ("indicators", indicators)):
        for name in names:
            key = f"{section}.{name}"
            _identifier(name, key, "letters, digits and _, beginning with a letter")
            outputs = indicators[name].outputs if section == "indicators" else ("",)
            for attribute in {str(name)} | {attribute_of(name, one, outputs) for one in outputs if section == "indicators"}:
                if attribute in taken:
                    raise Complaint(f"{attribute!r} is {taken[attribute]} too; call one something else", name.line, key, name)
                taken[attribute] = key


def check_indicators(kind: type[WrittenStrategy]) -> None:
    """That the indicators take what they are given, with the parameters as the file has them.

    Raises:
        StrategyFileError: one does not.
    """
    kind().init()
