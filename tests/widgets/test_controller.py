"""A page is not trusted: what it says is checked, and nothing it says stops the kernel."""

from __future__ import annotations

import threading

import btlab as bt
import pytest
from btlab.errors import WidgetError
from btlab.widgets.controller import Controller
from btlab.widgets.tape import Tape


class Buys(bt.Strategy):
    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0.0:
            ctx.buy(size=100, stop_loss=ctx.bid - 0.001, take_profit=ctx.bid + 0.001)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Buys(), bt.simulate_ticks("EURUSD", days=1))


@pytest.fixture
def controller(session) -> Controller:
    return Controller(Tape(session))


WRONG = [
    None, [], "ready", {}, {"kind": None}, {"kind": "nothing"}, {"kind": ["ready"]}, {"kind": "x" * 10**6},
    {"kind": "pages"}, {"kind": "pages", "pages": [0, 10**9]}, {"kind": "pages", "pages": [-1]}, {"kind": "pages", "pages": [True]},
    {"kind": "pages", "pages": [0.0]}, {"kind": "pages", "pages": [0] * 10_000}, {"kind": "pages", "pages": {"0": 1}},
    {"kind": "head", "tick": -1, "playing": False}, {"kind": "head", "tick": 2**70, "playing": False},
    {"kind": "head", "tick": True, "playing": False}, {"kind": "head", "tick": 5, "playing": "yes"}, {"kind": "head", "tick": float("nan")},
    {"kind": "state", "selected": 0, "hidden": True, "panel": None}, {"kind": "state", "selected": None, "hidden": 1, "panel": None},
    {"kind": "state", "selected": None, "hidden": True, "panel": "2m"}, {"kind": "state", "selected": None, "hidden": True, "panel": []},
]  # fmt: skip


@pytest.mark.parametrize("message", WRONG, ids=lambda message: repr(message)[:60])
def test_what_is_no_message_has_no_answer_and_changes_nothing(controller, message, caplog):
    before = controller.position, controller.playing, controller.selected, controller.hidden, controller.panel
    assert controller.receive(message, []) == []
    assert (controller.position, controller.playing, controller.selected, controller.hidden, controller.panel) == before
    assert "no message of ours" in caplog.text
    assert len(caplog.text) < 1000


def test_bytes_are_refused(controller):
    assert controller.receive({"kind": "ready"}, [b"12345678"]) == []


def test_a_page_gets_the_session_at_the_heads_place_and_the_pages_it_asks_for(controller):
    controller.receive({"kind": "head", "tick": 4711, "playing": False}, [])
    (header, buffer), = controller.receive({"kind": "ready", "columns": []}, [])
    assert (header["kind"], header["at"]) == ("open", 4711)
    assert len(buffer) > 1000
    answers = controller.receive({"kind": "pages", "id": 1, "pages": [1, 0]}, [])
    assert [answer[0]["page"] for answer in answers] == [1, 0]
    assert controller.receive({"kind": "poke"}, []) == []


def test_steps_are_undone_by_their_opposite_and_stop_at_the_ends(controller, session):
    for unit in ("tick", "1m", "5m", "15m", "1h", "4h"):
        controller.position = controller.stepped(1, unit)
        here = controller.position
        controller.position = controller.stepped(1, unit)
        assert controller.position > here
        assert controller.stepped(-1, unit) == here
        controller.position = here
    assert controller.stepped(10**6, "1d") == len(session.data) - 1
    assert controller.stepped(-(10**6), "1d") == 0
    with pytest.raises(bt.errors.TimeframeError):
        controller.stepped(1, "2m")
    with pytest.raises(WidgetError):
        controller.stepped(1.5, None)


def test_a_moment_is_a_tick_or_the_last_tick_at_a_time(controller, session):
    data = session.data
    assert controller.tick_of(17) == 17
    time = data.to_polars()["time"][1000]
    found = controller.tick_of(time.isoformat())
    assert data.time[found] <= int(time.timestamp() * 1e6) < data.time[found + 1] + 1
    assert controller.tick_of("1990-01-01") == 0
    for wrong in (-1, len(data), True, 1.5, None):
        with pytest.raises(WidgetError):
            controller.tick_of(wrong)


def test_threads_wait_for_each_other(session):
    seen: list[tuple[int, bool]] = []
    controller = Controller(Tape(session), lambda tick, playing: seen.append((tick, playing)))
    threads = [
        threading.Thread(target=lambda n=n: [controller.receive({"kind": "head", "tick": n, "playing": n % 2 == 0}, []) for _ in range(200)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1600
    assert all(playing == (tick % 2 == 0) for tick, playing in seen)


def test_the_notebooks_widget_follows_the_page_without_an_echo_and_leads_it_when_asked(session, monkeypatch):
    widget, sent, states = session.replay(at=100), [], []
    monkeypatch.setattr(widget, "send", lambda message, buffers=None: sent.append(message))
    monkeypatch.setattr(widget, "_send", lambda message, buffers=None: states.append(message))
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


def test_a_reader_without_a_browser_gets_a_picture(session):
    data, _ = session.chart()._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert "application/vnd.jupyter.widget-view+json" in data
