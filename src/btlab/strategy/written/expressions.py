"""From the text of an expression to checked Python of a strategy's method: `rsi < low` to `ctx.value(self.rsi) < self.low`.

A small language: numbers, names, + - * /, comparisons, and, or, not, and what `words` lists. What is not in it is refused, so
nothing of a file is ever run that is not here.
"""

from __future__ import annotations

import ast
import math

from btlab.errors import did_you_mean
from btlab.strategy.written.calls import Calls, meant, of
from btlab.strategy.written.grammar import parsed, shown
from btlab.strategy.written.words import (
    ATTRIBUTES,
    CALLED,
    CONDITION,
    NUMBER,
    OF_A_FILL,
    READERS,
    TEXT,
    TEXTS,
    WHOLE,
)

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_PARTS = {
    ast.Constant: "_constant", ast.Name: "_name", ast.Attribute: "_attribute", ast.UnaryOp: "_unaryop", ast.BinOp: "_binop",
    ast.BoolOp: "_boolop", ast.Compare: "_compare", ast.Call: "_call",
}  # fmt: skip
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


class Reading(Calls):
    """One expression being read."""

    def of_kind(self, wanted: str) -> ast.expr:
        """The whole expression, which must be of a kind."""
        return self._wanted(parsed(self.text, self.key), wanted)

    def visit(self, node: ast.expr) -> tuple[str, ast.expr]:
        """Kind and Python of a part."""
        if type(node) not in _PARTS:
            raise self.refuse(
                f"{shown(node)} has no place in an expression; numbers, names, + - * /, comparisons, and, or, not do"
            )
        kind, made = getattr(self, _PARTS[type(node)])(node)
        return kind, self._placed(made)

    def _constant(self, node: ast.Constant) -> tuple[str, ast.expr]:
        value = node.value
        if isinstance(value, str):
            return TEXT, ast.Constant(value)
        if isinstance(value, bool):
            raise self.refuse(f"write {str(value).lower()}, or better the condition itself")
        if isinstance(value, int) and abs(value) < 2**63:
            return WHOLE, ast.Constant(value)
        if isinstance(value, float) and math.isfinite(value):
            return NUMBER, ast.Constant(value)
        raise self.refuse(f"{shown(node)} is no number that a strategy can hold")

    def _name(self, node: ast.Name) -> tuple[str, ast.expr]:
        name, names = node.id, self.names
        if name in names.parameters:
            return names.parameters[name], of("self", name)
        self.constant = False
        if name in names.indicators:
            return self._handle_value(node)
        if name in READERS:
            return self._read(name, [], {})
        if name in ATTRIBUTES or name in OF_A_FILL:
            if name in OF_A_FILL and self.on != "fill":
                raise self.refuse(f"{name} is known in rules with on: fill alone")
            if self.shift:
                raise self.refuse(f"{name} has no value of the bar before, so it cannot cross; bars and indicators can")
            return (ATTRIBUTES | OF_A_FILL)[name], of("ctx", name)
        if name in ("true", "false"):
            raise self.refuse(f"{name} has no place here; write the condition")
        known = (*names.parameters, *names.indicators, *ATTRIBUTES, *CALLED)
        raise self.refuse(f"there is no {name!r}.{meant(name, known)}")

    def _attribute(self, node: ast.Attribute) -> tuple[str, ast.expr]:
        self.constant = False
        return self._handle_value(node)

    def _unaryop(self, node: ast.UnaryOp) -> tuple[str, ast.expr]:
        if isinstance(node.op, ast.Not):
            return CONDITION, ast.UnaryOp(ast.Not(), self._wanted(node.operand, CONDITION))
        if not isinstance(node.op, ast.USub):
            raise self.refuse(f"{shown(node)} has no place in an expression")
        kind, made = self.visit(node.operand)
        return self._number(kind, node.operand), ast.UnaryOp(ast.USub(), made)

    def _binop(self, node: ast.BinOp) -> tuple[str, ast.expr]:
        if not isinstance(node.op, _OPERATORS):
            raise self.refuse(f"{shown(node)}: of operators there are + - * /")
        (left, a), (right, b) = self.visit(node.left), self.visit(node.right)
        kinds = {self._number(left, node.left), self._number(right, node.right)}
        whole = kinds == {WHOLE} and not isinstance(node.op, ast.Div)
        return WHOLE if whole else NUMBER, ast.BinOp(a, node.op, b)

    def _boolop(self, node: ast.BoolOp) -> tuple[str, ast.expr]:
        return CONDITION, ast.BoolOp(node.op, [self._wanted(one, CONDITION) for one in node.values])

    def _compare(self, node: ast.Compare) -> tuple[str, ast.expr]:
        if not all(isinstance(one, _COMPARISONS) for one in node.ops):
            raise self.refuse(f"{shown(node)}: numbers are compared by < <= > >= == !=")
        sides = [node.left, *node.comparators]
        visited = [self.visit(one) for one in sides]
        if TEXT in (kind for kind, _ in visited):
            self._check_texts(node, visited)
        else:
            for (kind, _), side in zip(visited, sides):
                self._number(kind, side)
        return CONDITION, ast.Compare(visited[0][1], node.ops, [made for _, made in visited[1:]])

    def _check_texts(self, node: ast.Compare, visited: list[tuple[str, ast.expr]]) -> None:
        of, said = node.left, visited[-1][1]
        words = TEXTS.get(of.id) if isinstance(of, ast.Name) and len(visited) == 2 else None
        for (kind, _), side in zip(visited, [node.left, *node.comparators]):
            if kind == TEXT and isinstance(side, ast.Name) and side.id in self.names.texts:
                said_so = self.names.texts[side.id]
                raise self.refuse(f"{side.id} is a text ({said_so[:40]!r}); a number is wanted")
        if words is None or not isinstance(node.ops[0], ast.Eq | ast.NotEq) or not isinstance(said, ast.Constant):
            raise self.refuse(f'{shown(node)}: of texts, one can ask fill_reason == "stop_loss" and its like')
        if said.value not in words:
            raise self.refuse(f"{said.value!r} is no such word.{did_you_mean(said.value, words)}")
