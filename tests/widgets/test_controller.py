"""The controller: what a page may say, what it is answered, and that nothing it says harms the kernel."""

from __future__ import annotations

import itertools
import json
import logging
import threading
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.errors import SeriesError, TimeframeError, WidgetError
from btlab.market.times import to_microseconds
from btlab.widgets.controller import PAGES_AT_ONCE, Controller, command
from btlab.widgets.frames import unpack
from btlab.widgets.tape import PAGE, Tape


class Often(bt.Strategy):
    """A trade every third hour, with stop and target."""

    timeframe = "5m"
    away: float = 0.0010

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("5m") % 36 == 35:
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + 0.0015)


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Often(), bt.simulate_ticks("EURUSD", days=2))


@pytest.fixture
def controller(session: bt.Session) -> Controller:
    return Controller(Tape(session))


def kinds(frames: list[Any]) -> list[str]:
    return [header["kind"] for header, _ in frames]


def test_ready_is_answered_with_the_opening_frame_at_the_head(controller: Controller) -> None:
    controller.receive({"kind": "head", "tick": 777, "playing": False})
    ((header, buffer),) = controller.receive({"kind": "ready", "id": 0, "columns": []})
    assert (header["kind"], header["at"], header["ticks"]) == ("open", 777, controller.tape.count)
    assert len(unpack(header, [buffer])["trade_size"]) == len(controller.tape.session.trades)


