"""`bt.indicator`: one indicator over bars, as polars columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import IndicatorError, warn
from btlab.indicators.catalogue import entry_of
from btlab.indicators.columns import frames_of
from btlab.indicators.entry import FREE_INPUTS
from btlab.indicators.graph import Graph
from btlab.indicators.values import calculate, outputs_of
from btlab.market.series import series_of

if TYPE_CHECKING:
    import polars as pl


def indicator(
    name: str, data: Any, *unnamed: Any, timeframe: str | None = None, input: Any = None, **parameters: Any
) -> pl.Series | pl.DataFrame:
    """An indicator over all bars: NaN while it warms up, then a value a bar, equal to the last bit to TA-Lib's own.

    Args:
        name: one of `bt.list_indicators()`.
        data: Bars, a frame of bars, Ticks (with `timeframe`), or a plain series of numbers for an indicator of any series.
        timeframe: of the bars to be made of the data; the bars as they are by default, 1m of ticks.
        input: which column an indicator of any series reads: "close" (the default), "open", "hl2", "hlc3" ...; a tuple for two.
        unnamed: nothing; refused, with the parameters' names.
        parameters: as the table names them.

    Returns:
        A Series with the indicator's name; a DataFrame where it has several outputs, in the order of the table.

    Raises:
        IndicatorError: an unknown name, parameter or input, or a value out of its range; says which is nearest.

    >>> indicator("SMA", [1.0, 2.0, 3.0, 4.0], timeperiod=2).to_list()
    [nan, 1.5, 2.5, 3.5]
    """
    import polars as pl

    entry = entry_of(name)
    entry.refuse_unnamed(unnamed)
    if _is_plain(data):
        columns = _plain(entry.name, entry.inputs, data)
        made = calculate(entry, entry.given(parameters), columns)
    else:
        frames, graph = frames_of(series_of(data), timeframe), Graph()
        handle = graph.add(name, timeframe=timeframe or frames.base, input=input, **parameters)[0]
        node = graph.node_of(handle)
        made = list(outputs_of(graph, node, frames))
        if "volume" in node.inputs and len(made[0]) and not frames.column(node.timeframe, "volume").any():
            warn(f"{entry.name} reads the volume, which is 0 in each of these bars; it says nothing here")
    if len(made) == 1:
        return pl.Series(entry.name, made[0])
    return pl.DataFrame(dict(zip(entry.output_names, made)))


def _is_plain(data: Any) -> bool:
    """Whether these are numbers without names: a list, an array, a Series, or a tuple of such."""
    return isinstance(data, list | tuple | np.ndarray) or (hasattr(data, "to_numpy") and not hasattr(data, "columns"))


def _plain(name: str, inputs: tuple[str, ...], data: Any) -> list[np.ndarray]:
    given = data if isinstance(data, tuple) else (data,)
    columns = [np.ascontiguousarray(one, np.float64) for one in given]
    if len(columns) != len(inputs) or any(one not in FREE_INPUTS for one in inputs):
        wanted = ", ".join(inputs)
        raise IndicatorError(
            f"{name} reads {wanted}; give bars, which have them, and input= where it reads any series", inputs=wanted
        )
    if any(column.ndim != 1 or len(column) != len(columns[0]) for column in columns):
        raise IndicatorError(f"{name}: {[column.shape for column in columns]} are no series of one length", inputs=inputs)
    return columns
