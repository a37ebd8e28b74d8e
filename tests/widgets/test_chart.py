"""The notebook's widget: its traits and the page's head follow each other, and a reader without a browser sees a picture."""

from __future__ import annotations

import re

import pytest

import btlab as bt
from btlab.errors import WidgetError
from btlab.widgets.controller import Controller
from btlab.widgets.tape import Tape
from tests.browser.ways import ELSEWHERE, LOOKS, WAYS
from tests.widgets.test_node import WIDGETS


class Buys(bt.Strategy):
    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100, stop_loss=ctx.bid - 0.001, take_profit=ctx.bid + 0.001)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Buys(), bt.simulate_ticks("EURUSD", days=1))


def test_the_notebooks_widget_follows_the_page_without_an_echo_and_leads_it_when_asked(session, monkeypatch):
    widget, sent, states = session.replay(at=100), [], []
    monkeypatch.setattr(widget, "send", lambda message, *_args, **_named: sent.append(message))
    monkeypatch.setattr(widget, "_send", lambda message, *_args, **_named: states.append(message))
    widget._answer({"kind": "head", "tick": 250, "playing": True}, [])
    assert (widget.position, widget.playing, sent, states) == (250, True, [], [])
    widget.goto(300)
    assert [(message["action"], message.get("tick")) for message in sent] == [("pause", None), ("seek", 300)]
    sent.clear()
    widget.position = 400
    widget.play()
    assert [(message["action"], message.get("tick")) for message in sent] == [("seek", 400), ("play", None)]
    with pytest.raises(WidgetError):
        widget.position = len(session.data)
    assert widget.position == 400


def test_where_chart_and_replay_open(session):
    assert session.chart().position == len(session.data) - 1
    first = session.trades["entry_tick"].min()
    opening = session.replay().position
    minutes = session.timeline.first[session.timeline.rows(0)]
    assert (minutes < first).sum() - (minutes < opening).sum() in (30, 31)
    assert session.replay(at="2024-01-08 12:00").position == Controller(Tape(session)).tick_of("2024-01-08 12:00")
    with pytest.raises(WidgetError):
        session.replay(at=-5)


def test_no_key_is_without_a_way_in_python():
    """`test_hosts.py` and `test_replay.py` press them, and hold what comes of it against Python."""
    keys = set(re.findall(r'case "(.+?)"', (WIDGETS / "src/view/keys.ts").read_text()))
    pressed = {key.removeprefix("Shift+").lower() if len(key.removeprefix("Shift+")) == 1 else key for key, _ in WAYS}
    pressed = {key.removeprefix("Shift+") for key in pressed}
    assert keys <= pressed | ELSEWHERE
    assert set(LOOKS) | {"6", "0"} <= pressed


def test_a_reader_without_a_browser_gets_a_picture(session):
    data, _ = session.chart()._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert "application/vnd.jupyter.widget-view+json" in data