def test_the_ticks_around_the_head_come_with_the_opening_where_they_are_asked_for(controller: Controller) -> None:
    at = controller.tape.count - 1
    controller.receive({"kind": "head", "tick": at, "playing": True})
    opening, page, play = controller.receive({"kind": "ready", "page": True})
    assert (opening[0]["sent"], page, play[0]["action"]) == ([at // PAGE], controller.tape.page(at // PAGE), "play")
    assert at // PAGE > 0
    for other in (1, "yes", None, [0]):
        frames = controller.receive({"kind": "ready", "page": other})
        assert (kinds(frames), frames[0][0]["sent"]) == (["open", "do"], [])


def test_a_page_that_comes_back_while_it_plays_is_told_to_play(controller: Controller) -> None:
    controller.receive({"kind": "head", "tick": 5, "playing": True})
    assert [header.get("action") for header, _ in controller.receive({"kind": "ready"})] == [None, "play"]


def test_a_fork_goes_to_all_views_and_to_those_that_open_later(controller: Controller) -> None:
    ask = {"kind": "ask", "what": "fork", "id": 4, "tick": 20_000}
    (refused,) = controller.receive({**ask, "parameters": {"away": "far"}})
    assert ("kind float" in refused[0]["reason"], controller.answers.forked) == (True, None)
    shown, answer = controller.receive({**ask, "parameters": {"away": 0.002}})
    assert (answer[0]["kind"], answer[0]["id"], "reason" in answer[0]) == ("answer", 4, False)
    assert (shown[0]["kind"], shown[0]["action"], shown[0]["tick"], shown[0]["name"]) == ("do", "fork", 20_000, "away=0.002")
    fork = controller.answers.forked
    assert fork is not None and fork.session.fingerprint == controller.tape.session.fork(20_000, away=0.002).fingerprint
    assert unpack(shown[0], [shown[1]])["equity"][-1] == fork.session.equity["equity"][-1]
    assert controller.receive({"kind": "ready"})[1:] == [shown]
    assert len(controller.receive({**ask, "parameters": {"nothing": 3}})) == 1
    assert controller.receive({"kind": "ready"})[1:] == [shown], "one that could not be made takes nothing away"


def test_pages_are_answered_in_the_order_asked_for(controller: Controller) -> None:
    assert controller.tape.pages >= 2
    answers = controller.receive({"kind": "pages", "id": 9, "pages": [1, 0]})
    assert [(header["kind"], header["page"]) for header, _ in answers] == [("page", 1), ("page", 0)]
    assert controller.receive({"kind": "pages", "id": 10, "pages": []}) == []


def test_the_head_and_the_state_are_kept_and_told_on(session: bt.Session) -> None:
    told: list[tuple[int, bool]] = []
    controller = Controller(Tape(session), lambda tick, playing: told.append((tick, playing)))
    assert controller.receive({"kind": "head", "tick": 12, "playing": True}) == []
    assert controller.receive({"kind": "state", "selected": 1, "hidden": False, "panel": "5m"}) == []
    assert told == [(12, True)] == [(controller.position, controller.playing)]
    assert (controller.selected, controller.hidden, controller.panel) == (1, False, "5m")
    assert controller.receive({"kind": "poke"}) == []


ODD: list[Any] = [
    None, True, -1,
    10**400, 1.5, float("nan"), float("inf"), "", "0", "x" * 10**6, [], [[]], {}, {"a": 1}, b"\0", object(), [0] * 10**5,
]  # fmt: skip


@pytest.mark.parametrize("field", ["kind", "pages", "tick", "playing", "selected", "hidden", "panel"])
def test_no_value_of_any_field_raises_or_moves_the_head(controller: Controller, field: str) -> None:
    good = [
        {"kind": "pages", "pages": [0]},
        {"kind": "head", "tick": 3, "playing": True},
        {"kind": "state", "selected": None, "hidden": True, "panel": None},
    ]
    before = controller.position, controller.playing, controller.selected, controller.hidden, controller.panel
    allowed = {"playing": (True,), "hidden": (True,), "selected": (None,), "panel": (None,), "pages": ([],)}
    for message, value in itertools.product(good, ODD):
        if field in message and not any(type(value) is type(fine) and value == fine for fine in allowed.get(field, ())):
            assert controller.receive({**message, field: value}) == []
            assert (controller.position, controller.playing, controller.selected, controller.hidden, controller.panel) == before


@pytest.mark.parametrize(
    "message",
    [
        *ODD,
        [1, 2],
        {"kind": []},
        {"kind": {}},
        {"kind": "eval", "code": "1"},
        {"kind": "head"},
        {"kind": "pages"},
        {"kind": "state"},
    ],
)
def test_what_is_no_message_has_no_answer(controller: Controller, message: Any) -> None:
    assert controller.receive(message) == []


@pytest.mark.parametrize("buffers", [[b"x"], [5], [None], 5, {"a": b"x"}, [b"", "text"], object(), [bytearray(1 << 20)]])
def test_bytes_that_nobody_asked_for_are_refused(controller: Controller, buffers: Any) -> None:
    assert controller.receive({"kind": "ready"}, buffers) == []


def test_a_message_may_be_any_mapping_and_bring_empty_buffers(controller: Controller) -> None:
    assert kinds(controller.receive(MappingProxyType({"kind": "ready"}), [b"", memoryview(b"")])) == ["open"]


@pytest.mark.parametrize(
    "pages", [[0] * (PAGES_AT_ONCE + 1), [0, 0], [0, -1], [0, 10**9], [0, True], [0, 0.0], [0, "0"], [0, None], "01", {"0": 0}]
)
def test_a_request_with_one_wrong_page_is_refused_whole(controller: Controller, pages: Any) -> None:
    assert controller.receive({"kind": "pages", "pages": pages}) == []


def test_what_was_refused_is_logged_in_a_line(controller: Controller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "btlab.widgets"):
        controller.receive({"kind": "z" * 10**6})
    assert "no kind of message" in caplog.text
    assert len(caplog.text) < 500


def test_twenty_thousand_faults_leave_no_memory_behind(controller: Controller) -> None:
    import tracemalloc

    logging.getLogger("btlab.widgets").setLevel(logging.ERROR)
    try:
        controller.receive({"kind": "head", "tick": "first"})
        tracemalloc.start()
        for number in range(20_000):
            controller.receive({"kind": "head", "tick": f"{number}" * 20, "playing": number})
        assert tracemalloc.get_traced_memory()[0] < 200_000
    finally:
        tracemalloc.stop()
        logging.getLogger("btlab.widgets").setLevel(logging.NOTSET)


def test_threads_see_a_head_that_fits_together(session: bt.Session) -> None:
    """`tick` even and playing, odd and not: no other pair may ever be seen under the lock."""
    controller, wrong = Controller(Tape(session)), []
    controller.receive({"kind": "head", "tick": 0, "playing": True})

    def work(first: int) -> None:
        for tick in range(first, 3_000, 4):
            controller.receive({"kind": "head", "tick": tick, "playing": tick % 2 == 0})
            with controller.lock:
                if controller.playing != (controller.position % 2 == 0):
                    wrong.append(controller.position)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_moment_is_a_tick_a_datetime_or_a_text(controller: Controller) -> None:
    time = controller.tape.data.time
    moment = datetime.fromisoformat("2024-01-08T13:30:00+00:00")
    last = int(np.flatnonzero(time <= int(moment.timestamp()) * 1_000_000)[-1])
    assert controller.tick_of(moment) == controller.tick_of("2024-01-08 13:30") == controller.tick_of(np.int64(last)) == last
    assert controller.tick_of(date(2024, 1, 7)) == controller.tick_of("2024-01-07") == 0, "the day in which the data begin"
    assert controller.tick_of("20240108T1330") == last


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2031-01-01", "2031-01-01 00:00:00 is outside the data: they go from 2024-01-07 1.* to 2024-01-09 1.* America/New_York"),
        ("1999-01-01 10:00", "1999-01-01 10:00:00 is outside"),
        ("2024-01-06", "is outside"),
        ("+3w", "is outside"),
        ("-999999999w", "that is outside"),
        (date(2031, 1, 1), "2031-01-01 00:00:00 is outside the data: they go from .* UTC"),
        (datetime(1999, 1, 1), "is outside"),
    ],
)
def test_a_time_outside_the_data_is_refused_with_their_range(controller: Controller, moment: Any, said: str) -> None:
    controller.choose(zone="America/New_York")
    with pytest.raises(WidgetError, match=said) as caught:
        controller.tick_of(moment)
    data = controller.tape.data
    assert (caught.value.code, caught.value.details["first"], caught.value.details["last"]) == (
        "widget",
        data.first_time,
        data.last_time,
    )


