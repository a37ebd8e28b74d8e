"""Bars as data: what six timeframes show at each of them, which calls come when, what the tables say, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import btlab as bt
from tests.market.oracle import LENGTHS, day_bounds

COLUMNS = ("open", "high", "low", "close", "volume")
FRIDAY = int(datetime(2024, 3, 8, 12, tzinfo=UTC).timestamp()) * 1_000_000  # New York's clocks change on Sunday
SECOND = 1_000_000


def random_bars(timeframe: str, count: int, seed: int) -> bt.Bars:
    """Bars with gaps, a weekend among them where they are long enough."""
    draw = np.random.default_rng(seed)
    length = LENGTHS[timeframe] * SECOND
    time = FRIDAY // length * length + np.cumsum(draw.choice([1, 1, 1, 2, 5], count)) * length
    prices = 1 + np.cumsum(draw.integers(-5, 6, (count, 2)).ravel()).reshape(count, 2) / 1e4
    reach = draw.integers(0, 5, (count, 2)) / 1e4
    columns = (prices[:, 0], prices.max(axis=1) + reach[:, 0], prices.min(axis=1) - reach[:, 1], prices[:, 1], draw.random(count))
    return bt.Bars.from_frame(pl.DataFrame({"time": time} | dict(zip(COLUMNS, columns))), symbol="TEST", timeframe=timeframe)


def longer(bars: bt.Bars, name: str, calendar: str) -> pl.DataFrame:
    """One row a given bar: start, end of the longer bar it belongs to, and what that holds after it; by polars alone."""
    frame = day_bounds(pl.DataFrame({n: getattr(bars, n) for n in ("time", *COLUMNS)}), calendar)
    length = LENGTHS[name] * SECOND
    if name == bars.timeframe:
        end = pl.min_horizontal(pl.col("time") + length, pl.col("time").shift(-1, fill_value=2**62))
        return frame.with_columns(start="time", end=end)
    start = pl.col("day") if name == "1d" else pl.col("day") + (pl.col("time") - pl.col("day")) // length * length
    end = pl.col("day_end") if name == "1d" else pl.min_horizontal(pl.col("start") + length, "day_end")
    own = pl.min_horizontal(pl.col("time") + LENGTHS[bars.timeframe] * SECOND, pl.col("time").shift(-1, fill_value=2**62))
    return frame.with_columns(start=start, own=own).with_columns(
        end=pl.max_horizontal(end, pl.col("own").last().over("start")),
        open=pl.col("open").first().over("start"),
        high=pl.col("high").cum_max().over("start"),
        low=pl.col("low").cum_min().over("start"),
        volume=pl.col("volume").cum_sum().over("start"),
    )


class Witness(bt.Strategy):
    """Writes down calls, and what each timeframe shows at each of them."""

    timeframe = bt.TIMEFRAMES

    def init(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def note(self, ctx: Any, call: str) -> None:
        view = []
        for name in self.timeframe:
            last = [getattr(ctx, column)(name) for column in COLUMNS]
            running = [getattr(ctx, f"forming_{column}")(name) for column in COLUMNS]
            view.append((ctx.count(name), ctx.bar_time(name), last, running))
        self.calls.append((call, ctx.time, ctx.timeframe, (ctx.bid, ctx.ask), view))

    def on_bar(self, ctx: Any) -> None:
        self.note(ctx, "bar")

    def on_tick(self, ctx: Any) -> None:
        self.note(ctx, "tick")


def watched(bars: bt.Bars, calendar: str, **options: Any) -> list[tuple[Any, ...]]:
    there = bt.TIMEFRAMES[bt.TIMEFRAMES.index(bars.timeframe) :]
    strategy = type("Watching", (Witness,), {"timeframe": there})()
    return bt.run(strategy, bars, calendar=calendar, mode="interpreted", **options).strategy.calls


DATA = [("1m", 700), ("5m", 500), ("15m", 300), ("1h", 300), ("4h", 100), ("1d", 60)]


@pytest.mark.parametrize("calendar", ["fx", "24x7"])
@pytest.mark.parametrize(("timeframe", "count"), DATA)
def test_every_timeframe_shows_what_polars_computes(timeframe: str, count: int, calendar: str) -> None:
    bars = random_bars(timeframe, count, seed=count)
    told = [call for call in watched(bars, calendar, spread=2e-4) if call[0] == "tick"]
    assert [call[1] for call in told] == bars.time.tolist()
    assert [call[3][0] for call in told] == bars.close.tolist()
    assert [call[3][1] for call in told] == pytest.approx((bars.close + 2e-4).tolist(), abs=1e-12)
    state = bt.MultiTimeframe(bars, calendar=calendar)
    for place, name in enumerate(bt.TIMEFRAMES[bt.TIMEFRAMES.index(timeframe) :]):
        rows = longer(bars, name, calendar)
        running = rows.select(COLUMNS).rows()
        whole = rows.group_by("start", maintain_order=True).last()
        complete, starts = whole.select(COLUMNS).rows(), whole["start"].to_list()
        counts = np.searchsorted(whole["end"].to_numpy(), bars.time, side="right")
        for i, call in enumerate(told):
            known, bar_time, last, forming = call[4][place]
            assert (known, forming) == (counts[i], list(running[i])), (name, i)
            if known:
                assert (bar_time, last) == (starts[known - 1], list(complete[known - 1])), (name, i)
            if i % 7 == 0:
                bar = state.at(i).forming(name)
                assert tuple(getattr(bar, column) for column in COLUMNS) == running[i]
                assert state.at(i).completed(name).time.tolist() == starts[: counts[i]]
                assert bar.time == rows["start"][i]


@pytest.mark.parametrize("calendar", ["fx", "24x7"])
@pytest.mark.parametrize(("timeframe", "count"), DATA)
def test_closes_are_told_before_the_bar_that_proves_them(timeframe: str, count: int, calendar: str) -> None:
    bars = random_bars(timeframe, count, seed=7)
    calls = watched(bars, calendar)
    names = bt.TIMEFRAMES[bt.TIMEFRAMES.index(timeframe) :]
    ends = {(int(end), k) for k, name in enumerate(names) for end in longer(bars, name, calendar)["end"]}
    expected = sorted((end, k) for end, k in ends if end <= bars.time[-1])
    assert [(call[1], call[2]) for call in calls if call[0] == "bar"] == expected
    before = -1
    for call in calls:
        if call[0] == "tick":
            before += 1
        else:
            assert bars.time[before] < call[1] <= bars.time[before + 1]
            assert call[3][0] == bars.close[before]
    assert calls[-1][0] == "tick"  # the last bar's end is told to nobody: nothing later proves it
    assert sum(call[0] == "bar" and call[2] == 0 for call in calls) == len(bars) - 1


def test_a_bar_across_a_days_end_is_not_known_before_it_ends() -> None:
    """Bars cut at UTC, days at New York's 17:00: the bar from 20:00 to 24:00 belongs to the day that ends at 22:00."""
    time = [FRIDAY - 96 * 3_600 * SECOND + hour * 3_600 * SECOND for hour in (4, 8, 12)]  # Monday 16:00, 20:00, 24:00
    prices = {name: [1.0, 2.0, 3.0] for name in COLUMNS}
    bars = bt.Bars.from_frame(pl.DataFrame({"time": time} | prices), symbol="TEST", timeframe="4h")
    calls = watched(bars, "fx")
    (day,) = [call for call in calls if call[0] == "bar" and call[2] == 1]
    assert (day[1], day[4][1][2]) == (time[2], [1.0, 2.0, 1.0, 2.0, 3.0])
    assert calls[-1][4][1][3] == [3.0] * 5


