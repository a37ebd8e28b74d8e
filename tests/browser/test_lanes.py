"""The scrubber's lanes: what stands in each of them and where, and that it hangs on the tick alone, whichever way it was come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import btlab as bt
from tests.browser.drawn import RECORD
from tests.browser.kernel import Live, live
from tests.browser.test_replay import Acts

MINUTE = 60_000_000
HOUR = 60 * MINUTE
LEFT, RIGHT, NOTCH = 66, 16, 7
FRIDAY, MONDAY = (int(np.datetime64(day, "us").astype(np.int64)) for day in ("2024-01-05", "2024-01-08"))
SHUT, OPENS = FRIDAY + 22 * HOUR, MONDAY - 2 * HOUR
BUSY = MONDAY + 8 * HOUR + 40 * MINUTE
"""In an hour that is traded three times as much as any before."""
BOOKMARKS = [900, 4_000]


@cache
def session() -> bt.Session:
    """A Friday's noon to a Monday's, a tick every ten seconds, none for two and a half hours of Monday's night."""
    every = np.arange(FRIDAY + 12 * HOUR, MONDAY + 12 * HOUR, MINUTE // 6)
    shut = (every >= SHUT) & (every < OPENS)
    time = every[~shut & ~((every >= MONDAY + 3 * HOUR) & (every < MONDAY + 5 * HOUR + 30 * MINUTE))]
    random = np.random.default_rng(5)
    bid = np.round(1.1 + np.cumsum(random.normal(0, 4e-5, len(time))), 5)
    size = random.integers(1, 60, len(time)) * np.where(time // HOUR == BUSY // HOUR, 3.0, 1.0)
    ticks = bt.Ticks.from_arrays(time, bid, np.round(bid + 1e-4, 5), symbol="EURUSD", bid_size=size, ask_size=size)
    return bt.run(Acts(), ticks, mode="interpreted")


@pytest.fixture(scope="module")
def page(visit_once: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Live:
    widget = session().replay(at=5, bookmarks=BOOKMARKS)
    return live(visit_once, widget, tmp_path_factory.mktemp("lanes"), before=RECORD)


class Lanes:
    """What is on the lower canvas of the lanes, and where it should be."""

    def __init__(self, page: Live) -> None:
        base, _ = page.page.evaluate("window.drawnOn(document.querySelector('.lanes'))")
        self.calls, self.width = base["calls"], base["size"][0]
        self.middles = {
            text["text"]: (text["box"][1] + text["box"][3]) / 2
            for text in self.calls
            if text["kind"] == "text" and text["box"][0] < LEFT - 10
        }

    def x(self, time: float) -> float:
        """Open hours share the width, closed ones are a notch."""
        first, last = session().data.first_time, session().data.last_time
        unit = (self.width - LEFT - RIGHT - NOTCH) / (last - first - (OPENS - SHUT))
        return LEFT + (time - first - (0 if time <= SHUT else OPENS - SHUT)) * unit + (0 if time <= SHUT else NOTCH)

    def inside(self, lane: str, kind: str, half: float = 7) -> list[dict[str, Any]]:
        """Calls of a kind whose middle is in a lane, right of the names; lines between the lanes aside."""
        found = []
        for call in self.calls:
            if call["kind"] != kind:
                continue
            box = call.get("box") or (
                [*call["at"], *call["at"]] if kind == "dot" else [*np.min(call["points"], 0), *np.max(call["points"], 0)]
                if kind == "curve" else [*np.minimum(call["from"], call["to"]), *np.maximum(call["from"], call["to"])]
            )  # fmt: skip
            if (
                abs((box[1] + box[3]) / 2 - self.middles[lane]) <= half
                and box[0] >= LEFT - 5
                and box[2] - box[0] < self.width / 2
            ):
                found.append({**call, "box": box})
        return found


def at(page: Live, tick: int) -> Lanes:
    page.widget.goto(tick)
    page.told()
    assert page.tick == tick
    return Lanes(page)


def hits(lanes: Lanes) -> list[int]:
    """Lines in the lane of marks that are no bookmark's pole, as hundreds of ticks."""
    ticks = np.arange(0, len(session().data), 100)
    xs = np.array([lanes.x(session().data.time_at(int(tick))) for tick in ticks])
    found = [int(ticks[np.abs(xs - each["box"][0]).argmin()]) for each in lanes.inside("Marks", "rect")]
    return [tick for tick in found if tick not in BOOKMARKS]


def places(lanes: Lanes, times: pl.Series) -> list[int]:
    return sorted({round(lanes.x(time)) for time in times.to_physical()})


def test_each_lane_shows_what_was_there_by_the_head(page: Live) -> None:
    run = session()
    refused = run.orders.filter(pl.col("state") == "rejected")
    last = len(run.data) - 1
    for tick in (1_000, int(refused["ended_tick"][1]), last):
        lanes = at(page, tick)
        fills, done = run.fills.filter(pl.col("tick") <= tick), refused.filter(pl.col("ended_tick") <= tick)
        marks = run.marks.filter(pl.col("tick") < tick)
        assert list(lanes.middles)[:6] == ["Price", "Trades", "Orders", "Marks", "Gaps", "Sessions"]
        ticks_of = [each for each in lanes.inside("Orders", "rect", 4) if each["box"][2] - each["box"][0] <= 2]
        for side, above in (("buy", True), ("sell", False)):
            drawn = {round(each["box"][0]) for each in ticks_of if (each["box"][3] < lanes.middles["Orders"] + 1) == above}
            assert sorted(drawn) == places(lanes, fills.filter(pl.col("side") == side)["time"]), (tick, side)
        crosses = sorted({round((each["from"][0] + each["to"][0]) / 2) for each in lanes.inside("Orders", "line")})
        assert crosses == places(lanes, done["ended"]), tick
        assert sorted(round(each["at"][0]) for each in lanes.inside("Marks", "dot")) == places(lanes, marks["time"]), tick
        flags = [each["box"][0] for each in lanes.inside("Marks", "rect") if each["box"][2] - each["box"][0] <= 1]
        want = [lanes.x(run.data.time_at(each)) for each in BOOKMARKS if each <= tick]
        assert sorted(flags) == pytest.approx(want, abs=1.1), tick
        holes = [
            each["box"][0] for each in lanes.inside("Gaps", "rect") if each.get("round") and each["box"][2] - each["box"][0] < 5
        ]
        assert holes == pytest.approx([lanes.x(MONDAY + 3 * HOUR) - 1] * (tick == last), abs=1), "nobody knows of a hole ahead"
        (shut,) = [
            each["box"]
            for each in lanes.inside("Gaps", "rect", 40)
            if each["box"][3] - each["box"][1] > 80 and each["box"][2] - each["box"][0] > 4
        ]
        assert np.allclose([shut[0], shut[2]], [lanes.x(SHUT), lanes.x(SHUT) + NOTCH], atol=1), "closed hours are known ahead"
        hours = {
            tuple(np.round(each["box"][::2])) for each in lanes.inside("Sessions", "rect") if each["box"][2] - each["box"][0] > 8
        }
        known = [(12, 17), (13, 22), (72, 81), (80, 84)]  # London and New York, Tokyo and London
        want_hours = [[lanes.x(FRIDAY + hour * HOUR) for hour in pair] for pair in known]
        assert np.allclose(sorted(hours), sorted(want_hours), atol=1.5), (sorted(hours), sorted(want_hours))


WALK = """async ([places, ways]) => {
  const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const go = async (tick) => { window.tell([[{ kind: "do", action: "seek", tick }, ""]]); await frames(); };
  const canvases = [...document.querySelectorAll(".pn canvas, .lanes canvas, .eqg canvas")], unlike = [];
  const seen = () => canvases.map((canvas) => {
    const words = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    let hash = 0;
    for (const word of words) hash = (Math.imul(hash, 31) + word) | 0;
    return hash;
  });
  const name = (canvas) => canvas.closest("[data-btlab-panel]")?.dataset.btlabPanel ?? canvas.parentElement.className;
  for (const place of places) await go(place);  // a canvas's first dashes come out a shade other, from the same calls
  for (const place of places) {
    await go(5);
    await go(place);
    const fresh = seen();
    for (const way of ways) {
      await go(5);
      await go(place + way);
      await go(place);
      seen().forEach((hash, i) => hash !== fresh[i] && unlike.push([place, way, name(canvases[i])].join(" ")));
    }
  }
  return unlike;
}"""


def test_a_tick_looks_the_same_whichever_way_it_was_come_to(page: Live) -> None:
    """A step back or on by one tick, by forty, over a bar: the pixels of a jump from far away, of panels, lanes and inspector."""
    run = session()
    refused = run.orders.filter(pl.col("state") == "rejected")
    events = [
        refused["ended_tick"][0] - 1,
        refused["ended_tick"][1],
        run.fills["tick"][0],
        run.fills["tick"][1] - 1,
        run.marks["tick"][1],
        BOOKMARKS[1],
        run.data.count_by(BUSY),
    ]
    within = np.random.default_rng(3).integers(700, len(run.data) - 700, 3)
    for hidden, places in ((True, [*events, *within]), (False, within[:1])):
        page.widget.hidden = hidden
        page.told()
        assert page.page.evaluate(WALK, [[int(each) for each in places], [1, -1, 40]]) == []
    page.widget.hidden = True
    at(page, 6_000)
    for hit in (800, 4_800):  # as many hits, and others
        page.widget.pause_when = f"tick == {hit}"
        page.told()
        page.until(lambda hit=hit: hits(Lanes(page)) == [hit], 20)
    page.widget.pause_when = ""
    page.told()


def test_a_fork_has_its_curve_beside_the_runs(page: Live) -> None:
    at(page, 2_000)
    fork = page.widget.fork(size=3_000)
    page.told()
    for tick in (1_999, 5_000, len(session().data) - 1):
        lanes = at(page, tick)
        assert "Price" not in lanes.middles
        now = int(session().data.time_at(tick))
        begun = int(session().data.time_at(2_000))
        rows = [session().equity.with_columns(t=pl.col("time").to_physical()).filter(pl.col("t") <= now)]
        rows += [fork.equity.with_columns(t=pl.col("time").to_physical()).filter(pl.col("t") <= now, pl.col("t") >= begun)]
        both = pl.concat([each["equity"] for each in rows])
        low, high, top = both.min(), both.max(), lanes.middles["Equity"] - 18
        curves = [each for each in lanes.calls if each["kind"] == "curve" and (np.diff(each["points"], axis=0)[:, 0] >= 0).all()]
        assert len(curves) == 1 + (tick > 2_000)
        for curve, table in zip(curves, rows, strict=False):
            points = np.array(curve["points"])
            xs = np.array([lanes.x(time) for time in table["t"]])
            ys = top + 2 + (high - table["equity"].to_numpy()) / (high - low) * 32
            nearest = np.abs(points[:, :1] - xs).argmin(1)
            assert np.allclose(points[:, 0], xs[nearest], atol=0.6) and len(points) > 0.9 * min(len(xs), 2 * np.ptp(xs))
            assert np.allclose(points[:, 1], ys[nearest], atol=1.0), tick
            assert (nearest[0], nearest[-1]) == (0, len(xs) - 1)
        assert len({each["colour"] for each in curves}) == len(curves)
    assert page.page.evaluate(WALK, [[2_000, 3_000, 3_006], [1, -1]]) == []
