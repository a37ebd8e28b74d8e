"""Every indicator with parameters drawn at random, on running bars of long histories: the same bits as the batch."""

from __future__ import annotations

import numpy as np

import btlab as bt
from btlab.errors import IndicatorError
from btlab.indicators.catalogue import known
from btlab.indicators.columns import frames_of
from btlab.indicators.entry import TICK_INPUTS, Entry
from btlab.indicators.graph import Graph
from btlab.indicators.streams.driver import Driver
from btlab.indicators.streams.table import BAR_COLUMNS
from btlab.indicators.values import values_of
from tests.indicators.markets import bars_of

ROUNDS = 20
PRICES = ("open", "high", "low", "close", "volume")
BARS = 3_000


def drawn(entry: Entry, random: np.random.Generator) -> dict[str, float]:
    """Parameters within their ranges: periods up to 120, the rest around the defaults or to the ends."""
    made: dict[str, float] = {}
    for one in entry.parameters:
        if one.choices:
            made[one.name] = int(random.integers(0, len(one.choices)))
        elif one.whole:
            made[one.name] = int(random.integers(one.low, min(one.high, 120) + 1))
        else:
            wide = random.choice([0.25, 0.5, 1.0, 2.0]) * (one.default or 1.0)
            made[one.name] = float(np.clip(wide, one.low, one.high))
    return made


def test_running_bars_with_any_parameters(seed, record_property):
    """Indicators with parameters drawn at random, on running bars: the batch over history and the running bar, bit for bit"""
    compared = sum(compare(seed + k) for k in range(ROUNDS))
    record_property("values", compared)
    assert compared > 10_000 * ROUNDS


def compare(seed: int) -> int:
    """How many values were the same, around each indicator's first and late in 3,000 bars."""
    compared = 0
    random = np.random.default_rng(seed)
    bars = bars_of(np.exp(np.cumsum(random.normal(0.0, 2e-3, BARS))), random.random(BARS) < 0.1, seed)
    frames, graph = frames_of(bars), Graph()
    for name, entry in known().items():
        if not set(entry.inputs) & set(TICK_INPUTS):
            try:
                graph.add(
                    name, timeframe="1m", **({"input": ("close", "open")} if name == "MAVP" else {}), **drawn(entry, random)
                )
            except IndicatorError:
                continue  # a contradiction between two parameters
    driver, stamp, first = Driver(graph, frames, graph.handles), 0, {node.lookback for node in graph.nodes.values()}
    for count in sorted({*(one + k for one in first for k in (-1, 0, 1, 2)), 500, 501, BARS - 1} & set(range(BARS))):
        for factor in (1.0007, 1.0):
            stamp += 1
            driver.counts[0] = count
            driver.bars[0, :5] = [getattr(bars, name)[count] * factor for name in PRICES]
            driver.bars[0, BAR_COLUMNS.index("time")] = bars.time[count]
            driver.bars[0, BAR_COLUMNS.index("day")] = frames.column("1m", "day")[count]
            columns = [np.append(getattr(bars, name)[:count], value) for name, value in zip(PRICES, driver.bars[0, :5])]
            whole = frames_of(bt.Bars(bars.time[: count + 1], *columns, "1m", "EURUSD"))
            for node in graph.nodes.values():
                if node.lookback - 2 < count < node.lookback + 3 or count >= 500:
                    for handle in graph.handles[node.first : node.first + len(node.entry.outputs)]:
                        made, expected = driver.read(handle, stamp), values_of(graph, handle, whole)[-1]
                        assert made == expected or (np.isnan(made) and np.isnan(expected)), (seed, handle, count, made, expected)
                        compared += 1
    assert driver.failures == 0
    return compared
