"""FIX 4.2 and 4.4 logs: market data in messages 35=W (snapshot) and 35=X (refresh).

A tick is made by each message that changes the best bid or ask. Fields are parted by SOH, by | or by the two letters ^A; what
stands before 8=FIX on a line is passed over, and so are all other messages. The log builds a book (`kernels.fix_book`): W
replaces it, X changes it by 279 (new, change, delete). A tick's time is that of its entries (272 and 273), else 60, else 52, in
UTC. Checksums are verified where the fields are parted by SOH. A tick's sizes are all that stands at the best price; where the
log states none, there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.importers.text import scaled
from btlab.data.kernels.faults import GOOD, NO_LOCAL_TIME
from btlab.data.rows import Batch, Columns
from btlab.data.zones import UTC, Zone
from btlab.errors import FormatError

NAME = "fix"
TAKES_DATE = False

BLOCK = 1 << 22
_SOH = b"\x01"
_BEGIN = re.compile(rb"(?<!\d)8=FIX(?:T\.1\.1|\.[45]\.\d(?:SP\d)?)(\x01|\||\^A)9=\d+\1")
_SHOWN = {b"\x01": "SOH", b"|": "|", b"^A": "^A"}
_LONGEST_MESSAGE, _MOST_SYMBOLS, _MOST_ENTRIES, _MOST_ROWS = 1 << 24, 10_000, 1 << 14, 1 << 20


class Scope(NamedTuple):
    """How a log is read.

    Attributes:
        separator: of fields. tag: that names the symbol. symbol: that is read; None: any. scale: prices are numbers x this.
        sizes: the log states them. zone: of times.
    """

    separator: bytes
    tag: int
    symbol: bytes | None
    scale: float | None
    sizes: bool
    zone: Zone


def recognise(source: Source) -> Verdict | None:
    """By the first message."""
    found = _BEGIN.search(source.head)
    return Verdict(f"a FIX log, fields parted by {_SHOWN[found[1]]}") if found else None


def reader(source: Source, options: Options) -> Reader:
    """All market data of one symbol.

    Raises:
        FormatError: no FIX, or several symbols and none of them asked for.
    """
    found = _BEGIN.search(source.head)
    if not found:
        raise FormatError(f"{source.name} holds no message that begins with 8=FIX.4.2 or 8=FIX.4.4", file=source.name)
    tag, symbols, sizes = _symbols(source, found[1])
    symbol = _asked(source, symbols, options.symbol)
    zone = options.zone or UTC
    scope = Scope(found[1], tag, symbol, options.price_scale, sizes, zone)
    whose = None if symbol is None else symbol.decode("utf-8", "replace")
    of = f" of {whose} (out of {len(symbols)})" if len(symbols) > 1 else ""
    checked = "checksums verified" if found[1] == _SOH else "checksums not looked at"
    how_read = f"ticks are changes of the best bid or ask{of}, times {zone.name}"
    why = f"a FIX log, fields parted by {_SHOWN[found[1]]}, {checked}; {how_read}"
    how: dict[str, str | float | None] = {"format": NAME, "symbol": whose, "zone": zone.name, "scale": options.price_scale}
    good = (batch.columns.time[batch.fault == GOOD] for batch in _read(source, scope, source.head))
    first = next((int(time[0]) for time in good if len(time)), None)
    return Reader(source, why, how, first, whose, partial(_read, source, scope))


def blocks(source: Source, separator: bytes, size: int = BLOCK) -> Iterator[bytes]:
    """The bytes of a log, cut before the beginning of a message; ^A is SOH.

    Raises:
        FormatError: a message without end.
    """
    with source.open() as file:
        rest = b""
        while chunk := file.read(size):
            rest += chunk
            cut = _last_message(rest)
            if cut <= 0 and len(rest) > _LONGEST_MESSAGE:
                raise FormatError(f"{source.name} holds a message of over {_LONGEST_MESSAGE:,} bytes", file=source.name)
            if cut > 0:
                yield _plain(rest[:cut], separator)
                rest = rest[cut:]
        if rest:
            yield _plain(rest, separator)


def _last_message(block: bytes) -> int:
    """Where the last message of a block begins; 8=FIX behind a digit is text, as in 58=FIX."""
    at = block.rfind(b"8=FIX")
    while at > 0 and block[at - 1 : at].isdigit():
        at = block.rfind(b"8=FIX", 0, at)
    return at


def _plain(block: bytes, separator: bytes) -> bytes:
    return block.replace(separator, _SOH) if separator != _SOH else block


def _symbols(source: Source, separator: bytes) -> tuple[int, set[bytes], bool]:
    """The tag that names symbols in a log, what they are called, and whether sizes stand there."""
    found: dict[int, set[bytes]] = {55: set(), 48: set()}
    sizes = False
    for block in blocks(source, separator):
        sizes = sizes or b"\x01271=" in block
        for tag, names in found.items():
            names.update(re.findall(rb"\x01%d=([^\x01\n]{1,255})" % tag, block))
            if len(names) > _MOST_SYMBOLS:
                raise FormatError(f"{source.name} holds over {_MOST_SYMBOLS:,} symbols; split it first", file=source.name)
    tag = 55 if found[55] or not found[48] else 48
    return tag, found[tag], sizes


def _asked(source: Source, symbols: set[bytes], symbol: str) -> bytes | None:
    """The one of the symbols that is read: that which is asked for, or the only one."""
    exact = symbol.encode("utf-8", "surrogatepass")
    if exact in symbols:
        return exact
    alike = [name for name in symbols if _letters(name.decode("utf-8", "replace")) == _letters(symbol)]
    if len(alike) == 1:
        return alike[0]
    if len(symbols) > 1:
        shown = ", ".join(sorted(name.decode("utf-8", "replace") for name in symbols)[:20])
        raise FormatError(
            f"{source.name} holds {len(symbols)} symbols ({shown}); symbol= must be one of them, not {symbol!r}", file=source.name
        )
    return next(iter(symbols), None)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())


class _Book:
    """Scratch of the kernel, and the book between two blocks."""

    def __init__(self) -> None:
        from btlab.data.kernels.fix_message import ENTRY_FIELDS, MESSAGE_FIELDS

        self.message = np.zeros(MESSAGE_FIELDS, np.int64)
        self.whole, self.real = np.zeros((_MOST_ENTRIES, ENTRY_FIELDS), np.int64), np.zeros((_MOST_ENTRIES, 2))
        self.state, self.best = np.zeros(1, np.int64), np.full((2, 4), np.nan)
        self.book, self.levels = np.zeros((256, 3), np.int64), np.zeros((256, 2))

    def grow(self, source: Source) -> None:
        """Twice the room.

        Raises:
            FormatError: no book is so large.
        """
        if len(self.book) >= _MOST_ROWS:
            raise FormatError(
                f"{source.name} builds a book of over {_MOST_ROWS:,} orders; this is no log of quotes", file=source.name
            )
        self.book, self.levels = (np.concatenate([old, np.zeros_like(old)]) for old in (self.book, self.levels))


def _read(source: Source, scope: Scope, head: bytes | None = None) -> Iterator[Batch]:
    """All ticks; of the head alone where one is given."""
    from btlab.data.kernels.fix import scan_messages, symbol_hash

    book, line, newest = _Book(), 1, int(np.iinfo(np.int64).min)
    wanted = 0 if scope.symbol is None else symbol_hash(np.frombuffer(scope.symbol, np.uint8))
    parts = blocks(source, scope.separator) if head is None else iter([_plain(head, scope.separator)])
    for block in parts:
        data, at = np.frombuffer(block, np.uint8), 0
        while at < len(data):
            room = block.count(b"8=FIX") + 1
            time, lines, bounds = np.empty(room, np.int64), np.empty(room, np.int64), np.empty((room, 2), np.int64)
            quotes, fault = np.empty((4, room)), np.empty(room, np.uint8)
            rows, stopped, line = scan_messages(
                data, at, line, scope.separator == _SOH, scope.tag, wanted, book.message, book.whole, book.real, book.state,
                book.book, book.levels, book.best, time, quotes, lines, bounds, fault,
            )  # fmt: skip
            if rows:
                batch = _batch(
                    source, scope, block, time[:rows], quotes[:, :rows], lines[:rows], bounds[:rows], fault[:rows], newest
                )
                newest = max(newest, int(batch.columns.time.max()))
                yield batch
            if stopped < len(data):
                book.grow(source)
            at = stopped


def _batch(
    source: Source,
    scope: Scope,
    block: bytes,
    time: np.ndarray,
    quotes: np.ndarray,
    lines: np.ndarray,
    bounds: np.ndarray,
    fault: np.ndarray,
    newest: int,
) -> Batch:
    time, missing = scope.zone.to_utc(time, newest)
    if missing is not None:
        fault[missing & (fault == GOOD)] = NO_LOCAL_TIME
    bid, ask, bid_size, ask_size = quotes
    if scope.scale is not None:
        bid, ask = scaled(bid, scope.scale), scaled(ask, scope.scale)
    columns = Columns(time, bid, ask, bid_size if scope.sizes else None, ask_size if scope.sizes else None)

    def text(row: int) -> str:
        return block[bounds[row, 0] : bounds[row, 1]].decode("utf-8", "replace").replace("\x01", "|").rstrip("\r\n|")

    return Batch(columns, False, source.name, lines, text, fault)
