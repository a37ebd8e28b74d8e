"""A file of columns that is mapped into memory, not read: written whole under another name, then renamed, never changed after.

    0   8   the mark of the format
    8   8   size of the file
    16  8   length of the head
    24      the head, JSON: its key, numbers, and each column's name, dtype, place and length; then the columns, 64 bytes apart
    -64 8   checksum of everything before it

What a file is about is its key; a name alone is not believed. Each process verifies a file's checksum when it first maps it.
"""

from __future__ import annotations

import json
import mmap
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

MARK = b"BTLABCA1"
_HEAD, _ALIGN = 24, 64
_DTYPES = frozenset(("<i8", "<i4", "<u4", "<f8", "<f4"))
_MOST_KNOWN = 100_000


class Mapped(NamedTuple):
    """Columns of a mapped file, read-only, and its numbers."""

    columns: dict[str, np.ndarray]
    numbers: dict[str, int]


class BrokenFileError(Exception):
    """The bytes are not those that were written."""


def pack(key: str, columns: Mapping[str, np.ndarray], numbers: Mapping[str, int]) -> bytearray:
    """The bytes of a file."""
    arrays = {name: np.ascontiguousarray(column) for name, column in columns.items()}
    room = 256 + sum(64 + len(name) for name in arrays) + sum(32 + len(name) for name in numbers) + len(key)
    at, begins, places = _padded(room), dict[str, int](), dict[str, tuple[str, int, int]]()
    for name, array in arrays.items():
        begins[name], places[name] = at, (array.dtype.newbyteorder("<").str, at, len(array))
        at = _padded(at + array.nbytes)
    head = json.dumps({"key": key, "numbers": dict(numbers), "columns": places}).encode()
    content = bytearray(at + _ALIGN)
    content[:_HEAD] = MARK + len(content).to_bytes(8, "little") + len(head).to_bytes(8, "little")
    content[_HEAD : _HEAD + len(head)] = head
    for name, array in arrays.items():
        content[begins[name] : begins[name] + array.nbytes] = array.tobytes()
    content[at : at + 8] = _checksum(content).to_bytes(8, "little")
    return content


def open_mapped(path: Path, key: str) -> Mapped:
    """The columns of a file that is about `key`.

    Raises:
        FileNotFoundError: there is none. BrokenFileError: it is not what was written. OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        state = os.fstat(file.fileno())
        if state.st_size < 2 * _ALIGN or state.st_size % _ALIGN:
            raise BrokenFileError(f"{state.st_size} bytes")
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _verify(content, (str(path), state.st_ino, state.st_size, state.st_mtime_ns))
    try:
        head = json.loads(content[_HEAD : _HEAD + int.from_bytes(content[16:_HEAD], "little")])
        if head["key"] != key:
            raise BrokenFileError("it is about something else")
        return Mapped({name: _column(content, *place) for name, place in head["columns"].items()}, head["numbers"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenFileError(str(error)) from None


_verified: dict[tuple[str, int, int, int], None] = {}
_guard = threading.Lock()


def _verify(content: mmap.mmap, identity: tuple[str, int, int, int]) -> None:
    """Once for each file and process; a file that was touched since is another one."""
    if identity in _verified:
        return
    if content[:8] != MARK or int.from_bytes(content[8:16], "little") != len(content):
        raise BrokenFileError("it has no head of this format")
    if int.from_bytes(content[-_ALIGN : 8 - _ALIGN], "little") != _checksum(content):
        raise BrokenFileError("its checksum differs")
    with _guard:
        if len(_verified) >= _MOST_KNOWN:
            _verified.clear()
        _verified[identity] = None


def _checksum(content: bytearray | mmap.mmap) -> int:
    from btlab.data.kernels.hot import checksum

    words = np.frombuffer(content, np.uint64)[: -_ALIGN // 8]
    words.flags.writeable = False
    return int(checksum(words))


def _column(content: mmap.mmap, dtype: str, begin: int, count: int) -> np.ndarray:
    if dtype not in _DTYPES:
        raise BrokenFileError(f"a column of {dtype}")
    return np.frombuffer(content, np.dtype(dtype), count, begin)


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
