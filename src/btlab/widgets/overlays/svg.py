"""Overlays that stand over the prices as SVG: what a picture of a session shows of them, on bars that have closed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from btlab.widgets.overlays.layers import Layer
from btlab.widgets.overlays.shapes import Shape

TOKENS = {"amber": "ind-1", "blue": "ind-2", "violet": "ind-3", "text": "text-2", "up": "up", "down": "down", "warn": "warn"}
SHADED, WASHED = ".06", ".09"
BINS, MOST_TRADED, PROFILE_SHARE = ".22", ".42", 0.24
FAR = 9_999.0  # pixels; what is farther off is nowhere near the picture


@dataclass(frozen=True)
class Place:
    """Where they are drawn.

    Attributes:
        bars: of the panel's timeframe: those in view that have closed. x: float64, the middle of each. step: pixels a bar.
        low, high, volume: of these bars. prices: the lowest and the highest of the view.
        y: price -> pixels, an array at a time. width, height: of the part that shades fill. colours: the theme's tokens.
    """

    bars: slice
    x: np.ndarray
    step: float
    low: np.ndarray
    high: np.ndarray
    volume: np.ndarray
    prices: tuple[float, float]
    y: Callable[[np.ndarray], np.ndarray]
    width: int
    height: int
    colours: dict[str, str]

    def ink(self, name: str) -> str:
        return name if name.startswith("#") else self.colours[TOKENS.get(name, "text-3")]

    def values(self, shape: Shape) -> list[np.ndarray]:
        return [column[self.bars] for column in shape.columns]


def under(layers: Iterable[Layer], place: Place) -> str:
    """What lies behind the candles: shades, bands and profiles."""
    drawn = {"shade": _shade, "band": _band, "profile": _profile}
    return "".join(drawn[shape.kind](shape, place) for shape in _shapes(layers) if shape.kind in drawn)


def over(layers: Iterable[Layer], place: Place) -> str:
    """What lies over them: lines and dots."""
    drawn = {"line": _line, "step": _line, "dots": _dots}
    return "".join(drawn[shape.kind](shape, place) for shape in _shapes(layers) if shape.kind in drawn)


def _shapes(layers: Iterable[Layer]) -> Iterator[Shape]:
    return (shape for layer in layers for shape in layer.shapes)


def _runs(known: np.ndarray) -> Iterator[slice]:
    """Stretches of bars for which it is true."""
    edges = np.flatnonzero(np.diff(known.astype(np.int8), prepend=0, append=0)).tolist()
    return (slice(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True))


def _points(x: np.ndarray, y: np.ndarray) -> str:
    return "L".join(f"{a:g} {b:.1f}" for a, b in zip(x.tolist(), np.clip(y, -FAR, FAR).tolist(), strict=True))


def _traced(column: np.ndarray, place: Place, *, step: bool = False) -> str:
    half, parts = place.step / 2, []
    for run in _runs(np.isfinite(column)):
        x, y = place.x[run], place.y(column[run])
        if step:
            x, y = np.stack([x - half, x + half], 1).ravel(), np.repeat(y, 2)
        parts.append("M" + _points(x, y))
    return "".join(parts)


def _line(shape: Shape, place: Place) -> str:
    path, colour = _traced(place.values(shape)[0], place, step=shape.kind == "step"), place.ink(shape.colour)
    dashes = ' stroke-dasharray="4 3"' if shape.dashed else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{shape.size:g}"{dashes}/>' if path else ""


def _band(shape: Shape, place: Place) -> str:
    upper, lower = place.values(shape)
    areas = []
    for run in _runs(np.isfinite(upper) & np.isfinite(lower)):
        x = place.x[run]
        areas.append(f"M{_points(x, place.y(upper[run]))}L{_points(x[::-1], place.y(lower[run])[::-1])}z")
    colour, edges = place.ink(shape.colour), _traced(upper, place) + _traced(lower, place)
    wash = f'<path d="{"".join(areas)}" fill="{colour}" fill-opacity="{WASHED}"/>'
    return f'{wash}<path d="{edges}" fill="none" stroke="{colour}" stroke-opacity=".5"/>' if areas else ""


def _shade(shape: Shape, place: Place) -> str:
    half = place.step / 2
    spans = [(float(place.x[run.start]) - half, float(place.x[run.stop - 1]) + half) for run in _runs(place.values(shape)[0] > 0)]
    path = "".join(f"M{left:g} 0H{right:g}V{place.height}H{left:g}z" for left, right in spans)
    return f'<path d="{path}" fill="{place.ink(shape.colour)}" fill-opacity="{SHADED}"/>' if path else ""


def _profile(shape: Shape, place: Place) -> str:
    amounts, rows = place.values(shape)[0] if shape.columns else place.volume, int(shape.size)
    sums = spread(amounts, place.low, place.high, place.prices, rows)
    most = float(sums.max(initial=0.0))
    if not most > 0.0:
        return ""
    edges, parts = place.y(np.linspace(*place.prices, rows + 1)), {BINS: "", MOST_TRADED: ""}
    for row in np.flatnonzero(sums > 0.0).tolist():
        width, height = sums[row] / most * place.width * PROFILE_SHARE, max(edges[row] - edges[row + 1] - 1.0, 0.5)
        parts[MOST_TRADED if sums[row] == most else BINS] += (
            f"M{place.width} {edges[row + 1]:.1f}h{-width:.1f}v{height:.1f}h{width:.1f}z"
        )
    ink = place.ink(shape.colour)
    return "".join(f'<path d="{path}" fill="{ink}" fill-opacity="{opacity}"/>' for opacity, path in parts.items() if path)


def spread(amounts: np.ndarray, low: np.ndarray, high: np.ndarray, prices: tuple[float, float], rows: int) -> np.ndarray:
    """Amounts by rows of equal height between two prices, each evenly from its bar's low to its high.

    >>> spread(np.array([6.0, 1.0]), np.array([1.0, 3.0]), np.array([4.0, 3.0]), (0.0, 4.0), 4).tolist()
    [0.0, 2.0, 2.0, 3.0]
    """
    known = amounts > 0.0
    first, tall = prices[0], (prices[1] - prices[0]) / rows
    begin, end = (low[known, None] - first) / tall, (high[known, None] - first) / tall
    row, whole = np.arange(rows), end - begin
    flat = whole <= 1e-9  # of one price: all of it in one row
    shared = np.maximum(np.minimum(end, row + 1) - np.maximum(begin, row), 0.0) / np.where(flat, 1.0, whole)
    return amounts[known] @ np.where(flat, row == np.floor(begin), shared)


def _dots(shape: Shape, place: Place) -> str:
    (column,) = place.values(shape)
    known = np.isfinite(column)
    places = zip(place.x[known].tolist(), np.clip(place.y(column[known]), -FAR, FAR).tolist(), strict=True)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:.1f}" r="{shape.size:g}"/>' for x, y in places)
    return f'<g fill="{place.ink(shape.colour)}">{dots}</g>' if dots else ""
