"""`btlab new`: the file it writes runs as it is, and nothing that is there is touched."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import btlab as bt
from btlab.app.cli import main
from btlab.app.cli.new import TEMPLATE


@pytest.fixture
def new(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["new", *arguments])
        return ended.value.code, *capsys.readouterr()

    return run


def test_the_file_runs_at_once(new, tmp_path):
    assert new("my_first_breakout") == (0, "my_first_breakout.py: MyFirstBreakout. Run it: python my_first_breakout.py\n", "")
    done = subprocess.run([sys.executable, "my_first_breakout.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert re.match(r"<MyFirstBreakout\(lookback=20, distance=0.001\) on [\d,]+ EURUSD: \d+ trades", done.stdout)
    assert "entry_price" in done.stdout and "Warning" not in done.stderr
    assert (tmp_path / "my_first_breakout.html").stat().st_size > 100_000


def test_it_is_compiled_and_trades(new, tmp_path):
    new("tries")
    names: dict[str, object] = {"__name__": "tries"}
    source = (tmp_path / "tries.py").read_text("utf-8")
    (tmp_path / "tries.py").write_text(source)
    exec(compile(source, str(tmp_path / "tries.py"), "exec"), names)
    ticks = bt.simulate_ticks("EURUSD", days=2)
    sessions = [bt.run(names["Tries"](), ticks, mode=mode) for mode in ("compiled", "interpreted")]  # type: ignore[operator]
    assert sessions[0].fingerprint == sessions[1].fingerprint
    assert sessions[0].strategy.entries == len(sessions[0].trades) > 3


def test_as_json(new):
    code, out, err = new("mine", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"file": "mine.py", "strategy": "Mine", "run": "python mine.py"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("MyBreakout", "as in my_breakout"),
        ("Class", "as in my_class"),
        ("my-breakout", "as in my_breakout"),
        ("2nd", "as in nd"),
        ("my breakout.py", "as in my_breakout_py"),
        ("../outside", "as in outside"),
        ("/tmp/x", "as in tmp_x"),
        ("", "as in my_breakout"),
        ("übung", "as in bung"),
        ("a\x1b[2J", "is no name"),
        ("a\n", "is no name"),
        ("_", "is no name"),
        ("a" * 65, "is no name"),
        ("lambda", "means something to Python already"),
        ("random", "take another name, as in my_random"),
        ("btlab", "means something to Python already"),
        ("numpy", "means something to Python already"),
        ("CON", "as in my_con"),
        ("con", "'con' is a device on Windows, and no file there; take another name, as in my_con"),
        ("com1", "as in my_com1"),
        ("nul", "a device on Windows"),
    ],
)
def test_bad_names_are_refused(new, tmp_path: Path, name: str, message: str):
    code, out, err = new(name)
    assert (code, out) == (2, "")
    assert message in err and err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_stays(new, tmp_path):
    (tmp_path / "mine.py").write_text("precious")
    code, out, err = new("mine", "--json")
    assert (code, out) == (2, "")
    assert json.loads(err)["error"]["code"] == "usage"
    assert "mine.py is there already" in json.loads(err)["error"]["message"]
    assert (tmp_path / "mine.py").read_text() == "precious"


def test_a_link_that_leads_nowhere_is_not_followed(new, tmp_path):
    try:
        (tmp_path / "mine.py").symlink_to(tmp_path / "elsewhere.py")
    except OSError:
        pytest.skip("no links here")
    assert new("mine")[0] == 2
    assert not (tmp_path / "elsewhere.py").exists()


def test_the_template_is_tidy():
    names = {node.id for node in ast.walk(ast.parse(TEMPLATE)) if isinstance(node, ast.Name)}
    assert {"bt", "CLASS", "main"} <= names
    assert all(len(line) <= 130 for line in TEMPLATE.splitlines())
