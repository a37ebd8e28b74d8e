"""The indicators of a file: `RSI(timeperiod=period)` or a mapping, each to the line of `init` that asks for it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from btlab.errors import IndicatorError, TimeframeError, did_you_mean
from btlab.indicators.catalogue import entry_of
from btlab.indicators.columns import COLUMNS
from btlab.indicators.entry import Entry, Parameter
from btlab.market.timeframe import index_of
from btlab.strategy.written.calls import Names, attribute_of
from btlab.strategy.written.expressions import Reading
from btlab.strategy.written.grammar import parsed, placed
from btlab.strategy.written.reading import Complaint, Series, Table, Text
from btlab.strategy.written.words import NUMBER, TEXT

WAY = "write it as RSI(timeperiod=14), or as a mapping with indicator: RSI"


@dataclass(frozen=True)
class Asked:
    """An indicator as a file asks for it.

    Attributes:
        key: its place in the file; text: what it was written as.
        given: its arguments, still as Python reads them, each with the text it is of.
    """

    key: str
    text: Text
    entry: Entry
    given: dict[str, tuple[ast.expr, Text]]

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.entry.output_names

    def reads(self) -> list[ast.expr]:
        """Its inputs, as they are written."""
        if "input" not in self.given:
            return []
        node = self.given["input"][0]
        return list(node.elts) if isinstance(node, ast.Tuple) else [node]

    def complaint(self, rule: str, argument: str = "") -> Complaint:
        text = self.given[argument][1] if argument in self.given else self.text
        return Complaint(rule, text.line, f"{self.key}.{argument}" if argument else self.key, text)


def asked(name: Text, written: Text | Table) -> Asked:
    """What one entry of `indicators:` asks for.

    Raises:
        Complaint: neither form, or no such indicator.
    """
    key = f"indicators.{name}"
    return _of_table(name, key, written) if isinstance(written, Table) else _of_text(key, written)


def _of_text(key: str, text: Text) -> Asked:
    node = parsed(text, key)
    if isinstance(node, ast.Name):
        node = ast.Call(node, [], [])
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise Complaint(f"is no indicator; {WAY}", text.line, key, text)
    if node.args:
        raise Complaint(f"{node.func.id} takes its arguments by name, as in RSI(timeperiod=14)", text.line, key, text)
    given = {one.arg: (one.value, text) for one in node.keywords if one.arg}
    if len(given) != len(node.keywords):
        raise Complaint(f"{node.func.id} takes no **", text.line, key, text)
    return Asked(key, text, _entry(node.func.id, text, key), given)


def _of_table(name: Text, key: str, table: Table) -> Asked:
    if "indicator" not in table:
        raise Complaint(f"which indicator? {WAY}", name.line, key)
    given: dict[str, tuple[ast.expr, Text]] = {}
    for argument, value in table.items():
        place = f"{key}.{argument}"
        if isinstance(value, Table) or (isinstance(value, Series) and argument != "input"):
            raise Complaint(f"{place}: is a list or a mapping; a text is wanted", argument.line, place)
        if isinstance(value, Series):
            if not all(isinstance(one, Text) for one in value):
                raise Complaint(f"{place}: a list of names is wanted", argument.line, place)
            given[argument] = ast.Tuple([parsed(one, place) for one in value], ast.Load()), argument
        elif argument != "indicator":
            given[argument] = (ast.Constant(str(value)) if value.quoted else parsed(value, place)), value
    asked_for = table["indicator"]
    return Asked(key, asked_for, _entry(asked_for, asked_for, f"{key}.indicator"), given)


def _entry(name: str, text: Text, key: str) -> Entry:
    try:
        return entry_of(name)
    except IndicatorError as error:
        raise Complaint(error.message, text.line, key, text) from None


def in_order(every: Mapping[str, Asked]) -> list[str]:
    """Names so that what is read stands before what reads it.

    Raises:
        Complaint: a circle.
    """
    reads = {name: {owner for one in about.reads() if (owner := _owner(one)) in every} for name, about in every.items()}
    try:
        return list(TopologicalSorter(reads).static_order())
    except CycleError as circle:
        names = circle.args[1]
        raise every[names[0]].complaint(f"a circle of inputs: {' reads '.join(reversed(names))}", "input") from None


def _owner(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def statement(name: str, about: Asked, every: Mapping[str, Asked], names: Names) -> ast.stmt:
    """`self.rsi = self.indicator("RSI", timeperiod=self.period)`.

    Raises:
        Complaint: an argument that it has not, or of another kind.
    """
    arguments = [ast.keyword(str(one), _argument(about, one, every, names)) for one in about.given]
    called = ast.Attribute(ast.Name("self", ast.Load()), "indicator", ast.Load())
    targets: list[ast.expr] = [
        ast.Attribute(ast.Name("self", ast.Load()), attribute_of(name, one, about.outputs), ast.Store()) for one in about.outputs
    ]
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    made = ast.Call(called, [ast.Constant(about.entry.name)], arguments)
    found = ast.Assign([target], made, lineno=about.text.line, end_lineno=about.text.line, col_offset=0, end_col_offset=0)
    for part in (target, made):
        placed(part, about.text.line)
    return found


def _argument(about: Asked, argument: str, every: Mapping[str, Asked], names: Names) -> ast.expr:
    node, _ = about.given[argument]
    if argument == "input":
        read = [_input(about, one, every) for one in about.reads()]
        return ast.Tuple(read, ast.Load()) if isinstance(node, ast.Tuple) else read[0]
    if argument == "timeframe":
        return _timeframe(about, node, names)
    parameters = {one.name: one for one in about.entry.parameters}
    if argument not in parameters:
        known = (*parameters, "timeframe", "input")
        raise about.complaint(f"{about.entry.name} has no parameter {argument!r}.{did_you_mean(argument, known)}", argument)
    return _value(about, argument, node, parameters[argument], names)


def _value(about: Asked, argument: str, node: ast.expr, parameter: Parameter, names: Names) -> ast.expr:
    """A number, an expression of parameters, or the name of a choice."""
    if isinstance(node, ast.Name) and node.id not in names.parameters and parameter.choices:
        node = ast.Constant(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            parameter.check(node.value, about.entry.name)
        except ValueError as error:
            raise about.complaint(getattr(error, "message", str(error)), argument) from None
        return node
    reading = Reading(names, about.given[argument][1], f"{about.key}.{argument}")
    kind, made = reading.visit(node)
    if not reading.constant or kind not in (NUMBER, "a whole number"):
        raise about.complaint(f"{argument} is known before the run: a number, or an expression of parameters", argument)
    return made


def _timeframe(about: Asked, node: ast.expr, names: Names) -> ast.expr:
    if isinstance(node, ast.Name) and names.parameters.get(node.id) == TEXT:
        said, made = names.texts[node.id], Reading(names, about.text, about.key).visit(node)[1]
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        said, made = node.value, ast.Constant(node.value)
    else:
        raise about.complaint("timeframe is written as 5m, 1h or 1d", "timeframe")
    try:
        index_of(said)
    except TimeframeError as error:
        raise about.complaint(error.message, "timeframe") from None
    return made


def _input(about: Asked, node: ast.expr, every: Mapping[str, Asked]) -> ast.expr:
    """A column by its name, or another indicator's output; `.forming` of it too."""
    path: list[str] = []
    owner = node
    while isinstance(owner, ast.Attribute):
        path.insert(0, owner.attr)
        owner = owner.value
    name = owner.id if isinstance(owner, ast.Name) else ""
    if name not in every:
        if name in COLUMNS and not path:
            return ast.Constant(name)
        known = (*every, *COLUMNS)
        raise about.complaint(
            f"{ast.unparse(node)} is no indicator here and no column of a bar.{did_you_mean(name, known)}", "input"
        )
    forming = path[-1:] == ["forming"]
    said, outputs = path[: -1 if forming else None], every[name].outputs
    if len(said) > 1 or (said and said[0] not in outputs):
        raise about.complaint(f"{name} has no output {'.'.join(said)!r}.{did_you_mean('.'.join(said), outputs)}", "input")
    if not said and len(outputs) > 1:
        raise about.complaint(f"{name} has several outputs; name one: {', '.join(f'{name}.{one}' for one in outputs)}", "input")
    handle = ast.Attribute(ast.Name("self", ast.Load()), attribute_of(name, said[0] if said else outputs[0], outputs), ast.Load())
    return ast.Attribute(handle, "forming", ast.Load()) if forming else handle
