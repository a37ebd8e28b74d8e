"""The overlays of one widget as frames: what each is, its values in blocks of bars, what a changed parameter makes of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from btlab.errors import BtlabError, MessageError, WidgetError
from btlab.market.timeframe import TIMEFRAMES
from btlab.session.result import Session
from btlab.widgets.cut import Part
from btlab.widgets.frames import pack
from btlab.widgets.overlays.base import Overlay, Source
from btlab.widgets.overlays.drawing import check_ahead, checked, draw
from btlab.widgets.overlays.indicators import Indicator, declared
from btlab.widgets.overlays.ready import Sessions, VolumeProfile
from btlab.widgets.overlays.shapes import COLOURS, Shape
from btlab.widgets.tape import Frame, whole

BLOCK, COARSE = 1 << 16, 64
LASTING = ("line", "step", "band", "histogram")
MOST, LAYERS_AT_MOST = 1e15, 256
TRUSTED = (Indicator, Sessions, VolumeProfile)
"""Their values are proven elsewhere to depend on no later bar."""


@dataclass
class Layer:
    """An overlay in one panel.

    Attributes:
        overlay: as its parameters are now. of: which overlay of the widget it is. row: of the panel. pane: where it stands there.
        shapes: with a value for each bar of the panel. version: grows with each change.
    """

    overlay: Overlay
    of: int
    row: int
    pane: str
    shapes: tuple[Shape, ...]
    version: int = 0

    @property
    def title(self) -> str:
        """Its name in its panel; one of longer bars than the panel's says of which."""
        panel = TIMEFRAMES[self.row]
        timeframe = self.overlay.read_on(panel)
        return self.overlay.title if timeframe == panel else f"{self.overlay.title} {timeframe}"


