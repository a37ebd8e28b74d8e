"""Calls in expressions: what is read of bars and indicators, and Python's own abs, min and max."""

from __future__ import annotations

import ast
import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass

from btlab.errors import TimeframeError, did_you_mean
from btlab.market.timeframe import TIMEFRAMES, index_of
from btlab.strategy.written.grammar import placed, shown
from btlab.strategy.written.reading import Complaint, Text
from btlab.strategy.written.words import (
    CALLED,
    CONDITION,
    CROSSINGS,
    FUNCTIONS,
    LOWEST,
    NUMBER,
    READERS,
    TEXT,
    VALUES,
    WHOLE,
)


@dataclass(frozen=True)
class Names:
    """What a strategy's own words mean.

    Attributes:
        parameters: their kinds, of `words`. texts: values of those that are texts.
        indicators: the names of their outputs.
        timeframes: the subscribed ones; own: how the first of them is read.
    """

    parameters: dict[str, str]
    texts: dict[str, str]
    indicators: dict[str, tuple[str, ...]]
    timeframes: tuple[str, ...]
    own: ast.expr


def attribute_of(indicator: str, output: str, outputs: tuple[str, ...]) -> str:
    """Where a strategy keeps the handle of an output."""
    return str(indicator) if len(outputs) == 1 else f"{indicator}_{output}"


