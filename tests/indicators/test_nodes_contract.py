"""The contract of nodes: batch, update and peek agree bit for bit, and a peek leaves nothing behind."""

from __future__ import annotations

import ctypes
import inspect
import re

import numpy as np
import pytest

from btlab.errors import IndicatorError
from btlab.indicators.entry import whole
from btlab.indicators.nodes import contract, own
from btlab.indicators.nodes.single import Single
from btlab.market.timeframe import MINUTE

BARS = 400
NODES = sorted(own())


def bars(inputs: tuple[str, ...], seed: int = 3) -> np.ndarray:
    """A row of columns that could be a market's, for these inputs."""
    random = np.random.default_rng(seed)
    close = 1.1 * np.exp(np.cumsum(random.normal(0, 1e-3, BARS)))
    open_ = np.append(close[:1], close[:-1]) * np.exp(random.normal(0, 2e-4, BARS))
    time = 1_700_000_000_000_000.0 // MINUTE * MINUTE + MINUTE * 7.0 * np.arange(BARS)
    spread = np.sort(random.integers(1, 30, (3, BARS)) * 1e-5, axis=0)
    columns = {
        "open": open_,
        "high": np.maximum(open_, close) * np.exp(random.exponential(3e-4, BARS)),
        "low": np.minimum(open_, close) * np.exp(-random.exponential(3e-4, BARS)),
        "close": close,
        "volume": random.integers(0, 50, BARS).astype(float),
        "time": time,
        "day": time // 86_400_000_000 * 86_400_000_000,
        "upticks": random.integers(0, 40, BARS).astype(float),
        "downticks": random.integers(0, 40, BARS).astype(float),
        "spread_low": spread[0],
        "spread_mean": spread[1],
        "spread_high": spread[2],
        "real": close,
        "real0": close,
        "real1": open_,
    }
    return np.array([columns[name] for name in inputs])


def single(name: str) -> Single:
    node = own()[name]
    return Single(node, node.entry.given({}))


@pytest.mark.parametrize("name", NODES)
def test_batch_update_peek_and_a_clone_agree(name):
    columns = bars(own()[name].entry.inputs)
    batch = single(name).batch(columns)
    assert np.isfinite(batch).any(axis=1).all(), "an output that never has a value"
    stream, random = single(name), np.random.default_rng(7)
    for i in range(BARS):
        for _ in range(2):  # a running bar as it might look before it closes
            stream.peek(*(columns[:, i] * random.uniform(0.97, 1.03)))
        peeked, cloned = stream.peek(*columns[:, i]), stream.clone().update(*columns[:, i])
        assert np.array_equal(peeked, cloned, equal_nan=True), i
        assert np.array_equal(stream.update(*columns[:, i]), batch[:, i], equal_nan=True), i


@pytest.mark.parametrize("name", NODES)
def test_what_comes_later_changes_nothing(name):
    columns = bars(own()[name].entry.inputs)
    batch, cut = single(name).batch(columns), BARS * 2 // 3
    other = columns.copy()
    other[:, cut:] *= 1.5
    assert np.array_equal(single(name).batch(other)[:, :cut], batch[:, :cut], equal_nan=True)


@pytest.mark.parametrize("name", NODES)
def test_a_bar_that_is_not_finite_is_not_there(name):
    columns = bars(own()[name].entry.inputs)
    holes = np.array([0, 1, 2, 200, 350, 351])
    for value in (np.nan, np.inf):
        holed = np.insert(columns, holes, value, axis=1)
        whole_ = single(name).batch(holed)
        missing = ~np.isfinite(holed).all(axis=0)
        assert np.isnan(whole_[:, missing]).all()
        assert np.array_equal(whole_[:, ~missing], single(name).batch(columns), equal_nan=True)


@pytest.mark.parametrize("name", NODES)
def test_the_lookback_is_what_it_says(name):
    node = own()[name]
    columns = dict(zip(node.entry.inputs, bars(node.entry.inputs)))
    if "day" in columns:  # the first value comes as early as it can: every bar is a day of its own
        columns["day"] = bars(("time",))[0]
    batch = single(name).batch(list(columns.values()))
    lookback = int(node.lookback(*node.entry.given({})))
    assert np.isnan(batch[:, :lookback]).all() and np.isfinite(batch[:, lookback]).any()


def test_a_peek_costs_the_same_however_long_the_window():
    """No timing: what is put by does not grow with it."""
    short, long = (own()["ZSCORE"].shape((n,)) for n in (20.0, 5_000.0))
    assert short.aside == long.aside < 10 and long.words > 10_000


def test_zscore_is_the_formula():
    close = bars(("close",))[0]
    ours = single("ZSCORE").batch([close])[0]
    for i in (19, 20, 333):
        window = close[i - 19 : i + 1]
        assert ours[i] == pytest.approx((close[i] - window.mean()) / window.std(), rel=1e-9)


def test_a_declaration_that_is_wrong_is_refused():
    with pytest.raises(IndicatorError, match="Did you mean 'close'"):
        contract.node("X", "", group="", inputs=("clos",), outputs=("x",))
    with pytest.raises(IndicatorError, match="declared twice"):
        contract.node("ZSCORE", "", group="", inputs=("real",), outputs=("x",))(print)


@pytest.mark.parametrize("value", [1, 2.5, "20", True, float("nan"), 200_000])
def test_a_value_a_parameter_cannot_take_is_refused(value):
    with pytest.raises(IndicatorError, match="timeperiod"):
        whole("timeperiod", 20, 2, 100_000).check(value, "ZSCORE")


@pytest.mark.parametrize("name", NODES)
def test_it_says_where_its_formula_stands(name):
    """Author, title and year; and the formula in words."""
    node = own()[name]
    assert re.search(r"\b1[5-9]\d\d|\b20[0-2]\d", node.entry.source), "no year"
    assert node.entry.about == inspect.cleandoc(node.function.__doc__)


@pytest.mark.parametrize("name", NODES)
def test_it_stays_within_what_it_is_given(name):
    """Behind its inputs and parameters lies NaN, behind its outputs and its memory something that must not change."""
    node, values = own()[name], own()[name].entry.given({})
    columns = bars(node.entry.inputs)
    batch = single(name).batch(columns)
    shape = node.shape(values)
    roomy = shape._replace(memory=shape.memory + 3)
    state, memory = roomy.fresh(), contract.HEAD * shape.heads
    behind = slice(memory + shape.memory, memory + roomy.memory)
    state[behind] = 77.0
    outputs, parameters = np.full(len(batch) + 3, 77.0), np.array([*values, np.nan, np.nan])
    step = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 5)(node.address)
    for i in range(BARS):
        bar = np.array([*columns[:, i], np.nan, np.nan])
        at = state.ctypes.data
        step(bar.ctypes.data, outputs.ctypes.data, parameters.ctypes.data, at + 8 * memory, at)
        assert np.array_equal(outputs[: len(batch)], batch[:, i], equal_nan=True)
    assert (outputs[len(batch) :] == 77.0).all() and (state[behind] == 77.0).all()
