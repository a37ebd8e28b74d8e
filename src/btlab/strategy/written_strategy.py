"""What the classes that `bt.load_strategy` makes have in common."""

from __future__ import annotations

import ast
from typing import ClassVar

from btlab.errors import BtlabError, IndicatorError, StrategyFileError, TimeframeError
from btlab.strategy.base import Strategy


class WrittenStrategy(Strategy):
    """What strategies from files have in common: they know their file, and the Python that would do the same."""

    file: ClassVar[str] = ""
    _tree: ClassVar[ast.ClassDef]

    @classmethod
    def as_python(cls) -> str:
        """The same strategy as a class of Python, to go on with where a file ends."""
        return f"import btlab as bt\n\n\n{ast.unparse(cls._tree)}\n"

    def _ask(self) -> None:
        """Ask for the indicators."""

    def init(self) -> None:
        try:
            self._ask()
        except (IndicatorError, TimeframeError) as error:
            line = _line_in(error, self._ask.__code__.co_filename)
            about = {"file": self.file, "line": line, "key": "indicators", "rule": error.message}
            raise StrategyFileError(f"{self.file}, line {line}: {error.message}", **about) from error


def _line_in(error: BtlabError, file: str) -> int:
    lines, trace = [0], error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1]
