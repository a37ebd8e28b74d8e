"""What an import does with rows that are wrong, odd, out of order or repeated: each is counted, none is lost unsaid."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from btlab.data import importers
from btlab.data.importers.base import Verdict
from btlab.data.intake import spool
from btlab.data.intake import stream as intake
from btlab.data.intake.report import ImportReport
from btlab.data.store import Store
from btlab.errors import FormatError, OverlapError, RowError
from btlab.market.series import Ticks

DAY, HOUR = 86_400_000_000, 3_600_000_000
NAN, INF = float("nan"), float("inf")


def frame(rows: list[tuple[Any, ...]], *names: str) -> pl.DataFrame:
    names = names or ("time", "bid", "ask", "bid_size", "ask_size")
    return pl.DataFrame(rows, {name: pl.Int64() if name == "time" else pl.Float64() for name in names}, orient="row")


def table(path: Path, *rows: str) -> Path:
    path.write_text("time,bid,ask\n" + "".join(f"{row}\n" for row in rows))
    return path


def files(store: Store) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in store.path.rglob("*") if path.is_file()}


def adds_up(report: ImportReport) -> bool:
    return report.rows_read == report.rows_stored + report.rows_rejected + report.duplicates


# The rules, against a model that reads row by row


def is_price(value: float) -> bool:
    return math.isfinite(value) and value > 0


def good_quote(row: tuple[Any, ...]) -> bool:
    _, bid, ask, *sizes = row
    sides = [side for side in (bid, ask) if not math.isnan(side)]
    return bool(sides) and all(map(is_price, sides)) and all(math.isfinite(size) and size >= 0 for size in sizes)


def good_bar(row: tuple[Any, ...]) -> bool:
    _, begin, high, low, close, volume = row
    fits = all(map(is_price, row[1:5])) and low <= min(begin, close) <= max(begin, close) <= high
    return fits and math.isfinite(volume) and volume >= 0


def runs_backwards(rows: list[tuple[Any, ...]]) -> bool:
    steps = [after[0] - before[0] for before, after in itertools.pairwise(rows)]
    return sum(step < 0 for step in steps) > 10 * sum(step > 0 for step in steps)


def model(rows: list[tuple[Any, ...]], *, bars: bool, sort: bool, drop: bool) -> tuple[list[tuple[Any, ...]], int, int]:
    """(what is stored, how many are rejected, how many dropped) under on_error="skip"."""
    fine = [row for row in rows if (good_bar if bars else good_quote)(row)]
    rejected, dropped, kept = len(rows) - len(fine), 0, list[tuple[Any, ...]]()
    if runs_backwards(fine):
        fine.reverse()
    if sort:
        fine.sort(key=lambda row: row[0])
    for row in fine:
        if kept and row[0] < kept[-1][0]:
            rejected += 1
        elif kept and repr(row) == repr(kept[-1]) and (drop or bars):
            dropped += 1
        elif bars and kept and row[0] == kept[-1][0]:
            rejected += 1
        else:
            kept.append(row)
    return kept, rejected, dropped


times = st.one_of(st.integers(0, 6), st.integers(0, 5).map(lambda day: day * DAY))
prices = st.sampled_from([1.0, 1.5, 2.0, 1.25e300, 0.0, -1.0, NAN, INF])
usual = st.sampled_from([1.0, 1.5, 2.0])
sizes = st.sampled_from([0.0, 1.0, 2.0, 2.0, -1.0, NAN])
quotes = st.one_of(st.tuples(times, usual, usual, st.just(1.0), st.just(1.0)), st.tuples(times, prices, prices, sizes, sizes))
candles = st.one_of(st.tuples(times, *[usual] * 4, sizes), st.tuples(times, *[prices] * 4, sizes))
options = st.fixed_dictionaries({"sort": st.booleans(), "drop_duplicates": st.booleans()})
quick = settings(max_examples=60)


def check_against_model(rows: list[tuple[Any, ...]], chosen: dict[str, bool], *, bars: bool) -> None:
    store = Store(":memory:")
    store._home.disk.durable = False
    names = ("time", "open", "high", "low", "close", "volume") if bars else ("time", "bid", "ask", "bid_size", "ask_size")
    source = frame(rows, *names)
    take: Any = store.import_bars if bars else store.import_ticks
    kept, rejected, dropped = model(rows, bars=bars, sort=chosen["sort"], drop=chosen["drop_duplicates"])
    if rejected:
        with pytest.raises(RowError):
            take(source, symbol="X", **chosen)
        assert not [path for path in store.path.rglob("*") if path.suffix in (".parquet", ".tmp", ".csv")], "nothing is left"
    dry = take(source, symbol="X", on_error="skip", dry_run=True, **chosen)
    report = take(source, symbol="X", on_error="skip" if rejected else "raise", **chosen)
    assert (report.rows_read, report.rows_stored, report.rows_rejected, report.duplicates) == (
        len(rows),
        len(kept),
        rejected,
        dropped,
    )
    assert adds_up(report)
    assert (dry.rows_read, dry.rows_stored, dry.rows_rejected, dry.duplicates, dry.warnings) == (
        report.rows_read,
        report.rows_stored,
        report.rows_rejected,
        report.duplicates,
        report.warnings,
    )
    if report.reject_file is not None:
        with open(report.reject_file, newline="", encoding="utf-8") as listed:
            assert len(list(csv.reader(listed))) == rejected + 1
    assert (report.reject_file is not None) == bool(rejected)
    if kept:
        stored: Any = store.bars("X", "1m") if bars else store.ticks("X")
        columns = [getattr(stored, name).tolist() for name in names]
        assert repr(list(zip(*columns))) == repr(kept)
        before = files(store)
        again = take(source, symbol="X", on_error="skip", overlap="replace", **chosen)
        assert (again.rows_read, again.rows_stored, again.rows_rejected, again.duplicates) == (0, 0, 0, 0)
        assert files(store) == before


@quick
@given(rows=st.lists(quotes, min_size=1, max_size=12), chosen=options)
@example(
    rows=[(3, 1.0, 1.0, 1.0, 1.0), (1, 1.0, 1.0, 1.0, 1.0), (1, 2.0, 1.0, 1.0, 1.0)],
    chosen={"sort": True, "drop_duplicates": True},
)
def test_every_quote_is_stored_rejected_or_dropped(rows: list[tuple[Any, ...]], chosen: dict[str, bool]) -> None:
    check_against_model(rows, chosen, bars=False)


@quick
@given(rows=st.lists(candles, min_size=1, max_size=12), chosen=options)
def test_every_bar_is_stored_rejected_or_dropped(rows: list[tuple[Any, ...]], chosen: dict[str, bool]) -> None:
    check_against_model(rows, chosen, bars=True)


def test_a_cell_that_is_no_number_and_a_time_that_is_none_are_listed(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "2020-01-01,1,1", "never,1,1", "2020-01-02,x,1", "2020-01-03,1,1")
    report = store.import_ticks(path, symbol="X", on_error="skip")
    assert (report.rows_stored, report.rows_rejected, adds_up(report)) == (2, 2, True)
    assert report.warnings[-2:] == [
        "1 row was left out: the time cannot be read",
        "1 row was left out: a cell is no number",
    ]


# Order


def test_a_file_that_runs_backwards_is_reversed_as_a_whole(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "2020-01-03,3,3", "2020-01-02,2.1,2.1", "2020-01-02,2,2", "2020-01-01,1,1")
    report = store.import_ticks(path, symbol="X")
    assert store.ticks("X").bid.tolist() == [1.0, 2.0, 2.1, 3.0]
    assert report.warnings == ["t.csv runs backwards; it was reversed as a whole"]
    assert store.import_ticks(path, symbol="X").rows_read == 0


def many_days(count: int) -> Ticks:
    random = np.random.default_rng(5)
    time = np.sort(random.integers(0, 40 * DAY, count))
    bid = random.integers(10**5, 2 * 10**5, count) / 1e5
    return Ticks.from_arrays(time, bid, bid + 1, symbol="X", bid_size=np.arange(count), ask_size=bid)


@pytest.fixture(params=["in memory", "on disk"])
def little_memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of 500 rows; and room for a tenth of them, where the files are to be used."""
    monkeypatch.setattr("btlab.data.intake.frames._ROWS", 500)
    if request.param == "on disk":
        monkeypatch.setattr(spool, "BUDGET", 40_000)


