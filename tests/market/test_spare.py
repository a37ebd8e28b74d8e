"""Memory of tables comes back when nobody shows it any more, and not before."""

from __future__ import annotations

import gc
import threading

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.engine.state import FIRST_ROOM, State
from btlab.market import spare
from tests.strategy.examples import Ladder

ROWS = 300_000


@pytest.fixture(autouse=True)
def _nothing_is_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_SPARE", {})


def shown(kind: str) -> tuple[object, int]:
    """A part of a room, which nothing else shows, and where the room lies."""
    room = spare.rows(np.float64, ROWS)
    whole = room.view(np.int64).reshape(2, -1)
    whole[:] = 7
    column = pl.DataFrame({"a": whole[0], "b": whole[1]})["b"]
    kinds = {"part": whole[1], "column": column, "slice of a column": column[5:9], "numbers of a column": column.to_numpy()}
    return kinds[kind], room.ctypes.data


def test_it_comes_back_with_the_last_that_shows_it() -> None:
    room = spare.rows(np.float64, ROWS)
    place, column = room.ctypes.data, pl.Series(room[10:20])
    del room
    assert not spare._SPARE
    del column
    assert list(spare._SPARE) == [place]
    assert spare.rows(np.float64, ROWS // 2).ctypes.data == place  # and again to the one that needs half of it
    assert spare.rows(np.float64, ROWS // 3).ctypes.data != place


@pytest.mark.parametrize("kind", ["part", "column", "slice of a column", "numbers of a column"])
def test_what_is_shown_is_never_given_to_another(kind: str) -> None:
    what, place = shown(kind)
    others = [spare.rows(np.float64, ROWS) for _ in range(4)]
    for other in others:
        other[:] = 1.0
    assert all(other.ctypes.data != place for other in others)
    assert set(np.asarray(what).tolist()) == {7}


def test_so_much_is_kept_and_small_ones_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_MOST", 20 * ROWS)
    rooms = [spare.rows(np.float64, ROWS) for _ in range(5)]
    small = spare.rows(np.float64, 1_000)
    last = {room.ctypes.data for room in rooms[-2:]}
    del small
    while rooms:
        del rooms[0]
    assert set(spare._SPARE) == last


def test_of_those_that_fit_the_smallest_is_given() -> None:
    rooms = [spare.rows(np.float64, count) for count in (2 * ROWS, ROWS + 9, ROWS + 5, ROWS - 1)]
    wanted = rooms[2].ctypes.data
    del rooms
    assert spare.rows(np.float64, ROWS).ctypes.data == wanted


def test_tables_of_a_run_take_the_memory_of_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run begins with the room that the first had grown to, and leaves the same rows."""
    monkeypatch.setattr(State, "first_room", FIRST_ROOM)
    bars, signals = bt.bars(bt.simulate_ticks("EURUSD", days=12), "1m"), np.arange(20_000) % 2 == 0
    first = bt.run_signals(bars, signals[: len(bars)], ~signals[: len(bars)], size=1_000, progress=False)
    assert len(first.records["order"]) > 2 * FIRST_ROOM and State.first_room > 2 * FIRST_ROOM
    told = {name: rows.tobytes() for name, rows in first.records.items()}
    monkeypatch.setattr(State, "grow", lambda _state: pytest.fail("there was not as much room as before"))
    second = bt.run_signals(bars, signals[: len(bars)], ~signals[: len(bars)], size=1_000, progress=False)
    assert {name: rows.tobytes() for name, rows in second.records.items()} == told
    assert {name: rows.tobytes() for name, rows in first.records.items()} == told


def test_threads_share_none() -> None:
    clashes = []

    def work(number: int) -> None:
        for _ in range(300):
            room = spare.rows(np.float64, ROWS)
            room[::4096] = number
            if (room[::4096] != number).any():
                clashes.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not clashes


def test_the_equity_of_a_session_stays_when_others_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spare, "_LEAST", 0)
    ticks = bt.simulate_ticks("EURUSD", days=1, seed=4)
    first = bt.run(Ladder(), ticks)
    equity, column = first.equity, first.equity["equity"]
    kept = equity.clone().to_dict(as_series=False)
    del first
    for seed in range(6):
        assert len(bt.run(Ladder(), bt.simulate_ticks("EURUSD", days=1, seed=seed)).equity)
    assert equity.to_dict(as_series=False) == kept
    assert column.to_list() == kept["equity"]


def test_what_garbage_held_may_come_back_at_any_moment() -> None:
    """The collector runs when so many objects were made, be it while one looks for what fits: of 1,000 looks 130 had failed."""

    class Holder:
        def __init__(self, room: np.ndarray) -> None:
            self.room, self.itself = room, self

    before, made = gc.get_threshold(), list[tuple[int, int]]()
    gc.set_threshold(40, 1_000, 1_000)
    try:
        for turn in range(1_000):
            made.extend([(turn, k) for k in range(turn % 97)])  # pairs are made anew only where none lie about
            Holder(spare.rows(np.float64, ROWS // 2 + 9 * (turn % 50)))
    finally:
        gc.set_threshold(*before)
    assert len(spare._SPARE) > 20
