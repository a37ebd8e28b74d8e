"""What ticks say of a bar, against polars; and that plain bars, which do not know, say so."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.errors import IndicatorError
from btlab.indicators.columns import frames_of
from btlab.indicators.entry import TICK_INPUTS


def quotes() -> bt.Ticks:
    """Two days of quotes on a grid, some one-sided, some crossed, with holes of some minutes."""
    random = np.random.default_rng(2)
    time = 1_700_000_000_000_000 + np.cumsum(
        random.exponential(9e6, 15_000).astype(np.int64) * random.choice([1, 60], 15_000, p=[0.99, 0.01])
    )
    bid = 1.1 + np.cumsum(random.integers(-1, 2, 15_000)) * 1e-5
    ask = bid + random.integers(-1, 9, 15_000) * 1e-5
    one_sided = random.random((2, 15_000)) < 0.01
    bid[one_sided[0]], ask[one_sided[1] & ~one_sided[0]] = np.nan, np.nan
    return bt.Ticks.from_arrays(time, np.round(bid, 5), np.round(ask, 5), symbol="BTCUSD")


def by_polars(ticks: bt.Ticks, price: str, every: str) -> pl.DataFrame:
    prices = {"bid": pl.col("bid"), "ask": pl.col("ask"), "mid": (pl.col("bid") + pl.col("ask")) / 2}
    frame = ticks.to_polars().with_columns(pl.col("bid", "ask").fill_nan(None)).with_columns(price=prices[price])
    step = pl.col("price").forward_fill() - pl.col("price").forward_fill().shift(1)
    spread = pl.col("ask") - pl.col("bid")
    return (
        frame.with_columns(up=(step > 0).fill_null(False), down=(step < 0).fill_null(False), spread=spread)
        .group_by_dynamic("time", every=every)
        .agg(pl.col("up").sum(), pl.col("down").sum(), mean=pl.col("spread").mean(), low=pl.col("spread").min(),
             high=pl.col("spread").max(), priced=pl.col("price").count())
        .filter(pl.col("priced") > 0)
    )  # fmt: skip


@pytest.mark.parametrize("price", ["bid", "ask", "mid"])
@pytest.mark.parametrize("timeframe", ["1m", "15m", "1h", "1d"])
def test_the_columns_of_ticks_equal_polars(price, timeframe):
    from btlab.indicators.columns import Frames
    from btlab.market.timeline import timeline_of

    ticks = quotes()
    frames = Frames(ticks, timeline_of(ticks, price=price))
    expected = by_polars(ticks, price, timeframe)
    for name, other in zip(TICK_INPUTS, expected.columns[1:]):
        mine, theirs = frames.column(timeframe, name), expected[other].cast(pl.Float64).fill_null(np.nan).to_numpy()
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-15, err_msg=name)


def test_indicators_that_read_them():
    ticks = quotes()
    imbalance = bt.indicator("TICK_IMBALANCE", ticks, timeframe="1h", timeperiod=1).to_numpy()
    spread = bt.indicator("SPREAD", ticks, timeframe="1h", timeperiod=2)
    frame = by_polars(ticks, "mid", "1h").with_columns(pl.col("up", "down").cast(pl.Float64))
    expected = frame.select((pl.col("up") - pl.col("down")) / (pl.col("up") + pl.col("down"))).to_series().to_numpy()
    np.testing.assert_allclose(imbalance, expected, rtol=1e-12)
    np.testing.assert_allclose(spread["high"][1:], frame["high"].rolling_max(2)[1:].to_numpy(), rtol=1e-12)


def test_a_minute_without_ticks_has_none_up_or_down_and_no_spread():
    time = np.array([0, 10, 180]) * 1_000_000
    ticks = bt.Ticks.from_arrays(time, [1.0, 2.0, 3.0], [1.5, 2.5, 3.5], symbol="BTCUSD")
    frames = frames_of(ticks)
    assert frames.column("1m", "upticks").tolist() == [1.0, 1.0]
    from btlab.indicators.columns import Frames
    from btlab.market.timeline import timeline_of

    flat = Frames(ticks, timeline_of(ticks, empty_bars="flat"))
    assert flat.column("1m", "upticks").tolist() == [1.0, 0.0, 0.0, 1.0]
    assert flat.column("1m", "spread_mean").tolist() == pytest.approx([0.5, np.nan, np.nan, 0.5], nan_ok=True)


def test_plain_bars_do_not_know():
    bars = bt.bars(quotes(), "1h")
    with pytest.raises(IndicatorError, match="counted from ticks, and these are 1h bars; give the ticks"):
        bt.indicator("SPREAD", bars)
