"""What of a run is drawn: its equity and drawdown exactly for the pixels there are, its trades, and the bars beneath them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.session.curve import grid_of
from btlab.strategy.base import graph_of

if TYPE_CHECKING:
    from btlab.indicators.graph import GraphNode
    from btlab.session.result import Session

TRADES_AT_MOST = 20_000
LINES_AT_MOST = 4


def curve_columns(session: Session, width: int) -> dict[str, np.ndarray]:
    """The equity's first, least, greatest and last value in each column of pixels, and the deepest drawdown there.

    Closes stand side by side, so hours without any take no room. A column holds the rows after the last close of the column
    before it, up to its own last close: every row is in one, and no extreme is lost.

    Args:
        width: columns of pixels; there are no more columns than closes.
    """
    rows, ticks = session.curve, grid_of(session.data, session.timeline, session.spread, session.execution.widen).tick
    count = min(width, len(ticks))
    last = (np.arange(1, count + 1) * len(ticks)) // count - 1
    filled = np.searchsorted(session.records["fill"]["tick"], ticks[last], side="right")
    ends = last + 2 + filled
    starts = np.append(0, ends[:-1])
    equity = rows["equity"]
    return {
        "curve_time": rows["time"][ends - 1].astype(np.float64),
        "curve_first": equity[starts],
        "curve_low": np.minimum.reduceat(equity, starts),
        "curve_high": np.maximum.reduceat(equity, starts),
        "curve_last": equity[ends - 1],
        "curve_fall": np.maximum.reduceat(rows["drawdown"], starts),
    }


def trade_columns(session: Session) -> dict[str, np.ndarray]:
    """Entries, exits (NaN where one is open) and results of the newest 20,000 trades."""
    rows = session.records["trade"][-TRADES_AT_MOST:]
    closed = rows["exit_tick"] >= 0
    net = np.where(closed, rows["gross"] - rows["commission"] - rows["financing"], np.nan)
    return {
        "trade_side": rows["side"].astype(np.float64),
        "trade_entry_time": rows["entry_time"].astype(np.float64),
        "trade_entry_price": rows["entry_price"],
        "trade_exit_time": np.where(closed, rows["exit_time"], np.nan),
        "trade_exit_price": np.where(closed, rows["exit_price"], np.nan),
        "trade_profit": net,
    }


def line_columns(session: Session, timeframe: str, begin: int, stop: int) -> tuple[list[str], dict[str, np.ndarray]]:
    """(titles, columns) of the strategy's own lines over the prices of a timeframe, for its bars begin <= i < stop."""
    from btlab.indicators.columns import Frames
    from btlab.indicators.values import outputs_of

    graph, frames = graph_of(session.strategy), Frames(session.data, session.timeline)
    drawn = [each for each in graph.nodes.values() if each.timeframe == timeframe and _is_over_prices(each)][:LINES_AT_MOST]
    values = [outputs_of(graph, node, frames)[0][begin:stop] for node in drawn]
    return [_title(node) for node in drawn], {f"line{k}": np.asarray(column, np.float64) for k, column in enumerate(values)}


def _is_over_prices(node: GraphNode) -> bool:
    return node.entry.overlay and all(isinstance(read, str) for read in node.inputs)


def _title(node: GraphNode) -> str:
    """Name and parameters in short: SMA 8."""
    told = (one.shown(value) for one, value in zip(node.entry.parameters, node.values) if not one.moment and not one.choices)
    return " ".join([node.entry.name, *told])
