"""Nothing sees the future: change every tick after one, times too, or cut them off, and nothing up to it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.strategy.plain import PlainContext
from tests.engine.recorder import Gambler, Recorder, TickGambler, TickRecorder
from tests.market.streams import random_ticks

Maker = Callable[[bt.Ticks], bt.Strategy]
Told = tuple[list[tuple[int, str]], bt.Session]
INSTRUMENT = bt.Instrument("EURUSD", tick_size=1e-5)
ACCOUNT = bt.Account(leverage=20)


def cuts_of(ticks: bt.Ticks) -> list[int]:
    """The first tick, the last but one, some in the middle, and the last of their minutes: a close follows those."""
    edges = np.flatnonzero(np.diff(ticks.time // 60_000_000))
    return [0, 600, len(ticks) - 2, *edges[[3, 97, 250]].tolist()]


def columns_of(ticks: bt.Ticks) -> list[np.ndarray]:
    return [np.array(column) for column in (ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size)]


def ticks_of(time: Any, bid: Any, ask: Any, bid_size: Any, ask_size: Any) -> bt.Ticks:
    return bt.Ticks.from_arrays(time, bid, ask, bid_size=bid_size, ask_size=ask_size)


def futures(ticks: bt.Ticks, cut: int) -> dict[str, bt.Ticks]:
    """The same ticks up to `cut`, and another life after it."""
    count = len(ticks) - cut - 1
    other = columns_of(random_ticks(cut + 1_000, count, start=int(ticks.time[cut]))) if count else [np.empty(0)] * 5
    kept = [column[: cut + 1] for column in columns_of(ticks)]
    late = [np.concatenate([k, o.astype(k.dtype)]) for k, o in zip(kept, other, strict=True)]
    far = [column.copy() for column in late]
    far[0][cut + 1 :] += 3 * 86_400_000_000 + 12_345
    at_once = [column.copy() for column in late]
    at_once[0][cut + 1 :] = ticks.time[cut]
    jump = [column.copy() for column in columns_of(ticks)]
    for side in (1, 2):
        jump[side][cut + 1 :] = np.round(jump[side][cut + 1 :] * 1.2, 5)
    return {"cut off": ticks_of(*kept)} | {
        name: ticks_of(*columns)
        for name, columns in (("other", late), ("days later", far), ("at once", at_once), ("higher", jump))
    }


def told_by(strategy: bt.Strategy, ticks: bt.Ticks, cut: int, **options: Any) -> Told:
    """What the strategy saw until it met the tick after `cut`, with the last tick of each call, and the session."""
    strategy.last = cut  # type: ignore[attr-defined]  # what it saw later is compared with nothing
    session = bt.run(strategy, ticks, mode="interpreted", instrument=INSTRUMENT, account=ACCOUNT, **options)
    return [(call[1], repr(call)) for call in session.strategy.seen if call[1] <= cut and call[0] != "end"], session


def first_differences(make: Maker, ticks: bt.Ticks, cuts: list[int], **options: Any) -> list[str | None]:
    """`first_difference` at each cut; one run of the ticks as they are serves all of them."""
    own = told_by(make(ticks), ticks, max(cuts), **options)
    return [first_difference(make, ticks, cut, own, **options) for cut in cuts]


def first_difference(make: Maker, ticks: bt.Ticks, cut: int, own: Told | None = None, **options: Any) -> str | None:
    """Where the first difference at or before `cut` is, None where there is none.

    Args:
        own: what the strategy saw of these ticks at least until then, and that session.

    After tick `cut` closes may be told that the other life does not tell, since its next tick comes sooner: one list is then
    the beginning of the other.
    """
    calls, session = own or told_by(make(ticks), ticks, cut, **options)
    seen = [told for tick, told in calls if tick <= cut]
    for name, changed in futures(ticks, cut).items():
        others, other = told_by(make(changed), changed, cut, **options)
        other_seen = [told for _, told in others]
        shared = min(len(seen), len(other_seen))
        if seen[:shared] != other_seen[:shared]:
            row = next(n for n in range(shared) if seen[n] != other_seen[n])
            return f"{name}: call {row}"
        if not reaches(seen, shared, cut) or not reaches(other_seen, shared, cut):
            return f"{name}: a call is missing"
        for table in ("fill", "order", "mark"):
            if known(session, table, cut) != known(other, table, cut):
                return f"{name}: {table}"
        if equity_until(session, cut) != equity_until(other, cut):
            return f"{name}: equity"
    return None


def reaches(seen: list[str], shared: int, cut: int) -> bool:
    """Whether what is not shared comes after tick `cut` was taken: closes alone."""
    return all(call.startswith(("('bar'", "('start'")) and f", {cut}, " in call[:30] for call in seen[shared:])


def known(session: bt.Session, table: str, cut: int) -> str:
    """Rows that tick `cut` or an earlier one made; what is told at a close after it is compared in `seen`."""
    rows = session.records[table]
    if table == "order":
        rows = rows[
            ["kind", "side", "amount", "level", "stop_loss", "take_profit", "from_tick", "created", "created_tick", "tag"]
        ]
        return repr(rows[rows["created_tick"] < cut].tolist())
    return repr(rows[rows["tick"] < cut + (table == "fill")].tolist())


def equity_until(session: bt.Session, cut: int) -> str:
    """Rows of fills and closes up to the one that tick `cut` found closed; the last tick's own row is left out."""
    return repr(session.equity[:-1].filter(session.equity[:-1]["tick"] < cut).rows())


