"""TA-Lib's C streams as calls that compiled code makes, by address.

A stream is opened on history, updated with a completed bar, and asked with Peek what it would say of a running one. The C
functions differ in how many inputs, parameters and outputs they have, and in nothing else: each shape of a call is compiled once,
and a row of the driver's table names address and shape. All return TA-Lib's code, 0 where it went well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from llvmlite import ir
from numba import float64, int32, int64, intp
from numba.extending import intrinsic

from btlab.indicators.catalogue import known
from btlab.indicators.entry import Entry
from btlab.market.jit import kernel

VERBS: tuple[str, ...] = ("Open", "Update", "Peek", "Clone", "Close")
TOO_FEW = 17
"""TA-Lib's code where the history is shorter than what a function needs."""
MOST = 4
"""Inputs of a function, and outputs of one, at most."""
WORD, INTEGER, DOUBLE, BYTE = ir.IntType(64), ir.IntType(32), ir.DoubleType(), ir.IntType(8)
POINTER = BYTE.as_pointer()


@cache
def addresses(name: str) -> dict[str, int] | None:
    """Where a function's five calls lie in this process; None where the library does not show them (its Windows build)."""
    import ctypes

    from talib import _ta_lib

    library = ctypes.CDLL(_ta_lib.__file__)
    try:
        found = {verb: ctypes.cast(getattr(library, f"TA_{name}_{verb}"), ctypes.c_void_p).value for verb in VERBS}
    except AttributeError:
        return None
    return {verb: int(address or 0) for verb, address in found.items()}


def call_shape(entry: Entry) -> int:
    """The number by which `stream` knows a function's Update and Peek."""
    return (len(entry.inputs) - 1) * MOST + len(entry.outputs) - 1


def kinds_of(entry: Entry) -> str:
    """'i' for a parameter that is an int in C, 'd' for a double."""
    return "".join("i" if one.whole else "d" for one in entry.parameters)


OPENINGS: tuple[tuple[int, str, int], ...] = tuple(
    sorted({(len(one.inputs), kinds_of(one), len(one.outputs)) for one in known().values() if one.origin == "talib"})
)
"""Inputs, parameters and outputs of every kind of Open there is."""


def open_shape(entry: Entry) -> int:
    """The number by which `open_stream` knows a function's Open."""
    return OPENINGS.index((len(entry.inputs), kinds_of(entry), len(entry.outputs)))


def _load(builder: Any, address: Any, index: int, kind: Any) -> Any:
    """What lies in a table of eight-byte words at an address."""
    return builder.load(builder.inttoptr(builder.add(address, WORD(8 * index)), kind.as_pointer()))


def _slots(builder: Any, address: Any, count: int) -> list[Any]:
    """Pointers to the words of a table."""
    return [builder.inttoptr(builder.add(address, WORD(8 * k)), POINTER) for k in range(count)]


def _call(builder: Any, function: Any, arguments: Sequence[Any]) -> Any:
    kind = ir.FunctionType(INTEGER, [argument.type for argument in arguments])
    return builder.call(builder.inttoptr(function, kind.as_pointer()), arguments)


def _choose(builder: Any, shape: Any, makers: dict[int, Any]) -> Any:
    """One block for each shape; the code that the one taken returns."""
    here, after = builder.function, builder.append_basic_block("after")
    nothing = builder.append_basic_block("nothing")
    switch = builder.switch(shape, nothing)
    ends = []
    for number, make in makers.items():
        block = here.append_basic_block(f"shape{number}")
        switch.add_case(WORD(number), block)
        builder.position_at_end(block)
        ends.append((make(), builder.block))
        builder.branch(after)
    builder.position_at_end(nothing)
    builder.branch(after)
    builder.position_at_end(after)
    code = builder.phi(INTEGER)
    for value, block in [*ends, (INTEGER(-1), nothing)]:
        code.add_incoming(value, block)
    return code


