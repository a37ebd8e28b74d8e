"""The zone that weekly gaps tell: on the vendors' own files, and on a made FX week under every clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from btlab.data.store import Store
from btlab.data.weekend import contradiction, find_zone, gaps_of
from btlab.data.zones import Zone, zone_of
from btlab.market.times import to_microseconds

NEW_YORK = ZoneInfo("America/New_York")
HOUR = 3_600_000_000
ZONES = (
    "UTC",
    "UTC+2",
    "UTC-5",
    "UTC+5:30",
    "America/New_York",
    "America/New_York+7",
    "Europe/London",
    "Europe/Athens",
    "Asia/Tokyo",
)


def fx_times(first: str, weeks: int, every: int = HOUR // 4) -> np.ndarray:
    """µs UTC of ticks of some weeks, from Sunday 17:00 New York to Friday 17:00; the first and the last some seconds inside."""
    times = list[int]()
    for week in range(weeks):
        sunday = datetime.fromisoformat(first) + timedelta(weeks=week)
        edges = [(sunday + timedelta(days=days)).replace(hour=17, tzinfo=NEW_YORK).isoformat() for days in (0, 5)]
        opens, closes = map(to_microseconds, edges)
        times += [*range(opens + 3_000_000, closes, every), closes - 1_000_000]
    return np.array(times, np.int64)


def local(utc: np.ndarray, zone: Zone) -> np.ndarray:
    return utc + zone.offsets(utc.tolist())


@pytest.mark.parametrize("name", ZONES)
def test_a_year_of_weekends_tells_every_clock(name: str) -> None:
    zone, utc = zone_of(name), fx_times("2019-01-06", 52)
    found = find_zone(gaps_of([local(utc, zone)[:9999], local(utc, zone)[9999:]], 0))
    assert found is not None
    assert found.weekends == 51
    assert np.array_equal(found.zone.offsets(utc.tolist()), zone.offsets(utc.tolist()))


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("first", ["2019-01-06", "2019-06-02"])
def test_a_season_tells_the_clock_of_that_season(name: str, first: str) -> None:
    zone, utc = zone_of(name), fx_times(first, 3)
    found = find_zone(gaps_of([local(utc, zone)], 0))
    assert found is not None
    assert np.array_equal(found.zone.offsets(utc.tolist()), zone.offsets(utc.tolist()))


@pytest.mark.parametrize("step", [HOUR, 4 * HOUR, 24 * HOUR])
def test_bars_tell_it_too(step: int) -> None:
    """Bars of a server whose day ends with New York's."""
    zone = zone_of("America/New_York+7")
    starts = np.unique(local(fx_times("2018-12-02", 60), zone) // step * step)
    found = find_zone(gaps_of([starts], step), step)
    assert found is not None
    assert found.zone.name == zone.name


def test_nothing_is_told_without_a_weekend_of_fx() -> None:
    day = fx_times("2019-01-06", 1)[:90]
    assert find_zone(gaps_of([day], 0)) is None
    midweek = np.concatenate([day, day + 4 * 24 * HOUR])
    assert find_zone(gaps_of([midweek], 0)) is None
    around_the_clock = np.arange(0, 30 * 24 * HOUR, HOUR)
    assert find_zone(gaps_of([around_the_clock], 0)) is None


@pytest.mark.parametrize("said", ["UTC", "UTC-5", "America/New_York", "Europe/Athens"])
@pytest.mark.parametrize("true", ["UTC", "UTC-5", "America/New_York", "Europe/Athens"])
def test_a_wrong_zone_is_contradicted_and_the_right_one_named(said: str, true: str) -> None:
    utc = fx_times("2019-01-06", 52)
    read, missing = zone_of(said).to_utc(local(utc, zone_of(true)), 0)
    read = read if missing is None else read[~missing]
    doubt = contradiction(gaps_of([read], 0), 0, zone_of(said))
    assert (doubt is None) == (said == true)
    assert doubt is None or f'tz="{true}"' in doubt


@pytest.mark.parametrize(("market", "zone"), [("fxcm", "UTC-5"), ("oanda", "UTC")])
def test_the_files_of_fxcm_and_oanda(store: Store, real_data: Path, market: str, zone: str) -> None:
    """FXCM's prices of 2014 begin two hours before the week does, and tell its clock all the same."""
    files = real_data / f"lean/forex/{market}/tick/eurusd"
    for said in ("UTC", "UTC-5", "America/New_York", None):
        warnings = store.import_ticks(files, symbol="EURUSD", tz=said, dry_run=True).warnings
        doubts = [text for text in warnings if "weekly gap" in text]
        assert len(doubts) == (said not in (zone, None)), said
        assert all(f'tz="{zone}"' in text for text in doubts)


def test_days_of_an_exchange_are_no_week_of_fx(store: Store, tmp_path: Path) -> None:
    """From Friday's bar to Monday's there are as many hours as in the weekend of FX."""
    path = tmp_path / "d.csv"
    path.write_text("date,open,high,low,close\n" + "".join(f"2020-01-{d:02d},1,1,1,1\n" for d in (2, 3, 6, 7, 8, 9, 10, 13)))
    assert not store.import_bars(path, symbol="SPY").warnings


def test_histdata_read_as_new_york(store: Store, tmp_path: Path) -> None:
    """The trap: EST without summer time, read as New York's clock; its own zone is not doubted."""
    utc = fx_times("2019-06-02", 3)
    times = np.datetime_as_string((utc - 5 * HOUR).astype("M8[us]"), "ms")
    path = tmp_path / "h.csv"
    path.write_text(
        "".join(f"{at[:10].replace('-', '')} {at[11:].replace(':', '').replace('.', '')},1.1,1.1001,0\n" for at in times)
    )
    assert not [text for text in store.import_ticks(path, symbol="EURUSD", dry_run=True).warnings if "weekly gap" in text]
    report = store.import_ticks(path, symbol="EURUSD", tz="America/New_York", dry_run=True)
    assert [text for text in report.warnings if 'tz="UTC-5"' in text]
    assert not [
        text for text in store.import_ticks(path, symbol="BTCUSD", tz="UTC", dry_run=True).warnings if "weekly gap" in text
    ]


def test_a_zone_ahead_of_another_changes_when_that_does() -> None:
    """On 2019-03-10 New York's clocks went from 02:00 to 03:00, at 09:00 of a server 7 hours ahead."""
    zone = zone_of("America/New_York+7")
    at = np.array([to_microseconds(f"2019-03-10 {clock}") for clock in ("08:59", "09:30", "10:00")])
    utc, missing = zone.to_utc(at, 0)
    assert missing is not None
    assert missing.tolist() == [False, True, False]
    assert utc[[0, 2]].tolist() == [to_microseconds("2019-03-10 06:59"), to_microseconds("2019-03-10 07:00")]
    assert zone.offsets([int(utc[0]), int(utc[2])]).tolist() == [2 * HOUR, 3 * HOUR]