MAKERS: dict[str, Maker] = {
    "recorder": lambda _: Recorder(),
    "tick recorder": lambda _: TickRecorder(),
    "gambler": lambda _: Gambler(seed=3),
    "tick gambler": lambda _: TickGambler(seed=4),
}


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_seen_ordered_or_booked_depends_on_later_ticks(name: str) -> None:
    for seed in range(2):
        ticks = random_ticks(seed, 1_000)
        assert first_differences(MAKERS[name], ticks, cuts_of(ticks)[seed::2]) == [None] * 3


FRAMES = (*bt.TIMEFRAMES, "30m", "2h", "1w", "1mo")
WIDE = {kind: type(f"Wide{kind.__name__}", (kind,), {"timeframe": FRAMES, "frames": FRAMES}) for kind in (TickRecorder, Gambler)}


@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("calendar", ["24x7", "XNYS"])
def test_empty_bars_and_further_timeframes_know_nothing_of_later_ticks(kind: type[Recorder], calendar: str) -> None:
    ticks = random_ticks(2, 400, pace=60e6)
    cuts = [150, int(np.flatnonzero(np.diff(ticks.time) > 600_000_000)[1])]
    assert first_differences(lambda _: WIDE[kind](), ticks, cuts, calendar=calendar, empty_bars="flat") == [None, None]


def close_after_the_silence(self: PlainContext, timeframe: str, back: int = 0) -> float:
    """An empty bar filled from the other side: with the open of what comes after it."""
    at = self._bar(timeframe, back)
    after = at + 1
    while at >= 0 and self._columns[4][at] == 0.0 and self._columns[4][after] == 0.0 and after < self._offset[1] - 1:
        after += 1
    return float("nan") if at < 0 else self._columns[0][after] if self._columns[4][at] == 0.0 else self._columns[3][at]


def test_an_empty_bar_that_is_filled_from_the_future_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainContext, "close", close_after_the_silence)
    ticks = random_ticks(2, 400, pace=60e6)
    cut = int(np.flatnonzero(np.diff(ticks.time) > 600_000_000)[0])
    one_minute = type("OneMinute", (TickRecorder,), {"frames": ("1m",)})
    assert first_difference(lambda _: one_minute(), ticks, cut, calendar="24x7", empty_bars="flat")


