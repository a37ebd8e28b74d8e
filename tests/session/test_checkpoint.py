"""A run that halted and went on is the run that never halted, bit for bit; and a file that is no checkpoint does no harm."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import btlab as bt
from btlab.engine.loop import BAR, DONE, FILL, GROW, PAUSE, TICK, advance_at
from btlab.session.checkpoint import Capture, Checkpoint
from btlab.session.drive import subscribe
from btlab.session.packing import HEAD, MAGIC, pack, unpack
from btlab.session.setup import setup_of
from btlab.strategy.plain import PlainContext
from tests.market.streams import random_ticks
from tests.session.gambler import Gambler, GamblerByTick, TaggedAtStart
from tests.session.killing import kill_runs
from tests.strategy.examples import EXAMPLES

RULES: dict[str, Any] = {
    "cash": 20_000.0,
    "account": bt.Account(leverage=2, financing=bt.financing.percent(3.0, -1.0)),
    "execution": bt.Execution(
        commission=bt.commission.percent(0.001), slippage=bt.slippage.random(0.1, 0.3, pips=True), latency="2s"
    ),
    "seed": 5,
}
MODES = ("compiled", "interpreted")


def assert_same(one: bt.Session, other: bt.Session) -> None:
    """Every bit of every record, table and attribute of the strategy."""
    assert one.records.keys() == other.records.keys()
    for name, rows in one.records.items():
        assert len(rows) == len(other.records[name]), name
        for column in rows.dtype.names or ():
            assert rows[column].tobytes() == other.records[name][column].tobytes(), (name, column)
    for name in ("orders", "changes", "fills", "trades", "equity", "marks"):
        assert getattr(one, name).equals(getattr(other, name)), name
    state, others = vars(one.strategy), vars(other.strategy)
    assert state.keys() == others.keys()
    for name, value in state.items():
        assert np.asarray(value).dtype == np.asarray(others[name]).dtype, name
        np.testing.assert_array_equal(value, others[name], err_msg=name)


@pytest.mark.parametrize("kind", [Gambler, GamblerByTick])
def test_cuts_anywhere_change_nothing(kind: type[bt.Strategy]) -> None:
    """Random strategies, random data, chains of random cuts, each part in a random mode, through a file's bytes."""
    trades = 0
    for seed in range(12):
        random = np.random.default_rng(seed)
        ticks = random_ticks(seed, int(random.integers(300, 2_500)), sizes=seed % 2 == 0)
        data: Any = ticks if seed % 3 else bt.bars(ticks, ("1m", "15m")[0])
        strategy = kind(seed=seed, eager=int(random.integers(7, 14)))
        whole = bt.run(strategy, data, mode="compiled", close_at_end=seed % 2 == 0, **RULES)
        trades += len(whole.trades)
        cuts = np.unique(random.integers(0, len(data), 3)).tolist()
        part = bt.run(strategy, data, until=cuts[0], mode=MODES[random.integers(2)], **RULES)
        for cut in cuts[1:]:
            part = bt.resume(part.checkpoint(), strategy, data, until=cut, mode=MODES[random.integers(2)], **RULES)
        for mode in MODES:
            assert_same(whole, bt.resume(part.checkpoint(), strategy, data, mode=mode, close_at_end=seed % 2 == 0, **RULES))
    assert trades > 150


def halted_before(setup: Any, event: int) -> tuple[Capture, int]:
    """A run, driven by hand, that stands between the clock's `event`-th word and the strategy hearing it."""
    start = setup.start()
    subscribe(start.strategy, start.state)
    strategy, context, count = start.strategy, PlainContext(start.state, setup.timeline), 0
    strategy.on_start(context)
    start.begun = True
    while (word := advance_at(start.state.address)) != DONE:
        if word == GROW:
            start.state.grow()
        elif word != PAUSE:
            if count == event:
                start.state.set(pending=word)
                return Capture(setup, start), word
            count += 1
            {BAR: strategy.on_bar, TICK: strategy.on_tick, FILL: strategy.on_fill}[word](context)
    raise AssertionError("so many words were not said")


