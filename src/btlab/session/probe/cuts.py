"""After which rows the future is changed, to see whether a strategy knew of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.timeframe import index_of

if TYPE_CHECKING:
    from btlab.session.probe.lookahead import Prober


def cuts_of(prober: Prober, probes: int, seed: int) -> tuple[np.ndarray, tuple[int, int] | None]:
    """Rows after which the future changes: one stretch without a gap, then decisions and drawn ones; and the stretch's times."""
    called = _moments_of_calls(prober)
    data, base, random = prober.data, prober.base, np.random.default_rng(seed)
    called = called[called < len(data) - 1]
    if not len(called):
        return np.array([len(data) // 2]), None
    decided = np.unique(np.concatenate([base.ticks["order"], base.ticks["mark"], base.ticks["fill"]]))
    decided = decided[(decided >= 0) & (decided < len(data) - 1)]
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
    handlers, line = prober.strategy.handlers(), prober.timeline
    if "on_tick" in handlers:
        return np.arange(len(prober.data))
    rows = (
        [line.closer[line.rows(index_of(timeframe))] - 1 for timeframe in prober.strategy.timeframes()]
        if "on_bar" in handlers
        else []
    )
    rows.append(prober.base.ticks["fill"])
    return np.unique(np.concatenate(rows).clip(0))
