"""What an overlay draws, checked: a value for each bar, and none that hangs on later bars."""

from __future__ import annotations

from typing import Any

import numpy as np

from btlab.errors import BtlabError, WidgetError
from btlab.market.times import iso
from btlab.widgets.overlays.base import Overlay, Source, as_shapes
from btlab.widgets.overlays.shapes import Shape

SHAPES_AT_MOST = 32
EARLY, CUTS = 2_000, 16
"""Most of the cuts that are tried lie among the first bars, where drawing is quick."""


def checked(overlays: Any) -> list[Overlay]:
    """What a user gave as `overlays=`, as a list.

    Raises:
        WidgetError: something else than overlays.
    """
    given = [] if overlays is None else [overlays] if isinstance(overlays, Overlay) else overlays
    if not isinstance(given, list | tuple):
        raise WidgetError(f"overlays={overlays!r}: give a list of bt.Overlay, or False for none")
    for one in given:
        if not isinstance(one, Overlay):
            hint = f"; write {one.__name__}()" if isinstance(one, type) and issubclass(one, Overlay) else ""
            raise WidgetError(f"{one!r} is no bt.Overlay{hint}; bt.overlays.indicator(...) makes one of an indicator's name")
    return list(given)


def draw(overlay: Overlay, source: Source) -> tuple[Shape, ...]:
    """An overlay's shapes, a value for each bar.

    Raises:
        WidgetError: its code fails, or gives columns of another length.
    """
    try:
        given = overlay.shapes(source)
    except BtlabError as error:
        raise WidgetError(f"{overlay.title}: {error.message}", **error.details) from error
    except Exception as error:
        raise WidgetError(f"{overlay.title}: draw failed: {type(error).__name__}: {error}") from error
    shapes = tuple(shape.at(source.ends) for shape in as_shapes(given))
    for shape in shapes:
        for column in shape.columns:
            if len(column) != len(source.bars):
                raise WidgetError(
                    f"{overlay.title}: a {shape.kind} of {len(column):,} values for {len(source.bars):,} bars of "
                    f"{source.timeframe}; give one a bar, or times= with them"
                )
    if len(shapes) > SHAPES_AT_MOST:
        raise WidgetError(f"{overlay.title}: {len(shapes)} shapes; an overlay has at most {SHAPES_AT_MOST}")
    return shapes


def check_ahead(overlay: Overlay, source: Source, shapes: tuple[Shape, ...]) -> None:
    """Draws it again on bars that are cut off: what it says of a bar may not depend on later ones.

    Raises:
        WidgetError: it does; says where first.
    """
    count = len(source.bars)
    early = np.linspace(1, min(count, EARLY), CUTS + 1, dtype=int)[1:]
    for stop in sorted({*early.tolist(), count // 2, count - 1} - {0, -1, count}):
        before = draw(overlay, Source(source.session, source.timeframe, source.bars[:stop], source.ends[:stop]))
        for one, other in zip(before, shapes):
            for cut, all_ in zip(one.columns, other.columns):
                differs = np.flatnonzero((cut != all_[:stop]) & ~(np.isnan(cut) & np.isnan(all_[:stop])))
                if len(differs):
                    bar = int(differs[0])
                    when = f"bar {bar} of {source.timeframe} ({iso(int(source.bars.time[bar]))})"
                    raise WidgetError(
                        f"{overlay.title} looks ahead: at {when} it is {all_[bar]:.10g} where {count - stop:,} later bars are "
                        f"known, and {cut[bar]:.10g} without them. Row i may use bars up to i only",
                        bar=bar,
                    )
