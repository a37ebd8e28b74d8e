"""A file of columns that is mapped into memory, not read: written whole under another name, then renamed, never changed after.

    0   8   the mark of the format
    8   8   size of the file
    16  8   how many columns
    24  256 its key, UTF-8, zeros behind it
    280     of each column: name (16 bytes), dtype (8), place, length (8 each); then the columns, 64 bytes apart
    -64 8   checksum of everything before it

What a file is about is its key; a name alone is not believed. Each process verifies a file's checksum when it first maps it.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

MARK = b"BTLABCA2"
_ALIGN, _MOST_COLUMNS = 64, 64
_HEAD, _COLUMN = struct.Struct("<8sqq256s"), struct.Struct("<16s8sqq")
_DTYPES = {name.encode(): np.dtype(name) for name in ("<i8", "<i4", "<u4", "<f8", "<f4")}
_MOST_KNOWN = 100_000


class Mapped(NamedTuple):
    """Columns of a mapped file, read-only, and when it was last used (seconds since 1970, as its file says)."""

    columns: dict[str, np.ndarray]
    used: float


class BrokenFileError(Exception):
    """The bytes are not those that were written."""


class FillError(Exception):
    """Whoever was to fill a file failed, not the file."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def pack(key: str, columns: Mapping[str, np.ndarray]) -> bytearray:
    """The bytes of a file."""
    arrays = {name: np.ascontiguousarray(column) for name, column in columns.items()}
    begins, at = list[int](), _padded(_HEAD.size + _COLUMN.size * len(arrays))
    for array in arrays.values():
        begins.append(at)
        at = _padded(at + array.nbytes)
    content = bytearray(at + _ALIGN)
    _HEAD.pack_into(content, 0, MARK, len(content), len(arrays), key.encode())
    for number, ((name, array), begin) in enumerate(zip(arrays.items(), begins)):
        dtype = array.dtype.newbyteorder("<").str
        _COLUMN.pack_into(content, _HEAD.size + number * _COLUMN.size, name.encode(), dtype.encode(), begin, len(array))
        content[begin : begin + array.nbytes] = array.tobytes()
    content[at : at + 8] = _checksum(content).to_bytes(8, "little")
    return content


Put = Callable[[str, int, np.ndarray], None]
"""Takes some rows of a column: its name, the place of the first, and their values."""


def write(path: Path, key: str, room: Mapping[str, tuple[str, int]], fill: Callable[[Put], None]) -> None:
    """Write a file piece by piece: it may be larger than memory. What is not put is zero.

    Args:
        path: of a file that is not there. room: of each column its dtype and length. fill: puts the rows.

    Raises:
        FillError: `fill` failed; it has its error. OSError: the file cannot be written.
    """
    dtypes = {name: np.dtype(dtype).newbyteorder("<") for name, (dtype, _) in room.items()}
    begins, at = dict[str, int](), _padded(_HEAD.size + _COLUMN.size * len(room))
    for name, (_, length) in room.items():
        begins[name] = at
        at = _padded(at + dtypes[name].itemsize * length)
    with open(path, "x+b") as file:

        def put(name: str, first: int, rows: np.ndarray) -> None:
            file.seek(begins[name] + first * dtypes[name].itemsize)
            file.write(np.ascontiguousarray(rows, dtypes[name]).data)

        file.truncate(at + _ALIGN)
        file.write(_HEAD.pack(MARK, at + _ALIGN, len(room), key.encode()))
        for name, (_, length) in room.items():
            file.write(_COLUMN.pack(name.encode(), dtypes[name].str.encode(), begins[name], length))
        try:
            fill(put)
        except Exception as error:
            raise FillError(error) from error
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            checksum = _checksum(content)
        file.seek(at)
        file.write(checksum.to_bytes(8, "little"))


def open_mapped(path: str, key: str) -> Mapped:
    """The columns of a file that is about `key`.

    Raises:
        FileNotFoundError: there is none. BrokenFileError: it is not what was written. OSError: it cannot be read.
    """
    try:
        state = os.stat(path)
    except FileNotFoundError:
        _held.pop(path, None)
        raise
    identity = state.st_ino, state.st_size, state.st_mtime_ns
    held = _held.get(path)
    if held is None or held.identity != identity or held.key != key:
        held = _Held(identity, key, _opened(path, key))
        if path in _held or len(_held) < _most_held():
            _held[path] = held
    return Mapped(held.columns, state.st_atime)


class _Held(NamedTuple):
    identity: tuple[int, int, int]
    key: str
    columns: dict[str, np.ndarray]


_held: dict[str, _Held] = {}
"""What stays mapped by this process: mapping a day and letting it go takes as long as decoding it."""


@cache
def _most_held() -> int:
    """Each takes a descriptor; on Windows nobody could remove or rename what is mapped."""
    try:
        import resource
    except ImportError:
        return 0
    return min(1024, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)


def _opened(path: str, key: str) -> dict[str, np.ndarray]:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        state = os.fstat(file)
        if state.st_size < _HEAD.size + _ALIGN or state.st_size % _ALIGN:
            raise BrokenFileError(f"{state.st_size} bytes")
        content = mmap.mmap(file, 0, access=mmap.ACCESS_READ)
    finally:
        os.close(file)
    mark, size, count, about = _HEAD.unpack_from(content)
    if mark != MARK or size != len(content) or not 0 <= count <= _MOST_COLUMNS:
        raise BrokenFileError("it has no head of this format")
    _verify(content, (path, state.st_ino, state.st_size, state.st_mtime_ns))
    if about.rstrip(b"\0") != key.encode():
        raise BrokenFileError("it is about something else")
    columns = {}
    for number in range(count):
        name, dtype, begin, length = _COLUMN.unpack_from(content, _HEAD.size + number * _COLUMN.size)
        columns[name.rstrip(b"\0").decode()] = np.frombuffer(content, _DTYPES[dtype.rstrip(b"\0")], length, begin)
    return columns


_verified: dict[tuple[str, int, int, int], None] = {}
_guard = threading.Lock()


def _verify(content: mmap.mmap, identity: tuple[str, int, int, int]) -> None:
    """Once for each file and process; a file that was touched since is another one."""
    if identity in _verified:
        return
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


def _padded(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN
