"""The parser of tables against Python's own readers, on every value that hypothesis thinks of."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from btlab.data.importers import text
from btlab.data.importers.source import Source
from btlab.data.intake.check import RowCheck
from btlab.data.intake.rejects import Rejects
from btlab.data.kernels.faults import CELLS, GOOD, NUMBER, SYMBOL, TIME, UNIT
from btlab.data.rows import Batch, Columns
from btlab.data.zones import zone_of
from btlab.errors import BtlabError, FormatError
from btlab.market.times import to_microseconds

CLOCKS = text.Layout(columns=("time", "bid", "ask"))
NUMBERS = text.Layout(columns=("time", "bid", "ask"), unit=text.MILLISECOND)
DAYS = text.Layout(
    columns=("name", "time", "day_time", "bid", "ask"), name="x", order=text.DAY_FIRST, decimal=b",", delimiter=b";"
)
LAYOUTS = (CLOCKS, NUMBERS, DAYS)
FAST = settings(max_examples=300)


def parsed(content: bytes, layout: text.Layout = CLOCKS) -> Batch:
    (batch,) = text._batches(iter([text.scan(content, layout)]), Source(Path("table")), layout)
    return batch


def price(cell: str) -> float:
    batch = parsed(f"2020-01-01,{cell},{cell}".encode())
    assert batch.fault is not None
    assert batch.fault[0] == GOOD, cell
    assert batch.columns.bid[0] == batch.columns.ask[0]
    return float(batch.columns.bid[0])


def moment(cell: str) -> int:
    batch = parsed(f"{cell};1;1".encode(), text.Layout(columns=("time", "bid", "ask"), delimiter=b";"))
    assert batch.fault is not None
    assert batch.fault[0] == GOOD, cell
    return int(batch.columns.time[0])


@FAST
@given(st.floats(min_value=1e-12, max_value=1e15, allow_nan=False), st.integers(0, 17))
def test_a_price_is_the_double_nearest_to_its_decimal(value: float, decimals: int) -> None:
    for cell in (repr(value), f"{value:.{decimals}f}", f"{value:e}", f" {value:.5f} ", f'"{value:.3f}"', f"+{value:.2f}"):
        assert price(cell) == float(cell.strip(' "')), cell


@FAST
@given(st.integers(0, 2**63), st.integers(0, 20))
def test_every_length_of_number(digits: int, point: int) -> None:
    whole = str(digits).rjust(point + 1, "0")
    cell = f"{whole[: len(whole) - point]}.{whole[len(whole) - point :]}"
    assert price(cell) == float(cell)


@pytest.mark.parametrize(
    "cell", ["nan", "inf", "1_000", "1,5", "0x1p3", "1e", "e5", ".", "-", "1.2.3", "١", "1 2", "--1", "1e99999x"]
)
def test_what_is_no_number(cell: str) -> None:
    batch = parsed(f"2020-01-01;{cell};1.5".encode(), text.Layout(columns=("time", "bid", "ask"), delimiter=b";"))
    assert batch.fault is not None
    assert batch.fault[0] == NUMBER, cell


@FAST
@given(st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(9999, 12, 30)), st.integers(-23 * 60, 23 * 60))
def test_a_date_in_every_dress(at: datetime, offset: int) -> None:
    wanted = to_microseconds(at)
    second, millisecond = (at.replace(microsecond=at.microsecond // unit * unit) for unit in (1_000_000, 1000))
    year = f"{at.year:04d}"
    for cell in (
        f"{at:{year}-%m-%d %H:%M:%S.%f}",
        f"{at:{year}-%m-%dT%H:%M:%S.%f}999Z",
        f"{at:{year}%m%d %H%M%S%f}",
        f"{at:{year}/%m/%d  %H:%M:%S,%f UTC}",
    ):
        assert moment(cell) == wanted, cell
    assert moment(f"{at:{year}.%m.%d %H:%M:%S}") == to_microseconds(second)
    assert moment(f"{at:{year}%m%d %H%M%S}{at.microsecond // 1000:03d}") == to_microseconds(millisecond)
    assert moment(f"{at:{year}-%m-%d}") == to_microseconds(at.date())
    zoned = at.replace(tzinfo=timezone(timedelta(minutes=offset)))
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    for tail in (f"{sign}{minutes // 60:02d}:{minutes % 60:02d}", f" {sign}{minutes // 60:02d}{minutes % 60:02d}"):
        assert moment(f"{at:{year}-%m-%d %H:%M:%S.%f}{tail}") == to_microseconds(zoned)


@pytest.mark.parametrize(
    "cell",
    [
        "2019-02-29",
        "2020-13-01",
        "2020-00-10",
        "2020-01-32",
        "2020-01-01 24:00:00",
        "2020-01-01 10:60:00",
        "2020-01-01 10:00:61",
        "01.01.2020",
        "2020-01-01 9",
        "2020-01-01 0:30 AM",
        "2020-01-01 13:30 PM",
        "2020-01-01 10:30 XM",
        "2020-01-01 10:00:00 1234",
        "2020-01-01 930",
        "202011",
        "2020-01-01 10:00:00.",
        "2020-01-01 10:00:00 EST",
        "2020-01-01T",
        "20200101T1",
        "x",
        "",
        "2020-01/01",
        "1900-02-29",
        "2020-01-01 10:00:00+1",
        "2020-01-01 10:00:00+25:00",
        "2020-01-01 10:00:00+01:00x",
    ],
)
def test_what_is_no_time(cell: str) -> None:
    batch = parsed(f"{cell},1,1".encode())
    assert batch.fault is not None
    assert batch.fault[0] == TIME, cell


@FAST
@given(st.integers(10**8, 73 * 10**8 - 1), st.integers(0, 999_999_999))
def test_counts_since_1970_are_cut_down(seconds: int, nanoseconds: int) -> None:
    wanted = seconds * 1_000_000 + nanoseconds // 1000
    rest = f"{nanoseconds:09d}"
    units = {
        text.SECOND: f"{seconds}.{rest}",
        text.MILLISECOND: f"{seconds}{rest[:3]}.{rest[3:]}",
        text.NANOSECOND: f"{seconds}{rest}",
    }
    for unit, cell in units.items():
        layout = text.Layout(columns=("time", "bid", "ask"), unit=unit, bounds=(0, 2**63 - 1))
        assert int(parsed(f"{cell},1,1".encode(), layout).columns.time[0]) == wanted, cell


def test_a_count_beyond_its_bounds_is_a_fault() -> None:
    layout = text.Layout(columns=("time", "bid", "ask"), unit=text.MILLISECOND, bounds=(0, 86_400_000), epoch=10)
    batch = parsed(b"86399999,1,1\n86400000,1,1\n-1,1,1\n", layout)
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, UNIT, UNIT]
    assert batch.columns.time[0] == 86_399_999_010


def test_lines_are_counted_and_blank_ones_are_no_rows() -> None:
    batch = parsed(b"2020-01-01,1,1\r\n\r\n   \n2020-01-01,1\n2020-01-01,1,1,1\n2020-01-01,x,1")
    assert batch.line.tolist() == [1, 4, 5, 6]
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, CELLS, CELLS, NUMBER]
    assert [batch.text(row) for row in range(4)] == ["2020-01-01,1,1", "2020-01-01,1", "2020-01-01,1,1,1", "2020-01-01,x,1"]


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
def test_the_cut_into_blocks_does_not_show(tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    rows = [f"{1_600_000_000_000 + k * 7},{1 + k / 1000:.3f},{2 + k / 1000:.3f}" for k in range(500)]
    path.write_bytes(b"\xef\xbb\xbf" + b"a header\n" + "\n".join(rows).encode())
    layout = text.Layout(columns=("time", "bid", "ask"), unit=text.MILLISECOND, skip=1)
    whole = list(text.read(Source(path), layout))
    monkeypatch.setattr(text, "BLOCK", size + 3)
    parts = list(text.read(Source(path), layout))
    whole = [Batch(Columns.join([part.columns for part in whole]), False, "", np.empty(0), str)]
    assert len(parts) > 2
    for k in range(3):
        assert np.array_equal(np.concatenate([part.columns[k] for part in parts]), whole[0].columns[k])
    assert np.concatenate([part.line for part in parts]).tolist() == list(range(2, 502))


def test_two_thousand_broken_tables_give_typed_errors_only(tmp_path: Path) -> None:
    """Random bytes, and good rows with random damage: every outcome is a batch with faults or a typed error."""
    random_ = random.Random(5)
    alphabet = b'0123456789.,-:+eEZT "\t\r\n;|\xff\x00x'
    good = b"2020-01-01 10:00:00.123,1.12345,1.12346\n1600000000000,1.1,1.2\n"
    path = tmp_path / "t.csv"
    for trial in range(2000):
        if trial % 2:
            content = bytes(random_.choice(alphabet) for _ in range(random_.randrange(200)))
        else:
            damaged = bytearray(good * 3)
            for _ in range(random_.randrange(1, 6)):
                damaged[random_.randrange(len(damaged))] = random_.choice(alphabet)
            content = bytes(damaged)
        path.write_bytes(content)
        check = RowCheck(skip=True, drop_duplicates=False, rejects=Rejects(tmp_path, None))
        try:
            kept = [check.good(batch).columns for batch in text.read(Source(path), NUMBERS if trial % 3 else CLOCKS)]
        except BtlabError:
            continue
        for columns in kept:
            assert (np.diff(columns.time) >= 0).all()
            assert not ((columns.bid <= 0) | np.isinf(columns.bid) | (np.isnan(columns.bid) & np.isnan(columns.ask))).any()
        assert check.counts.read == sum(len(c.time) for c in kept) + len(check.rejects)


def test_new_york_clocks() -> None:
    """2014-03-09 02:30 never was; 2014-11-02 01:30 came twice: the second where the first would go back."""
    layout = text.Layout(columns=("time", "bid", "ask"), zone=zone_of("America/New_York"))
    batch = parsed(b"2014-03-09 01:59:59,1,1\n2014-03-09 02:30:00,1,1\n2014-03-09 03:00:00,1,1\n", layout)
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, 5, GOOD]
    assert [int(t) for t in batch.columns.time[[0, 2]]] == [
        to_microseconds("2014-03-09 06:59:59"),
        to_microseconds("2014-03-09 07:00"),
    ]
    rows = ["00:59", "01:10", "01:50", "01:20", "01:55", "02:00"]
    twice = parsed("".join(f"2014-11-02 {row}:00,1,1\n" for row in rows).encode(), layout)
    wanted = ["04:59", "05:10", "05:50", "06:20", "06:55", "07:00"]
    assert twice.columns.time.tolist() == [to_microseconds(f"2014-11-02 {at}") for at in wanted]
    assert parsed(b"2014-11-02 01:30:00-05:00,1,1\n", layout).columns.time[0] == to_microseconds("2014-11-02 06:30")


def test_a_doubled_hour_of_times_that_fall() -> None:
    """Backwards through 2014-11-02, whose hour from 01:00 to 02:00 came twice in New York."""
    layout = text.Layout(columns=("time", "bid", "ask"), zone=zone_of("America/New_York"))
    rows = ["02:00", "01:55", "01:20", "01:50", "01:10", "00:59"]
    batch = parsed("".join(f"2014-11-02 {row}:00,1,1\n" for row in rows).encode(), layout)
    wanted = ["07:00", "06:55", "06:20", "05:50", "05:10", "04:59"]
    assert batch.columns.time.tolist() == [to_microseconds(f"2014-11-02 {at}") for at in wanted]


@FAST
@given(st.datetimes(min_value=datetime(1601, 1, 1), max_value=datetime(9999, 12, 30)))
def test_twelve_hour_clocks_and_days_or_months_first(at: datetime) -> None:
    """What Python writes as %I and %p, with one digit or two, is read back."""
    layouts = {
        order: text.Layout(columns=("time", "bid", "ask"), delimiter=b";", order=order)
        for order in (text.DAY_FIRST, text.MONTH_FIRST)
    }
    year, hour = f"{at.year:04d}", at.hour % 12 or 12
    dates = {
        text.DAY_FIRST: (f"{at.day:02d}.{at.month:02d}.{year}", f"{at.day}/{at.month}/{year}"),
        text.MONTH_FIRST: (f"{at.month:02d}/{at.day:02d}/{year}", f"{at.month}-{at.day}-{year}"),
    }
    for order, written in dates.items():
        for date in written:
            for clock, unit in (
                (f"{at:%H:%M:%S.%f}", 1),
                (f"{at:%I:%M:%S %p}", 1_000_000),
                (f"{hour}:{at:%M}{at:%p}".lower(), 60_000_000),
                (f"{at:%I-%p}", 3_600_000_000),
                (f"{at.hour}:{at:%M}", 60_000_000),
            ):
                batch = parsed(f"{date} {clock};1;1".encode(), layouts[order])
                assert batch.fault is not None
                assert batch.fault[0] == GOOD, (date, clock)
                assert batch.columns.time[0] == to_microseconds(at) // unit * unit, (date, clock)


@pytest.mark.parametrize(("tail", "micros"), [("140", 140_000), ("000140", 140), ("0001409", 140), ("000140999", 140)])
def test_a_fraction_behind_a_space(tail: str, micros: int) -> None:
    assert moment(f"20161230 21:37:57 {tail}") == to_microseconds("2016-12-30 21:37:57") + micros
    assert moment(f"20161230 213757 {tail}") == to_microseconds("2016-12-30 21:37:57") + micros


def test_neighbours_that_share_their_beginning_are_read_as_any_other() -> None:
    """The fast way of times and the long way give the same, whatever follows the part that rows share."""
    random_ = random.Random(9)
    heads = ["2020-01-01 10:0", "2020-01-01T10:0", "20200101 100", "2020.01.01 10:0"]
    tails = [
        "1:00",
        "1:59.5",
        "1:07.123456Z",
        "2",
        "2:00Z",
        "1:60",
        "1:0",
        "100",
        "15999",
        "1:00.",
        "1:00,5",
        "1:00+01:00",
        "9:00 PM",
        "1:00 123",
        "1:00 12",
        "",
    ]
    rows = [random_.choice(heads) + random_.choice(tails) for _ in range(3000)]
    together = text.scan("".join(f"{row};1;1\n" for row in rows).encode(), replace(CLOCKS, delimiter=b";"))
    for k, row in enumerate(rows):
        alone = text.scan(f"{row};1;1".encode(), replace(CLOCKS, delimiter=b";"))
        got = (together.fault[k], together.zoned[k], together.time[k] if together.fault[k] == GOOD else 0)
        assert got == (alone.fault[0], alone.zoned[0], alone.time[0] if alone.fault[0] == GOOD else 0), row


def test_a_date_and_a_time_in_two_columns() -> None:
    layout = text.Layout(columns=("day_time", "bid", "time", "ask"), order=text.DAY_FIRST)
    batch = parsed(b"23:59:58,1,24.12.2019,1\n0:00:01.5,1,25.12.2019,1\n10:00 AM,1,25.12.2019,1\n24:00,1,25.12.2019,1\n", layout)
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, GOOD, GOOD, TIME]
    wanted = ["2019-12-24 23:59:58", "2019-12-25 00:00:01.5", "2019-12-25 10:00"]
    assert batch.columns.time[:3].tolist() == [to_microseconds(at) for at in wanted]


def test_quotes_names_and_decimal_commas() -> None:
    layout = text.Layout(columns=("name", "time", "", "bid", "ask"), name="EUR/USD", decimal=b",")
    rows = (
        b'EUR/USD,2020-01-01,"a,b",1,5\n"EUR/USD", 2020-01-01 ,"", "1,25" ,"1,5"\n'
        b'GBP/USD,2020-01-01,,"1,25",2\nEUR/USD,2020-01-01,,1.5,2\n'
    )
    batch = parsed(rows, layout)
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, GOOD, SYMBOL, NUMBER]
    assert batch.columns[1][:2].tolist() == [1.0, 1.25]
    assert batch.columns[2][:2].tolist() == [5.0, 1.5]


def test_long_numbers_leave_the_time_behind_them_as_it_is() -> None:
    layout = text.Layout(columns=("bid", "ask", "time"))
    batch = parsed(b"1.1234567890123456789012,2,2020-01-01\n1.1234567890123456789012,2,never\n", layout)
    assert batch.fault is not None
    assert batch.fault.tolist() == [GOOD, TIME]
    assert (batch.columns.time[0], batch.columns[1][0]) == (to_microseconds("2020-01-01"), 1.1234567890123456789012)


@pytest.mark.parametrize("coded", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings(tmp_path: Path, coded: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("2020-01-01,1,2\n2020-01-02,1,2\n".encode(coded))
    if coded == "utf-32":
        with pytest.raises(FormatError, match="NUL"):
            list(text.read(Source(path), CLOCKS))
        return
    (batch,) = text.read(Source(path), CLOCKS)
    assert batch.columns.time.tolist() == [to_microseconds("2020-01-01"), to_microseconds("2020-01-02")]


def test_a_line_without_end_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"2020-01-01,1,2\n" + b"1" * 200_000)
    with pytest.raises(FormatError, match="line of over"):
        list(text.read(Source(path), CLOCKS))


def test_bars_are_stamped_at_their_start() -> None:
    """The end of a day is a local midnight, and that of an hour so much time later."""
    day = text.Layout(columns=("time", "open", "high", "low", "close"), zone=zone_of("America/New_York"), lead=86_400_000_000)
    hour = replace(day, lead=3_600_000_000)
    row = b"2014-03-10 00:00,1,1,1,1\n"
    assert parsed(row, day).columns.time[0] == to_microseconds("2014-03-09 05:00")
    assert parsed(row, hour).columns.time[0] == to_microseconds("2014-03-10 03:00")


def test_scaled_points_are_the_parsed_decimals() -> None:
    points = np.arange(100_000, 200_000, dtype=np.float64)
    wanted = [float(f"{k // 100_000}.{k % 100_000:05d}") for k in range(100_000, 200_000)]
    assert text.scaled(points, 1e-5).tolist() == wanted
    assert text.scaled(np.nextafter(points, 0), 1e-5).tolist() == wanted
    assert text.scaled(points + 0.5, 1e-5).tolist() != wanted
    assert math.isclose(text.scaled(np.array([3.0]), 0.25)[0], 0.75)
