"""Simulated ticks: made up, but with the habits of real ones, for demos, tests and benchmarks on machines without data.

Everything is drawn and computed in whole numbers from the raw bits of a generator whose stream is guaranteed, so every
platform and every version of numpy gives the same ticks, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from btlab.data.rows import Columns
from btlab.errors import SeriesError
from btlab.market.calendar import NEW_YORK, day_starts
from btlab.market.hours import open_hours
from btlab.market.instrument import check_symbol, default_calendar, family
from btlab.market.series import Ticks
from btlab.market.times import to_microseconds

Draw = Callable[[int], np.ndarray]
"""So many raw draws, uint64."""

FIRST_DAY = datetime(2024, 1, 7, 17, tzinfo=NEW_YORK)
"""A Sunday, 17:00 in New York: an FX week opens."""

# By hour from 17:00 New York: the lull after rollover, Tokyo from hour 2, London from hour 10, New York from hour 15.
_ACTIVITY = (15, 25, 40, 55, 60, 55, 50, 45, 55, 80, 150, 160, 140, 120, 110, 170, 200, 190, 170, 150, 120, 100, 85, 60)
_SPREAD = (30, 14, 9, 8, 7, 7, 7, 7, 7, 6, 4, 4, 4, 4, 4, 3, 3, 3, 4, 4, 5, 6, 8, 14)
_BURST = np.array([0, 0, 0, 1, 1, 1, 2, 3], np.int64)
_CALM = 256
_BREAK = 3600  # Metals open an hour after 17:00 New York.
_MIDNIGHT = 2 * 3600  # 00:00 UTC in seconds after 17:00 New York in winter: where a day around the clock begins.
_SECOND = 1_000_000


class _Price(NamedTuple):
    """Where a family of instruments begins: points, and decimals of a point."""

    points: int
    digits: int


_PRICES = {"fx": _Price(110_000, 5), "metal": _Price(200_000, 2), "crypto": _Price(400_000, 1), "other": _Price(100_000, 3)}
_YEN = _Price(150_000, 3)


def simulate_ticks(symbol: str = "EURUSD", *, days: int = 5, seed: int = 0) -> Ticks:
    """Simulated quotes, no real ones: the same for the same arguments, everywhere.

    FX pairs and metals trade in the FX week, from Sunday 17:00 New York, metals but for the hour from 17:00, everything else
    around the clock; nobody trades on FX holidays. Activity and spread
    follow the sessions of Tokyo, London and New York, the spread widens around rollover, calm and busy spells cluster, some
    quotes share a timestamp. Sizes are in quarters of a million. Fewer days are the beginning of more.

    Args:
        symbol: its family sets the price level and the hours.
        days: trading days, each of 60,000 to 100,000 ticks or so.
        seed: another seed, another market.

    Returns:
        Ticks that begin at `FIRST_DAY`, 7 January 2024.

    Raises:
        SeriesError: fewer than one day, or a seed that is no whole number from 0 on.

    >>> ticks = simulate_ticks("EURUSD", days=1, seed=7)
    >>> ticks.symbol, ticks.digits, 50_000 < len(ticks) < 120_000
    ('EURUSD', 5, True)
    """
    check_symbol(symbol)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise SeriesError(f"days={days!r}; simulate a whole number of days, at least 1", days=days)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise SeriesError(f"seed={seed!r}; a seed is a whole number from 0 on", seed=seed)
    price = _YEN if symbol.upper()[3:6] == "JPY" and family(symbol) == "fx" else _PRICES[family(symbol)]
    return Ticks(*Columns.join(list(_days(symbol, days, seed, price))), symbol, False)


def _days(symbol: str, days: int, seed: int, price: _Price) -> Iterator[Columns]:
    """Day after day; what one leaves behind (sixteenths of a point, the spell it was in) the next takes up."""
    level, spell, floor = price.points * 16, _CALM, price.points * 8
    calendar = default_calendar(symbol)
    clock = {"fx": 0, "metals": _BREAK}.get(calendar, _MIDNIGHT)
    for number, (start, end) in enumerate(_hours(calendar, days)):
        draw = np.random.PCG64(np.random.SeedSequence([seed, number, *symbol.encode("utf-8", "surrogatepass")])).random_raw
        spells = _spells(draw((end - start) // (60 * _SECOND) + 1), spell)
        time = _times(draw, start, end, spells, clock)
        minute = (time - start) // (60 * _SECOND)
        walk = level + np.cumsum(_steps(draw(len(time)), spells[minute]))
        spell, level = int(spells[-1]), int(walk[-1])
        mid = (floor + np.abs(walk - floor)) // 16
        spread = _spreads(draw, (time - start) // _SECOND + clock, spells[minute])
        bid = mid - spread // 2
        size = draw(len(time))
        sizes = (((size >> np.uint64(shift)) % np.uint64(20) + np.uint64(1)).astype(np.int64) / 4 for shift in (8, 40))
        yield Columns(time, bid / 10**price.digits, (bid + spread) / 10**price.digits, *sizes)


def _hours(calendar: str, days: int) -> list[tuple[int, int]]:
    """Start and end, µs UTC, of so many trading days: each day's trading hours."""
    first = to_microseconds(FIRST_DAY)
    span = timedelta(days=days // 5 * 7 + days // 200 * 4 + 9) // timedelta(microseconds=1)
    starts = day_starts(calendar, first, first + span)
    starts = starts[starts >= first]
    opens, closes = open_hours(calendar, int(starts[0]), int(starts[-1]) - 1)
    edges = np.unique(np.concatenate([starts, opens, closes]))
    row = np.searchsorted(opens, edges[:-1], side="right") - 1
    traded = (row >= 0) & (edges[:-1] < closes[row]) & (edges[:-1] >= first)
    return list(zip(edges[:-1][traded].tolist(), edges[1:][traded].tolist()))[:days]


def _uniform(raw: np.ndarray, shift: int, bits: int) -> np.ndarray:
    """Some bits of each draw as int64."""
    return (raw >> np.uint64(shift) & np.uint64((1 << bits) - 1)).astype(np.int64)


def _spells(raw: np.ndarray, spell: int) -> np.ndarray:
    """How busy each minute is (256: as usual): a slow walk back to calm, with a shock every five hours or so."""
    noise, shock, size = _uniform(raw, 0, 7).tolist(), _uniform(raw, 16, 16).tolist(), _uniform(raw, 32, 10).tolist()
    out = []
    for k in range(len(raw)):
        spell += (_CALM - spell) // 24 + noise[k] - 63
        spell = min(max(spell + (size[k] if shock[k] < 220 else 0), 64), 1536)
        out.append(spell)
    return np.array(out, np.int64)


def _times(draw: Draw, start: int, end: int, spells: np.ndarray, clock: int) -> np.ndarray:
    """µs UTC of each tick: seconds hold more of them the busier their hour and minute, in bursts; milliseconds fall anywhere."""
    second = np.arange((end - start) // _SECOND)
    raw = draw(len(second))
    rate = np.array(_ACTIVITY)[(second + clock) // 3600 % 24] * spells[second // 60] * 500 // 256 * _BURST[_uniform(raw, 0, 3)]
    count = (rate + _uniform(raw, 16, 16)) >> 16
    at = np.repeat(second, count)
    millisecond = at * 1000 + (_uniform(draw(len(at)), 16, 16) * 1000 >> 16)
    return start + np.sort(millisecond) * 1000


def _steps(raw: np.ndarray, spell: np.ndarray) -> np.ndarray:
    """Sixteenths of a point from one tick to the next: the sum of eight draws is nearly normal, wider in busy spells."""
    bell = sum(_uniform(raw, 8 * k, 8) for k in range(8)) - 1020
    return (bell * (128 + spell // 2) + 1280) // 2560


def _spreads(draw: Draw, second: np.ndarray, spell: np.ndarray) -> np.ndarray:
    """Points between bid and ask, held for a second; three times as wide in the ten minutes around rollover."""
    hour = second // 3600 % 24
    noise = _uniform(draw(int(second[-1]) + 1), 16, 4)[second]
    length = 86_400
    rollover = np.minimum(second % length, length - second % length) < 300
    return (np.array(_SPREAD)[hour] * (12 + noise // 2) // 16 * np.where(rollover, 3, 1) * (192 + spell // 4) >> 8) + 1
