"""How far an import is: told to a function, drawn where somebody looks, and never into a pipe."""

from __future__ import annotations

import gzip
import itertools
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from btlab.data import progress
from btlab.data.progress import Progress
from btlab.data.store import Store

ROWS = 400_000


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 MB: more than one block of every reader."""
    path = tmp_path_factory.mktemp("progress") / "long.csv"
    times = np.datetime_as_string(np.datetime64("2020-01-01", "ms") + np.arange(ROWS) * 250, "ms")
    path.write_text("time,bid,ask\n" + "".join(f"{time},1.10000,1.10010\n" for time in times.tolist()))
    return path


def packed(path: Path, folder: Path, how: str) -> Path:
    if how == "plain":
        return path
    if how == "gz":
        out = folder / "long.csv.gz"
        out.write_bytes(gzip.compress(path.read_bytes(), 1))
        return out
    out = folder / "long.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("first.csv", "time,bid,ask\n2019-12-01,1,1\n")
        archive.write(path, "second.csv")
    return out


@pytest.mark.parametrize("how", ["plain", "gz", "zip"])
def test_a_function_hears_how_far_it_is(
    store: Store, long_file: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    source, heard = packed(long_file, tmp_path, how), list[Progress]()
    report = store.import_ticks(source, symbol="EURUSD", progress=heard.append)
    assert report.rows_stored == ROWS + (how == "zip")
    assert len(heard) > 2
    assert {(step.total, step.unit) for step in heard} == {(heard[0].total, "bytes")}
    assert 0 < heard[0].total <= source.stat().st_size
    assert all(before.done <= after.done <= after.total for before, after in itertools.pairwise(heard))
    assert 0 < heard[len(heard) // 2].done
    assert heard[-1].done == heard[-1].total
    assert all(step.rate >= 0 and (step.left is None or step.left >= 0) for step in heard)
    assert heard[-1].left == 0


def test_frames_count_rows(store: Store) -> None:
    heard = list[Progress]()
    store.import_ticks(_frame(), symbol="X", progress=heard.append)
    assert (heard[-1].done, heard[-1].total, heard[-1].unit) == (3, 3, "rows")


def test_what_the_function_raises_stops_the_import(store: Store, long_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)

    def stop(step: Progress) -> None:
        if step.done > step.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.import_ticks(long_file, symbol="X", progress=stop)
    assert not list(store.path.rglob("*.parquet"))
    assert store.import_ticks(long_file, symbol="X", progress=False).rows_stored == ROWS


@pytest.mark.parametrize(("watched", "patience", "drawn"), [(True, 0.0, True), (True, 60.0, False), (False, 0.0, False)])
def test_it_is_drawn_for_long_imports_where_somebody_looks(
    store: Store,
    long_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    watched: bool,
    patience: float,
    drawn: bool,
) -> None:
    monkeypatch.setattr(progress, "_watched", lambda: watched)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    store.import_ticks(long_file, symbol="X")
    shown = capsys.readouterr().err
    assert ("long.csv" in shown and "%" in shown) == drawn
    store.import_ticks(long_file, symbol="Y", progress=False)
    assert capsys.readouterr().err == ""
    store.import_ticks(long_file, symbol="Z", progress=True)
    assert "long.csv" in capsys.readouterr().err


def test_nothing_is_drawn_into_a_pipe(tmp_path: Path, long_file: Path) -> None:
    code = (
        "import sys, ipykernel.kernelapp, btlab as bt; from btlab.data import progress; progress.PATIENCE = 0; "
        "bt.Store(sys.argv[1]).import_ticks(sys.argv[2], symbol='X')"
    )
    arguments: list[Any] = [sys.executable, "-c", code, tmp_path / "lab", long_file]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "it/s" not in done.stderr
    assert "B/s" not in done.stderr


def test_a_kernel_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = pytest.importorskip("ipykernel.kernelapp", reason="a kernel is part of the extra lab")
    assert not progress._watched()
    monkeypatch.setattr(kernel.IPKernelApp, "initialized", lambda: True)
    assert progress._watched()


def _frame() -> Any:
    import polars as pl

    return pl.DataFrame({"time": [1, 2, 3], "bid": [1.0] * 3, "ask": [1.0] * 3})