def test_multi_timeframe_at_a_tick_does_not_depend_on_later_ticks() -> None:
    ticks = random_ticks(5, 1_500)

    def shown(data: bt.Ticks, tick: int) -> str:
        state = bt.MultiTimeframe(data).at(tick)
        return repr([(state.completed(n).to_polars().rows(), state.forming(n)) for n in bt.TIMEFRAMES])

    for cut in cuts_of(ticks):
        for changed in futures(ticks, cut).values():
            for tick in {cut, cut // 2}:
                assert shown(ticks, tick) == shown(changed, tick)


def test_a_session_at_a_tick_does_not_depend_on_later_ticks() -> None:
    ticks = random_ticks(6, 1_500)
    for cut in cuts_of(ticks)[1:]:
        sessions = [
            bt.run(Gambler(seed=9), data, mode="interpreted", instrument=INSTRUMENT)
            for data in (ticks, *futures(ticks, cut).values())
        ]
        moments = [session.at(cut) for session in sessions]
        for name in ("tick", "time", "bid", "ask", "position", "entry_price", "open_profit", "equity", "cash", "drawdown"):
            assert len({repr(getattr(moment, name)) for moment in moments}) == 1, (cut, name)
        assert all(moment.fills.equals(moments[0].fills) for moment in moments)


class Turning(bt.Strategy):
    """Long, flat and short by turns, at every second close."""

    def init(self):
        self.seen = 0

    def on_bar(self, ctx):
        self.seen += 1
        if self.seen % 2 == 0:
            ctx.target(100.0 * (self.seen % 3 - 1))


@pytest.mark.parametrize("empty_bars", ["skip", "flat"])
@pytest.mark.parametrize(("timeframe", "step"), [("1h", 3_600_000_000), ("5m", 300_000_000)])
def test_a_session_on_bars_knows_at_a_time_nothing_of_the_bar_that_runs(timeframe: str, step: int, empty_bars: str) -> None:
    """A bar is known when it is over: what is not may become anything, and nothing that was known changes."""
    random = np.random.default_rng(4)
    time = 1_704_672_000_000_000 + step * np.cumsum(random.integers(1, 3, 60))
    close = 1.1 + 1e-4 * np.cumsum(random.integers(-5, 6, 60))

    def run(close: np.ndarray) -> bt.Session:
        bars = bt.Bars(time, close, close + 1e-4, close - 1e-4, close, np.ones(60), timeframe, "EURUSD")
        return bt.run(type("Told", (Turning,), {"timeframe": timeframe})(), bars, empty_bars=empty_bars, mode="interpreted")

    session, compared = run(close), 0
    for last in (2, 30, 58):
        other = run(np.where(np.arange(60) > last, 1.5 * close, close))
        for moment in (time[last] + step, time[last + 1], time[last + 1] + 1, time[last + 1] + step - 1):
            one, two = (each.at(np.datetime64(int(moment), "us")) for each in (session, other))
            assert one.tick == two.tick == last and one.bid == close[last] and repr(one) == repr(two)
            assert one.fills.equals(two.fills) and one.trades.equals(two.trades) and one.orders.equals(two.orders)
            for name in session.timeframes:
                assert one.completed(name).close.tolist() == two.completed(name).close.tolist()
                assert one.forming(name) == two.forming(name)
            compared += len(one.fills) > 0
    assert compared == 12


# leaks, each of which the check must find


class ReadsTheArray(TickRecorder):
    """Holds the data and looks one tick ahead."""

    def on_tick(self, ctx: Any) -> None:
        ahead = min(len(self.data) - 1, int(ctx._run["taken"][0]) + 1)
        self.seen.append(("tick", ahead - 1, float(self.data.bid[ahead])))


class OrdersByTheArray(ReadsTheArray):
    """Sees nothing odd, but orders what the next tick will have made right."""

    def on_tick(self, ctx: Any) -> None:
        ahead = min(len(self.data) - 1, int(ctx._run["taken"][0]) + 5)
        if self.data.bid[ahead] > ctx.bid:
            ctx.buy(size=1)


def holding(kind: type[bt.Strategy]) -> Maker:
    def make(ticks: bt.Ticks) -> bt.Strategy:
        strategy = kind()
        strategy.data = ticks  # type: ignore[attr-defined]
        return strategy

    return make


@pytest.mark.parametrize("kind", [ReadsTheArray, OrdersByTheArray])
def test_a_strategy_that_reads_ahead_is_found(kind: type[bt.Strategy]) -> None:
    ticks = random_ticks(0, 1_500)
    assert all(first_differences(holding(kind), ticks, cuts_of(ticks)[-2:]))


def of_the_running_bar(self: PlainContext, timeframe: str, back: int = 0) -> float:
    row = bt.TIMEFRAMES.index(timeframe)
    return self._columns[3][min(self._offset[row] + self._counts[row] - back, self._offset[row + 1] - 1)]


def at_its_end(self: PlainContext, timeframe: str) -> float:
    row = bt.TIMEFRAMES.index(timeframe)
    return self._columns[1][min(self._offset[row] + self._counts[row], self._offset[row + 1] - 1)]


def next_time(self: PlainContext) -> int:
    time = self._state.arrays["time"]
    return int(time[min(self._run["taken"][0] + 1, len(time) - 1)])


@pytest.mark.parametrize(
    ("name", "leak"),
    [("close", of_the_running_bar), ("forming_high", at_its_end), ("time", property(next_time))],
    ids=["the running bar as if it were completed", "the running bar's final high", "the time of the next tick"],
)
def test_an_engine_that_shows_later_things_is_found(name: str, leak: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainContext, name, leak)
    ticks = random_ticks(0, 1_500)
    assert all(first_differences(MAKERS["tick recorder"], ticks, cuts_of(ticks)[-2:]))
    assert all(first_differences(MAKERS["recorder"], ticks, cuts_of(ticks)[-2:]))


def test_the_default_grid_is_not_of_the_future() -> None:
    """Levels are rounded to the grid of the first prices: later ones, on a finer grid or on none, move no stop of today."""
    ticks, cut = random_ticks(3, 6_000), 3_000
    columns = columns_of(ticks)
    known = bt.run(Gambler(), ticks, mode="interpreted", account=ACCOUNT).fills
    for factor in (1.0 + 1e-7, 1.0 / 3.0):
        other = [column.copy() for column in columns]
        for side in (1, 2):
            other[side][cut + 1 :] *= factor
        fills = bt.run(Gambler(), ticks_of(*other), mode="interpreted", account=ACCOUNT).fills
        early = known.filter(known["tick"] <= cut)
        assert len(early) > 10
        assert fills.filter(fills["tick"] <= cut).equals(early)
