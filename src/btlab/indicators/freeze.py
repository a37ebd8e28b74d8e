"""Writes the catalogue anew from the installed TA-Lib and from our own nodes: `python -m btlab.indicators.freeze`.

The file is checked in, so that a name is known without loading either; a test compares the two.
"""

from __future__ import annotations

import ctypes
import json
from dataclasses import asdict
from typing import Any

from btlab.indicators.catalogue import FILE
from btlab.indicators.entry import Entry, Output, Parameter
from btlab.indicators.nodes import own

FREE = {"price": ("real", "close"), "price0": ("real0", "high"), "price1": ("real1", "low"), "periods": ("real1", "")}
ON_PRICES = "Output scale same as input"
NOT_ON_PRICES = {"AVGDEV"}  # in the prices' unit, far from them
STYLES = {"Dashed Line": "dashes", "Histogram": "histogram"}
LIMITS = {"upper": "Values represent an upper limit", "lower": "Values represent a lower limit"}
REAL_RANGE, WHOLE_RANGE, WHOLE_LIST = 0, 2, 3
INTEGER_OUTPUT = 1


class _RealRange(ctypes.Structure):
    _fields_ = (("low", ctypes.c_double), ("high", ctypes.c_double))


class _WholeRange(ctypes.Structure):
    _fields_ = (("low", ctypes.c_int), ("high", ctypes.c_int))


class _Choice(ctypes.Structure):
    _fields_ = (("value", ctypes.c_int), ("name", ctypes.c_char_p))


class _Choices(ctypes.Structure):
    _fields_ = (("rows", ctypes.POINTER(_Choice)), ("count", ctypes.c_uint))


class _Option(ctypes.Structure):
    _fields_ = (
        ("kind", ctypes.c_int), ("name", ctypes.c_char_p), ("flags", ctypes.c_int), ("title", ctypes.c_char_p),
        ("range", ctypes.c_void_p), ("default", ctypes.c_double), ("hint", ctypes.c_char_p),
    )  # fmt: skip


class _Output(ctypes.Structure):
    _fields_ = (("kind", ctypes.c_int), ("name", ctypes.c_char_p), ("flags", ctypes.c_int))


def _look(name: str, question: str, index: int, answer: type[Any]) -> Any:
    """What the C library's own description says of one of a function's parameters or outputs."""
    from talib import _ta_lib

    library, function = ctypes.CDLL(_ta_lib.__file__), ctypes.c_void_p()
    library.TA_GetFuncHandle(name.encode(), ctypes.byref(function))
    found = ctypes.POINTER(answer)()
    if getattr(library, question)(function, index, ctypes.byref(found)) != 0:
        raise RuntimeError(f"{question}({name}, {index})")
    return found.contents


def _parameter(function: str, index: int, name: str, default: float) -> Parameter:
    option = _look(function, "TA_GetOptInputParameterInfo", index, _Option)
    about = option.hint.decode()
    if option.kind == WHOLE_LIST:
        choices = ctypes.cast(option.range, ctypes.POINTER(_Choices)).contents
        names = tuple(choices.rows[k].name.decode() for k in range(choices.count))
        return Parameter(name, float(default), 0.0, len(names) - 1.0, True, about, names)
    kind = _WholeRange if option.kind == WHOLE_RANGE else _RealRange
    limits = ctypes.cast(option.range, ctypes.POINTER(kind)).contents
    return Parameter(name, float(default), float(limits.low), float(limits.high), option.kind == WHOLE_RANGE, about)


def _output(function: str, index: int, name: str, flags: list[str]) -> Output:
    limit = next((style for style, flag in LIMITS.items() if flag in flags), None)
    style = limit or next((STYLES[flag] for flag in flags if flag in STYLES), "line")
    whole = _look(function, "TA_GetOutputParameterInfo", index, _Output).kind == INTEGER_OUTPUT
    return Output(name, "pattern" if function.startswith("CDL") else style, whole)


def _of_talib(name: str) -> Entry:
    from talib import abstract

    function = abstract.Function(name)  # type: ignore[attr-defined]
    about = function.info
    inputs: list[tuple[str, str]] = []
    for key, value in about["input_names"].items():
        inputs += [FREE[key]] if key in FREE else [(column, column) for column in value]
    if "periods" in about["input_names"]:
        inputs[0] = "real0", "close"
    return Entry(
        name,
        about["display_name"],
        about["group"],
        tuple(one for one, _ in inputs),
        tuple(_parameter(name, k, *one) for k, one in enumerate(about["parameters"].items())),
        tuple(_output(name, k, *one) for k, one in enumerate(about["output_flags"].items())),
        name not in NOT_ON_PRICES and (ON_PRICES in (about["function_flags"] or []) or name.startswith("CDL")),
        "talib",
        f"TA-Lib, {name}",
        tuple(default for _, default in inputs),
        function.lookback,
    )


def entries() -> list[Entry]:
    """All of TA-Lib, then all of our own, each by name."""
    import talib

    return [_of_talib(name) for name in sorted(talib.get_functions())] + [node.entry for _, node in sorted(own().items())]


def text() -> str:
    """The file: one indicator a line."""
    lines = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in entries())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
