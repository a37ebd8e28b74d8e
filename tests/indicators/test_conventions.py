"""The chapter that says where libraries differ prints what its code gives today."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import talib

import btlab as bt

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04-indicators.ipynb"


def chapter(title: str) -> list[dict[str, Any]]:
    """The cells from a heading to the next one of its level."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    heads = [k for k, cell in enumerate(cells) if cell["cell_type"] == "markdown" and "".join(cell["source"]).startswith("## ")]
    begin = next(k for k in heads if "".join(cells[k]["source"]).startswith(f"## {title}"))
    return cells[begin : next((k for k in heads if k > begin), len(cells))]


def test_every_number_of_the_chapter_is_what_the_code_prints():
    names = {"np": np, "pd": pd, "pl": pl, "bt": bt, "talib": talib}
    printed = 0
    for cell in chapter("Conventions"):
        if cell["cell_type"] == "code":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec("".join(cell["source"]), names)
            stored = "".join(line for one in cell["outputs"] for line in one.get("text", []))
            assert out.getvalue() == stored
            printed += len(stored.splitlines())
    assert printed == 10


def test_what_the_table_says_of_btlab():
    """The claims of the first column that are not printed."""
    closes = 44 + np.cumsum(np.random.default_rng(0).normal(0, 1, 60))
    ema, macd = bt.indicator("EMA", closes, timeperiod=9), bt.indicator("MACD", closes)
    assert ema.is_nan().sum() == 8 and np.isclose(ema[8], closes[:9].mean())
    fast, slow = closes[14:26].mean(), closes[:26].mean()
    line = [fast - slow]
    for close in closes[26:]:
        fast, slow = fast + 2 / 13 * (close - fast), slow + 2 / 27 * (close - slow)
        line.append(fast - slow)
    assert macd["macd"].is_nan().sum() == 33 and np.allclose(macd["macd"][33:], line[8:])
    bars = pl.DataFrame(
        {"time": np.arange(60) * 60_000_000, "open": closes, "high": closes + 1, "low": closes - 2, "close": closes}
    )
    atr = bt.indicator("ATR", bars, timeperiod=5)
    steps = np.maximum(closes[1:] + 1, closes[:-1]) - np.minimum(closes[1:] - 2, closes[:-1])
    assert atr.is_nan().sum() == 5 and np.isclose(atr[5], steps[:5].mean())
    pattern = bt.indicator("CDLDOJI", bars)
    assert pattern[0] is not None and np.isnan(pattern[0])
    cloud = bt.indicator("ICHIMOKU", bars, conversionperiod=3, baseperiod=5, spanperiod=9, displacement=26)
    assert cloud["next_a"][33] == cloud["span_a"][58]