def test_bars_of_their_own_timeframe_keep_their_labels() -> None:
    """Days stamped at midnight stay there, whatever the calendar says of where a day begins."""
    bars = random_bars("1d", 20, seed=1)
    for calendar in ("fx", "24x7"):
        own = bt.MultiTimeframe(bars, calendar=calendar).at(len(bars) - 1)
        assert own.completed("1d").time.tolist() == bars.time.tolist()[:-1]
        assert own.forming("1d").time == bars.time[-1]


@pytest.mark.parametrize("finer", ["1m", "5m", "15m"])
def test_a_timeframe_finer_than_the_data_is_refused(finer: str) -> None:
    bars = random_bars("1h", 5, seed=2)
    strategy = type("Finer", (Witness,), {"timeframe": finer})
    for ask in (
        lambda: bt.run(strategy, bars),
        lambda: bt.bars(bars, finer),
        lambda: bt.MultiTimeframe(bars).at(3).completed(finer),
        lambda: bt.MultiTimeframe(bars).at(3).forming(finer),
    ):
        with pytest.raises(bt.errors.TimeframeError, match=f"{finer} is finer than the data, which are 1h bars"):
            ask()


class HoldOne(bt.Strategy):
    timeframe = "1d"

    def on_start(self, ctx: Any) -> None:
        ctx.buy(size=1)


