"""Overlays: what is drawn over the prices of the chart, or in panes beneath them.

A user's own is a subclass of `bt.Overlay`; `draw` gives shapes made by the functions of this module. `indicator`, `sessions` and
`volume_profile` are there already, and go through the same door.
"""

from __future__ import annotations

from btlab.widgets.overlays.base import Overlay, Source
from btlab.widgets.overlays.indicators import indicator
from btlab.widgets.overlays.ready import sessions, volume_profile
from btlab.widgets.overlays.shapes import COLOURS, Shape, band, dots, histogram, line, profile, shade

__all__ = [
    "COLOURS",
    "Overlay",
    "Shape",
    "Source",
    "band",
    "dots",
    "histogram",
    "indicator",
    "line",
    "profile",
    "sessions",
    "shade",
    "volume_profile",
]
