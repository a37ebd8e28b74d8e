"""Bytes that rot: flips, cuts and zeroed pages in every file of a store, and what is said of them."""

from __future__ import annotations

import random
import shutil
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from btlab.data.cache.background import background
from btlab.data.store import Store
from btlab.errors import BtlabWarning, DamagedError, NewerFormatError
from btlab.market.series import Bars, Ticks
from tests.data.harness import DAY, opened

ROWS = 7_500
QUESTIONS: dict[str, Callable[[Store], pl.DataFrame]] = {
    "quotes": lambda store: store.ticks("X").to_polars(),
    "trades": lambda store: store.ticks("y/Y").to_polars(),
    "bars from ticks": lambda store: store.bars("X", "1h").to_polars(),
    "imported bars": lambda store: store.bars("Z", "1h").to_polars(),
    "sql": lambda store: store.sql("select symbol, time, bid, ask_size from ticks order by all"),
}
SYMBOLS = {"quotes": "X", "trades": "~Y%2F~Y", "bars from ticks": "X", "imported bars": "Z"}


def make(path: Path) -> None:
    """Quotes, trades and bars of three days, and the caches that reading them leaves."""
    rng, store = np.random.default_rng(0), opened(path)
    time = np.sort(rng.integers(0, 3 * DAY, ROWS))
    bid = rng.integers(10**5, 2 * 10**5, ROWS) / 1e5
    store.import_ticks(Ticks.from_arrays(time, bid, bid + 1, symbol="X", bid_size=bid, ask_size=bid))
    store.import_ticks(Ticks.from_trades(time, bid, bid, symbol="y/Y"))
    hours = np.arange(60, dtype=np.int64) * (DAY // 24)
    store.import_bars(Bars(hours, bid[:60], bid[:60] + 1, bid[:60] / 2, bid[:60], bid[:60], "1h", "Z"))
    for _ in range(2):
        for question in QUESTIONS.values():
            question(store)
        background.settle()


def damaged(good: bytes, kind: int, draw: random.Random) -> bytes:
    """A flipped bit, three times in five; a cut; a zeroed page."""
    bad, at = bytearray(good), draw.randrange(len(good))
    if kind % 5 == 3:
        del bad[at:]
    elif kind % 5 == 4:
        bad[at : at + 512] = bytes(len(bad[at : at + 512]))
    else:
        bad[at] ^= 1 << draw.randrange(8)
    return bytes(bad)


def ask(path: Path, question: Callable[[Store], pl.DataFrame]) -> pl.DataFrame | Exception:
    """The answer, or the error; a warning is neither."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BtlabWarning)
        try:
            return question(Store(path))
        except (DamagedError, NewerFormatError) as error:
            return error


def rot(folder: Path, trials: int, seed: int) -> Counter[str]:
    """Damage one file of a store, `trials` times: each answer must be right or a typed error that names the file, each repair
    must bring back everything else.

    Returns:
        How often there was an error, and how often all answers were right.
    """
    base, draw, outcomes = folder / "base", random.Random(seed), Counter[str]()
    make(base)
    right = {name: ask(base, question) for name, question in QUESTIONS.items()}
    warm = [path.relative_to(base) for path in sorted(base.rglob("*")) if path.is_file() and path.stat().st_size]
    cold = [place for place in warm if place.parts[0] != "cache"]
    assert len(warm) > len(cold) >= 11
    for trial in range(trials):
        home, files = folder / str(trial), warm if trial % 3 == 2 else cold
        place = files[trial % len(files)]
        shutil.copytree(base, home, ignore=None if files is warm else shutil.ignore_patterns("cache"))
        bad = damaged((home / place).read_bytes(), draw.randrange(5), draw)
        (home / place).unlink()
        (home / place).write_bytes(bad)
        changed = bad != (base / place).read_bytes()
        errors = _errors(home, place, right, sql=draw.random() < 0.3)
        outcomes["typed error" if errors else "right data"] += 1
        if changed and "cache" not in place.parts:
            _repair(home, place, right)
        background.settle()
        shutil.rmtree(home)
    return outcomes


def _errors(home: Path, place: Path, right: dict[str, pl.DataFrame | Exception], *, sql: bool) -> int:
    """How many questions were answered with an error; all others were answered right."""
    count = 0
    for name, question in QUESTIONS.items():
        if name == "sql" and not sql:
            continue
        answer, wanted = ask(home, question), right[name]
        assert isinstance(wanted, pl.DataFrame)
        if isinstance(answer, pl.DataFrame):
            assert answer.equals(wanted), (name, place)
            continue
        count += 1
        assert str(home / place) in str(answer), (name, place, answer)
        assert len(place.parts) == 1 or SYMBOLS.get(name, place.parts[1]) == place.parts[1], (name, place, answer)
    return count


def _repair(home: Path, place: Path, right: dict[str, pl.DataFrame | Exception]) -> None:
    """Doctor names the file, puts the store in order, and loses no more rows than it says."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BtlabWarning)
        try:
            store = opened(home)
        except NewerFormatError:
            return
    found = store.doctor()
    assert place.as_posix() in [finding.file for finding in found], (place, found)
    if any(finding.what == "newer" for finding in found):
        return
    store.doctor(repair=True)
    assert not len(opened(home).doctor())
    for name, symbol in (("quotes", "X"), ("trades", "y/Y"), ("imported bars", "Z")):
        lost = [finding for finding in found if finding.symbol == symbol and finding.rows]
        wanted = right[name]
        assert isinstance(wanted, pl.DataFrame)
        for finding in lost:
            wanted = wanted.filter(~pl.col("time").is_between(finding.start, finding.end))
        if wanted.height:
            answer = ask(home, QUESTIONS[name])
            assert isinstance(answer, pl.DataFrame), answer
            assert answer.equals(wanted), (name, place)
        assert len(place.parts) == 1 or symbol != place.parts[1] or place.suffix == ".json" or lost, (place, found)