@pytest.mark.parametrize("moment", ["2031-01-01", "1999-01-01 10:00", "+3w", "-999999999w", date(2031, 1, 1)])
def test_while_blind_a_time_outside_the_data_is_refused_without_their_range(controller: Controller, moment: Any) -> None:
    """The page tells its veiled days; Python has no such."""
    controller.choose(blind=True)
    with pytest.raises(WidgetError) as caught:
        controller.tick_of(moment)
    assert str(caught.value) == "that is outside the data, whose dates blind mode hides [widget]"
    assert caught.value.details == {}
    assert caught.value.__suppress_context__
    with pytest.raises(WidgetError, match="no trade 999"):
        controller.tick_of("trade 999")


def test_a_text_is_meant_in_the_chosen_zone_also_where_its_clock_is_turned() -> None:
    """`view_place.test.ts` reads the same texts. One tick a minute, over a month in which clocks are turned both ways."""
    moments = json.loads((Path(__file__).parent / "moments.json").read_text())
    begin, end = (np.datetime64(day, "us") for day in ("2024-03-08", "2024-04-08"))
    time = np.arange(begin, end, np.timedelta64(1, "m")).astype(np.int64)
    price = np.full(len(time), 1.0)
    controller = Controller(Tape(bt.run(bt.Strategy, bt.Ticks.from_arrays(time, price, price, symbol="X"), calendar="24x7")))
    for zone, text, moment in moments:
        controller.choose(zone=zone)
        want = to_microseconds(moment)
        assert time[controller.tick_of(text)] == want, (zone, text)
        day, _, clock = text.partition(" ")
        if clock:
            controller.position = controller.tick_of(f"{day} 12:00")
            assert time[controller.tick_of(clock)] == want, (zone, clock)
    controller.choose(zone="Asia/Tokyo")
    noon = controller.tick_of("2024-03-20T12:00:00+01:00")
    assert time[noon] == to_microseconds("2024-03-20T11:00") == time[controller.tick_of(datetime(2024, 3, 20, 11))]


@pytest.mark.parametrize("moment", [True, 1.5, None, -1, 10**9, [], float("nan")])
def test_what_is_no_moment_is_said(controller: Controller, moment: Any) -> None:
    with pytest.raises(WidgetError, match=r"tick"):
        controller.tick_of(moment)


def test_a_text_that_is_no_time_is_said(controller: Controller) -> None:
    with pytest.raises(SeriesError, match="is not a time"):
        controller.tick_of("yesterday")


@pytest.mark.parametrize("timeframe", bt.TIMEFRAMES)
def test_a_step_goes_to_the_last_tick_before_the_next_end_of_a_bar(controller: Controller, timeframe: str) -> None:
    """Against the ends of bars themselves; and a step back undoes a step on."""
    bars = bt.bars(controller.tape.data, timeframe)
    after = np.searchsorted(controller.tape.data.time, bars.time, side="left")
    places = sorted({int(first) - 1 for first in after[1:]} | {controller.tape.count - 1})
    controller.position = 0
    for place in places[:20]:
        controller.position = controller.stepped(1, timeframe)
        assert controller.position == place
    for place in reversed(places[: min(20, len(places)) - 1]):
        controller.position = controller.stepped(-1, timeframe)
        assert controller.position == place
    assert controller.stepped(-1, timeframe) == 0


