"""The command line: the same as the library, in lines or in JSON, and errors of one line."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

import btlab as bt
from btlab.app.cli import main


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self) -> dict:
        assert self.err.count("\n") == 1
        return json.loads(self.err)["error"]


@pytest.fixture
def btlab(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """The command, in a folder of its own, with its store there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BTLAB_HOME", str(tmp_path / "lab"))

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ended(ended.value.code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def simulated() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=1)[:3000]


@pytest.fixture
def ticks(tmp_path: Path, simulated: bt.Ticks) -> bt.Ticks:
    """Ticks, and `ticks.csv` that holds them."""
    simulated.to_polars().select("time", "bid", "ask").write_csv(tmp_path / "ticks.csv")
    return simulated


WRONG = "time,bid,ask\n2024-01-08 10:00:00,1.1,1.1001\n2024-01-08 10:00:01,1.1,x\n"


def test_import_and_what_is_then_there(btlab, ticks, tmp_path):
    ended = btlab("import", "ticks.csv", "--symbol", "EURUSD", "--feed", "own")
    assert (ended.code, ended.err) == (0, "")
    assert "import of EURUSD into feed own" in ended.out
    assert "3,000" in ended.out
    stored = bt.Store(tmp_path / "lab").ticks("EURUSD")
    assert (stored.bid == ticks.bid).all()
    (row,) = btlab("symbols", "--json").json
    assert (row["symbol"], row["feed"], row["rows"], row["timeframe"]) == ("EURUSD", "own", 3000, None)
    assert row["first"] == stored.to_polars()["time"][0].isoformat()
    assert "EURUSD" in btlab("symbols").out


@pytest.mark.usefixtures("ticks")
def test_a_report_as_json(btlab):
    report = btlab("import", "ticks.csv", "--symbol", "EURUSD", "--dry-run", "--json").json
    assert (report["rows_stored"], report["dry_run"], report["reject_file"]) == (3000, True, None)
    assert btlab("symbols", "--json").json == []


def test_every_option_reaches_the_import(btlab, tmp_path):
    rows = [
        "time,bid,ask",
        *(f"2024.01.08 {at}:00,{bid},{bid + 10}" for at, bid in ((12, 110_000), (10, 110_005), (10, 110_005))),
    ]
    (tmp_path / "points.csv").write_text("\n".join([*rows, "2024.01.08 13:00,x,1"]) + "\n")
    words = "--tz Europe/Athens --price-scale 1e-5 --feed points --on-error skip --sort --drop-duplicates --format csv".split()
    report = btlab("import", "points.csv", "--symbol", "EURUSD", *words, "--json").json
    assert (report["rows_read"], report["rows_stored"], report["rows_rejected"], report["duplicates"]) == (4, 2, 1, 1)
    assert report["first"] == "2024-01-08T08:00:00+00:00"
    assert Path(report["reject_file"]).is_file()
    again = btlab("import", "points.csv", "--symbol", "EURUSD", *words, "--overlap", "replace", "--json").json
    assert "already" in again["warnings"][0]
    assert bt.Store(tmp_path / "lab").ticks("EURUSD").bid.tolist() == [1.10005, 1.1]


def test_bars(btlab, tmp_path):
    rows = ("2024-01-08 15:30,470,471,469,470.5,100", "2024-01-08 16:30,470.5,472,470,471,90")
    (tmp_path / "spy.csv").write_text("\n".join(["time,open,high,low,close,volume", *rows]) + "\n")
    words = "--bars --timeframe 1h --stamp end --price last --symbol SPY --json".split()
    report = btlab("import", "spy.csv", *words).json
    assert (report["rows_stored"], report["first"]) == (2, "2024-01-08T14:30:00+00:00")
    (row,) = btlab("symbols", "--json").json
    assert (row["kind"], row["timeframe"]) == ("bars", "1h")
    refused = btlab("import", "spy.csv", "--symbol", "SPY", "--timeframe", "1h")
    assert (refused.code, refused.out) == (2, "")
    assert "--timeframe is of bars" in refused.err


