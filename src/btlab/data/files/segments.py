"""Ticks of one feed and at most one UTC day, or bars of one period, as a Parquet file, and back: bit for bit what went in.

Prices that lie on a decimal grid are int32 points, price = points / 10^digits (the division gives the very double that was
parsed); others stay float64. Times are the µs since the row before. Where every row has both sides the ask is kept as its
distance from the bid. Measured on the real days: 2.9 bytes a tick on FXCM, and reading 2.5 times as fast as plain columns. Of
bars the close is kept as its distance from the open, high and low as theirs from the body.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from btlab.data.rows import BarColumns, Columns

if TYPE_CHECKING:
    import polars as pl

LEVEL = 3
_MOST_POINTS = 2**31 - 1


class Encoded(NamedTuple):
    """A file's bytes, and the digits of its grid; None where the prices lie on none."""

    content: bytes
    digits: int | None


def encode(columns: Columns, *, trades: bool, about: dict[str, str]) -> Encoded:
    """A day's ticks as a file.

    Args:
        columns: at least one row, ascending. trades: the ask is the bid. about: what the footer says, so that a file alone can
            still be told.
    """
    digits = grid_of(columns)
    table = {"time": _steps(columns.time)}
    table["bid"] = bid = _points(columns.bid, digits)
    if not trades:
        ask = _points(columns.ask, digits)
        whole = digits is not None and not bid.null_count() and not ask.null_count()
        table["spread" if whole else "ask"] = (ask - bid).alias("spread") if whole else ask
    for name in ("bid_size", "ask_size"):
        size = getattr(columns, name)
        if size is not None:
            table[name] = _narrow(size)
    footer = {**about, "digits": str(digits), "first": str(columns.time[0]), "trades": str(trades)}
    return Encoded(_file(table, footer), digits)


def decode(content: bytes, first: int, digits: int | None, out: Columns) -> None:
    """Fill `out` with the rows of a file.

    Args:
        first: µs UTC of its first row. digits: of its grid. out: writable, as long as the file; trades' ask may be their bid.

    Raises:
        ValueError: the file does not hold what `out` wants. polars' errors: it is no Parquet.
    """
    import polars as pl

    _fill(pl.read_parquet(io.BytesIO(content), use_statistics=False), first, digits, out)


def decode_all(contents: Sequence[bytes], firsts: Sequence[int], digits: Sequence[int | None], outs: Sequence[Columns]) -> None:
    """Several files at once, which takes 0.6 of the time; arguments and errors as of `decode`."""
    import polars as pl

    rows = [len(out.time) for out in outs]
    try:
        whole = pl.read_parquet(list(contents), use_statistics=False)
    except pl.exceptions.PolarsError:  # columns of different kinds
        whole = None
    if whole is None or whole.height != sum(rows):
        for content, first, digit, out in zip(contents, firsts, digits, outs):
            decode(content, first, digit, out)
        return
    for stop, row, first, digit, out in zip(np.cumsum(rows).tolist(), rows, firsts, digits, outs):
        _fill(whole.slice(stop - row, row), first, digit, out)


def _fill(table: pl.DataFrame, first: int, digits: int | None, out: Columns) -> None:
    from btlab.data.kernels.hot import to_sums

    _times(table, first, out.time)
    _prices(table["bid"], digits, out.bid)
    if "spread" in table.columns and digits is not None:
        to_sums(_values(table["bid"]), _values(table["spread"]), 10.0**digits, out.ask)
    elif "ask" in table.columns:
        _prices(table["ask"], digits, out.ask)
    for name in ("bid_size", "ask_size"):
        column = getattr(out, name)
        if column is not None:
            column[:] = table[name].to_numpy()


def encode_bars(columns: BarColumns, *, about: dict[str, str]) -> Encoded:
    """Bars of one timeframe and price as a file.

    Args:
        columns: at least one row, ascending. about: as of `encode`; with the timeframe and the price.
    """
    import polars as pl

    digits = grid_of(columns)
    table = {"time": _steps(columns.time)}
    begin, high, low, close = (_points(side, digits) for side in columns[1:5])
    if digits is None:
        table |= {"open": begin, "high": high, "low": low, "close": close}
    else:
        top, bottom = (pl.Series(pick(begin.to_numpy(), close.to_numpy())) for pick in (np.maximum, np.minimum))
        table |= {"open": begin, "body": close - begin, "above": high - top, "below": bottom - low}
    table["volume"] = _narrow(columns.volume)
    footer = {**about, "digits": str(digits), "first": str(columns.time[0])}
    return Encoded(_file(table, footer), digits)


