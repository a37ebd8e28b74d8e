"""The checked-in catalogue is what the installed libraries say, and what it says of a function is so."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
import talib
from talib import abstract

import btlab as bt
from btlab.errors import IndicatorError
from btlab.indicators import freeze
from btlab.indicators.catalogue import FILE, entry_of, known
from btlab.indicators.entry import STYLES
from btlab.indicators.listing import Listing
from btlab.indicators.nodes import own


def test_the_file_is_what_the_libraries_say():
    assert FILE.read_text("utf-8") == freeze.text(), "python -m btlab.indicators.freeze writes it anew"


def test_all_of_talib_and_all_of_ours_are_there():
    names = set(known())
    assert len(talib.get_functions()) == 201 and names >= set(talib.get_functions()) | set(own())
    assert not set(talib.get_functions()) & set(own())


def test_defaults_and_ranges_are_those_of_the_library():
    """Asked by running: a default outside its range, or a range the library does not share, would be refused by one of them."""
    close = np.linspace(1.0, 2.0, 300)
    for name in ("RSI", "SMA", "STDDEV", "T3", "BBANDS", "MACD"):
        entry = entry_of(name)
        for k, one in enumerate(entry.parameters):
            values = [int(each) if p.whole else each for each, p in zip(entry.given({}), entry.parameters)]
            getattr(talib, name)(close, *values)
            values[k] = int(one.low) - 1 if one.whole else one.low - abs(one.low)
            if values[k] != one.low:
                with pytest.raises(Exception, match="Bad Parameter"):
                    getattr(talib, name)(close, *values)
                with pytest.raises(IndicatorError, match=r"must lie between|is wanted"):
                    entry.given({one.name: values[k]})


def test_every_entry_is_whole():
    for name, entry in known().items():
        assert entry.name == name and entry.title and entry.group and entry.source and entry.outputs, name
        assert all(output.style in STYLES for output in entry.outputs), name
        assert len(entry.defaults) == len(entry.inputs), name
        assert entry.lookback >= 0 and entry.given({}) is not None, name


def test_overlay_or_pane():
    assert all(entry_of(name).overlay for name in ("SMA", "BBANDS", "SAR", "SUPERTREND", "VWAP", "CDLDOJI"))
    assert not any(entry_of(name).overlay for name in ("RSI", "MACD", "ATR", "OBV", "AVGDEV", "STDDEV"))


def test_the_table_is_searched():
    assert len(bt.list_indicators()) >= 202
    assert bt.list_indicators("convergence MOVING average")["name"].to_list() == ["MACD", "MACDFIX"]
    row = bt.list_indicators("STOCHRSI").row(0, named=True)
    assert row["outputs"] == "fastk, fastd" and row["parameters"].endswith("fastd_matype=SMA")
    assert row["lookback"] == abstract.Function("STOCHRSI").lookback
    assert bt.list_indicators("no such thing").is_empty()


def test_a_notebook_shows_all_of_it_with_a_field_to_search():
    page = bt.list_indicators()._repr_html_()
    assert page.count("<tr title=") == len(known()) and '<input type="search"' in page and len(page) < 150_000
    made = Listing(bt.list_indicators("RSI").with_columns(title=pl.lit("<script>alert(1)</script>"), about=pl.lit('" onx="')))
    assert "<script>" not in made._repr_html_() and 'onx="' not in made._repr_html_()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("RSJ", "Did you mean 'RSI'"),
        ("RIS", "Did you mean 'RSI'"),
        ("bolinger", "Did you mean 'BBANDS'"),
        ("zzz", "bt.list_indicators"),
        (None, "None"),
    ],
)
def test_an_unknown_name_is_refused(name, hint):
    with pytest.raises(IndicatorError, match=hint):
        entry_of(name)


def test_unknown_parameters_are_refused_and_kinds_have_names():
    with pytest.raises(IndicatorError, match="Did you mean 'timeperiod'"):
        entry_of("RSI").given({"timeperod": 3})
    assert entry_of("BBANDS").given({"matype": "ema"}) == entry_of("BBANDS").given({"matype": 1})
    with pytest.raises(IndicatorError, match="one of SMA, EMA"):
        entry_of("BBANDS").given({"matype": "XMA"})


def test_neither_the_import_nor_the_table_loads_a_library():
    code = "import sys, btlab as bt; bt.list_indicators(); print(sorted({'talib', 'numba', 'llvmlite'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
