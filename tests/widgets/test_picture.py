"""The picture drawn by Python: well-formed, bounded, deterministic, names as text, nothing of later."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import talib

import btlab as bt
from btlab.errors import WidgetError
from btlab.market.times import to_datetime
from btlab.widgets.barshapes import WARM, means
from btlab.widgets.overlays.svg import spread
from btlab.widgets.picture import picture
from btlab.widgets.tokens import COLOUR_BLIND, DARK, LIGHT
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


class Watches(bt.Strategy):
    """An EMA on its own bars, one on bars that no panel shows."""

    timeframe = ("5m", "30m")

    def init(self):
        self.indicator("EMA", timeperiod=3)
        self.indicator("SMA", timeframe="30m", timeperiod=2)


DRAWN = bt.Ticks.from_arrays(TICKS.time[:30_000], TICKS.bid[:30_000], TICKS.ask[:30_000], symbol="EURUSD")


def lines_of(text: str, timeframe: str) -> list[str]:
    """The paths of a panel that have the width of an overlay's line."""
    panels = [each for each in ET.fromstring(text) if each.tag.endswith("svg")]
    (panel,) = [each for each in panels if timeframe in {one.text for one in each if one.tag.endswith("text")}]
    return [one.attrib["d"] for one in panel.iter() if one.get("stroke-width") == "1.5"]


def test_overlays_over_the_prices_are_drawn_on_bars_that_have_closed():
    session = bt.run(Watches(), DRAWN)
    text = picture(session)
    (mean,), (half,) = lines_of(text, "5m"), lines_of(text, "15m")
    assert lines_of(text, "1h") == []
    assert mean.count("M") == half.count("M") == 1
    closed = session.timeline.bars("5m").close[:-1]
    heights = [float(point.split()[1]) for point in mean[1:].split("L")]
    right = talib.EMA(closed, 3)[-len(heights) :]
    slope, offset = np.polyfit(right, heights, 1)
    np.testing.assert_allclose(slope * right + offset, heights, atol=0.06)  # a straight scale, rounded to tenths of a pixel
    assert slope < 0
    assert "EMA 3" in text
    assert "SMA 2 30m" in text
    levels = [point.split()[1] for point in half[1:].split("L")]
    assert all(levels[k] == levels[k + 1] for k in range(0, len(levels), 2)), "in steps"
    earlier, shorter = picture(session, at=20_000), picture(bt.run(Watches(), DRAWN[:20_001]))
    for timeframe in ("5m", "15m"):
        assert lines_of(earlier, timeframe) == lines_of(shorter, timeframe) != lines_of(text, timeframe)


def test_overlays_of_every_kind_are_drawn_and_a_widget_shows_its_own():
    named = bt.overlays.indicator
    given = [bt.overlays.sessions(["Asia"]), named("BBANDS", timeperiod=5), named("CDLENGULFING"), bt.overlays.volume_profile()]
    session = bt.run(Watches(), DRAWN)
    shown, _ = session.chart(overlays=given)._repr_mimebundle_()
    text = shown["image/svg+xml"]
    assert ET.fromstring(text) is not None
    for part in ('fill-opacity=".06"', 'fill-opacity=".09"', 'fill-opacity=".22"', 'fill-opacity=".42"', "<circle"):
        assert part in text
        assert part not in picture(session)
    assert "EMA 3" not in session.chart(overlays=False)._repr_mimebundle_()[0]["image/svg+xml"]


def test_a_profile_has_all_of_the_volume_in_view_where_it_was_traded():
    rng = np.random.default_rng(3)
    low = rng.uniform(10.0, 20.0, 300)
    high = low + rng.choice([0.0, 0.01, 0.4, 3.0], 300)
    amounts = rng.choice([0.0, 1.0, 7.0], 300)
    first, last, rows = float(low.min()), float(high.max()) + 1e-9, 37
    sums, tall = np.zeros(rows), (last - first) / rows
    for amount, begin, end in zip(amounts, low, high, strict=True):
        for row in range(rows):
            bottom, top = first + row * tall, first + (row + 1) * tall
            if begin == end:
                sums[row] += amount * (bottom <= begin < top)
            else:
                sums[row] += amount * max(0.0, min(top, end) - max(bottom, begin)) / (end - begin)
    np.testing.assert_allclose(spread(amounts, low, high, (first, last), rows), sums, rtol=1e-9, atol=1e-9)
    assert sums.sum() == pytest.approx(amounts.sum())


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


