"""Columns of mapped files and of Parquet to times and prices, and the checksum of a mapped file."""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.market.jit import inner, kernel

MISSING = np.int32(-(2**31))
_LANES = 8
_PRIME, _TURN, _BACK, _HALF = np.uint64(0x9E3779B185EBCA87), np.uint64(31), np.uint64(33), np.uint64(32)


@kernel
def checksum(words: np.ndarray) -> Any:
    """A number that any change of the words changes, but for one case in 2^64, at several GB/s.

    Eight lanes of (turn(lane xor word) x prime): each step can be undone, so no single change is ever lost.

    Args:
        words: uint64, a multiple of eight of them.
    """
    a = np.uint64(1)
    b, c, d, e = a * _PRIME, a + _PRIME, a - _PRIME, a ^ _PRIME
    f, g, h = b ^ _HALF, c ^ _HALF, d ^ _HALF
    for i in range(0, words.shape[0], 8):
        a = mix(a, words[i])
        b = mix(b, words[i + 1])
        c = mix(c, words[i + 2])
        d = mix(d, words[i + 3])
        e = mix(e, words[i + 4])
        f = mix(f, words[i + 5])
        g = mix(g, words[i + 6])
        h = mix(h, words[i + 7])
    for lane in (b, c, d, e, f, g, h):
        a = mix(a, lane)
    return a ^ (a >> _HALF)


@inner
def mix(lane: Any, word: Any) -> Any:
    """One step of a lane."""
    lane ^= word
    return ((lane << _TURN) | (lane >> _BACK)) * _PRIME


@kernel
def to_times(offset: np.ndarray, row: np.ndarray, base: np.ndarray, begin: int, out: np.ndarray) -> None:
    """Times of rows begin .. begin + len(out).

    Args:
        offset: uint32, µs since the base of each row's block. row: int64, where each block begins, ascending from 0.
        base: int64 µs UTC of each block. out: int64.
    """
    end = begin + out.shape[0]
    block = np.searchsorted(row, begin, side="right") - 1
    at = begin
    while at < end:
        stop = min(row[block + 1], end) if block + 1 < row.shape[0] else end
        start = base[block]
        for i in range(at, stop):
            out[i - begin] = start + np.int64(offset[i])
        at = stop
        block += 1


@kernel
def to_prices(points: np.ndarray, scale: float, out: np.ndarray) -> None:
    """Prices of int32 points on a grid of 1 / scale: a division, so that they are the very doubles that were parsed."""
    for i in range(out.shape[0]):
        value = points[i] / scale
        out[i] = np.nan if points[i] == MISSING else value


@kernel
def from_steps(steps: np.ndarray, first: int, out: np.ndarray) -> None:
    """Times from the µs since the row before, the first of them since `first`."""
    time = np.int64(first)
    for i in range(out.shape[0]):
        time += steps[i]
        out[i] = time


@kernel
def to_sums(points: np.ndarray, spread: np.ndarray, scale: float, out: np.ndarray) -> None:
    """Prices of int32 points and their distances, none of them missing, as `to_prices`."""
    for i in range(out.shape[0]):
        out[i] = np.int32(points[i] + spread[i]) / scale
