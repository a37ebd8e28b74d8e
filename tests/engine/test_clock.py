"""The engine's clock: what a strategy is shown at every call, against an independent computation, and the order of calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import btlab as bt
from tests.engine.recorder import BAR, Gambler, Recorder, TickGambler, TickRecorder
from tests.market.oracle import LENGTHS, Oracle, oracles
from tests.market.real import dukascopy_day
from tests.market.streams import MONDAY, random_ticks

NAN = float("nan")


def played(strategy: bt.Strategy, data: Any, **options: Any) -> bt.Session:
    return bt.run(strategy, data, mode="interpreted", **options)


def rows_of(oracle: Oracle) -> tuple[list[tuple], list[tuple]]:
    """Completed bars; forming bars with their progress, by tick."""
    bars = oracle.bars.select("start", *BAR).rows()
    return bars, list(zip(*(oracle.forming[name].tolist() for name in (*BAR, "progress"))))


def expected_view(bars: list[tuple], count: int, closed: bool, forming: tuple) -> tuple[float, ...]:
    last = bars[count - 1] if count else (-1, *[NAN] * 5)
    return (count, closed, *last, *forming)


def same(one: Any, other: Any) -> bool:
    """Equal, NaN with NaN too, bit by bit otherwise."""
    return repr(one) == repr(other)


def closes_in_order(expected: dict[str, Oracle], first: int, last: int) -> list[tuple[int, int]]:
    """(end, place) of the bars that ticks at `first` (exclusive) to `last` (inclusive) find closed, as they are to be told."""
    ends = ((int(end), k) for k, oracle in enumerate(expected.values()) for end in oracle.bars["end"])
    return sorted((end, k) for end, k in ends if first < end <= last)


@pytest.mark.parametrize("price", ["mid", "bid", "ask"])
def test_every_tick_shows_what_polars_computes(price: str) -> None:
    for seed in range(3):
        ticks = random_ticks(seed, 1_500)
        seen = played(TickRecorder(), ticks, price=price).strategy.seen
        expected = oracles(ticks, price=price)
        lists = [(*rows_of(oracle), oracle.completed.tolist()) for oracle in expected.values()]
        told = [call for call in seen if call[0] == "tick"]
        assert [call[1] for call in told] == list(range(len(ticks)))
        bid = ask = NAN
        for tick, call in enumerate(told):
            bid = bid if np.isnan(ticks.bid[tick]) else float(ticks.bid[tick])
            ask = ask if np.isnan(ticks.ask[tick]) else float(ticks.ask[tick])
            assert call[2] == ticks.time[tick]
            assert same(call[3], (bid, ask, (bid + ask) / 2.0))
            for view, (bars, forming, completed) in zip(call[4], lists, strict=True):
                assert same(view, expected_view(bars, completed[tick], False, forming[tick])), (seed, tick)


@pytest.mark.parametrize("calendar", ["fx", "24x7"])
def test_closes_are_told_one_end_after_the_other_finest_first(calendar: str) -> None:
    for seed in range(3):
        ticks = random_ticks(seed, 1_500)
        expected = oracles(ticks, calendar=calendar)
        seen = played(TickRecorder(), ticks, calendar=calendar).strategy.seen
        told = [(call[2], call[6]) for call in seen if call[0] == "bar"]
        assert told == closes_in_order(expected, -1, int(ticks.time[-1]))
        before = -1
        for call in seen[1:-1]:  # a close comes after every tick before its end, and before the first tick at or after it
            if call[0] == "tick":
                before = call[1]
            else:
                assert call[1] == before
                assert (before < 0 or ticks.time[before] < call[2]) and call[2] <= ticks.time[before + 1]


@pytest.mark.parametrize("kind", [Recorder, TickRecorder])
def test_at_a_close_what_ended_is_closed_and_nothing_of_later_is_known(kind: type[Recorder]) -> None:
    for seed in range(3):
        ticks = random_ticks(seed, 1_500)
        lists = [(oracle, oracle.bars["end"].to_numpy(), *rows_of(oracle)) for oracle in oracles(ticks).values()]
        for call in (call for call in played(kind(), ticks).strategy.seen if call[0] == "bar"):
            end, taken = call[2], call[1]
            for view, (oracle, ends, bars, forming) in zip(call[4], lists, strict=True):
                count = int(np.searchsorted(ends, end, side="right"))
                runs = oracle.forming["start"][taken] <= ticks.time[taken] and oracle.forming["end"][taken] > end
                start = oracle.forming["start"][taken]
                opened = runs and not np.isnan(oracle.forming["open"][taken])
                progress = (end - start) / (oracle.forming["end"][taken] - start) if opened else 0.0
                running = (*forming[taken][:5], float(progress)) if opened else (NAN, NAN, NAN, NAN, NAN, 0.0)
                assert same(view[:8], expected_view(bars, count, end in ends, running)[:8])
                assert same(view[8:], running), (seed, call[:3])


def test_a_fill_is_told_before_the_bars_take_its_tick_and_the_end_after_the_last() -> None:
    fills = 0
    for seed in range(4):
        ticks = random_ticks(seed, 1_500)
        expected = oracles(ticks)
        session = played(Gambler(seed=seed), ticks)
        for call in session.strategy.seen:
            tick = call[1]
            if call[0] == "fill":
                fills += 1
                seen = [float(side[: tick + 1][~np.isnan(side[: tick + 1])][-1]) for side in (ticks.bid, ticks.ask)]
                assert call[2] == ticks.time[tick] and list(call[3][:2]) == seen
                for view, oracle in zip(call[4], expected.values(), strict=True):
                    running = oracle.forming
                    same_bar = tick > 0 and running["start"][tick - 1] == running["start"][tick]
                    opened = same_bar and not np.isnan(running["open"][tick - 1])
                    wanted = tuple(running[c][tick - 1].item() for c in BAR) if opened else (NAN,) * 5
                    assert same(view[8:13], wanted), (seed, tick)
                    assert view[0] == oracle.completed[tick]
        end = session.strategy.seen[-1]
        assert end[:3] == ("end", len(ticks) - 1, int(ticks.time[-1]))
        for view, oracle in zip(end[4], expected.values(), strict=True):
            assert same(view[8:], tuple(oracle.forming[c][-1].item() for c in (*BAR, "progress")))
    assert fills > 100


@pytest.mark.parametrize("seed", range(12))
def test_what_is_told_does_not_depend_on_being_told_ticks(seed: int) -> None:
    """The short way past minutes that reach no trigger is the long way, byte for byte."""
    ticks = random_ticks(seed, 2_500, odd=0.0 if seed % 3 == 0 else 0.05, pace=(5e6, 2e6)[seed % 2])
    options = {
        "close_at_end": seed % 2 == 0,
        "account": bt.Account(leverage=20),
        "execution": bt.Execution(commission=2e-5, slippage=1e-5),
    }
    short, long = (played(kind(seed=seed), ticks, **options) for kind in (Gambler, TickGambler))
    told = [call for call in long.strategy.seen if call[0] != "tick"]
    assert len(told) > 150 and len(short.fills) > 20
    for one, other in zip(short.strategy.seen, told, strict=True):
        assert same(one, other)
    for name in ("order", "fill", "trade", "mark"):
        assert short.records[name].tobytes() == long.records[name].tobytes(), name
    assert short.equity.equals(long.equity) and short.trades.equals(long.trades)


def test_subscriptions_choose_the_calls_and_number_them_as_written() -> None:
    class Two(Recorder):
        timeframe = ("1h", "5m")

    ticks = random_ticks(1, 1_500)
    seen = [call for call in played(Two(), ticks).strategy.seen if call[0] == "bar"]
    expected = {name: oracle for name, oracle in oracles(ticks).items() if name in ("5m", "1h")}
    told = closes_in_order(expected, -1, int(ticks.time[-1]))
    assert [(call[2], call[6]) for call in seen] == [(end, (1, 0)[k]) for end, k in told]
    session = played(Recorder(), ticks[:300])
    assert session.timeframes == bt.TIMEFRAMES


def test_bars_as_data_are_told_at_their_ends() -> None:
    ticks = random_ticks(3, 2_000)
    data = bt.bars(ticks, "15m")
    seen = played(type("Longer", (TickRecorder,), {"timeframe": ("15m", "1h", "4h", "1d")})(), data).strategy.seen
    told = [(call[2], call[6]) for call in seen if call[0] == "bar"]
    expected = {name: oracle for name, oracle in oracles(ticks).items() if LENGTHS[name] >= 900}
    assert told == closes_in_order(expected, -1, int(data.time[-1]))
    for call in seen[1:-1]:
        for view, (name, oracle) in zip(call[4][2:], expected.items(), strict=True):
            count = int(np.searchsorted(oracle.bars["end"], call[2], side="right"))
            assert view[0] == count, name
            last = oracle.bars.row(count - 1)[2:7] if count else (NAN,) * 5
            assert same(view[3:7], tuple(last[:4]))
            assert view[7] == pytest.approx(last[4], rel=1e-12, nan_ok=True)


def test_an_empty_minute_makes_no_bar_and_a_tick_on_the_mark_opens_the_new_one() -> None:
    minute = 60_000_000
    time = [MONDAY, MONDAY + minute, MONDAY + 7 * minute + 1, MONDAY + 3_600_000_000]
    seen = played(TickRecorder(), bt.Ticks.from_arrays(time, [1.1, 1.2, 1.3, 1.4], [1.1, 1.2, 1.3, 1.4])).strategy.seen
    kinds = [(call[0], (call[2] - MONDAY) / minute) for call in seen]
    assert kinds[1:-1] == [
        ("tick", 0), ("bar", 1), ("tick", 1), ("bar", 2), ("bar", 5), ("tick", (7 * minute + 1) / minute),
        ("bar", 8), ("bar", 10), ("bar", 15), ("bar", 60), ("tick", 60),
    ]  # fmt: skip
    first_hour = seen[-3]
    assert first_hour[4][3][3:7] == (1.1, 1.3, 1.1, 1.3)
    assert seen[-2][4][0][8] == 1.4 and seen[-2][4][3][8] == 1.4


class Table(bt.Strategy):
    """Writes what it is shown at every tick into a table; compiled, it is told a day in milliseconds."""

    rows: int = 1

    def init(self):
        self.row = 0
        self.table = np.zeros((self.rows, 12))

    def on_tick(self, ctx):
        row = self.table[self.row]
        row[0], row[1] = ctx.count("1m"), ctx.volume("1m")
        row[2], row[3] = ctx.forming_volume("1m"), ctx.forming_close("5m")
        row[4], row[5] = ctx.forming_high("15m"), ctx.forming_low("1h")
        row[6], row[7] = ctx.forming_open("4h"), ctx.forming_volume("1d")
        row[8], row[9] = ctx.volume("4h"), ctx.close("1h")
        row[10], row[11] = ctx.count("1d"), ctx.forming_progress("4h")
        self.row += 1


def test_a_compiled_strategy_sees_the_same_at_every_tick_of_a_real_day(real_data: Path) -> None:
    ticks = dukascopy_day(real_data)
    table = bt.run(Table(rows=len(ticks)), ticks, mode="compiled").strategy.table.T
    known = oracles(ticks)

    def completed(name: str, column: str) -> np.ndarray:
        return np.append(known[name].bars[column].to_numpy(), NAN)[known[name].completed - 1]  # [-1]: before the first

    forming = {name: oracle.forming for name, oracle in known.items()}
    for found, expected in zip(table, (
        known["1m"].completed, completed("1m", "volume"), forming["1m"]["volume"], forming["5m"]["close"],
        forming["15m"]["high"], forming["1h"]["low"], forming["4h"]["open"], forming["1d"]["volume"],
        completed("4h", "volume"), completed("1h", "close"), known["1d"].completed, forming["4h"]["progress"],
    ), strict=True):  # fmt: skip
        np.testing.assert_array_equal(found, expected)
