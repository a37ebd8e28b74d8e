"""Functions of the catalogue against an implementation that is not TA-Lib: pandas-ta-classic, told not to use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import btlab as bt
from tests.indicators.markets import bars_of

ta = pytest.importorskip("pandas_ta_classic", reason="of the test group")
SETTLED = 1_500
"""Bars after which a beginning made otherwise is forgotten: (1 - 1/14) ** 1,500 is 5e-49."""

Frame = Any
ANSWERS: dict[str, tuple[dict[str, Any], Callable[[Frame], Any]]] = {
    "SMA": ({"timeperiod": 20}, lambda f: ta.sma(f.close, 20, talib=False)),
    "EMA": ({"timeperiod": 20}, lambda f: ta.ema(f.close, 20, talib=False)),
    "WMA": ({"timeperiod": 20}, lambda f: ta.wma(f.close, 20, talib=False)),
    "DEMA": ({"timeperiod": 10}, lambda f: ta.dema(f.close, 10, talib=False)),
    "TEMA": ({"timeperiod": 10}, lambda f: ta.tema(f.close, 10, talib=False)),
    "TRIMA": ({"timeperiod": 9}, lambda f: ta.trima(f.close, 9, talib=False)),
    "RSI": ({"timeperiod": 14}, lambda f: ta.rsi(f.close, 14, talib=False)),
    "MACD": ({}, lambda f: ta.macd(f.close, 12, 26, 9, talib=False).iloc[:, [0, 2, 1]]),
    "BBANDS": ({"timeperiod": 20}, lambda f: ta.bbands(f.close, 20, 2.0, ddof=0, talib=False).iloc[:, [2, 1, 0]]),
    "ATR": ({"timeperiod": 14}, lambda f: ta.atr(f.high, f.low, f.close, 14, talib=False)),
    "NATR": ({"timeperiod": 14}, lambda f: ta.natr(f.high, f.low, f.close, 14, talib=False)),
    "TRANGE": ({}, lambda f: ta.true_range(f.high, f.low, f.close, talib=False)),
    "CCI": ({"timeperiod": 14}, lambda f: ta.cci(f.high, f.low, f.close, 14, talib=False)),
    "WILLR": ({"timeperiod": 14}, lambda f: ta.willr(f.high, f.low, f.close, 14, talib=False)),
    "MOM": ({"timeperiod": 10}, lambda f: ta.mom(f.close, 10, talib=False)),
    "ROC": ({"timeperiod": 10}, lambda f: ta.roc(f.close, 10, talib=False)),
    "AD": ({}, lambda f: ta.ad(f.high, f.low, f.close, f.volume, talib=False)),
    "MFI": ({"timeperiod": 14}, lambda f: ta.mfi(f.high, f.low, f.close, f.volume, 14, talib=False)),
    "AROON": ({"timeperiod": 14}, lambda f: ta.aroon(f.high, f.low, 14, talib=False).iloc[:, [0, 1]]),
    "STDDEV": ({"timeperiod": 20}, lambda f: ta.stdev(f.close, 20, ddof=0, talib=False)),
    "VAR": ({"timeperiod": 20}, lambda f: ta.variance(f.close, 20, ddof=0, talib=False)),
    "LINEARREG": ({"timeperiod": 14}, lambda f: ta.linreg(f.close, 14, talib=False)),
    "MIDPOINT": ({"timeperiod": 14}, lambda f: ta.midpoint(f.close, 14, talib=False)),
    "MIDPRICE": ({"timeperiod": 14}, lambda f: ta.midprice(f.high, f.low, 14, talib=False)),
    "ULTOSC": ({}, lambda f: ta.uo(f.high, f.low, f.close, talib=False)),
    "BOP": ({}, lambda f: ta.bop(f.open, f.high, f.low, f.close, talib=False)),
    "ADX": ({"timeperiod": 14}, lambda f: ta.adx(f.high, f.low, f.close, 14, talib=False).iloc[:, 0]),
    "T3": ({"timeperiod": 5}, lambda f: ta.t3(f.close, 5, 0.7, talib=False)),
    "STOCH": ({}, lambda f: ta.stoch(f.high, f.low, f.close, 5, 3, 3, talib=False)),
    "HMA": ({"timeperiod": 16}, lambda f: ta.hma(f.close, 16)),
    "OBV": ({}, lambda f: ta.obv(f.close, f.volume, talib=False)),
}


@pytest.fixture(scope="module")
def bars() -> bt.Bars:
    count, random = 3_000, np.random.default_rng(31)
    return bars_of(100.0 * np.exp(np.cumsum(random.normal(0.0, 2e-3, count))), np.zeros(count, bool), seed=32)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_other_implementation_says_the_same(name, bars):
    given, answer = ANSWERS[name]
    frame = pd.DataFrame({one: getattr(bars, one) for one in ("open", "high", "low", "close", "volume")})
    made, theirs = bt.indicator(name, bars, **given), answer(frame)
    ours = made if isinstance(made, pl.DataFrame) else made.to_frame()
    theirs = theirs if isinstance(theirs, pd.DataFrame) else theirs.to_frame()
    found, expected = ours.to_numpy()[SETTLED:], theirs.to_numpy()[-(len(bars) - SETTLED) :]
    assert found.shape == expected.shape and np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
