"""Binance's web socket streams as they were recorded: a line for each message, `local_ns {json}` or the JSON alone.

bookTicker is read as quotes, trade and aggTrade as trades; a stream that has both is two imports, format="binance" (quotes) and
format="binance-trades". Depth and all other events are passed over. Times are the exchange's (T, else E), not the local clock's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import numpy as np

from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source
from btlab.data.importers.text import scaled
from btlab.data.rows import Batch, Columns
from btlab.errors import FormatError

BLOCK = 1 << 22
_LONGEST_LINE, _MOST_SYMBOLS = 1 << 24, 10_000
_LINE = re.compile(rb'(?:\d{10,20}\s+)?\{\s*"')
_QUOTED = re.compile(rb'"e"\s*:\s*"bookTicker"|@bookTicker"')
_TRADED = re.compile(rb'"e"\s*:\s*"(?:trade|aggTrade)"')
_SYMBOL = re.compile(rb'"s"\s*:\s*"([^"\n]{1,255})"')


def holds(source: Source) -> tuple[bool, bool]:
    """Whether the head of a file holds quotes, and trades, of a stream."""
    if not _LINE.match(source.head):
        return False, False
    return bool(_QUOTED.search(source.head)), bool(_TRADED.search(source.head))


def recognise(source: Source, *, trades: bool) -> Verdict | None:
    """Of the quotes, or of the trades; not sure where a stream holds both."""
    quoted, traded = holds(source)
    if trades:
        return Verdict("trades of a Binance stream", sure=False) if quoted and traded else None
    if quoted:
        return Verdict("quotes (bookTicker) of a Binance stream", sure=not traded)
    return Verdict("trades of a Binance stream") if traded else None


def reader(source: Source, options: Options, *, trades: bool, name: str) -> Reader:
    """All quotes, or trades, of one symbol.

    Raises:
        FormatError: several symbols and none of them asked for.
    """
    symbol = _asked(source, options.symbol)
    whose = None if symbol is None else symbol.decode("utf-8", "replace")
    what = "trades" if trades else "quotes (bookTicker)"
    why = f"{what} of a Binance stream, times the exchange's; other events are passed over"
    how: dict[str, str | float | None] = {"format": name, "kind": what, "symbol": whose, "scale": options.price_scale}
    read = partial(_read, source, symbol, trades, options.price_scale)
    first = next((int(b.columns.time[0]) for b in read(source.head) if b.fault is not None and not b.fault[0]), None)
    return Reader(source, why, how, first, whose, read)


def blocks(source: Source) -> Iterator[bytes]:
    """The bytes cut behind newlines.

    Raises:
        FormatError: a line without end.
    """
    with source.open() as file:
        rest = b""
        while chunk := file.read(BLOCK):
            rest += chunk
            cut = rest.rfind(b"\n") + 1
            if not cut and len(rest) > _LONGEST_LINE:
                raise FormatError(
                    f"{source.name} has a line of over {_LONGEST_LINE:,} bytes; this is no stream", file=source.name
                )
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
        if rest:
            yield rest


def _asked(source: Source, symbol: str) -> bytes | None:
    """The one of the symbols that is read: that which is asked for, or the only one."""
    found = set[bytes]()
    for block in blocks(source):
        found.update(_SYMBOL.findall(block))
        if len(found) > _MOST_SYMBOLS:
            raise FormatError(f"{source.name} holds over {_MOST_SYMBOLS:,} symbols; split it first", file=source.name)
    exact = symbol.upper().encode("utf-8", "surrogatepass")
    if exact in found:
        return exact
    if len(found) > 1:
        shown = ", ".join(sorted(name.decode("utf-8", "replace") for name in found)[:20])
        raise FormatError(
            f"{source.name} holds {len(found)} symbols ({shown}); symbol= must be one of them, not {symbol!r}", file=source.name
        )
    return next(iter(found), None)


def _read(source: Source, symbol: bytes | None, trades: bool, scale: float | None, head: bytes | None = None) -> Iterator[Batch]:
    """All rows; of the head alone where one is given."""
    from btlab.data.kernels.fix import symbol_hash
    from btlab.data.kernels.stream import FIELDS, QUOTES, TRADES, scan_events

    line, left, right = 1, np.empty(FIELDS, np.int64), np.empty(FIELDS, np.int64)
    wanted = 0 if symbol is None else symbol_hash(np.frombuffer(symbol, np.uint8))
    for block in blocks(source) if head is None else (head,):
        room = block.count(b"\n") + 1
        time, lines, starts = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
        numbers, fault = np.empty((4, room)), np.empty(room, np.uint8)
        kind = TRADES if trades else QUOTES
        data = np.frombuffer(block, np.uint8)
        rows, line = scan_events(data, line, kind, wanted, left, right, time, numbers, lines, starts, fault)
        if rows:
            yield _batch(source, block, trades, scale, time[:rows], numbers[:, :rows], lines[:rows], starts[:rows], fault[:rows])


def _batch(
    source: Source,
    block: bytes,
    trades: bool,
    scale: float | None,
    time: np.ndarray,
    numbers: np.ndarray,
    lines: np.ndarray,
    starts: np.ndarray,
    fault: np.ndarray,
) -> Batch:
    bid, ask, bid_size, ask_size = numbers
    if scale is not None:
        bid, ask = scaled(bid, scale), scaled(ask, scale)

    def text(row: int) -> str:
        end = block.find(b"\n", starts[row])
        return block[starts[row] : len(block) if end < 0 else end].decode("utf-8", "replace").rstrip("\r")

    return Batch(Columns(time, bid, ask, bid_size, ask_size), trades, source.name, lines, text, fault)
