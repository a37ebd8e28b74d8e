"""`bt.info()` names what runs here."""

from __future__ import annotations

from importlib.metadata import version

import btlab as bt
from btlab.indicators import streams
from btlab.indicators.streams import bridge


def test_it_says_what_runs_here(monkeypatch):
    found = bt.info()
    assert found["numba"] == version("numba") and found["TA-Lib"].startswith("0.8.") and found["cores"] >= 1
    assert found["indicators"] == streams.COMPILED
    lines = repr(found).splitlines()
    assert len(lines) == len(found) and any(line.startswith("polars ") and version("polars") in line for line in lines)
    monkeypatch.setattr(bridge, "addresses", lambda _: None)
    assert bt.info()["indicators"] == streams.PYTHON != streams.COMPILED


def test_it_counts_what_is_kept():
    bars = bt.bars(bt.simulate_ticks("EURUSD", days=1)[:2_000], "1m")
    before = bt.info()["indicator cache"]
    bt.indicator("RSI", bars)
    assert bt.info()["indicator cache"] != before
