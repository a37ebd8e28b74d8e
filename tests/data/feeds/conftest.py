"""An archive, a clock that nobody waits for, and hours of ticks in both layouts of Dukascopy."""

from __future__ import annotations

import io
import json
import lzma
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.data.feeds import Policy
from tests.data.feeds.server import Archive


class Clock:
    """Time passes only where somebody sleeps; every sleep is remembered."""

    def __init__(self, now: str) -> None:
        self.passed, self.slept, self.lock = 0.0, list[float](), threading.Lock()
        self.set(now)

    def set(self, now: str) -> None:
        self.begun = datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() - self.passed

    def now(self) -> float:
        return self.begun + self.passed

    def monotonic(self) -> float:
        return self.passed

    def pass_by(self, seconds: float) -> None:
        with self.lock:
            self.passed += seconds

    def sleep(self, seconds: float, woken: threading.Event) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.passed += seconds
        time.sleep(0.0005)


@pytest.fixture
def archive() -> Iterator[Archive]:
    server = Archive()
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock("2024-03-01T12:00")


@pytest.fixture
def policy(clock: Clock) -> Callable[..., Policy]:
    """A policy on the clock of the test, without chance; keywords change it.

    Every answer is fast enough: that clock leaps in all threads when one of them sleeps.
    """

    def make(**changes: Any) -> Policy:
        return Policy(**{"clock": clock, "chance": lambda: 1.0, "timeout": 60.0, "pause": 0.0, "slowest": 0.0} | changes)

    return make


def hour(day: str, number: int, *, ticks: int = 50, seed: int = 0) -> dict[str, np.ndarray]:
    """An hour of made-up ticks: ms of the hour, points, lots of a hundredth of a million."""
    random = np.random.default_rng([seed, int(day.replace("-", "")), number])
    bid = 110_000 + random.integers(-50, 50, ticks).cumsum()
    return {
        "ms": np.sort(random.choice(3_600_000, ticks, replace=False)),
        "ask": bid + random.integers(1, 20, ticks),
        "bid": bid,
        "ask_size": random.integers(1, 900, ticks),
        "bid_size": random.integers(1, 900, ticks),
    }


def bi5(columns: dict[str, np.ndarray]) -> bytes:
    """As the vendor's older server has it."""
    table = np.empty(len(columns["ms"]), [("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("a", ">f4"), ("b", ">f4")])
    for name, source in (("ms", "ms"), ("ask", "ask"), ("bid", "bid")):
        table[name] = columns[source]
    table["a"], table["b"] = columns["ask_size"] / 4, columns["bid_size"] / 4
    out = io.BytesIO()
    with lzma.open(out, "wb", format=lzma.FORMAT_ALONE) as file:
        file.write(table.tobytes())
    return out.getvalue() if len(table) else b""


def as_json(day: str, number: int, columns: dict[str, np.ndarray]) -> bytes:
    """As the newer server has it: each value is the change since the one before."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=number)
    whole = len(columns["ms"])
    first = {name: int(columns[name][0]) if whole else 0 for name in ("ask", "bid")}
    changes = {f"{name}s": np.diff(columns[name], prepend=first[name]).tolist() for name in ("ask", "bid")}
    return json.dumps(
        {
            "timestamp": int(start.timestamp() * 1000),
            "multiplier": 1e-5,
            "ask": first["ask"] / 100_000 if whole else None,
            "bid": first["bid"] / 100_000 if whole else None,
            "times": np.diff(columns["ms"], prepend=0).tolist(),
            **changes,
            "askVolumes": (columns["ask_size"] * 250_000.0).tolist(),
            "bidVolumes": (columns["bid_size"] * 250_000.0).tolist(),
        }
    ).encode()


def bi5_path(day: str, number: int, code: str = "EURUSD") -> str:
    date = datetime.fromisoformat(day)
    return f"/{code}/{date.year}/{date.month - 1:02}/{date.day:02}/{number:02}h_ticks.bi5"


def json_path(day: str, number: int, code: str = "EUR-USD") -> str:
    date = datetime.fromisoformat(day)
    return f"/ticks/{code}/{date.year}/{date.month}/{date.day}/{number}"


def ticks_of(day: str, hours: range | list[int]) -> bt.Ticks:
    """What a store must hold of made-up hours: an independent computation from the same columns."""
    parts = [(hour(day, number), number) for number in hours]
    midnight = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000
    time = np.concatenate([midnight + number * 3_600_000_000 + part["ms"] * 1000 for part, number in parts])
    joined = {name: np.concatenate([part[name] for part, _ in parts]) for name in ("bid", "ask", "bid_size", "ask_size")}
    return bt.Ticks.from_arrays(
        time,
        joined["bid"] / 100_000,
        joined["ask"] / 100_000,
        symbol="EURUSD",
        bid_size=joined["bid_size"] / 4,
        ask_size=joined["ask_size"] / 4,
    )


def same(a: bt.Ticks, b: bt.Ticks) -> bool:
    """Bit for bit the same ticks."""
    names = ("time", "bid", "ask", "bid_size", "ask_size")
    return len(a) == len(b) and all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)
