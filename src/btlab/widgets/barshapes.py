"""Bars of a picture in the ways in which the chart draws them: `widgets/src/view/panel` is the twin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

BODY = 3
WARM = 60
"""The first open of bars of means is of no consequence so many bars later: each halves what is left of it."""

Prices = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def means(prices: Prices, shown: int) -> Prices:
    """Heikin-Ashi bars (Valcu, 2004) of the last `shown` bars; those before them settle the first open.

    >>> [float(column[0]) for column in means(tuple(np.array([each]) for each in (1.0, 4.0, 0.0, 3.0)), 1)]
    [2.0, 4.0, 0.0, 2.0]
    """
    opened, high, low, close = prices
    closes = (opened + high + low + close) / 4
    opens = np.empty_like(closes)
    opens[0] = (opened[0] + close[0]) / 2
    for i in range(1, len(opens)):
        opens[i] = (opens[i - 1] + closes[i - 1]) / 2
    whole = opens, np.maximum(high, np.maximum(opens, closes)), np.minimum(low, np.minimum(opens, closes)), closes
    return tuple(column[len(column) - shown :] for column in whole)  # type: ignore[return-value]


def paths(style: str, x: np.ndarray, prices: Prices, y: Callable[[float], int], colours: dict[str, str]) -> str:
    """SVG of bars whose left edges are at `x`."""
    opened, high, low, close = prices
    if style == "line":
        points = " ".join(f"{left + 1.5} {y(price)}" for left, price in zip(x, close, strict=True))
        return f'<path d="M{points}" stroke="{colours["text-2"]}" stroke-width="1.5" fill="none"/>'
    parts = []
    for name, rows in (("candle-up", close >= opened), ("candle-down", close < opened)):
        wicks, bodies = [], []
        for i in np.flatnonzero(rows).tolist():
            left, top, bottom = int(x[i]), y(high[i]), y(low[i])
            wicks.append(f"M{left + 1} {top}h1v{max(bottom - top, 1)}h-1z")
            first, last = y(opened[i]), y(close[i])
            if style == "bars":
                bodies.append(f"M{left} {first}h1v1h-1zM{left + 2} {last}h1v1h-1z")
            else:
                bodies.append(f"M{left} {min(first, last)}h{BODY}v{max(abs(last - first), 1)}h-{BODY}z")
        parts.append(f'<path d="{"".join(wicks + bodies)}" fill="{colours[name]}" shape-rendering="crispEdges"/>')
    return "".join(parts)