@intrinsic
def stream(typing_context: Any, function: Any, shape: Any, handle: Any, values: Any, places: Any, results: Any) -> Any:
    """TA_X_Update(handle, input, ..., *output, ...), or Peek.

    values: address of doubles; places: address of int32, which of them are the inputs; results: address of doubles.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function, shape, handle, values, places, results = arguments

        def value(k: int) -> Any:
            place = builder.load(builder.inttoptr(builder.add(places, WORD(4 * k)), INTEGER.as_pointer()))
            return _load(builder, builder.add(values, builder.shl(builder.sext(place, WORD), WORD(3))), 0, DOUBLE)

        def call(taken: int, given: int) -> Any:
            inputs = [value(k) for k in range(taken)]
            return _call(builder, function, [builder.inttoptr(handle, POINTER), *inputs, *_slots(builder, results, given)])

        shapes = {i * MOST + j: lambda i=i, j=j: call(i + 1, j + 1) for i in range(MOST) for j in range(MOST)}
        return _choose(builder, shape, shapes)

    return int32(intp, intp, intp, intp, intp, intp), generate


@intrinsic
def open_stream(
    typing_context: Any, function: Any, shape: Any, handle: Any, histories: Any, bars: Any, values: Any, results: Any
) -> Any:
    """TA_X_Open(&handle, *history, ..., bars, parameter, ..., *output, ...).

    handle: where the new one is put; histories: a table of addresses; values: doubles.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function, shape, handle, histories, bars, values, results = arguments

        def call(inputs: int, kinds: str, outputs: int) -> Any:
            given = [_load(builder, values, k, DOUBLE) for k in range(len(kinds))]
            given = [builder.fptosi(one, INTEGER) if kind == "i" else one for kind, one in zip(kinds, given)]
            columns = [builder.inttoptr(_load(builder, histories, k, WORD), POINTER) for k in range(inputs)]
            place, count = builder.inttoptr(handle, POINTER), builder.trunc(bars, INTEGER)
            return _call(builder, function, [place, *columns, count, *given, *_slots(builder, results, outputs)])

        return _choose(builder, shape, {k: lambda one=one: call(*one) for k, one in enumerate(OPENINGS)})

    return int32(intp, intp, intp, intp, intp, intp, intp), generate


@intrinsic
def through(typing_context: Any, door: Any, driver: Any, k: Any) -> Any:
    """Call one of `drive.DOORS` at its address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        door, *both = arguments
        kind = ir.FunctionType(WORD, [WORD, WORD]).as_pointer()
        return builder.call(builder.inttoptr(door, kind), both)

    return int64(intp, intp, intp), generate


@intrinsic
def read_through(typing_context: Any, door: Any, driver: Any, handle: Any, stamp: Any) -> Any:
    """`drive.read_running` at a door's address, compiled or Python's."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        door, *given = arguments
        kind = ir.FunctionType(DOUBLE, [WORD, WORD, WORD]).as_pointer()
        return builder.call(builder.inttoptr(door, kind), given)

    return float64(intp, intp, int64, int64), generate


@intrinsic
def real_at(typing_context: Any, address: Any) -> Any:
    """The double at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(builder, arguments[0], 0, DOUBLE)

    return float64(intp), generate


@intrinsic
def word_at(typing_context: Any, address: Any) -> Any:
    """The int64 at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(builder, arguments[0], 0, WORD)

    return int64(intp), generate


@intrinsic
def clone_stream(typing_context: Any, function: Any, handle: Any, place: Any) -> Any:
    """TA_X_Clone(handle, &clone)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function, *both = arguments
        return _call(builder, function, [builder.inttoptr(one, POINTER) for one in both])

    return int32(intp, intp, intp), generate


@intrinsic
def close_stream(typing_context: Any, function: Any, handle: Any) -> Any:
    """TA_X_Close(handle)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        function, handle = arguments
        return _call(builder, function, [builder.inttoptr(handle, POINTER)])

    return int32(intp, intp), generate


@kernel(int64(intp, int64))
def is_any_set(setting, numbers):
    """Whether a C function, `unsigned int setting(int)`, gives anything but 0 for one of the first numbers."""
    for number in range(numbers):
        if through(setting, number, 0) & 0xFFFFFFFF != 0:  # what lies above an int is anybody's
            return 1
    return 0
