"""The demo, its command line, and what they refuse."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import btlab as bt
from btlab.app.demo import demo, symbol_of


def test_the_whole_way(tmp_path):
    said: list[str] = []
    session = demo(tmp_path / "out", say=said.append)
    text = "\n".join(said)
    assert len(session.trades) > 5
    assert {"stop_loss", "take_profit"} <= set(session.trades["exit_reason"])
    for word in ("simulated", "replay.html", "dashboard.html", "profit factor", "01-quickstart.ipynb", "of 1d"):
        assert word in text
    for name in ("replay.html", "dashboard.html"):
        page = (tmp_path / "out" / name).read_text("utf-8")
        assert len(page) > 500_000
        assert not re.search(r'<(script|link|img|iframe)\b[^>]*\b(src|href)="(https?:)?//', page)


def test_a_file_of_ones_own(tmp_path):
    ticks = bt.simulate_ticks("GBPUSD", days=1)[:3000]
    path = tmp_path / "gbpusd-ticks.csv"
    ticks.to_polars().select("time", "bid", "ask").write_csv(path)
    said: list[str] = []
    session = demo(tmp_path / "out", path, say=said.append)
    assert (session.symbol, len(session.data)) == ("GBPUSD", 3000)
    assert demo(tmp_path / "out", path, say=said.append).fingerprint == session.fingerprint


@pytest.mark.parametrize(
    ("path", "symbol"),
    [
        ("DAT_ASCII_EURUSD_T_201905.csv", "EURUSD"),
        ("oanda/tick/usdjpy/20140501_quote.zip", "USDJPY"),
        ("spy.csv", "SPY"),
        ("_.csv", "DATA"),
    ],
)
def test_the_symbol_in_a_name(path, symbol):
    assert symbol_of(Path(path)) == symbol


def test_what_is_refused_is_one_line_and_exit_code_2(tmp_path):
    wrong = tmp_path / "eurusd.csv"
    wrong.write_text("time,bid,ask\n2024-01-08 00:00:00,1.1,x\n")
    for path in (wrong, tmp_path / "nothing.csv"):
        command = [sys.executable, "-m", "btlab.app.cli", "demo", str(path), "--out", str(tmp_path / "out")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert ended.returncode == 2, ended.stderr
        assert ended.stderr.startswith("btlab: ")
        assert "Traceback" not in ended.stderr
        assert path.name in ended.stderr
