"""The bytes of a table as blocks of whole lines in UTF-8, one block ahead of whoever reads them."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from btlab.data.importers.source import HEAD, Source
from btlab.errors import FormatError

BLOCK = 1 << 22
LONGEST_LINE = 1 << 16
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


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; each is made in another thread while the one before it is used."""
    with ThreadPoolExecutor(1, "btlab-import") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


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
