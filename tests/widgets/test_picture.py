"""The picture drawn by Python: well-formed, bounded, deterministic, names as text, nothing of later."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import btlab as bt
from btlab.errors import WidgetError
from btlab.widgets.picture import picture
from tests.widgets.test_chart import Buys

TICKS = bt.simulate_ticks("EURUSD", days=2)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Buys(), TICKS)


@pytest.mark.parametrize("options", [{}, {"theme": "dark"}, {"width": 480}, {"width": 1900}, {"at": 0}, {"at": 70_000}])
def test_it_is_well_formed_and_small(session, options):
    text = picture(session, **options)
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert len(text) < 150_000
    assert text == picture(session, **options)
    assert {"1m", "5m", "15m", "1h", "4h", "1d"} <= {element.text for element in root.iter() if element.tag.endswith("text")}


def test_nothing_after_the_head_is_drawn(session):
    head = 50_000
    after = slice(head + 1, None)
    bid, ask = np.array(TICKS.bid), np.array(TICKS.ask)
    bid[after] += 0.01
    ask[after] += 0.01
    other = bt.run(
        Buys(), bt.Ticks.from_arrays(TICKS.time, bid, ask, symbol="EURUSD", bid_size=TICKS.bid_size, ask_size=TICKS.ask_size)
    )
    assert picture(session, at=head) == picture(other, at=head)
    assert picture(session) != picture(other)


def test_names_are_text():
    naughty = "<script>alert(1)</script>&\"'\x01\ufffe" + "x" * 200
    session = bt.run(bt.Strategy, bt.Ticks.from_arrays(TICKS.time[:500], TICKS.bid[:500], TICKS.ask[:500], symbol=naughty))
    text = picture(session)
    assert "<script" not in text
    assert ET.fromstring(text) is not None


def test_bars_have_no_panels_finer_than_they_are():
    session = bt.run(Buys(), bt.bars(TICKS, "1h"))
    assert picture(session).count("no bars as short as this") == 3


@pytest.mark.parametrize("options", [{"width": 100}, {"width": 1200.0}, {"theme": "drak"}])
def test_what_cannot_be_drawn_is_refused(session, options):
    with pytest.raises(WidgetError):
        picture(session, **options)