def test_the_last_bar_fills_and_is_valued_at_its_close() -> None:
    bars = random_bars("1d", 3, seed=3)
    one = bt.run(HoldOne(), bars[:1])
    assert one.fills.select("tick", "price").rows() == [(0, bars.open[0])]
    assert one.equity["equity"][-1] == pytest.approx(10_000 + bars.close[0] - bars.open[0], abs=1e-9)
    closed = bt.run(HoldOne(), bars, close_at_end=True, spread=1e-4)
    trade = closed.trades.row(0, named=True)
    assert (trade["exit_tick"], trade["exit_price"], trade["exit_reason"]) == (2, bars.close[2], "end")
    assert closed.equity["equity"][-1] - 10_000 == pytest.approx(trade["pnl"], abs=1e-9)
    seen = np.append(np.concatenate([bars.high, bars.low]), bars.open[0]) - trade["entry_price"]
    assert (trade["mae"], trade["mfe"]) == pytest.approx((seen.min(), seen.max()), abs=1e-12)


PRICES = {"Open": [1.0, 2, 3], "High": [1.5, 2.5, 3.5], "Low": [0.5, 1.5, 2.5], "Close": [1.2, 2.2, 3.2], "Volume": [1, 2, 3]}
DAYS = pd.DatetimeIndex(["2024-03-08", "2024-03-11", "2024-03-12"])
FRAMES = {
    "pandas, an index of times": pd.DataFrame(PRICES, index=DAYS),
    "pandas, an index in UTC": pd.DataFrame(PRICES, index=DAYS.tz_localize("UTC")),
    "pandas, an index in seconds": pd.DataFrame(PRICES, index=DAYS.astype("datetime64[s]")),
    "pandas, an index in New York": pd.DataFrame(PRICES, index=DAYS.tz_localize("UTC").tz_convert("America/New_York")),
    "pandas, a column": pd.DataFrame(PRICES | {"Date": DAYS}),
    "polars, dates": pl.DataFrame({"date": [day.date() for day in DAYS]} | PRICES),
    "polars, milliseconds": pl.DataFrame({"time": pl.Series(DAYS.to_pydatetime().tolist()).cast(pl.Datetime("ms"))} | PRICES),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_bars(kind: str) -> None:
    bars = bt.Bars.from_frame(FRAMES[kind], symbol="GOOG", timeframe="1d")
    assert bars.time.tolist() == [day.value // 1_000 for day in DAYS.as_unit("ns")]
    assert [getattr(bars, name).tolist() for name in COLUMNS] == list(PRICES.values())
    assert bt.run(HoldOne(), FRAMES[kind]).fingerprint == bt.run(HoldOne(), bars).fingerprint


def test_the_end_as_stamp_is_a_timeframe_later() -> None:
    bars = bt.Bars.from_frame(FRAMES["pandas, an index of times"], timeframe="1d", stamp="end")
    assert bars.time.tolist() == [(day - pd.Timedelta(days=1)).value // 1_000 for day in DAYS.as_unit("ns")]


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (DAYS[[0, 0, 1]], "row 1: a second bar begins at 2024-03-08"),
        (DAYS[[1, 0, 2]], "row 1: .* times must not go back"),
        (pd.DatetimeIndex([DAYS[0], None, DAYS[2]]), "row 1: there is no time"),
    ],
)
def test_times_that_make_no_bars(index: pd.DatetimeIndex, message: str) -> None:
    with pytest.raises(bt.errors.SeriesError, match=message):
        bt.Bars.from_frame(pd.DataFrame(PRICES, index=index))
