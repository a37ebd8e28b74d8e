"""The picture of quality: what it sends to the page, and that it says names as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.app.quality_days import CLOSED, HOLE, LEAST, MINUTES_UP_TO, SILENT, Days
from tests.data.quality.markets import MINUTE, at, quality, quotes, without

NAME = "<img src=x onerror=alert(1)>"
ADDRESS = re.compile(r"""(?:src|href)\s*=\s*["']?https?://""")


@pytest.fixture(scope="module")
def found() -> Any:
    """Three weeks; a Monday is missing, and two hours of a Wednesday."""
    ticks = quotes("2024-01-07 17:00", "2024-01-26 17:00", pace=20, symbol=NAME)
    bid = ticks.bid.copy()
    bid[5_000:5_020] = ticks.ask[5_000:5_020] + 0.0001
    ticks = bt.Ticks.from_arrays(ticks.time, bid, ticks.ask, symbol=NAME, bid_size=ticks.bid_size, ask_size=ticks.ask_size)
    return quality(without(ticks, ("2024-01-14 22:00", "2024-01-15 22:00"), ("2024-01-17 10:00", "2024-01-17 12:00")), "fx")


def test_the_calendar_has_a_cell_a_day(found: Any) -> None:
    days = Days(found)
    cells = days.cells
    assert (days.weeks, days.blocks, days.years) == (3, 1, [])
    assert len(cells["row"]) == 19
    assert (cells["row"] >= 0).sum() == len(found.days) == 15
    assert [cells["words"][cell] for cell in np.flatnonzero(cells["missing"])] == ["Monday 15 Jan 2024"]
    assert days.cell_of_worst == 7
    assert cells["told"][1] == "4,320 rows, usual 4,320, 20 odd"
    assert cells["told"][5] == "no trading"
    np.testing.assert_allclose(cells["share"][[0, 9]], [1.0, 22 / 24], atol=0.01)
    part = (cells["lost"] - cells["left"]) / (cells["right"] - cells["left"])
    np.testing.assert_allclose(part[[0, 7, 9]], [0.0, 1.0, 2 / 24], atol=0.01)
    assert (np.flatnonzero(cells["odd"]) == [1]).all()


def test_minutes_of_a_day(found: Any) -> None:
    days = Days(found)
    levels = days.levels.data["level"].reshape(15, 1500)
    wednesday = levels[7, :1440]
    hole = (at("2024-01-17 10:00") - at("2024-01-16 22:00")) // MINUTE
    assert (wednesday[hole : hole + 120] == HOLE).sum() in (119, 120)
    assert (wednesday[:hole] >= LEAST).all()
    assert (levels[5][:1440] == HOLE).all(), "Monday the 15th is missing"
    assert (levels[:, 1440:] == CLOSED).all()
    assert SILENT not in levels[0, :1440]


def test_findings_of_a_day(found: Any) -> None:
    data = Days(found).found.data
    told = sorted(zip(data["row"].tolist(), data["kind"], data["count"].tolist()))
    assert told == [(1, "crossed", 20), (5, "gap", 1440), (7, "gap", 120)]


def test_a_day_lists_the_largest_of_each_kind() -> None:
    ticks = quotes("2024-01-07 17:00", "2024-01-08 17:00", pace=20)
    ask = ticks.ask.copy()
    ask[::20] = ticks.bid[::20] - 0.0001
    ask[101] = ticks.bid[101] - 0.0001
    data = Days(quality(bt.Ticks.from_arrays(ticks.time, ticks.bid, ask))).found.data
    assert (len(data["row"]), set(data["of"].tolist()), max(data["count"])) == (60, {199, 200, 216} & set(data["of"].tolist()), 2)


def test_many_years_stand_below_each_other_and_are_sent_in_fives() -> None:
    days = Days(quality(quotes("2019-12-01 17:00", "2024-01-26 17:00", pace=3_600)))
    assert len(days.quality.days) > MINUTES_UP_TO
    assert (days.step, days.blocks) == (5, 6)
    assert [year for _, year in days.years] == [2019, 2020, 2021, 2022, 2023, 2024]
    assert len(days.levels.data["level"]) == len(days.quality.days) * 300
    assert days.weeks <= 54


def test_exchanges_whose_days_last_over_a_weekend() -> None:
    ticks = quotes("2024-01-02 04:00", "2024-01-12 20:00", market="24x7", symbol="SPY", pace=60)
    days = Days(quality(ticks, "XNYS"))
    assert days.found.data["kind"]
    assert days.table.data["hours"].max() == 25


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_saved_as_one_file_that_asks_nobody(found: Any, theme: str, tmp_path: Path) -> None:
    picture = found.picture(theme=theme)
    picture.save(tmp_path / "quality.html")
    text = (tmp_path / "quality.html").read_text("utf-8")
    assert NAME not in text
    assert not ADDRESS.search(re.sub(r"<script.*?</script>", "", text, flags=re.S))
    assert "Unexpected gaps" in text


def test_nothing_stored_in_the_range_still_has_a_picture(tmp_path: Path) -> None:
    ticks = without(quotes("2024-01-07 17:00", "2024-01-12 17:00", pace=60), ("2024-01-09 00:00", "2024-01-11 00:00"))
    quality(ticks, start="2024-01-09 03:00", end="2024-01-10 12:00").picture().save(tmp_path / "missing.html")
    weekend = bt.Ticks.from_arrays([at("2024-01-13 10:00"), at("2024-01-13 12:00")], [1.0, 1.1], [1.1, 1.2])
    quality(weekend).picture().save(tmp_path / "weekend.html")


def test_a_theme_there_is_not(found: Any) -> None:
    with pytest.raises(bt.errors.WidgetError, match="theme='blue'"):
        found.picture(theme="blue")
