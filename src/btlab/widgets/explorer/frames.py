"""The frames an explorer sends: what never changes, a result, and what all trials amount to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from btlab.market.timeframe import index_of
from btlab.session.exploration.prepared import Exploration, Outcome
from btlab.session.exploration.trials import METRICS, figures_of
from btlab.widgets.bars import PART, BarParts
from btlab.widgets.explorer.ahead import Ahead
from btlab.widgets.explorer.columns import curve_columns, line_columns, trade_columns
from btlab.widgets.frames import pack
from btlab.widgets.tape import Frame, Tape, whole

BEST = 5
LEAST = 65_536
"""Bytes of a result where the host's server keeps Nagle's algorithm: more than one packet of the loopback holds (65,483)."""
UNKNOWN, KNOWN, REFUSED = 0, 1, 2
SHARED = ("symbol", "feed", "currency", "cash", "digits", "tickSize", "bars", "ticks", "first", "last", "sizes", "lengths")
"""What a chart's opening frame says, too."""


def open_frame(exploration: Exploration, first: Outcome, ahead: Ahead, metric: str) -> Frame:
    """What never changes: the data, the bars of the strategy's timeframe, the ranges."""
    session = first.session
    tape, timeframe = Tape(session, mode="chart"), session.timeframes[0]
    info, bars = tape.info, BarParts(session.timeline, tape.digits, tape.info["sizes"])
    row = index_of(timeframe)
    parts, columns = bars.packed([(row, 0, bars.counts[row])])
    ranges = [
        {
            "name": each.name,
            "label": whole(each.label),
            "kind": each.kind.__name__,
            "unit": each.unit,
            "texts": [whole(each.told(place)) for place in range(len(each.values))],
            "places": ahead.places[axis],
        }
        for axis, each in enumerate(exploration.ranges)
    ]
    header = {name: info[name] for name in SHARED}
    more = {
        "parts": parts,
        "counts": bars.counts,
        "part": PART,
        "strategy": whole(session.name),
        "timeframe": timeframe,
        "mappable": ahead.mappable if ahead.mapped else [],
        "metrics": list(METRICS),
        "better": list(METRICS.values()),
        "metric": metric,
    }
    return pack({"kind": "open", **header, **more, "ranges": ranges}, columns | bars.blocks())


def result_frame(header: Mapping[str, Any], outcome: Outcome, width: int, bars: tuple[int, int], code: str) -> Frame:
    """One run: its figures, its equity for so many pixels, its trades, and its lines over some bars.

    Figures are columns, for no text holds infinity.
    """
    session, lines = outcome.session, list[str]()
    columns = {"figures": np.array(list(figures_of(outcome).values()))}
    if width:
        columns |= curve_columns(session, width) | trade_columns(session)
        lines, values = line_columns(session, session.timeframes[0], *bars)
        columns |= values
    about = {"kind": "result", "position": list(outcome.position), "code": whole(code), "seconds": round(outcome.seconds, 6)}
    more = {"trades": len(session.records["trade"]), "lines": [whole(line) for line in lines], "lines_from": bars[0]}
    return pack({**about, **header, **more}, columns)


def in_full_packets(frame: Frame) -> Frame:
    """A result that leaves at once from a server that holds back what does not fill a packet until all before is acknowledged.

    Jupyter's server tells the page "busy" first, which acknowledges that up to 40 ms late. Zeros behind the columns fill a packet
    of the loopback; on a network packets are smaller than a result. All other frames stay as they are.
    """
    header, buffer = frame
    return (header, buffer.ljust(LEAST, b"\0")) if header["kind"] == "result" else frame


def trials_frame(ahead: Ahead, current: Outcome, metric: str) -> Frame:
    """What all trials amount to: how many, the best, the rank of what is shown, the curve over each slider, and the map."""
    trials, position = ahead.trials, current.position
    best = trials.best(metric, BEST)
    columns = {f"best_{name}": np.array([trial.figures[name] for trial in best]) for name in ("net", "max_drawdown", "trades")}
    columns["best"] = np.array([trial.figures[metric] for trial in best])
    for axis in range(len(ahead.places)):
        known = [trials.made.get(each) for each in ahead.along(position, axis)]
        columns[f"along{axis}"] = np.array([trial.figures.get(metric, math.nan) if trial else math.nan for trial in known])
    header: dict[str, Any] = {
        "kind": "trials",
        "position": list(position),
        "count": len(trials),
        "rank": trials.rank(figures_of(current), metric),
        "best": [list(trial.position) for trial in best],
        "metric": metric,
        "axes": list(ahead.axes),
        "filling": ahead.on,
    }
    if ahead.mapped:
        columns |= _map(ahead, current, metric)
    return pack(header, columns)


def _map(ahead: Ahead, current: Outcome, metric: str) -> dict[str, np.ndarray]:
    cells = [ahead.trials.made.get(cell) for cell in ahead.cells(current.position)]
    states = [UNKNOWN if cell is None else REFUSED if cell.refused else KNOWN for cell in cells]
    nearest = ahead.nearest(current.position)
    x, y = ahead.axes
    around = [t.figures[metric] for t in ahead.trials.around(nearest, ahead.axes, (ahead.places[x], ahead.places[y]))]
    around = [value for value in around if math.isfinite(value)]
    return {
        "map": np.array([cell.figures.get(metric, math.nan) if cell else math.nan for cell in cells]),
        "map_state": np.array(states, np.uint8),
        "around": np.array([len(around), math.fsum(around) / len(around) if around else math.nan]),
    }
