"""The README's lines do what they say."""

from __future__ import annotations

import re
from pathlib import Path

import btlab as bt

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
(PRINTED,) = re.findall(r"```text\n(.*?)```", README.read_text("utf-8"), re.S)


def test_the_ten_lines_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert 8 <= len([line for line in BLOCKS[0].splitlines() if line]) <= 10
    names: dict[str, object] = {"__name__": "readme"}
    exec(compile(BLOCKS[0], str(README), "exec"), names)
    assert len(names["session"].trades) > 5  # type: ignore[attr-defined]
    assert capsys.readouterr().out == PRINTED
    assert (tmp_path / "replay.html").stat().st_size > 100_000


def test_the_lines_on_own_data_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ticks = bt.simulate_ticks("EURUSD", days=1)[:2000]
    frame = ticks.to_polars().select("time", "bid", "ask")
    first = frame["time"][0].date().isoformat()
    frame.write_csv("ticks.csv")
    names: dict[str, object] = {"bt": bt}
    exec(compile(BLOCKS[1].replace('"2014-05-01", "2014-05-08"', f'"{first}", None'), str(README), "exec"), names)
    assert len(names["ticks"]) == names["report"].rows_stored == 2000  # type: ignore[attr-defined,arg-type]


def test_what_it_links_to_is_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