@pytest.mark.usefixtures("little_memory")
def test_a_long_file_backwards(store: Store) -> None:
    right = many_days(10_000)
    report = store.import_ticks(right.to_polars().reverse(), symbol="X")
    assert store.ticks("X").to_polars().equals(right.to_polars())
    assert "runs backwards" in report.warnings[0]
    assert not list(store.path.rglob("*.tmp"))


@pytest.mark.usefixtures("little_memory")
def test_sorting_a_long_file_keeps_equal_times_as_they_came(store: Store) -> None:
    right = many_days(10_000).to_polars().with_columns(pl.col("time").dt.truncate("1h"))
    shuffled = right.sample(fraction=1.0, shuffle=True, seed=3)
    report = store.import_ticks(shuffled, symbol="X", sort=True)
    assert store.ticks("X").to_polars().equals(shuffled.sort("time", maintain_order=True))
    older = int((np.diff(shuffled["time"].to_numpy().astype(np.int64)) < 0).sum())
    assert f"{older:,} rows were older than the row before; all were sorted" in report.warnings
    assert not list(store.path.rglob("*.tmp"))


@pytest.mark.usefixtures("little_memory")
def test_a_file_that_turns_round_late_is_no_backwards_file(store: Store) -> None:
    """What was read and listed on the way is forgotten: each row counts once."""
    rows = [(abs(time), 1.0, 1.0, 1.0, 1.0) for time in range(-3000, 1000)]
    with pytest.raises(RowError, match=r"line 1: the time is older"):
        store.import_ticks(frame(rows), symbol="X")
    rows.insert(2000, (10**9, 0.0, 1.0, 1.0, 1.0))
    report = store.import_ticks(frame(rows), symbol="X", on_error="skip")
    assert (report.rows_read, report.rows_stored, report.rows_rejected) == (4001, 1, 4000)
    assert report.reject_file is not None
    assert len(report.reject_file.read_text().splitlines()) == 4001
    assert not [warning for warning in report.warnings if "backwards" in warning]


