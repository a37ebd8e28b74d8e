"""A table that is made while it is read: an Arrow C stream whose batches are polars frames, asked for one at a time.

DuckDB opens the streams of every table that a plan still scans before it runs it. With frames behind them all of those would be
in memory at once; with this, one day of each. https://arrow.apache.org/docs/format/CStreamInterface.html
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_FAILED = 5  # EIO


class _Array(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
        *((name, ctypes.c_void_p) for name in ("buffers", "children", "dictionary", "release", "private_data")),
    )


class _Stream(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("get_schema", "get_next", "get_last_error", "release", "private_data"))


_Get = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
_Error = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
_Release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_NAME = b"arrow_array_stream"


class LazyTable:
    """What DuckDB reads as a table.

    Args:
        schema: of every frame. frames: makes them, anew for each scan. failed: is told what went wrong while making one.
    """

    def __init__(
        self, schema: pl.Schema, frames: Callable[[], Iterator[pl.DataFrame]], failed: Callable[[BaseException], None]
    ) -> None:
        self.schema, self.frames, self.failed = schema, frames, failed
        self._scans: list[int] = []

    def __arrow_c_schema__(self) -> Any:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        import polars as pl

        number = next(_numbers)
        self._scans.append(number)
        _scans[number] = _Scan(self, pl.DataFrame(schema=self.schema))
        struct = _scans[number].struct
        struct.private_data = number
        struct.get_schema, struct.get_next, struct.get_last_error, struct.release = map(_address, _CALLBACKS)
        return _capsule(ctypes.addressof(struct), _NAME, None)

    def close(self) -> None:
        """Let go of all scans; whoever read them is gone."""
        for number in self._scans:
            _scans.pop(number, None)


class _Scan:
    """One reading of a table."""

    def __init__(self, table: LazyTable, empty: pl.DataFrame) -> None:
        self.table, self.struct, self.message = table, _Stream(), b""
        self.frames = _late(table.frames)
        self.inner: Any = empty.__arrow_c_stream__()

    def schema(self, out: int) -> int:
        inner = _stream_of(self.inner)
        return _Get(inner.get_schema)(ctypes.addressof(inner), out)

    def next(self, out: int) -> int:
        """The next batch into `out`, an array without a release where there is none."""
        while True:
            inner = _stream_of(self.inner)
            code = _Get(inner.get_next)(ctypes.addressof(inner), out)
            if code or _Array.from_address(out).release:
                return code
            frame = next(self.frames, None)
            if frame is None:
                return 0
            self.inner = frame.__arrow_c_stream__()


def _late(frames: Callable[[], Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    """Nothing is made, and nothing fails, before the first frame is asked for."""
    yield from frames()


_scans: dict[int, _Scan] = {}
_numbers = itertools.count(1)


def _scan_of(stream: int) -> _Scan:
    return _scans[_Stream.from_address(stream).private_data]


def _get_schema(stream: int, out: int) -> int:
    return _tried(stream, lambda scan: scan.schema(out))


def _get_next(stream: int, out: int) -> int:
    return _tried(stream, lambda scan: scan.next(out))


def _tried(stream: int, action: Callable[[_Scan], int]) -> int:
    try:
        scan = _scan_of(stream)
    except KeyError:
        return _FAILED
    try:
        return action(scan)
    except BaseException as error:  # nothing may fly through compiled code
        scan.message = str(error).encode("utf-8", "replace")
        scan.table.failed(error)
        return _FAILED


def _get_last_error(stream: int) -> int | None:
    try:
        scan = _scan_of(stream)
    except KeyError:
        return None
    return ctypes.cast(ctypes.c_char_p(scan.message), ctypes.c_void_p).value


def _release(stream: int) -> None:
    struct = _Stream.from_address(stream)
    _scans.pop(struct.private_data or 0, None)
    struct.release = None


_CALLBACKS = _Get(_get_schema), _Get(_get_next), _Error(_get_last_error), _Release(_release)
"""Made once and never freed: a callback must not go while it runs."""


def _address(callback: Any) -> int:
    return ctypes.cast(callback, ctypes.c_void_p).value or 0


_capsule = ctypes.pythonapi.PyCapsule_New
_capsule.argtypes, _capsule.restype = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p), ctypes.py_object
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.argtypes, _pointer.restype = (ctypes.py_object, ctypes.c_char_p), ctypes.c_void_p


def _stream_of(capsule: Any) -> _Stream:
    return _Stream.from_address(_pointer(capsule, _NAME))
