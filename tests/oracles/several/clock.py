"""In which order several symbols' ticks and closes come."""

from __future__ import annotations

from collections.abc import Sequence

from ..ledger.days import day_end
from .records import Market, Told

MINUTE = 60_000_000
LENGTHS = {"1m": 1, "5m": 5, "15m": 15, "1h": 60, "1d": None}
BASE = "1m"


def merged(markets: Sequence[Market]) -> list[tuple[int, int, int]]:
    """(time, symbol, its tick) of all ticks: by time, equal times by the symbols' names, those of a symbol as they came."""
    return sorted((quote.time, n, i) for n, market in enumerate(markets) for i, quote in enumerate(market.ticks))


def bar_end(timeframe: str, calendar: str, time: int) -> int:
    """Where the bar ends that this time belongs to."""
    minutes = LENGTHS[timeframe]
    return day_end(calendar, time) if minutes is None else (time // (minutes * MINUTE) + 1) * minutes * MINUTE


def closes(markets: Sequence[Market], timeframes: Sequence[str]) -> list[Told]:
    """Every close that a later tick finds, in the order in which they are told: by end, timeframe, symbol. Bars are of mids."""
    running: dict[tuple[int, int], int] = {}
    told = []
    for at, (time, symbol, i) in enumerate(merged(markets)):
        found = sorted((end, frame, n) for (frame, n), end in running.items() if end <= time)
        for end, frame, n in found:
            told.append(Told(end, timeframes[frame], n, at))
            del running[frame, n]
        quote = markets[symbol].ticks[i]
        if quote.bid is not None and quote.ask is not None:
            for frame, name in enumerate(timeframes):
                running.setdefault((frame, symbol), bar_end(name, markets[symbol].calendar, time))
    return told