@pytest.mark.usefixtures("little_memory")
def test_a_few_rows_out_of_order_do_not_hide_that_a_file_runs_backwards(store: Store) -> None:
    rows = [(time, 1.0, 1.0, 1.0, 1.0) for time in range(5000, 0, -1)]
    rows[4200] = (3000, 2.0, 2.0, 1.0, 1.0)
    with pytest.raises(RowError, match=r"line 4199: the time is older"):
        store.import_ticks(frame(rows), symbol="X")
    report = store.import_ticks(frame(rows), symbol="X", on_error="skip")
    assert (report.rows_read, report.rows_rejected) == (5000, 2199)
    assert "runs backwards" in report.warnings[0]
    report = store.import_ticks(frame(rows), symbol="Y", sort=True)
    assert (report.rows_stored, report.warnings[1]) == (5000, "1 row was older than the row before; all were sorted")


def test_files_backwards_follow_each_other(store: Store, tmp_path: Path) -> None:
    paths = [
        table(tmp_path / "2.csv", "2020-02-02,4,4", "2020-02-01,3,3"),
        table(tmp_path / "1.csv", "2020-01-02,2,2", "2020-01-01,1,1"),
    ]
    assert store.import_ticks(paths, symbol="X").rows_stored == 4
    assert store.ticks("X").bid.tolist() == [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(RowError, match=r"over\.csv, line 3: the time is older.*2020-01-01 12:00"):
        store.import_ticks([paths[1], table(tmp_path / "over.csv", "2020-01-03,1,1", "2020-01-01 12:00,1,1")], symbol="Y")


def test_a_long_day_is_cut_into_files(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_ROWS", 300)
    monkeypatch.setattr("btlab.data.intake.frames._ROWS", 250)
    time = np.sort(np.random.default_rng(1).integers(0, DAY // 2, 1000))
    time[280:330] = time[280]
    ticks = Ticks.from_arrays(time, np.arange(1.0, 1001.0), np.arange(1.0, 1001.0), symbol="X")
    store.import_ticks(ticks)
    assert len(list(store.path.rglob("*.parquet"))) == 4
    assert store.ticks("X").bid.tolist() == ticks.bid.tolist()
    inner = Ticks.from_arrays(time[290:700:2], np.full(205, 7.0), np.full(205, 7.0), symbol="X")
    store.import_ticks(inner, overlap="replace")
    outside = (time < inner.time[0]) | (time > inner.time[-1])
    assert store.ticks("X").time.tolist() == sorted([*time[outside].tolist(), *inner.time.tolist()])


# Odd, but true


def test_spikes_are_kept_and_said(store: Store) -> None:
    price = 1.1 + np.arange(200) % 3 / 1e4
    price[[50, 120]] = 1.3
    price[150:] += 0.2
    time = np.arange(200) * HOUR // 4
    report = store.import_ticks(Ticks.from_arrays(time, price, price, symbol="X"))
    assert report.warnings[0] == (
        "2 prices lie over 50 median moves away from both neighbours, the first at 1970-01-01 12:30:00; they are kept"
    )
    assert report.rows_stored == 200


def test_a_spike_at_midnight_is_seen_from_both_days(store: Store) -> None:
    price = 1.1 + np.arange(200) % 3 / 1e4
    for first_of_day in (95, 96):
        odd = price.copy()
        odd[first_of_day] = 5.0
        ticks = Ticks.from_arrays(np.arange(200) * HOUR // 4, odd, odd, symbol=f"X{first_of_day}")
        assert "1 price lies over 50" in store.import_ticks(ticks).warnings[0]


def test_holes_are_counted_in_trading_hours_alone(store: Store) -> None:
    """Monday 2024-01-08 to Friday 2024-01-19, New York closing at 22:00 UTC, a tick every minute."""
    begin = 1_704_672_000_000_000
    time = np.arange(begin, begin + 12 * DAY, HOUR // 60)
    weekday, hour = (time // DAY + 3) % 7, time % DAY // HOUR
    trading = (weekday < 4) | ((weekday == 4) & (hour < 22)) | ((weekday == 6) & (hour >= 22))
    lost = (time >= begin + 2 * DAY) & (time < begin + 2 * DAY + 3 * HOUR)
    time = time[trading & ~lost]
    ones = np.full(len(time), 1.1)
    report = store.import_ticks(Ticks.from_arrays(time, ones, ones, symbol="EURUSD"))
    assert report.warnings[-1] == ("1 hole of over an hour in trading hours, from 2024-01-09 23:59:00 to 2024-01-10 03:00:00")
    around = store.import_ticks(Ticks.from_arrays(time, ones, ones, symbol="BTCUSD"))
    assert around.warnings[-1].startswith("2 holes of over an hour")
    unknown = store.import_ticks(Ticks.from_arrays(time, ones, ones, symbol="SPY"))
    assert not [warning for warning in unknown.warnings if " hole" in warning]


def test_bars_end_where_the_week_does(store: Store) -> None:
    """The last four hours before a weekend are in the bar that begins four hours before it."""
    starts = np.concatenate(
        [1_704_808_800_000_000 + DAY + np.arange(14) * 4 * HOUR, 1_705_269_600_000_000 + np.arange(6) * 4 * HOUR]
    )
    rows = [(int(start), 1.1, 1.2, 1.0, 1.1, 1.0) for start in starts]
    report = store.import_bars(frame(rows, "time", "open", "high", "low", "close", "volume"), symbol="EURUSD", timeframe="4h")
    assert report.warnings == []


# What a call takes


class Unsure:
    """A format whose layout another has too."""

    TAKES_DATE = False

    def __init__(self, name: str) -> None:
        self.NAME = name

    def recognise(self, _: object) -> Verdict:
        return Verdict(f"rows like those of {self.NAME}", "bars", sure=False)


def test_a_layout_that_two_formats_have_is_asked_for(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = table(tmp_path / "t.csv", "2020-01-01,1,1")
    two: Any = {"one": Unsure("one"), "two": Unsure("two"), **importers.IMPORTERS}
    monkeypatch.setattr(importers, "IMPORTERS", {"one": two["one"], "two": two["two"], "csv": two["csv"]})
    with pytest.raises(FormatError, match=r'fits one \(rows like.*and two.*give format="one" or format="two"') as caught:
        store.import_bars(path, symbol="X")
    assert caught.value.details["formats"] == ["one", "two"]


@pytest.mark.parametrize("wanted", ["ticks", "bars"])
def test_the_other_kind_is_an_error_that_names_the_call(store: Store, wanted: str) -> None:
    ticks = Ticks.from_arrays([0], [1.0], [1.0], symbol="X")
    bars = frame([(0, 1.0, 1.0, 1.0, 1.0, 1.0)], "time", "open", "high", "low", "close", "volume")
    other = "bars" if wanted == "ticks" else "ticks"
    sources: list[Any] = [bars] if wanted == "ticks" else [ticks, ticks.to_polars()]
    for source in sources:
        with pytest.raises(FormatError, match=f"import_{wanted} takes {wanted}, not {other}: call import_{other}"):
            getattr(store, f"import_{wanted}")(source, symbol="X")


def test_formats_are_listed_in_the_order_in_which_they_are_asked() -> None:
    listed = importers.list_formats()
    assert listed.columns == ["name", "what", "told_by", "holds"]
    assert listed["name"].to_list() == list(importers.IMPORTERS)
    assert listed["name"][-1] == "csv"
    assert set(listed["holds"]) <= {"ticks", "bars", "ticks and bars"}
    assert listed.null_count().sum_horizontal().item() == 0


# Failing


@pytest.mark.parametrize("sort", [False, True])
def test_a_row_error_late_in_a_call_leaves_nothing(store: Store, tmp_path: Path, sort: bool) -> None:
    store.import_ticks(table(tmp_path / "old.csv", "2019-01-01,1,1"), symbol="X")
    before = files(store)
    good = table(tmp_path / "a.csv", *(f"2020-01-{day:02d},1,1" for day in range(1, 29)))
    bad = table(tmp_path / "b.csv", "2020-02-01,0,1", "2020-02-02,0,1")
    with pytest.raises(RowError, match=r"b\.csv, line 2: a price"):
        store.import_ticks([good, bad], symbol="X", sort=sort)
    with pytest.raises(OverlapError):
        store.import_ticks([good, tmp_path / "old.csv", table(tmp_path / "c.csv", "2019-01-01,2,2")], symbol="X", sort=True)
    assert files(store) == before


@pytest.mark.usefixtures("little_memory")
def test_what_waited_is_gone_after_an_error(store: Store) -> None:
    rows = many_days(5000).to_polars().sample(fraction=1.0, shuffle=True, seed=1)
    bad = rows.with_columns(bid=pl.when(pl.int_range(pl.len()) == 4990).then(-1.0).otherwise("bid"))
    for way in (bad, bad.sort("time", descending=True)):
        with pytest.raises(RowError, match="a price is not"):
            store.import_ticks(way, symbol="X", sort=True)
        assert not [path for path in store.path.rglob("*") if path.suffix in (".tmp", ".rows", ".parquet")]


def test_an_overlap_is_told_as_soon_as_a_stored_file_was_passed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the end of a file of years: the row at its end, which is wrong, is never met."""
    monkeypatch.setattr("btlab.data.intake.frames._ROWS", 5)
    rows = [(hour * HOUR, 1.0, 1.0, 1.0, 1.0) for hour in range(20)]
    store.import_ticks(frame(rows[4:7]), symbol="X")
    with pytest.raises(OverlapError, match="1970-01-01 00:00:00 to 1970-01-01 09:00:00"):
        store.import_ticks(frame([*rows, (20 * HOUR, 0.0, 1.0, 1.0, 1.0)]), symbol="X")


def test_equal_times_do_not_tell_the_order_of_a_file(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose first batches stand still runs backwards when its first step goes back."""
    monkeypatch.setattr("btlab.data.intake.frames._ROWS", 2)
    rows = [(5, float(k), float(k), 1.0, 1.0) for k in range(1, 4)] + [(4, 9.0, 9.0, 1.0, 1.0)]
    store.import_ticks(frame(rows), symbol="X")
    assert store.ticks("X").bid.tolist() == [9.0, 3.0, 2.0, 1.0]
