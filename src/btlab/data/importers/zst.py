"""Whether a Zstandard file is whole: its frames are walked from block to block, and nothing is unpacked.

The decoder that Databento ships says nothing of a file that ends between two blocks. The layout is that of RFC 8878, section 3.
"""

from __future__ import annotations

from btlab.data.importers.source import ZSTANDARD, Source, Stream
from btlab.errors import FormatError

_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_CHUNK = 1 << 20


def check_whole(source: Source) -> None:
    """Walk all frames.

    Raises:
        FormatError: the file is cut off, or something else stands behind a frame.
    """
    with source.open() as file:
        while magic := file.read(4):
            if magic == ZSTANDARD:
                _pass_frame(file, source)
            elif len(magic) == 4 and int.from_bytes(magic, "little") in _SKIPPABLE:
                _skip(file, int.from_bytes(_exactly(file, 4, source), "little"), source)
            else:
                raise FormatError(f"{source.name} holds bytes that are no Zstandard; fetch it again", file=source.name)


def _pass_frame(file: Stream, source: Source) -> None:
    """Behind the magic number to the end of the frame."""
    descriptor = _exactly(file, 1, source)[0]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    content_size = (single, 2, 4, 8)[descriptor >> 6]
    _skip(file, 1 - single + (0, 1, 2, 4)[descriptor & 3] + content_size, source)
    last = False
    while not last:
        header = int.from_bytes(_exactly(file, 3, source), "little")
        last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
        _skip(file, 1 if kind == 1 else size, source)
    _skip(file, 4 * checksum, source)


def _skip(file: Stream, count: int, source: Source) -> None:
    while count:
        count -= len(_exactly(file, min(count, _CHUNK), source))


def _exactly(file: Stream, count: int, source: Source) -> bytes:
    found = file.read(count)
    if len(found) < count:
        raise FormatError(f"{source.name} is cut off; fetch it again", file=source.name)
    return found
