"""What the indicators of a run said at a moment: on the bars that had closed by then, and with those counted in that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from btlab.indicators.columns import Frames
from btlab.market.series import Ticks
from btlab.market.timeframe import index_of

if TYPE_CHECKING:
    from btlab.indicators.graph import Graph
    from btlab.market.state import State
    from btlab.session.result import Session

SCHEMA = {"name": pl.String, "indicator": pl.String, "timeframe": pl.String, "value": pl.Float64, "forming": pl.Float64}
PRICES = ("open", "high", "low", "close", "volume")


def indicators_at(session: Session, then: State) -> pl.DataFrame:
    """A row for each output that the strategy asked for: its name there, what it is, and its values, NaN where there was none."""
    graph = session.graph()
    if not len(graph):
        return pl.DataFrame(schema=SCHEMA)
    from btlab.indicators.values import values_of

    frames, names = Frames(session.data, session.timeline), _names(session)
    running, rows = running_values(graph, frames, then), []
    for handle in graph.handles:
        closed = len(then.completed(handle.timeframe))
        value = float(values_of(graph, handle, frames)[closed - 1]) if closed else np.nan
        rows.append((names.get(int(handle)), handle.key, handle.timeframe, value, running[handle.place]))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _names(session: Session) -> dict[int, str]:
    """The strategy's own names of its handles: self.rsi is "rsi", one of several "bands[1]"."""
    from btlab.indicators.handle import TAG, Handle

    found: dict[int, str] = {}
    for name, value in vars(session.strategy).items():
        several = value if isinstance(value, tuple | list) else (value,)
        for k, one in enumerate(several):
            if isinstance(one, Handle) or (isinstance(one, int) and one >= TAG):
                found[int(one)] = name if several is not value else f"{name}[{k}]"
    return found


def running_values(graph: Graph, frames: Frames, then: State) -> list[float]:
    """Each output with the bar counted in that ran on its timeframe; NaN where none did."""
    from btlab.indicators.streams import driver_of

    driver = driver_of(graph, frames, graph.handles)
    nodes = graph.nodes.values()
    for timeframe in {node.timeframe for node in nodes} | {one.timeframe for node in nodes for one in node.read}:
        row, count = index_of(timeframe), len(then.completed(timeframe))
        driver.counts[row] = count
        driver.bars[row] = _bar(graph, frames, then, timeframe, count)
    made = [
        driver.read(handle, 1) if not np.isnan(driver.bars[index_of(handle.timeframe), 0]) else np.nan for handle in graph.handles
    ]
    if driver.error is not None:
        raise driver.error
    return made


def _bar(graph: Graph, frames: Frames, then: State, timeframe: str, count: int) -> np.ndarray:
    """float64 (columns,): the running bar as the driver has it, NaN where none ran."""
    from btlab.indicators.entry import TICK_INPUTS
    from btlab.indicators.streams.table import BAR_COLUMNS

    bar, running = np.full(len(BAR_COLUMNS), np.nan), then.forming(timeframe)
    if running is None:
        return bar
    bar[:5] = [getattr(running, name) for name in PRICES]
    bar[5:7] = [frames.column(timeframe, name)[count] for name in ("time", "day")]
    on_ticks = any(set(TICK_INPUTS) & {str(one) for one in node.inputs} for node in graph.nodes.values())
    if on_ticks and isinstance(frames.data, Ticks):
        data = frames.data[: then.tick + 1]
        assert frames.timeline is not None
        known = Frames(data, frames.timeline.over(data))
        bar[7:] = [known.column(timeframe, name)[-1] for name in TICK_INPUTS]
    return bar