def test_a_cut_between_the_clocks_word_and_the_strategy_hearing_it() -> None:
    """Between a fill and on_fill, a close and on_bar, a tick and on_tick."""
    met = set()
    for seed in range(12):
        ticks = random_ticks(seed, 400)
        strategy = (Gambler, GamblerByTick)[seed % 2](seed=seed, eager=7)
        data: Any = ticks if seed % 4 < 2 else bt.bars(ticks, "1m")
        whole = bt.run(strategy, data, mode="compiled", **RULES)
        setup = setup_of(strategy, data, **RULES)
        for event in (0, 7 + seed, 60 + 5 * seed):
            capture, word = halted_before(setup, event)
            met.add(word)
            for mode in MODES:
                assert_same(whole, bt.resume(capture.checkpoint(), strategy, data, mode=mode, **RULES))
    assert met == {BAR, TICK, FILL}


@pytest.mark.parametrize("strategy", EXAMPLES, ids=lambda s: type(s).__name__)
def test_examples_go_on_with_grown_data(strategy: bt.Strategy) -> None:
    """The first part knows nothing of what comes: its data end where it halts, in the middle of bars of all lengths."""
    ticks = random_ticks(11, 2_400)
    whole = bt.run(strategy, ticks, mode="compiled", **RULES)
    for end, mode, other in ((1_001, "compiled", "interpreted"), (1_600, "interpreted", "compiled")):
        part = bt.run(strategy, ticks[:end], until=-1, mode=mode, **RULES)
        assert_same(whole, bt.resume(part.checkpoint(), strategy, ticks, mode=other, **RULES))


class Hours(bt.Strategy):
    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0:
            ctx.buy(size=1, stop_loss=ctx.bid - 0.0003, take_profit=ctx.bid + 0.0003)


def test_finer_bars_inside_may_grow_too_and_are_known() -> None:
    ticks = random_ticks(6, 9_000)
    hours, minutes = bt.bars(ticks, "1h"), bt.bars(ticks, "1m")
    finer = bt.Execution(intrabar=minutes)
    whole = bt.run(Hours(), hours, execution=finer)
    begin = minutes[: int(np.searchsorted(minutes.time, hours.time[40]))]
    part = bt.run(Hours(), hours[:40], until=30, execution=bt.Execution(intrabar=begin))
    assert len(whole.trades) > 10 and len(part.trades) > 3
    assert_same(whole, bt.resume(part.checkpoint(), Hours(), hours, execution=finer))
    with pytest.raises(bt.errors.RunError, match="do not begin with the 31 bars"):
        bt.resume(part.checkpoint(), Hours(), hours)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks the processes that it kills")
def test_a_killed_run_loses_what_came_after_its_last_checkpoint(tmp_path: Path) -> None:
    assert kill_runs(tmp_path, 3, 1) >= 1


def test_a_time_tells_the_bars_that_end_by_then_and_no_later_ones() -> None:
    class Closes(bt.Strategy):
        timeframe = ("1m", "5m")

        def on_bar(self, ctx):
            ctx.mark("close", ctx.timeframe)

    minute = 60_000_000
    ticks = bt.Ticks.from_arrays([0, 270_000_000, 290_000_000, 310_000_000], [1.1] * 4, [1.2] * 4, symbol="EURUSD")
    told = {
        until: bt.run(Closes(), ticks, until=until).marks.rows() for until in ("1970-01-01 00:04:59", "1970-01-01 00:05", 2, 3)
    }
    assert [len(rows) for rows in told.values()] == [1, 3, 1, 3]
    assert [row[0].timestamp() * 1e6 for row in told["1970-01-01 00:05"]] == [minute, 5 * minute, 5 * minute]
    part = bt.run(Closes(), ticks, until="1970-01-01 00:05")
    assert len(part.data) == 3 and part.at("1970-01-01 00:04:50").tick == 2
    assert_same(bt.resume(part.checkpoint(), Closes(), ticks), bt.run(Closes(), ticks))
    bars = bt.bars(ticks, "1m")
    for empty_bars in ("skip", "flat"):
        assert len(bt.run(Closes(), bars, until="1970-01-01 00:05", empty_bars=empty_bars, calendar="24x7").data) == 2
        of_all = bt.run(Closes(), {"EURUSD": bars}, until="1970-01-01 00:05", empty_bars=empty_bars, calendar="24x7")
        assert [len(data) for data in of_all.data.values()] == [2]
    with pytest.raises(bt.errors.RunError, match="nothing has happened by then"):
        bt.run(Closes(), bars, until="1970-01-01 00:00:59")


