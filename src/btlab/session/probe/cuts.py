"""After which rows the future is changed, to see whether a strategy knew of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.timeframe import index_of
from btlab.session.probe.merged import Merged

if TYPE_CHECKING:
    from btlab.session.probe.lookahead import Prober


def cuts_of(prober: Prober, probes: int, seed: int) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Rows after which the future changes: one stretch without a gap, then decisions and drawn ones; and the stretch's times."""
    called = _moments_of_calls(prober)
    data, random = prober.data, np.random.default_rng(seed)
    first = data.begun if isinstance(data, Merged) else 0
    called = called[(called >= first) & (called < len(data) - 1)]
    if not len(called):
        return np.array([max(first, len(data) // 2)]), None
    decided = np.unique(np.concatenate([rows_of(prober, table) for table in ("order", "mark", "fill")]))
    decided = decided[(decided >= first) & (decided < len(data) - 1)]
    begin = max(0, int(np.searchsorted(called, decided[0])) - 1) if len(decided) else 0
    stretch = called[begin : begin + (probes + 1) // 2]
    rest = probes - len(stretch)
    later = decided[~np.isin(decided, stretch)]
    chosen = random.choice(later, min(len(later), rest // 2), replace=False) if len(later) else later
    left = called[~np.isin(called, np.concatenate([stretch, chosen]))]
    drawn = (
        left[np.unique(np.linspace(0, len(left) - 1, rest - len(chosen)).astype(np.int64))]
        if len(left) and rest > len(chosen)
        else left[:0]
    )
    cuts = np.concatenate([stretch, np.sort(np.concatenate([chosen, drawn]))]).astype(np.int64)
    return cuts, (int(data.time[stretch[0]]), int(data.time[stretch[-1]])) if len(stretch) else None


def _moments_of_calls(prober: Prober) -> np.ndarray:
    """The rows taken last when the strategy is called: each one for on_tick, those before closes for on_bar."""
    handlers, data = prober.strategy.handlers(), prober.data
    if "on_tick" in handlers:
        return np.arange(len(data))
    rows = [rows_of(prober, "fill")]
    for line in prober.timelines if "on_bar" in handlers else ():
        for timeframe in prober.strategy.timeframes():
            bars = line.rows(index_of(timeframe))
            if isinstance(data, Merged):
                rows.append(np.searchsorted(data.time, line.end[bars], side="left") - 1)
            else:
                rows.append(line.closer[bars] - 1)
    return np.unique(np.concatenate(rows).clip(0))


def rows_of(prober: Prober, table: str) -> np.ndarray:
    """The rows of the data that were taken last when what is in a table happened; of several symbols also those before."""
    if not isinstance(prober.data, Merged):
        return prober.base.ticks[table]
    time, times = prober.data.time, prober.base.times[table]
    return np.concatenate([np.searchsorted(time, times, side="left"), np.searchsorted(time, times, side="right")]) - 1
