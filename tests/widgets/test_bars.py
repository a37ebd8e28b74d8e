"""Bars on the wire: exact to the last bit, in parts, and nothing that a page may ask for in error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import MessageError
from btlab.widgets import bars as module
from btlab.widgets.bars import BarParts, points
from btlab.widgets.frames import unpack
from btlab.widgets.tape import Tape
from tests.widgets.fixtures import Entries, odd_ticks, off_grid


def decoded(columns: dict[str, np.ndarray], scale: float, name: str, place: int) -> np.ndarray:
    """Prices as a page reads them."""
    raw = columns[name]
    if not scale:
        return raw
    value = raw / scale
    code = (columns["nudge"] >> (2 * place)) & 3 if "nudge" in columns else np.zeros(len(raw), np.uint8)
    return np.where(code == 1, np.nextafter(value, np.inf), np.where(code == 2, np.nextafter(value, -np.inf), value))


def test_means_of_bid_and_ask_come_back_to_the_last_bit() -> None:
    random = np.random.default_rng(4)
    bid = random.integers(100_000, 160_000, (4, 20_000)) / 1e5
    prices = (bid + random.integers(0, 30, bid.shape) / 1e5 + bid) / 2
    columns, scale = points(prices, 2e5)
    assert scale == 2e5
    assert 0.01 < (columns["nudge"] > 0).mean() < 0.99  # some are neighbours of the rounded mean
    for place, name in enumerate(module.PRICES):
        assert np.array_equal(decoded(columns, scale, name, place), prices[place])


@pytest.mark.parametrize("prices", [[[1 / 3]] * 4, [[-1.5]] * 4, [[0.0]] * 4, [[1e9]] * 4, [[float("nan")]] * 4])
def test_what_lies_on_no_grid_travels_as_it_is(prices: list[list[float]]) -> None:
    columns, scale = points(np.array(prices), 2e5)
    assert scale == 0.0
    assert np.array_equal(columns["high"], np.array(prices)[1], equal_nan=True)


@pytest.mark.parametrize("change", [lambda ticks: ticks, off_grid])
def test_parts_hold_the_timeline(change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 128)
    session = bt.run(Entries(), change(odd_ticks(3, 8_000)))
    timeline, tape = session.timeline, Tape(session)
    parts = BarParts(timeline, tape.digits, True)
    for row in range(6):
        rows = timeline.rows(row)
        for part in range(parts.parts(row)):
            header, buffer = tape.bars([[row, part]])
            about, columns = header["parts"][0], {name[:-1]: value for name, value in unpack(header, [buffer]).items()}
            at = slice(rows.start + about["begin"], rows.start + about["begin"] + len(columns["start"]))
            assert np.array_equal(columns["start"] * float(about["unit"]), timeline.start[at])
            assert np.array_equal(columns["closer"], timeline.closer[at])
            for place, name in enumerate(module.PRICES):
                assert np.array_equal(decoded(columns, about["scale"], name, place), timeline.real[place, at])
            assert np.array_equal(columns["volume"], timeline.real[4, at])
            first = columns.get("first", np.append(about["first"], columns["closer"][:-1]))
            assert np.array_equal(first, timeline.first[at])
            end = columns["end"] * float(about["unit"]) if "end" in columns else timeline.start[at] + tape.info["lengths"][row]
            assert np.array_equal(end, timeline.end[at])


def test_a_long_session_opens_with_the_bars_about_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART", 128)
    monkeypatch.setattr(module, "WHOLE", 256)
    session = bt.run(Entries(), odd_ticks(3, 16_000))
    tape = Tape(session, mode="chart")
    header, buffer = tape.open()
    columns, count = unpack(header, [buffer]), header["counts"][0]
    assert count > 256
    assert header["parts"][0]["begin"] >= count - 256  # its tail first
    assert len(columns["start0"]) <= 256
    assert len(columns["start3"]) == header["counts"][3]  # a short timeframe comes whole
    assert len(columns["blockHigh0"]) == -(-count // 64)
    rows = session.timeline.rows(0)
    assert columns["blockHigh0"][2] == session.timeline.real[1, rows][128:192].max()
    assert len(unpack(*(lambda frame: (frame[0], [frame[1]]))(tape.open(whole=True)))["start0"]) == count
    early, buffer = tape.open({"at": 5})
    assert early["parts"][0]["begin"] == 0


@pytest.mark.parametrize("wanted", [None, [[0, 99]], [[6, 0]], [[-1, 0]], [[0, True]], [[0]], [[0, 0.0]], ["00"], [[0, 0]] * 33])
def test_there_are_no_such_parts(wanted: Any) -> None:
    tape = Tape(bt.run(Entries(), odd_ticks(3, 2_000)))
    assert tape.bars([[0, 0]])[0]["kind"] == "bars"
    with pytest.raises(MessageError, match="part"):
        tape.bars(wanted)