@dataclass
class Calls(ABC):
    """One expression being read.

    Attributes:
        names: what its words mean. text, key: what it is of, for complaints.
        on: what it follows; what a fill was is known in rules on fill.
        shift: bars further back, to say what it was before.
        constant: nothing but numbers and parameters was met.
    """

    names: Names
    text: Text
    key: str
    on: str = "bar"
    shift: int = 0
    constant: bool = True

    @abstractmethod
    def visit(self, node: ast.expr) -> tuple[str, ast.expr]:
        """Kind and Python of a part."""

    def refuse(self, rule: str) -> Complaint:
        return Complaint(rule, self.text.line, self.key, self.text)

    def _wanted(self, node: ast.expr, wanted: str) -> ast.expr:
        kind, made = self.visit(node)
        if kind == wanted or (kind == WHOLE and wanted == NUMBER):
            return made
        way = "; compare it, as in rsi < 30" if wanted == CONDITION else ""
        raise self.refuse(f"{ast.unparse(node)} is {kind}; {wanted} is wanted{way}")

    def _placed(self, made: ast.expr) -> ast.expr:
        return placed(made, self.text.line)

    def _number(self, kind: str, node: ast.expr) -> str:
        if kind not in (NUMBER, WHOLE):
            raise self.refuse(f"{ast.unparse(node)} is {kind}; a number is wanted")
        return kind

    def _handle_value(self, node: ast.expr, back: int = 0) -> tuple[str, ast.expr]:
        back += self.shift
        keywords = [ast.keyword("back", self._placed(ast.Constant(back)))] if back else []
        return NUMBER, ast.Call(of("ctx", "value"), [self._handle(node)], keywords)

    def _handle(self, node: ast.expr) -> ast.expr:
        """`self.rsi` of an indicator that is named."""
        owner, output = (node.value, node.attr) if isinstance(node, ast.Attribute) else (node, "")
        outputs = self.names.indicators.get(owner.id) if isinstance(owner, ast.Name) else None
        if outputs is None or not isinstance(owner, ast.Name):
            indicators = ", ".join(self.names.indicators) or "there are none"
            raise self.refuse(f"{shown(node)} is no indicator of this strategy ({indicators})")
        if not output and len(outputs) > 1:
            raise self.refuse(f"{owner.id} has several outputs; name one: {', '.join(f'{owner.id}.{one}' for one in outputs)}")
        if output and output not in outputs:
            raise self.refuse(f"{owner.id} has no output {output!r}.{did_you_mean(output, outputs)}")
        self.constant = False
        return self._placed(of("self", attribute_of(owner.id, output or outputs[0], outputs)))

    def _call(self, node: ast.Call) -> tuple[str, ast.expr]:
        if not isinstance(node.func, ast.Name) or node.func.id not in CALLED:
            name = node.func.id if isinstance(node.func, ast.Name) else shown(node.func)
            raise self.refuse(f"there is no {name}(...) to call.{meant(name, CALLED)}")
        name = node.func.id
        keywords = {one.arg: one.value for one in node.keywords if one.arg}
        if len(keywords) != len(node.keywords) or any(isinstance(one, ast.Starred) for one in node.args):
            raise self.refuse(f"{name}(...) takes no * or **")
        if name in FUNCTIONS:
            return self._function(name, node.args, keywords)
        self.constant = False
        if name in CROSSINGS:
            return self._crossing(name, node.args, keywords)
        return self._value(name, node.args, keywords) if name in VALUES else self._read(name, node.args, keywords)

    def _function(self, name: str, given: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[str, ast.expr]:
        if keywords or len(given) < FUNCTIONS[name] or (name == "abs" and len(given) > 1):
            raise self.refuse(f"{name} takes {'one number' if name == 'abs' else 'two numbers or more'}")
        visited = [self.visit(one) for one in given]
        kinds = {self._number(kind, one) for (kind, _), one in zip(visited, given)}
        return WHOLE if kinds == {WHOLE} else NUMBER, ast.Call(loaded(name), [made for _, made in visited], [])

    def _value(self, name: str, given: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[str, ast.expr]:
        takes = ("back",) if VALUES[name] else ()
        self._check_arguments(name, given[1:], keywords, takes, 0)
        if not given:
            raise self.refuse(f"{name} reads an indicator: {name}(rsi)")
        if not takes and self.shift:
            raise self.refuse(f"{name} has no value of the bar before, so it cannot cross; bars and indicators can")
        handle = self._handle(given[0])
        return NUMBER, ast.Call(of("ctx", name), [handle], self._arguments(given[1:], keywords, takes))

    def _read(self, name: str, given: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[str, ast.expr]:
        reader, timeframe = READERS[name], copy.deepcopy(self.names.own)
        if "timeframe" in keywords:
            timeframe = self._timeframe(keywords.pop("timeframe"))
        elif given and self._is_text(given[0]):
            timeframe, *given = self._timeframe(given[0]), *given[1:]
        self._check_arguments(name, given, keywords, reader.takes, reader.wants)
        if self.shift and not reader.history:
            raise self.refuse(f"{name} has no value of the bar before, so it cannot cross; bars and indicators can")
        said = self._arguments(given, keywords, reader.takes)
        first = [one.value for one in said if one.arg == "n"]
        return reader.kind, ast.Call(of("ctx", name), [timeframe, *first], [one for one in said if one.arg != "n"])

    def _is_text(self, node: ast.expr) -> bool:
        named = isinstance(node, ast.Name) and self.names.parameters.get(node.id) == TEXT
        return named or (isinstance(node, ast.Constant) and isinstance(node.value, str))

    def _timeframe(self, node: ast.expr) -> ast.expr:
        if not self._is_text(node):
            raise self.refuse(f"{shown(node)} is no timeframe; write it as 5m, 1h or 1d")
        said = self.names.texts[node.id] if isinstance(node, ast.Name) else node.value  # type: ignore[attr-defined]
        try:
            index_of(said)
        except TimeframeError as error:
            raise self.refuse(error.message) from None
        if said not in TIMEFRAMES and said not in self.names.timeframes:
            raise self.refuse(f"beside the six, bars are read of timeframes that are followed: timeframe: [5m, {said}]")
        return self.visit(node)[1]

    def _check_arguments(
        self, name: str, given: list[ast.expr], keywords: dict[str, ast.expr], takes: tuple[str, ...], wants: int
    ) -> None:
        for unknown in keywords.keys() - set(takes):
            raise self.refuse(f"{name} takes no {unknown}=.{did_you_mean(unknown, takes)}")
        if len(given) > len(takes) or keywords.keys() & set(takes[: len(given)]):
            raise self.refuse(f"{name} is given more than it takes: {', '.join(takes) or 'a timeframe'}")
        for missing in set(takes[len(given) : wants]) - keywords.keys():
            raise self.refuse(f"{name} wants {missing}, a number of bars, as in {name}(20)")

    def _arguments(self, given: list[ast.expr], keywords: dict[str, ast.expr], takes: tuple[str, ...]) -> list[ast.keyword]:
        """Numbers of bars, all by name; `back` further back where it is asked what was before."""
        said = dict(zip(takes, given)) | keywords
        found = {name: self._bars(name, said[name]) for name in takes if name in said}
        if self.shift and "back" in takes:
            back = found.get("back")
            one = self._placed(ast.Constant(self.shift))
            found["back"] = one if back is None else self._placed(ast.BinOp(back, ast.Add(), one))
        return [ast.keyword(name, made) for name, made in found.items()]

    def _bars(self, name: str, node: ast.expr) -> ast.expr:
        made = self._wanted(node, WHOLE)
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(node, ast.UnaryOp) or (isinstance(value, int) and value < LOWEST[name]):
            raise self.refuse(f"{name}={ast.unparse(node)}: a number of bars, at least {LOWEST[name]}")
        return made

    def _crossing(self, name: str, given: list[ast.expr], keywords: dict[str, ast.expr]) -> tuple[str, ast.expr]:
        """Two series at the last two completed bars; `ctx` does it for indicators and constants."""
        if keywords or len(given) != 2:
            raise self.refuse(f"{name} takes two: {name}(fast, slow), {name}(rsi, 30) or {name}(close, trend)")
        if self.shift:
            raise self.refuse(f"{name} cannot stand in another crossing")
        handles = [self._is_handle(one) for one in given]
        constants = [not handle and self._is_constant(one) for handle, one in zip(handles, given)]
        if all(constants):
            raise self.refuse(f"{name} of two constants: one must be an indicator or a price")
        if all(handle or constant for handle, constant in zip(handles, constants)):
            sides = [self._handle(one) if handle else self._wanted(one, NUMBER) for handle, one in zip(handles, given)]
            self.constant = False
            return CONDITION, ast.Call(of("ctx", name), sides, [])
        a, b = (self._wanted(one, NUMBER) for one in given)
        self.shift = 1
        a_before, b_before = (self._wanted(one, NUMBER) for one in given)
        self.shift, self.constant = 0, False
        before, now = (ast.LtE(), ast.Gt()) if name == "crossed_above" else (ast.GtE(), ast.Lt())
        both = [ast.Compare(a_before, [before], [b_before]), ast.Compare(a, [now], [b])]
        return CONDITION, ast.BoolOp(ast.And(), [self._placed(one) for one in both])

    def _is_handle(self, node: ast.expr) -> bool:
        name = node.value if isinstance(node, ast.Attribute) else node
        return isinstance(name, ast.Name) and name.id in self.names.indicators

    def _is_constant(self, node: ast.expr) -> bool:
        before, self.constant = self.constant, True
        self._wanted(node, NUMBER)
        found, self.constant = self.constant, before
        return found


def of(owner: str, name: str) -> ast.expr:
    return ast.Attribute(loaded(owner), name, ast.Load())


def loaded(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def meant(name: str, known: tuple[str, ...]) -> str:
    """' Did you mean ...?', without the list of all there is."""
    near = did_you_mean(name, known)
    others = " There are this strategy's parameters and indicators, and what help(bt.load_strategy) names."
    return near if near.startswith(" Did") else others