def shapes_of(text: str, colour: str) -> list[str]:
    """What the paths of a colour in the 5m panel draw."""
    panel = ET.fromstring(text).findall("{*}svg")[1]
    return [
        path.get("d") for path in panel.iter() if path.tag.endswith("path") and colour in (path.get("fill"), path.get("stroke"))
    ]


def test_what_a_notebook_keeps_is_drawn_as_the_view_was(session):
    """Style, zone, palette and theme, read off the picture itself."""
    widget = session.chart()
    drawn = lambda: widget._repr_mimebundle_()[0]["image/svg+xml"]  # noqa: E731
    closes = session.at(len(TICKS) - 1).completed("5m").close
    candles = drawn()
    assert candles == picture(session)
    widget.style = "line"
    line = max(shapes_of(drawn(), LIGHT["text-2"]), key=len)
    levels = np.array(line[1:].split()[1::2], float)
    assert np.corrcoef(levels[:-1], closes[-len(levels) + 1 :])[0, 1] < -0.999, "closes, from the top"
    assert not any("h3v" in each for each in shapes_of(drawn(), LIGHT["candle-up"]) if "M" in each and "h1v" in each)
    widget.style = "bars"
    up = "".join(shapes_of(drawn(), LIGHT["candle-up"])[-1:])
    assert up.count("h1v1h-1z") >= 2 * len(closes[-20:]) // 4
    assert up.count("M") % 3 == 0, "each with its low to high, its open and its close"
    assert "h3v" not in up
    widget.style = "heikin"
    assert shapes_of(drawn(), LIGHT["candle-up"]) != shapes_of(candles, LIGHT["candle-up"])
    widget.style, widget.zone = "candles", "Asia/Tokyo"
    last = to_datetime(int(TICKS.time[-1])).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{last:%Y-%m-%d %H:%M:%S} Asia/Tokyo" in drawn()
    assert "UTC" not in drawn()
    widget.zone, widget.palette, widget.theme = "UTC", "colour-blind", "dark"
    assert shapes_of(drawn(), COLOUR_BLIND["dark"]["candle-up"])
    assert not any(colour in drawn() for colour in (LIGHT["plot"], DARK["candle-up"], DARK["candle-down"]))
    widget.close()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_days_are_told_before_clock_times_and_no_two_times_touch(session, zone):
    """Two days begin in each panel of intraday bars that is wide enough; in Tokyo noon comes before the first of them."""
    svg = "{http://www.w3.org/2000/svg}"
    panels = ET.fromstring(picture(session, zone=zone)).findall(f"{svg}svg")
    for panel, timeframe in zip(panels, ("1m", "5m", "15m", "1h", "4h", "1d"), strict=True):
        texts = [(int(each.get("x")), each.text) for each in panel.iter(f"{svg}text") if each.get("y") == "244"]
        assert texts, timeframe
        places = sorted(x for x, _ in texts)
        assert all(np.diff(places) >= 62)
        if timeframe in ("1h", "4h"):
            assert any(re.fullmatch(r"\d+ Jan", text) for _, text in texts), (timeframe, texts)
            assert len({text for _, text in texts}) == len(texts), "no time twice"


def test_bars_of_means_are_those_of_all_bars_before_them():
    prices = tuple(np.random.default_rng(7).uniform(1, 2, (4, 400)))
    whole, tail = means(prices, 400), means(tuple(column[-100 - WARM :] for column in prices), 100)
    for one, other in zip(whole, tail, strict=True):
        np.testing.assert_allclose(one[-100:], other, rtol=0, atol=1e-12)
    opened, closed = whole[0], whole[3]
    np.testing.assert_allclose(opened[1:], (opened[:-1] + closed[:-1]) / 2)


def test_the_palettes_are_those_of_the_page():
    text = (Path(__file__).parents[2] / "widgets/src/view/style/tokens.css").read_text("utf-8")
    for theme, colours in COLOUR_BLIND.items():
        rules = text.split(f"&[data-theme={theme}][data-palette=colour-blind]")[1].split("}")[0]
        assert {name: colour for name, colour in re.findall(r"--([\w-]+): ([^;]+);", rules) if name in LIGHT} == colours
