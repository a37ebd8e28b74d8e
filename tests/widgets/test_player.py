"""The file that plays by itself, and parts of a session."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib

import numpy as np
import pytest

import btlab as bt
from btlab.errors import WidgetError
from btlab.widgets import player
from btlab.widgets import told as explanations
from btlab.widgets.cut import cut
from btlab.widgets.frames import unpack
from btlab.widgets.tape import Tape
from btlab.widgets.told import told
from btlab.widgets.why import why
from tests.widgets.test_chart import Buys

TICKS = bt.simulate_ticks("EURUSD", days=2)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Buys(), TICKS)


def frames_of(page: str) -> list[tuple[dict, bytes]]:
    data = zlib.decompress(base64.b64decode(re.search(r'id="tape">([^<]*)<', page)[1]))
    frames, at = [], 0
    while at < len(data):
        header, buffer = struct.unpack_from("<II", data, at)
        begin = at + 8 + header + -header % 8
        frames.append((json.loads(data[at + 8 : at + 8 + header]), data[begin : begin + buffer]))
        at = begin + buffer + -buffer % 8
    return frames


def test_the_page_holds_the_tape_frame_by_frame(session, tmp_path):
    page = session.to_html(str(tmp_path / "replay.html")).read_text()
    tape = Tape(session)
    frames = [tape.open({"told": True}), *(tape.page(n) for n in range(tape.pages)), told(tape)]
    assert frames_of(page) == [(json.loads(json.dumps(h)), b) for h, b in frames]
    assert "default-src 'none'" in page
    assert page.count("<script") == 4


def test_where_the_head_stands_is_where_its_file_opens(session, tmp_path):
    """Also in a part of the session, and at the nearest end of one that the head is not in."""
    widget = session.replay(at=5_000, zone="Asia/Tokyo")
    for given, want in (
        ({}, 5_000),
        ({"start": "2024-01-07 22:30"}, 5_000 - len(TICKS) + len(TICKS.between("2024-01-07 22:30"))),
        ({"start": "2024-01-08 20:00"}, 0),
        ({"at": "#7"}, 7),
    ):
        header = frames_of(widget.to_html(tmp_path / "here.html", **given).read_text())[0][0]
        assert (header["at"], header["state"]["zone"]) == (want, "Asia/Tokyo"), given


def text_of(page: str) -> dict:
    header, buffer = next(frame for frame in frames_of(page) if frame[0]["kind"] == "told")
    return json.loads(unpack(header, [buffer])["text"].tobytes())


def test_the_file_explains_its_trades_as_the_kernel_does(session, tmp_path, monkeypatch):
    said = text_of(session.to_html(tmp_path / "replay.html").read_text())
    for row in session.trades.head(3).iter_rows(named=True):
        assert said[f"#{row['id']}"] == row["entry_tick"]
        for tick in (row["entry_tick"], row["exit_tick"]):
            title, lines, _ = why(session, tick, row["id"])
            assert said[str(tick)] == [title, [list(line) for line in lines]]
    part = text_of(session.to_html(tmp_path / "part.html", start="2024-01-09 10:00", end="2024-01-09 18:00").read_text())
    begin = len(session.data) - len(session.data.between("2024-01-09 10:00"))
    entered = session.trades.filter(session.trades["entry_tick"] > begin + 9_000).row(0, named=True)
    assert part[str(entered["entry_tick"] - begin)][1] == said[str(entered["entry_tick"])][1]
    blind = frames_of(session.to_html(tmp_path / "blind.html", blind=True).read_text())
    assert all(header["kind"] != "told" for header, _ in blind)
    monkeypatch.setattr(explanations, "BYTES_AT_MOST", 2_000)
    assert 0 < len(json.dumps(text_of(session.to_html(tmp_path / "small.html").read_text()))) < 2_600


def test_a_day_of_100_000_ticks_is_at_most_two_megabytes(tmp_path):
    session = bt.run(Buys(), TICKS[:100_000])
    assert session.to_html(tmp_path / "day.html").stat().st_size <= 2_000_000


def test_a_tape_too_long_names_its_size_and_the_way_out(session, tmp_path, monkeypatch):
    monkeypatch.setattr(player, "TAPE_AT_MOST", 3_000_000)
    with pytest.raises(WidgetError, match=r"start=.*end=") as caught:
        session.to_html(tmp_path / "long.html")
    assert caught.value.details["size"] > 3_000_000
    assert list(tmp_path.iterdir()) == []
    session.to_html(tmp_path / "part.html", start="2024-01-09 10:00", end="2024-01-09 12:00")
    assert (tmp_path / "part.html").exists()


def test_a_part_shows_what_the_whole_shows(session):
    part = cut(session, "2024-01-09 10:03:20", "2024-01-09 18:00")
    shift = len(session.data) - len(session.data.between("2024-01-09 10:03"))
    np.testing.assert_array_equal(part.data.time, session.data.time[shift : shift + len(part.data)])
    whole, some = session.timeline, part.timeline
    for tick in (0, 1, 700, len(part.data) - 1):
        for row in range(6):
            a, b = whole.rows(row), some.rows(row)
            known, seen = whole.closer[a] <= tick + shift, some.closer[b] <= tick
            count = int(seen.sum())
            assert count > 0 or not known.any()
            np.testing.assert_array_equal(whole.start[a][known][-count:], some.start[b][seen])
            np.testing.assert_array_equal(whole.real[:, a][:, known][:, -count:], some.real[:, b][:, seen])
    trades = session.records["trade"]
    entered = trades["entry_tick"] < shift + len(part.data)
    np.testing.assert_array_equal(part.records["trade"]["entry_tick"], np.maximum(trades["entry_tick"][entered] - shift, 0))
    assert (part.records["trade"]["exit_tick"] < len(part.data)).all()


@pytest.mark.parametrize("timeframe", ["1m", "1h"])
def test_sessions_on_bars_play_too(tmp_path, timeframe):
    session = bt.run(Buys(), bt.bars(TICKS, timeframe))
    assert session.to_html(tmp_path / "bars.html").stat().st_size < 2_000_000
    assert session.to_html(tmp_path / "part.html", start="2024-01-09").exists()


def test_what_is_refused(session, tmp_path):
    with pytest.raises(WidgetError, match="no folder"):
        session.to_html(tmp_path / "nowhere" / "x.html")
    with pytest.raises(WidgetError, match="nothing lies between"):
        session.to_html(tmp_path / "x.html", start="2030-01-01")


def test_a_call_that_looked_at_nothing_and_did_nothing_is_not_told():
    class Quiet(bt.Strategy):
        timeframe = "5m"

        def on_bar(self, ctx):
            if ctx.count("5m") == 3:
                ctx.buy(size=1)

    quiet = bt.run(Quiet(), bt.simulate_ticks("EURUSD", days=1))
    assert why(quiet, 0, None)[1] == [], "the first tick has on_start, which says nothing of itself"
    assert ("call", "on_bar of 5m saw") in why(quiet, int(quiet.trades["entry_tick"][0]), 1)[1]
