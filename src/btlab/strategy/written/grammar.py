"""The text of an expression as Python reads it, before anybody asks what it means."""

from __future__ import annotations

import ast
import re
import warnings

from btlab.strategy.written.reading import Complaint, Text

LONGEST = 1_000
"""Characters of an expression."""
DEEPEST = 60
"""Levels of an expression: each costs Python some calls in each other."""
_QUOTED = re.compile(r"""("[^"]*"|'[^']*')""")
_TIMEFRAME = re.compile(r"(?<![\w.])(\d+(?:mo|[smhdw]))(?![\w.])")
_FOREIGN = re.compile(r"[^\w\s.,()<>=!+*/-]")
_WAYS = {
    "&": "write and", "|": "write or", "^": "there are no powers", "%": "there is no remainder", "#": "a comment stands outside",
    "[": "write value(rsi, back=1) or close(back=1) for what was before",
}  # fmt: skip


def parsed(text: Text, key: str) -> ast.expr:
    """An expression as Python reads it, timeframes as texts.

    Raises:
        Complaint: not an expression.
    """
    if len(text) > LONGEST:
        raise Complaint(f"an expression of {len(text):,} characters; {LONGEST:,} are the most", text.line, key, text[:80])
    parts = _QUOTED.split(text)
    for part in parts[::2]:
        if strange := _FOREIGN.search(part):
            way = _WAYS.get(strange[0])
            raise Complaint(f"{strange[0]!r} has no meaning here" + (f"; {way}" if way else ""), text.line, key, text)
    parts[::2] = [_TIMEFRAME.sub(r'"\1"', part) for part in parts[::2]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ast.parse(" ".join("".join(parts).split("\n")).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Complaint(f"cannot be read as an expression{_way_out(text)}", text.line, key, text) from None
    if _depth(found) > DEEPEST:
        raise Complaint(f"an expression of more than {DEEPEST} levels", text.line, key, text)
    return found


def _way_out(text: str) -> str:
    if text.count("(") > text.count(")"):
        return "; a bracket is not closed (inside { } an expression with a comma goes in quotes)"
    outside = re.sub(r"\(.*\)", "", text)
    return "; to compare, write ==" if re.search(r"(?<![<>=!])=(?!=)", outside) else ""


def _depth(node: ast.AST) -> int:
    level, below = 0, [node]
    while below and level <= DEEPEST:
        level, below = level + 1, [child for one in below for child in ast.iter_child_nodes(one)]
    return level


def placed(made: ast.expr, line: int) -> ast.expr:
    """It, and what in it has no place yet, on a line of the file."""
    for node in ast.walk(made):
        if not hasattr(node, "lineno") and isinstance(node, ast.expr | ast.keyword):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0
    return made


def shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) < 60 else text[:57] + "..."
