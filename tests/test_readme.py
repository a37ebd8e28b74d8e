"""The README's lines do what they say."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest

import btlab as bt
from btlab.app.cli import main
from tests.data.feeds.server import Archive

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
SHELL = re.findall(r"```sh\n(.*?)```", README.read_text("utf-8"), re.S)
(PRINTED,) = re.findall(r"```text\n(.*?)```", README.read_text("utf-8"), re.S)


def test_the_ten_lines_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert 8 <= len([line for line in BLOCKS[0].splitlines() if line]) <= 10
    names: dict[str, object] = {"__name__": "readme"}
    exec(compile(BLOCKS[0], str(README), "exec"), names)
    assert len(names["session"].trades) > 5  # type: ignore[attr-defined]
    assert capsys.readouterr().out == PRINTED
    assert (tmp_path / "replay.html").stat().st_size > 100_000


def test_the_overlay_runs():
    """Its channel is what numpy makes of the last 55 bars; and it is short."""
    assert len(BLOCKS[1].split("session.")[0].splitlines()) < 15
    names: dict[str, object] = {"bt": bt, "session": bt.run(bt.Strategy(), bt.simulate_ticks("EURUSD", days=1))}
    exec(compile(BLOCKS[1].replace("session.replay", "widget = session.replay"), str(README), "exec"), names)
    layers = names["widget"]._controller.layers  # type: ignore[attr-defined]
    assert [about["title"] for about in layers.info[:3]] == ["Channel 55", "RSI 14", "Sessions"]
    high = names["session"].timeline.bars("15m").high  # type: ignore[attr-defined]
    upper = layers.layers[0].shapes[0].columns[0]
    assert upper[54:].tolist() == [high[end - 55 : end].max() for end in range(55, len(high) + 1)]


def test_the_strategy_in_yaml_runs(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.S)
    (tmp_path / "dip.yaml").write_text(text, "utf-8")
    kind = bt.load_strategy(tmp_path / "dip.yaml")
    trades = bt.run(kind, bt.simulate_ticks("EURUSD", days=10, seed=7), mode="interpreted").trades
    assert set(trades["tag"]) == {"dip"} and set(trades["exit_reason"]) == {"stop_loss", "close"}


def test_the_lines_on_own_data_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ticks = bt.simulate_ticks("EURUSD", days=1)[:2000]
    frame = ticks.to_polars().select("time", "bid", "ask")
    first = frame["time"][0].date().isoformat()
    frame.write_csv("ticks.csv")
    names: dict[str, object] = {"bt": bt}
    exec(compile(BLOCKS[2].replace('"2014-05-01", "2014-05-08"', f'"{first}", None'), str(README), "exec"), names)
    assert len(names["ticks"]) == names["report"].rows_stored == 2000  # type: ignore[attr-defined,arg-type]
    assert names["quality"].rows == 2000  # type: ignore[attr-defined]
    assert len(names["hours"]) and names["spreads"]["spread"][0] > 0  # type: ignore[arg-type,index]


def test_the_commands_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bt.simulate_ticks("EURUSD", days=1)[:2000].to_polars().write_csv("ticks.csv")
    (lines,) = [block for block in SHELL if "btlab import" in block]
    for line in lines.splitlines():
        with pytest.raises(SystemExit) as ended:
            main(shlex.split(line)[1:])
        assert ended.value.code == 0, line
    assert '"ticks": 2000' in capsys.readouterr().out
    assert (tmp_path / "quality.html").is_file() and (tmp_path / "lab.zip").is_file()


def test_the_downloads_run(monkeypatch):
    """From an archive on this machine, and a shorter range."""
    archive, names = Archive(), {"bt": bt, "store": bt.Store(":memory:")}
    monkeypatch.setattr(importlib.import_module("btlab.data.feeds.binance"), "BASE", archive.url)
    monkeypatch.setitem(importlib.import_module("btlab.data.feeds.dukascopy").BASES, "json", archive.url)
    try:
        exec(compile(BLOCKS[3].replace("2024-07-01", "2024-01-01T02:00"), str(README), "exec"), names)
    finally:
        archive.close()
    assert sorted(archive.paths(), reverse=True) == [
        *(f"/ticks/EUR-USD/2024/1/1/{hour}" for hour in (1, 0)),
        "/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-01.zip.CHECKSUM",
    ]


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