def test_steps_by_the_tick_stay_inside(controller: Controller) -> None:
    controller.position = 10
    assert [controller.stepped(count, "tick") for count in (3, -3, -50, 10**9, 0)] == [13, 7, 0, controller.tape.count - 1, 10]
    assert controller.stepped(1, None) == controller.stepped(1, "5m"), "at first the strategy's timeframe"
    controller.choose(unit="1h")
    assert controller.stepped(1, None) == controller.stepped(1, "1h") != controller.stepped(1, "5m"), "then what is chosen"


@pytest.mark.parametrize("count", [1.0, "1", None, True])
def test_what_is_no_number_of_steps_is_said(controller: Controller, count: Any) -> None:
    with pytest.raises(WidgetError, match="number of steps"):
        controller.stepped(count, "5m")


def test_an_unknown_unit_is_said(controller: Controller) -> None:
    with pytest.raises(TimeframeError):
        controller.stepped(1, "7m")


def test_a_command_is_a_frame_without_columns() -> None:
    assert command("seek", tick=3) == ({"kind": "do", "action": "seek", "columns": [], "tick": 3}, b"")


# fmt: off
WORDS = [
    "kind", "ready", "pages", "head", "state", "poke", "ask", "why", "until", "fork", "overlay", "change", "what", "id", "tick",
    "trade", "playing", "condition", "parameters", "layer", "values", "blocks", "selected", "hidden", "panel", "unit",
    "speed", "pace", "follow", "locked", "blind", "palette", "theme", "style", "zone", "bookmarks", "pause_when", "seed", "5m",
    "max", "UTC", "bars",
    "tick > 5", "drawdown > 0.1 and True", "__class__",
]
VALUES: list[Any] = [
    *ODD[:8], [], {}, [0], [0, 0], {"size": 3}, -0.0, 3, 3_999, 4_000, 2**53, float("-inf"), {"__proto__": 1}, [[[[]]]], True,
    False, -1, 0, 1, 5,
]
# fmt: on


def test_five_thousand_random_messages_change_nothing_they_may_not(session: bt.Session) -> None:
    """Whatever comes: the session stays as it is, the head and the view hold values they can have, answers are frames."""
    ticks = session.data[:4_000]
    assert isinstance(ticks, bt.Ticks)
    small = bt.run(Often(), ticks)
    controller, random = Controller(Tape(small)), np.random.default_rng(5)
    before = small.fingerprint, ticks.bid.tobytes(), dict(small.parameters), small.equity.clone()
    kinds_, both = ["ready", "pages", "head", "state", "poke", "ask", "ask", "overlay", "change"], WORDS + VALUES
    answered = 0
    logging.getLogger("btlab.widgets").setLevel(logging.ERROR)
    try:
        for _ in range(5_000):
            message: dict[str, Any] = {"kind": kinds_[random.integers(len(kinds_))], "id": int(random.integers(99))}
            message["what"] = ["why", "until", "fork"][random.integers(3)]
            for _ in range(random.integers(6)):
                message[WORDS[random.integers(len(WORDS))]] = both[random.integers(len(both))]
            if message["kind"] == "head" and random.integers(2):  # a message that lacks nothing, of any value
                message |= {"tick": both[random.integers(len(both))], "playing": True}
            for header, buffer in controller.receive(message, [b"", b"x"][: random.integers(2)]):
                assert header["kind"] in ("open", "page", "answer", "overlay", "changed", "do")
                assert isinstance(buffer, bytes)
                answered += 1
            assert 0 <= controller.position < 4_000
            assert type(controller.playing) is bool
    finally:
        logging.getLogger("btlab.widgets").setLevel(logging.NOTSET)
    assert answered > 500
    assert controller.state == {**controller.state, **controller.choose(**controller.state)}, "it holds what it could not be told"
    assert (small.fingerprint, ticks.bid.tobytes(), dict(small.parameters)) == before[:3]
    assert small.equity.equals(before[3])
    assert kinds(controller.receive({"kind": "ready"}))[0] == "open"