def test_several_sources_are_one_import(btlab, ticks, tmp_path):
    for number, part in enumerate((ticks[:1000], ticks[1000:])):
        part.to_polars().select("time", "bid", "ask").write_csv(tmp_path / f"part{number}.csv")
    assert btlab("import", "part0.csv", "part1.csv", "--symbol", "EURUSD", "--json").json["rows_stored"] == 3000


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("import", "wrong.csv", "--symbol", "EURUSD"), "data.row", "line 3"),
        (("import", "none.csv", "--symbol", "EURUSD"), "data.format", "none.csv"),
        (("import", "wrong.csv", "--symbol", "EURUSD", "--on-error", "ignore"), "store", "on_error='ignore'"),
        (("import", "wrong.csv", "--symbol", "EURUSD", "--format", "cvs"), "data.format", "Did you mean 'csv'"),
        (("import", "wrong.csv", "--symbol", "EURUSD", "--store", "wrong.csv"), "store", "is a file"),
        (("import", "wrong.csv"), "usage", "--symbol"),
        (("import", "wrong.csv", "--symbol", "EURUSD", "--price-scale", "much"), "usage", "--price-scale"),
        (("imprt",), "usage", "Did you mean 'import'? btlab --help"),
        (("restore", "nowhere", "--store", "other"), "store", "nowhere"),
        (("sql", "select"), "store.query", "select"),
        (("quality", "GBPUSD"), "store.missing", "GBPUSD"),
    ],
)
def test_errors_are_one_line(btlab, tmp_path, arguments, code, says):
    (tmp_path / "wrong.csv").write_text(WRONG)
    line = btlab(*arguments)
    assert (line.code, line.out, line.err.count("\n")) == (2, "", 1)
    assert line.err.startswith("btlab: ")
    assert f"[{code}]" in line.err
    assert says in line.err
    ended = btlab(*arguments, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert ended.error["code"] == code
    assert says in ended.error["message"]


@pytest.mark.usefixtures("ticks")
def test_what_the_system_refuses_is_one_line(btlab, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr(bt.Store, "import_ticks", refused)
    ended = btlab("import", "ticks.csv", "--symbol", "EURUSD", "--json")
    assert (ended.code, ended.error["code"], ended.error["details"]["file"]) == (2, "system", "secret")


@pytest.mark.usefixtures("ticks")
def test_an_interruption_is_said(btlab, monkeypatch):
    monkeypatch.setattr(bt.Store, "import_ticks", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    ended = btlab("import", "ticks.csv", "--symbol", "EURUSD", "--json")
    assert (ended.code, ended.error["code"]) == (130, "interrupted")


@pytest.mark.usefixtures("btlab", "ticks")
def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr(bt.Store, "import_ticks", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["import", "ticks.csv", "--symbol", "EURUSD"])


@pytest.mark.usefixtures("ticks")
def test_names_cannot_write_to_the_terminal(btlab):
    hostile = "EUR\x1b[2J\u202eUSD"
    ended = btlab("import", "ticks.csv", "--symbol", hostile)
    shown = btlab("symbols")
    missing = btlab("quality", "\x1b[2J")
    for text in (ended.out, shown.out, missing.err):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert r"EUR\x1b[2J\u202eUSD" in shown.out
    assert btlab("symbols", "--json").json[0]["symbol"] == hostile


def test_sql(btlab, ticks):
    btlab("import", "ticks.csv", "--symbol", "EURUSD")
    (row,) = btlab(
        "sql", "select symbol, count(*) as n, max(bid) as top, min(time) as first from ticks group by all", "--json"
    ).json
    assert (row["symbol"], row["n"], row["top"]) == ("EURUSD", 3000, float(ticks.bid.max()))
    assert row["first"].endswith("+00:00")
    shown = btlab("sql", "select symbol, count(*) as n from ticks group by all").out
    assert shown.split() == ["symbol", "n", "EURUSD", "3,000"]
    assert btlab("sql", "select 1 as a where false").out == "no rows (a)\n"


@pytest.mark.usefixtures("ticks")
def test_sql_changes_nothing(btlab, tmp_path):
    btlab("import", "ticks.csv", "--symbol", "EURUSD")
    for query in ("drop view ticks", "copy ticks to 'out.csv'", "select * from read_csv('ticks.csv')", "attach 'x.db'"):
        assert btlab("sql", query).code == 2
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.usefixtures("ticks")
def test_quality(btlab, tmp_path):
    btlab("import", "ticks.csv", "--symbol", "EURUSD")
    report = btlab("quality", "EURUSD", "--json").json
    assert {"gaps", "issues", "days"} <= set(report)
    assert sum(day["ticks"] for day in report["days"]) == 3000
    assert (report["symbol"], report["rows"], report["calendar"]) == ("EURUSD", 3000, "fx")
    assert "EURUSD" in btlab("quality", "EURUSD").out
    part = btlab("quality", "EURUSD", "--start", "2024-01-08", "--calendar", "24x7", "--picture", "days.html", "--json").json
    assert part["rows"] < 3000
    assert part["calendar"] == "24x7"
    assert (tmp_path / "days.html").stat().st_size > 100_000


@pytest.mark.usefixtures("ticks")
def test_doctor_says_what_is_wrong_and_repairs_it(btlab, tmp_path):
    btlab("import", "ticks.csv", "--symbol", "EURUSD")
    well = btlab("doctor", "--json")
    assert (well.code, well.json["ok"], well.json["findings"]) == (0, True, [])
    (day_file, *_) = (tmp_path / "lab" / "symbols").rglob("*.parquet")
    day_file.write_bytes(day_file.read_bytes()[:-10])
    ill = btlab("doctor", "--json")
    assert (ill.code, ill.json["ok"]) == (1, False)
    assert [one["what"] for one in ill.json["findings"]] == ["damaged"]
    assert btlab("doctor").code == 1
    cured = btlab("doctor", "--repair", "--json")
    assert (cured.code, cured.json["ok"]) == (0, True)
    assert btlab("doctor").code == 0


def test_backup_restore_compact_migrate(btlab, ticks, tmp_path):
    btlab("import", "ticks.csv", "--symbol", "EURUSD")
    assert btlab("backup", "copy.zip", "--json").json["symbols"] == 1
    assert btlab("backup", "copy.zip").code == 2
    (row,) = btlab("restore", "copy.zip", "--store", "back", "--json").json
    assert row["rows"] == 3000
    assert (bt.Store(tmp_path / "back").ticks("EURUSD").ask == ticks.ask).all()
    assert btlab("compact", "--json").json["files_after"] >= 1
    assert btlab("migrate", "--json").json["migrated"] == []


def test_every_command_but_the_demo_takes_json_and_a_store(btlab):
    for name in ("import", "quality", "symbols", "sql", "doctor", "backup", "restore", "compact", "migrate"):
        words = btlab(name, "--help").out.split()
        assert {"--json", "--store"} <= set(words), name


def test_import_has_every_option_that_the_library_has(btlab):
    words = btlab("import", "--help").out.split()
    for call in (bt.Store.import_ticks, bt.Store.import_bars):
        for name in set(inspect.signature(call).parameters) - {"self", "source", "progress"}:
            assert f"--{name.replace('_', '-')}" in words, name


def test_without_arguments_it_helps(btlab):
    ended = btlab()
    assert "import" in ended.out
    assert ended.err == ""


def in_a_process(*arguments: str, **words) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "btlab.app.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **words)


def test_a_query_from_the_standard_input_in_a_terminal_without_unicode(tmp_path, ticks):
    store = bt.Store(tmp_path / "lab")
    store.import_ticks(ticks[:10], symbol="naïve→")
    words = {"env": {**os.environ, "PYTHONIOENCODING": "ascii"}}
    ended = in_a_process("sql", "-", "--store", str(store.path), input="select distinct symbol from ticks", **words)
    assert ended.returncode == 0
    assert ended.stdout == "symbol\n na\\xefve\\u2192\n" or "na\\xefve\\u2192" in ended.stdout
    assert ended.stderr == ""


def test_a_reader_that_has_enough_is_no_error(tmp_path, ticks):
    store = bt.Store(tmp_path / "lab")
    store.import_ticks(ticks, symbol="EURUSD")
    command = f'"{sys.executable}" -m btlab.app.cli sql "select * from ticks" --store "{store.path}" --json | head -n 2'
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=300)
    assert ended.stderr == ""
    assert ended.stdout.count("\n") == 2


def test_a_warning_is_one_line(tmp_path, ticks):
    store = bt.Store(tmp_path / "lab")
    store.import_ticks(ticks[:10], symbol="EURUSD")
    (store.path / "symbols" / "EURUSD" / "manifest.json").write_text("{")
    ended = in_a_process("symbols", "--store", str(store.path), "--json")
    assert json.loads(ended.stdout) == []
    assert ended.stderr.count("\n") == 1
    assert "BtlabWarning" in ended.stderr


def test_help_loads_nothing_heavy():
    code = "import sys, btlab.app.cli; print(' '.join(sys.modules))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert loaded & {"numba", "polars", "duckdb", "panel", "bokeh", "httpx", "pandas"} == set()
