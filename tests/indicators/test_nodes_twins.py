"""Every indicator of our own equals a twin that somebody else might have written from the same formula."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.indicators.columns import Frames
from btlab.indicators.entry import BAR_INPUTS, TICK_INPUTS
from btlab.indicators.nodes import own
from btlab.indicators.nodes.single import Single
from btlab.market.timeline import timeline_of
from tests.indicators.market import flat, inputs_of, walk
from tests.indicators.twins import TWINS
from tests.market.real import dukascopy_day

OTHERS = {  # further parameters, where the default ones leave something out
    "ALMA": (20, 0.3, 3.0), "MCGINLEY": (5,), "VIDYA": (6, 20), "ICHIMOKU": (5, 30, 11, 4), "ALLIGATOR": (3, 0, 7, 2, 20, 11),
    "CHANDE_KROLL": (5, 2.0, 30), "VOLATILITY_STOP": (3, 1.0), "TURTLE": (5, 12), "SQUEEZE": (2, 1.0, 1.0), "CRSI": (14, 9, 5),
    "STC": (12, 5, 4, 0.2), "KST": (3, 1, 9, 4, 20, 2, 1, 6, 3), "LAGUERRE_RSI": (0.8,), "HURST": (50,),
    "VARIANCE_RATIO": (5, 12), "AUTOCORRELATION": (3, 7), "SESSION_VWAP": (0.5,), "EMV": (3, 1.0), "KVO": (9, 4, 3),
    "VOLUME_PROFILE": (20, 7, 0.9), "AMIHUD": (1, 1.0), "OPENING_RANGE": (5,), "ZIGZAG": (0.2,), "MARKET_STRUCTURE": (1,),
    "SUPPORT_RESISTANCE": (1, 3), "YANG_ZHANG": (2, 252.0), "REALISED_VOLATILITY": (1, 252.0), "FISHER": (3,), "RVGI": (1,),
    "ROLL_SPREAD": (2,), "TICK_IMBALANCE": (1,), "PMAX": (3, 8, 0.5),
}  # fmt: skip
CASES = [(name, None) for name in sorted(TWINS)] + list(OTHERS.items())


def compare(name: str, values: tuple[float, ...], columns: dict[str, np.ndarray]) -> None:
    node = own()[name]
    ours = Single(node, values).batch(inputs_of(node.entry.inputs, columns))
    with np.errstate(invalid="ignore", divide="ignore"):
        twin = np.array(TWINS[name](columns, *values), float)
    assert twin.shape == ours.shape
    for output, mine, other in zip(node.entry.output_names, ours, twin):
        usual = np.median(np.abs(other[~np.isnan(other)])) if np.isfinite(other).any() else 0.0
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-9 * usual, err_msg=output)


def test_every_node_has_a_twin():
    assert sorted(TWINS) == sorted(name for name, node in own().items() if node.entry.origin == "btlab")


@pytest.mark.parametrize(("name", "values"), CASES, ids=[f"{name}{values or ''}" for name, values in CASES])
def test_it_equals_its_twin(name, values):
    compare(name, own()[name].entry.given({}) if values is None else values, walk())


def rising() -> dict[str, np.ndarray]:
    """A market that only rises for a while, and falls as long."""
    columns = walk(400, seed=5, drift=2e-3)
    later = walk(400, seed=6, drift=-2e-3)
    prices = ("open", "high", "low", "close")
    return columns | {name: np.append(columns[name][:200], later[name][200:] * 1.5) for name in prices}


@pytest.mark.parametrize("name", sorted(TWINS))
def test_it_equals_its_twin_where_the_market_runs_one_way(name):
    compare(name, own()[name].entry.given({}), rising())


def coarse() -> dict[str, np.ndarray]:
    """Prices on a grid so coarse that many are the same, a few ticks a bar, and a day that closes where it opened."""
    columns = walk(500, seed=8)
    prices = {name: np.round(columns[name] * 400) / 400 for name in ("open", "high", "low", "close")}
    day = np.flatnonzero(columns["day"] == columns["day"][0])
    prices["close"][day[-1]] = prices["high"][day[-1]] = prices["low"][day[-1]] = prices["open"][0]
    return columns | prices | {name: columns[name] // 20 for name in ("upticks", "downticks")}


TIES = ("RANK", "CRSI", "TURTLE", "ZIGZAG", "MARKET_STRUCTURE", "SUPPORT_RESISTANCE", "PIVOTS_DEMARK", "VOLATILITY_STOP",
        "OPENING_RANGE", "SESSION_LEVELS", "CHANDE_KROLL", "ULCER", "CORWIN_SCHULTZ", "YANG_ZHANG")  # fmt: skip


@pytest.mark.parametrize("name", TIES)
def test_it_equals_its_twin_where_many_prices_are_the_same(name):
    compare(name, own()[name].entry.given({}), coarse())
    if name in OTHERS:
        compare(name, OTHERS[name], coarse())


@pytest.mark.parametrize("name", sorted(name for name in TWINS if own()[name].entry.parameters))
def test_it_equals_its_twin_at_the_ends_of_its_parameters(name):
    """Each parameter in turn as low as it may be, one more, and as high where that is not for ever."""
    entry, columns = own()[name].entry, walk(300)
    for k, one in enumerate(entry.parameters):
        ends = [one.low, one.low + one.whole] + ([one.high] if one.high < 1_000 else [])
        for end in [] if one.moment else ends:
            values = list(entry.given({}))
            values[k] = end
            if not (name == "CRSI" and end == 1):  # TA-Lib, its twin, has no RSI of 1
                compare(name, tuple(values), columns)


def halting() -> dict[str, np.ndarray]:
    """Stands still for thirty bars of every hundred, with and without volume."""
    columns, still = walk(500, seed=9), np.arange(500) % 100 >= 70
    last = np.maximum.accumulate(np.where(still, 0, np.arange(500)))
    prices = {name: np.where(still, columns["close"][last], columns[name]) for name in ("open", "high", "low", "close")}
    return columns | prices


@pytest.mark.parametrize("name", sorted(TWINS))
def test_it_equals_its_twin_where_the_market_halts(name):
    compare(name, own()[name].entry.given({}), halting())


@pytest.mark.parametrize("later", [0, 1])
def test_an_anchor_in_the_middle_counts_from_there(later):
    columns = walk(200)
    compare("ANCHORED_VWAP", (columns["time"][50] + later, 1.5), columns)


def test_an_anchor_is_a_time():
    bars = pl.DataFrame({name: walk(60)[name] for name in ("time", "open", "high", "low", "close", "volume")})
    bars = bars.with_columns(pl.col("time").cast(pl.Datetime("us")))
    moment = bars["time"][25]
    counted = bt.indicator("ANCHORED_VWAP", bars, anchor=moment)
    assert counted["vwap"].is_nan().sum() == 25
    assert counted.equals(bt.indicator("ANCHORED_VWAP", bars, anchor=moment.isoformat()), null_equal=True)
    assert bt.list_indicators("anchor")["parameters"][0].endswith("nbdev=2")
    with pytest.raises(bt.errors.BtlabError, match="'tomorrow' is not a time"):
        bt.indicator("ANCHORED_VWAP", bars, anchor="tomorrow")


FLAT = {  # what a market says that never moved: the price where nothing is named
    "MA_DISTANCE": (0,), "LINREG_CHANNEL": (1.1, 1.1, 1.1, None), "VOLATILITY_STOP": (1.1, 1), "FISHER": (0, 0),
    "PMAX": (1.1, 1.1, 1),
    "RVGI": (None, None), "SQUEEZE": (0, 0), "CRSI": (0,), "STC": (50,), "KST": (0, 0), "LAGUERRE_RSI": (None,), "CG": (0,),
    "TII": (None,), "REALISED_VOLATILITY": (0,), "HISTORICAL_VOLATILITY": (0,), "PARKINSON": (0,), "GARMAN_KLASS": (0,),
    "ROGERS_SATCHELL": (0,), "YANG_ZHANG": (0,), "BBW": (0,), "PERCENTB": (None,), "CHOP": (None,), "ULCER": (0,),
    "TICK_IMBALANCE": (None,), "ROLL_SPREAD": (0,), "CORWIN_SCHULTZ": (0,), "AMIHUD": (0,), "ZSCORE": (None,), "RANK": (0.5,),
    "SKEWNESS": (None,), "KURTOSIS": (None,), "AUTOCORRELATION": (None,), "CTI": (None,), "HURST": (None,),
    "VARIANCE_RATIO": (None,), "HALF_LIFE": (None,), "EMV": (0,), "KVO": (0, 0), "ZIGZAG": (None, None, 0, 0),
    "MARKET_STRUCTURE": (None, None, 0, 0), "SUPPORT_RESISTANCE": (None, None, 0), "OPENING_RANGE": (1.1, 1.1, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(TWINS) - {"SPREAD"}))
def test_a_flat_market_says_what_the_docstring_says(name):
    """To the last bit: a mean that misses the price by one would make a deviation of nothing."""
    node = own()[name]
    ours = Single(node, node.entry.given({})).batch(inputs_of(node.entry.inputs, flat()))[:, -1]
    expected = FLAT.get(name, (1.1,) * len(ours))
    assert ours.tolist() == pytest.approx([np.nan if value is None else value for value in expected], abs=1e-15, nan_ok=True)


@pytest.mark.parametrize("name", sorted(name for name in TWINS if "volume" in own()[name].entry.inputs))
def test_without_any_volume(name):
    node = own()[name]
    columns = walk() | {"volume": np.zeros(600)}
    ours = Single(node, node.entry.given({})).batch(inputs_of(node.entry.inputs, columns))
    assert (ours[:, -1] == 0).all() if name in ("EMV", "KVO") else np.isnan(ours).all()


@pytest.mark.parametrize("name", ["ZSCORE", "PERCENTB", "CTI", "HURST", "LAGUERRE_RSI"])
def test_values_of_another_size_say_the_same(name):
    """Prices of 1e-7 and of 1e7: nothing in a formula is compared with a number that is not of the price's size."""
    node, close = own()[name], walk()["close"]
    results = [Single(node, node.entry.given({})).batch([close * 2.0**power])[0] for power in (0, -24, 24)]
    for other in results[1:]:
        np.testing.assert_allclose(other, results[0], rtol=1e-9)


@pytest.fixture(scope="module")
def real_day(real_data) -> dict[str, np.ndarray]:
    """A day of 1m bars of EURUSD, with what its ticks say."""
    ticks = dukascopy_day(real_data)
    frames = Frames(ticks, timeline_of(ticks))
    return {name: np.array(frames.column("1m", name)) for name in (*BAR_INPUTS, *TICK_INPUTS)}


@pytest.mark.parametrize("name", sorted(TWINS))
def test_it_equals_its_twin_on_a_real_day(name, real_day):
    columns = {key: column[:700] for key, column in real_day.items()}
    values = {"ZIGZAG": (0.03,), "MARKET_STRUCTURE": (2.0,)}.get(name, own()[name].entry.given({}))
    compare(name, values, columns)