class Layers:
    """The overlays of one widget, or of one visitor of a page.

    Args:
        session: the run, or a part of one.
        overlays: what is drawn besides the strategy's own indicators; False for nothing at all.

    Raises:
        WidgetError: one that is no overlay, cannot be drawn, or looks ahead.
    """

    def __init__(self, session: Session | Part, overlays: Iterable[Overlay] | bool | None = None) -> None:
        self._whole: Session = session.whole if isinstance(session, Part) else session
        self._part = session if isinstance(session, Part) else None
        self._sources: dict[str, Source] = {}
        given = [] if overlays is False else [*declared(self._whole), *checked(overlays)]
        self.layers = list(self._made(given))
        if len(self.layers) > LAYERS_AT_MOST:
            raise WidgetError(f"{len(self.layers)} overlays are to be drawn; a chart holds {LAYERS_AT_MOST}")

    @property
    def info(self) -> list[dict[str, Any]]:
        """What the opening frame says of them."""
        return [self._about(layer) for layer in self.layers]

    @property
    def size(self) -> int:
        """Bytes of all their values."""
        return sum(column[self._kept(one)].nbytes for one in self.layers for shape in one.shapes for column in shape.columns)

    def blocks(self, number: int, blocks: Iterable[int]) -> list[Frame]:
        """Values of layer `number`: each block is 65,536 bars; block -1, where there are several, the extremes of each 64 bars.

        Raises:
            MessageError: there is no such layer or block.
        """
        layer = self._layer(number)
        known = self.numbers(layer)
        made = []
        for block in blocks:
            if type(block) is not int or block not in known:
                raise MessageError(f"overlay {number} has no block {block!r}", block=block)
            columns = [column[self._kept(layer)] for shape in layer.shapes for column in shape.columns]
            bars = slice(block * BLOCK, (block + 1) * BLOCK)
            found = [column[bars] for column in columns] if block >= 0 else [one for each in columns for one in _extremes(each)]
            header = {"kind": "overlay", "layer": number, "block": block, "version": layer.version}
            made.append(pack(header, {f"c{k}": column for k, column in enumerate(found)}))
        return made

    def numbers(self, layer: Layer) -> range:
        """The blocks a layer has; none where it has no column."""
        count = -(-self._bars(layer) // BLOCK) if any(shape.columns for shape in layer.shapes) else 0
        return range(-1 if count > 1 else 0, count)

    def change(self, number: int, values: Mapping[str, Any]) -> Frame:
        """Another value of parameters: what became of the layers of that overlay, or why it cannot be.

        Raises:
            MessageError: no such layer or parameter, or no numbers.
        """
        layer = self._layer(number)
        known = {one.name for one in layer.overlay.parameters}
        for name, value in values.items():
            if name not in known or type(value) not in (int, float) or not -MOST <= value <= MOST:
                raise MessageError(f"overlay {number} has no parameter for what came", layer=number)
        try:
            changed = layer.overlay.changed(dict(values))
            family = [(k, one) for k, one in enumerate(self.layers) if one.of == layer.of]
            made = [(k, self._drawn(changed, one)) for k, one in family]
        except BtlabError as error:
            return pack({"kind": "changed", "layer": number, "error": error.message}, {})
        for k, one in made:
            self.layers[k] = one
        return pack({"kind": "changed", "layer": number, "layers": [[k, self._about(one)] for k, one in made]}, {})

    # ------------------------------------------------------------ making

    def _made(self, overlays: list[Overlay]) -> Iterator[Layer]:
        own = next((name for name in self._whole.timeframes if name in TIMEFRAMES), TIMEFRAMES[self._whole.timeline.base])
        taken: dict[tuple[int, str], int] = {}
        for of, overlay in enumerate(overlays):
            for timeframe in overlay.timeframes(own):
                row = TIMEFRAMES.index(timeframe)
                if row < self._whole.timeline.base:
                    if isinstance(overlay.timeframe, tuple):
                        continue
                    self._whole.timeline.rows(timeframe)
                layer = Layer(overlay, of, row, overlay.pane or overlay.title, ())
                layer = self._drawn(overlay, layer)
                layer.shapes = tuple(self._coloured(shape, taken, (row, layer.pane)) for shape in layer.shapes)
                yield layer

    def _drawn(self, overlay: Overlay, layer: Layer) -> Layer:
        """The layer of an overlay with these parameters, in the colours it had."""
        source = self._source(TIMEFRAMES[layer.row])
        shapes = draw(overlay, source)
        if not isinstance(overlay, TRUSTED):
            check_ahead(overlay, source, shapes)
        if len(shapes) == len(layer.shapes):
            shapes = tuple(_in_colour(new, old.colour) for new, old in zip(shapes, layer.shapes))
        return Layer(overlay, layer.of, layer.row, layer.pane, shapes, layer.version + 1)

    def _coloured(self, shape: Shape, taken: dict[tuple[int, str], int], place: tuple[int, str]) -> Shape:
        if shape.colour or shape.kind == "histogram":
            return shape
        number = taken[place] = taken.get(place, -1) + 1
        return _in_colour(shape, COLOURS[number % 4])

    def _source(self, timeframe: str) -> Source:
        if timeframe not in self._sources:
            timeline = self._whole.timeline
            bars, ends = timeline.bars(timeframe), timeline.end[timeline.rows(timeframe)]
            self._sources[timeframe] = Source(self._whole, timeframe, bars, ends)
        return self._sources[timeframe]

    def _kept(self, layer: Layer) -> slice:
        return slice(None) if self._part is None else self._part.kept[layer.row]

    def _warm(self, layer: Layer) -> int:
        """Bars before the first that has all values; 0 where none ever has."""
        columns = [column[self._kept(layer)] for shape in layer.shapes if shape.kind in LASTING for column in shape.columns]
        return max((int(np.argmax(np.isfinite(column))) for column in columns if len(column)), default=0)

    def _bars(self, layer: Layer) -> int:
        return len(range(*self._kept(layer).indices(len(self._source(TIMEFRAMES[layer.row]).bars))))

    def _layer(self, number: Any) -> Layer:
        if type(number) is not int or not 0 <= number < len(self.layers):
            raise MessageError(f"there is no overlay {str(number)[:20]!r} among {len(self.layers)}")
        return self.layers[number]

    def _about(self, layer: Layer) -> dict[str, Any]:
        overlay = layer.overlay
        return {
            "row": layer.row,
            "timeframe": overlay.read_on(TIMEFRAMES[layer.row]),
            "pane": whole(layer.pane),
            "title": whole(overlay.title),
            "version": layer.version,
            "warm": self._warm(layer),
            "bars": self._bars(layer),
            "levels": [float(level) for level in overlay.levels],
            "shapes": [
                {"kind": one.kind, "name": whole(one.name), "colour": one.colour, "size": one.size, "mark": one.mark,
                 "dashed": one.dashed, "columns": len(one.columns)}
                for one in layer.shapes
            ],
            "parameters": [
                {"name": whole(one.name), "value": overlay.values[one.name], "low": _or_none(one.low), "high": _or_none(one.high),
                 "whole": one.whole, "about": whole(one.about), "choices": [whole(name) for name in one.choices]}
                for one in overlay.parameters
            ],
        }  # fmt: skip


def _extremes(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each 64 bars, NaN where there is none."""
    begins = np.arange(0, len(column), COARSE)
    return np.fmin.reduceat(column, begins), np.fmax.reduceat(column, begins)


def _in_colour(shape: Shape, colour: str) -> Shape:
    return shape if shape.colour else Shape(**{**shape.__dict__, "colour": colour})


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