class Waits(bt.Strategy):
    def on_start(self, ctx):
        ctx.buy(size=1, limit=0.5, expire="3s")


def test_a_part_is_a_session_of_its_own_data() -> None:
    ticks = random_ticks(5, 2_000)
    part, cut = bt.run(Gambler(seed=5), ticks, until=900, **RULES), bt.run(Gambler(seed=5), ticks[:901], **RULES)
    assert part.fills.equals(cut.fills) and part.equity.equals(cut.equity) and part.trades.equals(cut.trades)
    assert part.orders.equals(cut.orders), "orders whose time was over by then have ended"
    seconds = bt.Ticks.from_arrays([1_000_000 * k for k in range(20)], [1.1] * 20, [1.2] * 20, symbol="EURUSD")
    quiet = bt.run(Waits(), seconds, until=10)  # no tick had to be looked at, and still the order's three seconds are over
    assert quiet.orders.select("state", "ended_tick").row(0) == ("expired", 2)
    assert_same(bt.resume(quiet.checkpoint(), Waits(), seconds), bt.run(Waits(), seconds))
    assert "end" not in part.marks["name"].to_list() and "end" in cut.marks["name"].to_list()


def test_another_process_goes_on(tmp_path: Path) -> None:
    """With all its tags, too: those that only the first process met come from the file."""
    ticks = random_ticks(8, 1_500)
    bt.run(Gambler(seed=8, eager=7), ticks, until=700, **RULES).checkpoint(tmp_path / "gambler")
    bt.run(TaggedAtStart(), ticks, until=700, mode="interpreted").checkpoint(tmp_path / "tagged")
    code = f"""
import btlab as bt
from tests.session.test_checkpoint import Gambler, RULES, TaggedAtStart, random_ticks
ticks = random_ticks(8, 1_500)
tagged = bt.resume({str(tmp_path / "tagged")!r}, TaggedAtStart(), ticks, mode="interpreted")
session = bt.resume({str(tmp_path / "gambler")!r}, Gambler(seed=8, eager=7), ticks, mode="interpreted", **RULES)
print(session.fingerprint, tagged.orders["tag"].to_list(), tagged.marks["name"].to_list())
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=True).stdout
    whole = bt.run(Gambler(seed=8, eager=7), ticks, **RULES)
    assert told.split("\n")[0] == f"{whole.fingerprint} ['at the start'] ['begun']"


class Notebook(bt.Strategy):
    """Interpreted: holds what compiled strategies cannot."""

    def init(self):
        self.notes: list[Any] = [("none", None, True, 2**80, float("-inf"), b"x")]
        self.last: deque[Any] = deque(maxlen=3)
        self.same = self.notes
        self.by_hour: dict[Any, Any] = {}
        self.kinds: set[str] = set()
        self.loop: list[Any] = []
        self.loop.append(self.loop)
        self.number = np.float32(0.1)

    def on_bar(self, ctx):
        self.notes.append([ctx.time, {"close": np.float64(ctx.close("1m"))}])
        self.last.append(len(self.same))
        self.by_hour.setdefault(ctx.time // 3_600_000_000, []).append(ctx.bid)
        self.kinds.add(f"\ud800{ctx.time % 7}")
        if len(self.same) % 10 == 0:
            ctx.buy(size=len(self.kinds))


def test_whatever_plain_things_an_interpreted_strategy_holds() -> None:
    ticks = random_ticks(2, 800)
    whole = bt.run(Notebook(), ticks, mode="interpreted")
    part = bt.run(Notebook(), ticks, mode="interpreted", until=400)
    kept = part.checkpoint()
    for _ in range(2):  # what one resumed run does to its lists, the next does not see
        resumed = bt.resume(kept, Notebook(), ticks, mode="interpreted")
        one, other = resumed.strategy, whole.strategy
        assert one.notes == other.notes and one.last == other.last and one.by_hour == other.by_hour and one.kinds == other.kinds
        assert one.same is one.notes and one.loop[0] is one.loop and type(one.number) is np.float32 and one.number == other.number
        assert isinstance(one.notes[1][1]["close"], np.float64) and one.last.maxlen == 3
        assert resumed.fingerprint == whole.fingerprint


def test_what_a_file_cannot_hold_is_named() -> None:
    class Holds(bt.Strategy):
        def init(self):
            self.notes = {"tools": [1, open]}

        def on_bar(self, ctx):
            pass

    part = bt.run(Holds(), random_ticks(2, 200), mode="interpreted", until=100)
    with pytest.raises(bt.errors.RunError, match=r"Holds's state\['notes'\]\['tools'\]\[1\] is a builtin_function"):
        part.checkpoint()


@pytest.fixture(scope="module")
def kept() -> Checkpoint:
    return bt.run(Gambler(), random_ticks(1, 600), until=300, **RULES).checkpoint()


def test_other_data_strategies_and_rules_are_refused(kept: Checkpoint) -> None:
    ticks = random_ticks(1, 600)

    def refused(match: str, strategy: bt.Strategy | None = None, data: Any = ticks, **rules: Any) -> None:
        with pytest.raises(bt.errors.RunError, match=match):
            bt.resume(kept, strategy or Gambler(), data, **(RULES | rules))

    bids = ticks.bid.copy()
    bids[int(np.flatnonzero(~np.isnan(bids[:300]))[-1])] += 1e-5
    changed = bt.Ticks.from_arrays(ticks.time, bids, ticks.ask, bid_size=ticks.bid_size, ask_size=ticks.ask_size)
    refused("do not begin with the 301 ticks", data=changed)
    refused("do not begin", data=bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol="EURUSD"))
    refused("do not begin", data=random_ticks(1, 600, symbol="GBPUSD"))
    refused("has met 301 ticks; these are 200", data=ticks[:200])
    refused("another parameters", Gambler(eager=9))
    refused("another name", GamblerByTick())
    refused(r"another account: .*leverage=2.* and now .*leverage=3", account=bt.Account(leverage=3))
    refused("other rules: .*was 20000.0 and is 100.0", cash=100.0)
    refused("another execution: .*share=", execution="perfect")
    refused("other rules: lot_units", instrument=bt.Instrument("EURUSD", tick_size=1e-5, lot_size=2.0))
    refused("another price", price="bid")
    refused("another calendar", calendar="24x7")
    with pytest.raises(bt.errors.RunError, match="stands after tick 300 already"):
        bt.resume(kept, Gambler(), ticks, until=299, **RULES)
    with pytest.raises(bt.errors.RunError, match="there are ticks 0 to 599"):
        bt.run(Gambler(), ticks, until=600)
    with pytest.raises(bt.errors.RunError, match="has come to its end"):
        bt.run(Gambler(), ticks).checkpoint()
    with pytest.raises(bt.errors.RunError, match="close_at_end"):
        bt.run(Gambler(), ticks, until=3, close_at_end=True)


def test_every_flipped_byte_and_every_cut_is_seen(kept: Checkpoint, tmp_path: Path) -> None:
    content = kept.content
    random = np.random.default_rng(0)
    for place in [*range(HEAD.size + 40), *random.integers(0, len(content), 200).tolist(), len(content) - 1]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(random.integers(8))
        with pytest.raises((bt.errors.FormatError, bt.errors.DamagedError, bt.errors.NewerFormatError)):
            Checkpoint(bytes(flipped))
    for end in [0, 7, 19, 20, 40, *random.integers(0, len(content), 40).tolist()]:
        with pytest.raises((bt.errors.FormatError, bt.errors.DamagedError)):
            Checkpoint(content[:end])
    path = tmp_path / "a.csv"
    path.write_text("time,bid,ask\n1,2,3\n" * 10)
    with pytest.raises(bt.errors.FormatError, match=r"a\.csv is no checkpoint"):
        bt.resume(path, Gambler(), random_ticks(1, 600))
    newer = HEAD.pack(MAGIC, 2, 0)
    with pytest.raises(bt.errors.NewerFormatError, match="newer btlab"):
        Checkpoint(newer + hashlib.sha256(newer).digest())


def forged(text: Any, arrays: bytes = b"") -> bytes:
    """A file with a right sum over a wrong text."""
    written = json.dumps(text).encode() if not isinstance(text, bytes) else text
    content = HEAD.pack(MAGIC, 1, len(written)) + written + arrays
    return content + hashlib.sha256(content).digest()


NESTED = b'{"arrays":[],"tree":' + b'{"l":[' * 100_000 + b"]}" * 100_000 + b"}"
FORGED = [
    b"", b"null", b"{", b"[1]", NESTED, {"arrays": [], "tree": 1.5}, {"arrays": [], "tree": {"r": 0}},
    {"arrays": [["O", [1]]], "tree": None}, {"arrays": [["<f8", [-1]]], "tree": None},
    {"arrays": [["<f8", [2**62, 4]]], "tree": None},
    {"arrays": [["<f8", [9]]], "tree": {"a": 0}}, {"arrays": [["<i8,<i8", [0]]], "tree": None},
    {"arrays": [], "tree": {"f": "zz"}},
    {"arrays": [], "tree": {"pickle": "gASV"}}, {"arrays": [], "tree": {"d": [[{"l": []}, 1]]}}, {"arrays": [], "tree": {"l": 7}},
    {"arrays": [], "tree": {"q": [-1, []]}}, {"arrays": [["<f8", [0] * 40]], "tree": None},
    {"arrays": {}, "tree": {"a": 0, "b": 1}},
    {"arrays": [], "tree": {"d": [["strategy", 1]]}},
]  # fmt: skip


@pytest.mark.parametrize("text", FORGED, ids=range(len(FORGED)))
def test_a_forged_file_is_a_typed_error(text: Any) -> None:
    with pytest.raises(bt.errors.FormatError):
        Checkpoint(forged(text))


def test_a_place_outside_its_arrays_is_refused(kept: Checkpoint) -> None:
    """A file made by hand, whose sum is right and whose numbers are not."""
    ticks = random_ticks(1, 600)
    names = [name for name, _, _ in kept.parts["record"]["fields"]]
    offsets = {name: offset for name, _, offset in kept.parts["record"]["fields"]}

    def with_field(name: str, value: int) -> Checkpoint:
        parts = unpack(kept.content, "it")
        record = parts["record"]["now"].copy()
        record[offsets[name] : offsets[name] + 8] = np.frombuffer(np.int64(value).tobytes(), np.uint8)
        parts["record"]["now"] = record
        return Checkpoint(pack(parts, "it"))

    assert set(offsets) == set(names)
    for name, value in (
        ("tick", 10**12), ("tick", -5), ("minute", 10**9), ("taken", 10**9), ("counts", 10**7), ("timeframe", 77),
        ("orders", 10**6),
        ("working", -1), ("lots", 10**5), ("fill_reason", 4_000),
    ):  # fmt: skip
        with pytest.raises(bt.errors.FormatError, match="is not as this version of btlab has it"):
            bt.resume(with_field(name, value), Gambler(), ticks, **RULES)
    assert bt.resume(with_field("tick", 301), Gambler(), ticks, **RULES).fingerprint