def decode_bars(content: bytes, first: int, digits: int | None, out: BarColumns) -> None:
    """Fill `out` with the bars of a file; arguments and errors as of `decode`."""
    import polars as pl

    table = pl.read_parquet(io.BytesIO(content), use_statistics=False)
    _times(table, first, out.time)
    if digits is None:
        for name in ("open", "high", "low", "close"):
            getattr(out, name)[:] = table[name].to_numpy()
    else:
        begin, body = table["open"].to_numpy(), table["body"].to_numpy()
        close, grid = begin + body, 10.0**digits
        np.divide(begin, grid, out=out.open)
        np.divide(close, grid, out=out.close)
        np.divide(np.maximum(begin, close) + table["above"].to_numpy(), grid, out=out.high)
        np.divide(np.minimum(begin, close) - table["below"].to_numpy(), grid, out=out.low)
    out.volume[:] = table["volume"].to_numpy()


def grid_of(columns: Columns | BarColumns) -> int | None:
    """Digits of the grid of all prices; None where there is none, or its points leave int32."""
    from btlab.data.kernels.points import MOST_DIGITS, digits_of

    prices = columns[1:5] if isinstance(columns, BarColumns) else _sides(columns)
    digits = 0
    for side in prices:
        digits = digits_of(np.ascontiguousarray(side), digits)
        if digits > MOST_DIGITS:
            return None
    greatest = max(np.nanmax(side, initial=0.0) for side in prices)
    return digits if greatest * 10.0**digits < _MOST_POINTS else None


def _sides(columns: Columns) -> list[np.ndarray]:
    return [columns.bid] if columns.ask is columns.bid else [columns.bid, columns.ask]


def _file(table: dict[str, pl.Series], footer: dict[str, str]) -> bytes:
    import polars as pl

    buffer = io.BytesIO()
    pl.DataFrame(table).write_parquet(buffer, compression="zstd", compression_level=LEVEL, statistics=False, metadata=footer)
    return buffer.getvalue()


def _narrow(column: np.ndarray) -> pl.Series:
    """float32 where that loses nothing."""
    import polars as pl

    with np.errstate(over="ignore"):
        small = column.astype(np.float32)
    return pl.Series(small if np.array_equal(small.astype(np.float64), column) else column)


def _times(table: pl.DataFrame, first: int, out: np.ndarray) -> None:
    """Times from their steps, into as many rows as were written."""
    from btlab.data.kernels.hot import from_steps

    if table.height != len(out):
        raise ValueError(f"{table.height} rows where {len(out)} were written")
    from_steps(_values(table["time"]), first, out)


def _steps(time: np.ndarray) -> pl.Series:
    import polars as pl

    steps = np.diff(time, prepend=time[:1])
    return pl.Series(steps.astype(np.int32) if steps.max() <= _MOST_POINTS else steps)


def _points(side: np.ndarray, digits: int | None) -> pl.Series:
    import polars as pl

    from btlab.data.kernels.points import MISSING, to_points

    if digits is None:
        return pl.Series(side)
    out = np.empty(len(side), np.int32)
    missing = to_points(np.ascontiguousarray(side), digits, out)
    points = pl.Series(out)
    return points.set(points == MISSING, None) if missing else points


def _prices(column: pl.Series, digits: int | None, out: np.ndarray) -> None:
    from btlab.data.kernels.hot import MISSING, to_prices

    if digits is None:
        out[:] = column.fill_null(np.nan).to_numpy()
    else:
        to_prices(_values(column.fill_null(MISSING) if column.null_count() else column), 10.0**digits, out)


def _values(column: pl.Series) -> np.ndarray:
    """A column without nulls, read-only as all of them are, so that each kernel is compiled once."""
    values = np.ascontiguousarray(column.to_numpy())
    values.flags.writeable = False
    return values
