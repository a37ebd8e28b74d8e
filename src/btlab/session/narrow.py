"""Columns of whole numbers and prices in fewer bytes, each bit of them kept.

A column is taken as 64-bit words: a guess, a least difference from it, and codes of 1, 2, 4 ... or 64 bits, or none where all
differences are the same. A guess is nothing, the word before, or what the caller knows of the row (the time of its tick, a
level of its order). Prices are differences in points of their grid. The few rows that fit neither are kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WIDTHS = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
DECIMALS = range(9)
APART_BYTES = 12
SAMPLE = 1024
BEFORE = "the word before"
_NO_ROWS, _NO_WORDS = np.empty(0, np.uint32), np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Differences:
    """Whole numbers, shape (n,): `least` more than the guess, and a code more; but for a few.

    Attributes:
        bits: of a code. codes: unsigned, (n,); several in a byte where they have fewer than eight bits, empty where none.
        rows, apart: where a difference is another one, and which.
    """

    least: int
    bits: int
    codes: np.ndarray
    rows: np.ndarray
    apart: np.ndarray

    @property
    def nbytes(self) -> int:
        return self.codes.nbytes + self.rows.nbytes + self.apart.nbytes

    def told(self, count: int) -> np.ndarray:
        """int64 (count,)."""
        numbers = np.full(count, self.least, np.int64)
        if self.bits >= 8:
            numbers += self.codes.view(np.int64) if self.bits == 64 else self.codes
        elif self.bits:
            numbers += _unpacked(self.codes, self.bits)[:count]
        numbers[self.rows] = self.apart
        return numbers


@dataclass(frozen=True, slots=True)
class Column:
    """A column in fewer bytes.

    Attributes:
        guess: its name; "": nothing. scale: points in a price of 1; 0: the words are as they are.
        rows, words: which prices lie on no grid, and their words. values: int64; where there are any, the codes are places in it.
    """

    guess: str
    scale: float
    differences: Differences
    rows: np.ndarray
    words: np.ndarray
    values: np.ndarray

    @property
    def nbytes(self) -> int:
        return self.differences.nbytes + self.rows.nbytes + self.words.nbytes + self.values.nbytes


def narrowed(words: np.ndarray, real: bool, guesses: Mapping[str, np.ndarray]) -> Column:
    """The column in as few bytes as the ways here find.

    Args:
        words: int64 (n,), of floats their bits; n > 0. real: they are such bits. guesses: int64 (n,) of the same kind, by name.
    """
    best = _best(words, 0.0, guesses, _NO_ROWS, _NO_WORDS)
    if not real or best.nbytes <= len(words) // 8:
        return best
    scale = _scale_of(words)
    if scale:
        points, sound = _points(words, scale)
        odd = np.flatnonzero(~sound).astype(np.uint32)
        on_grid = {name: _points(guess, scale)[0] for name, guess in guesses.items()}
        best = min(best, _best(points, scale, on_grid, odd, words[odd]), key=_bytes)
    if _few(words) * len(words) < 8 * best.nbytes:
        values, places = np.unique(words, return_inverse=True)
        best = min(best, Column("", 0.0, _differences(places), _NO_ROWS, _NO_WORDS, values), key=_bytes)
    return best


def widened(column: Column, count: int, guess: np.ndarray | None) -> np.ndarray:
    """The words again, int64 (count,); `guess` is that of its name."""
    numbers = column.differences.told(count)
    if len(column.values):
        return np.asarray(column.values[numbers])
    if column.guess == BEFORE:
        np.cumsum(numbers, out=numbers)
    elif guess is not None:
        numbers += _points(guess, column.scale)[0] if column.scale else guess
    if not column.scale:
        return numbers
    words = (numbers / column.scale).view(np.int64)
    words[column.rows] = column.words
    return words


def _bytes(column: Column) -> int:
    return column.nbytes


def _best(numbers: np.ndarray, scale: float, guesses: Mapping[str, np.ndarray], odd: np.ndarray, odd_words: np.ndarray) -> Column:
    """The shortest differences: from nothing, from the one before, from each guess."""
    best = Column("", scale, _differences(numbers), odd, odd_words, _NO_WORDS)
    for name in (*guesses, BEFORE):
        if best.nbytes <= len(numbers) // 64:
            break
        differences = np.diff(numbers, prepend=0) if name == BEFORE else numbers - guesses[name]
        best = min(best, Column(name, scale, _differences(differences), odd, odd_words, _NO_WORDS), key=_bytes)
    return best


def _differences(numbers: np.ndarray) -> Differences:
    """Of all rows as they are, or of all but a few that lie far from the others."""
    count, least, most = len(numbers), int(numbers.min()), int(numbers.max())
    width = _width(most - least)
    if width == 0:
        return _coded(numbers, least, width)
    low, high = _middle(numbers)
    narrow = _width(high - low)
    if narrow == width:
        return _coded(numbers, least, width)
    apart = np.flatnonzero((numbers < low) | (numbers > low + (1 << narrow) - 1))
    if narrow * count + 8 * APART_BYTES * len(apart) >= width * count:
        return _coded(numbers, least, width)
    return _coded(numbers, low, narrow, apart)


def _middle(numbers: np.ndarray) -> tuple[int, int]:
    """Between what nearly all numbers lie, going by a part of them."""
    part = np.sort(numbers[:: -(-len(numbers) // SAMPLE)])
    trim = len(part) // 64
    return int(part[trim]), int(part[-1 - trim])


def _coded(numbers: np.ndarray, least: int, bits: int, apart: np.ndarray = _NO_ROWS) -> Differences:
    codes = np.empty(0, np.uint8)
    if bits:
        codes = (numbers - least).view(np.uint64).astype(WIDTHS[max(bits, 8)])
        codes = codes if bits >= 8 else _packed(codes, bits)
    return Differences(least, bits, codes, apart.astype(np.uint32), numbers[apart])


def _packed(codes: np.ndarray, bits: int) -> np.ndarray:
    """Codes of a byte each, of which `bits` count, several in a byte."""
    each = 8 // bits
    padded = np.zeros((-(-len(codes) // each), each), np.uint8)
    padded.reshape(-1)[: len(codes)] = codes & ((1 << bits) - 1)
    return np.asarray(np.bitwise_or.reduce(padded << _shifts(bits), axis=1))


def _unpacked(packed: np.ndarray, bits: int) -> np.ndarray:
    return ((packed[:, None] >> _shifts(bits)) & np.uint8((1 << bits) - 1)).reshape(-1)


def _shifts(bits: int) -> np.ndarray:
    return np.arange(0, 8, bits, dtype=np.uint8)


def _width(span: int) -> int:
    """Bits of a code for 0 to `span`."""
    return next(bits for bits in (0, 1, 2, 4, 8, 16, 32, 64) if span < 1 << bits)


def _few(words: np.ndarray) -> int:
    """Bits that a place among all values needs, going by a part of them; 64 where most differ."""
    values = len(np.unique(words[:SAMPLE]))
    return _width(values - 1) if 2 * values < len(words[:SAMPLE]) else 64


def _scale_of(words: np.ndarray) -> float:
    """Of the coarsest grid on which nearly all prices lie; 0.0 where there is none."""
    for decimals in DECIMALS:
        if _points(words[:SAMPLE], 10.0**decimals)[1].mean() > 0.98:
            return 10.0**decimals
    return 0.0


def _points(words: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Prices in points, 0 where one lies on no grid; and where one does."""
    prices = words.view(np.float64)
    with np.errstate(all="ignore"):
        points = np.rint(prices * scale)
        points[~(np.abs(points) < 2.0**52)] = 0.0
        return points.astype(np.int64), (points.astype(np.int64) / scale).view(np.int64) == words
