"""What closing a position would bring at a tick."""

from __future__ import annotations

import numpy as np

from btlab.market.series import Bars, Ticks


def closing_quotes(data: Ticks | Bars, ticks: np.ndarray, spread: float, widen: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """What closing a long would get and a short would pay, as of ticks: the last seen of each side, the spread widened."""
    if isinstance(data, Bars):
        wider = widen / 2.0 * spread
        close = data.close[ticks]
        if spread == 0.0:
            return close, close
        return close - wider, close + spread + wider
    quotes = _met(data, ticks, widen)
    for side, name in enumerate(("bid", "ask")):
        missing = np.isnan(quotes[side])
        if missing.any():
            seen = np.flatnonzero(data.quoted(name))
            at = np.searchsorted(seen, ticks[missing], side="right") - 1
            last = seen[np.maximum(at, 0)] if len(seen) else np.zeros_like(at)
            quotes[side][missing] = np.where(at >= 0, _met(data, last, widen)[side], np.nan)
    return quotes


def _met(data: Ticks, ticks: np.ndarray, widen: float) -> tuple[np.ndarray, np.ndarray]:
    """What a sell gets and a buy pays at ticks; NaN for a side that is missing."""
    bid, ask = data.quotes(ticks)
    more = np.where(ask > bid, widen / 2.0 * (ask - bid), 0.0)
    return np.where(ask < bid, ask, bid) - more, np.where(bid > ask, bid, ask) + more
