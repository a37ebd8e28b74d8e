"""The bytes of a table as blocks of whole lines in UTF-8: forwards, backwards, and one block ahead of whoever reads them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, TypeVar, cast

from btlab.data.importers.source import HEAD, Source
from btlab.errors import FormatError

BLOCK = 1 << 22
LONGEST_LINE = 1 << 16
MOST_HELD = 1 << 29
"""Bytes of a compressed table that runs backwards: its end is known only when all of it was unpacked."""

_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PROBE = 4096

Item = TypeVar("Item")


def encoding(source: Source) -> str:
    """ "utf-8", or one of UTF-16 where its mark says so, or where every other of the first bytes is NUL.

    Other encodings keep ASCII as it is, and no table needs more.
    """
    head = source.head[:_PROBE]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    half = max(1, len(head) // 2)
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[first::2].count(0) > 0.9 * half and head[1 - first :: 2].count(0) == 0:
            return name
    return "utf-8"


def head_of(source: Source) -> bytes:
    """The first bytes as UTF-8, without a mark: what formats are told by."""
    coded = encoding(source)
    if coded == "utf-8":
        return source.head.removeprefix(_UTF8_MARK)
    return source.head.decode(coded, "replace").removeprefix("\ufeff").encode("utf-8", "replace")


def is_text(source: Source) -> bool:
    """Whether anything but blanks is there, and no NUL."""
    head = head_of(source)
    return b"\0" not in head and bool(head.strip())


def first_lines(source: Source, most: int = 1 << 16) -> list[str]:
    """The first lines, blank ones too, without the one that the head may have cut."""
    lines = head_of(source).decode("utf-8", "replace").split("\n", most)[:most]
    if len(source.head) == HEAD and len(lines) > 1 and len(lines) < most:
        lines.pop()
    return [line.rstrip("\r") for line in lines]


def first_line(source: Source) -> str:
    """The first line, as it is recognised by."""
    return first_lines(source, 1)[0][:1000]


def blocks(source: Source, skip: int = 0, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a table cut behind newlines, without a byte order mark and the first `skip` lines.

    Raises:
        FormatError: a line without end, or NUL bytes: this is no text.
    """
    rest = b""
    for chunk in _chunks(source, size):
        chunk = rest + chunk
        cut = chunk.rfind(b"\n") + 1
        block, rest = chunk[:cut], chunk[cut:]
        if len(rest) > LONGEST_LINE:
            raise _endless(source)
        while skip and block:
            _, _, block = block.partition(b"\n")
            skip -= 1
        if block:
            yield block
    if rest and not skip:
        yield rest


def backwards(source: Source, skip: int = 0, size: int = BLOCK) -> Iterator[tuple[bytes, int]]:
    """The blocks from the last to the first, each with the number of its first line; lines within are in the file's order.

    Raises:
        FormatError: as `blocks`; and a compressed table of over `MOST_HELD` bytes.
    """
    line = 1 + skip + sum(block.count(b"\n") for block in blocks(source, skip))
    with source.open() as file:
        if encoding(source) == "utf-8" and hasattr(file, "seek"):
            yield from _from_the_end(cast(IO[bytes], file), skip, size, line)
            return
    parts, held = list[bytes](), 0
    for block in blocks(source, skip, size):
        parts.append(block)
        held += len(block)
        if held > MOST_HELD:
            raise FormatError(
                f"{source.name} runs backwards and unpacks to over {MOST_HELD:,} bytes; unpack it first", file=source.name
            )
    for block in reversed(parts):
        line -= block.count(b"\n")
        yield block, line


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; each is made in another thread while the one before it is used."""
    with ThreadPoolExecutor(1, "btlab-import") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _from_the_end(file: IO[bytes], skip: int, size: int, line: int) -> Iterator[tuple[bytes, int]]:
    begin = 0
    for _ in range(skip):
        begin += len(file.readline())
    if not skip and file.read(len(_UTF8_MARK)) == _UTF8_MARK:
        begin = len(_UTF8_MARK)
    stop, rest = file.seek(0, 2), b""
    while stop > begin:
        start = max(begin, stop - size)
        file.seek(start)
        chunk = file.read(stop - start) + rest
        cut = 0 if start == begin else chunk.find(b"\n", 0, stop - start) + 1
        stop, rest = start, chunk[:cut] if start > begin else b""
        if start > begin and not cut:
            rest = chunk
            continue
        block = chunk[cut:]
        line -= block.count(b"\n")
        if block:
            yield block, line


def _chunks(source: Source, size: int) -> Iterator[bytes]:
    coded = encoding(source)
    decoder: Any = None if coded == "utf-8" else codecs.getincrementaldecoder(coded)("replace")
    with source.open() as file:
        first = True
        while chunk := file.read(size):
            if decoder is not None:
                text = decoder.decode(chunk)
                chunk = (text.removeprefix("\ufeff") if first else text).encode("utf-8", "replace")
            elif first:
                chunk = chunk.removeprefix(_UTF8_MARK)
            if b"\0" in chunk:
                raise FormatError(f"{source.name} is no text (it holds NUL bytes); save it as UTF-8", file=source.name)
            first = False
            yield chunk
        if decoder is not None and (tail := decoder.decode(b"", final=True)):
            yield tail.encode("utf-8", "replace")


def _endless(source: Source) -> FormatError:
    return FormatError(f"{source.name} has a line of over {LONGEST_LINE:,} bytes; this is no table", file=source.name)
