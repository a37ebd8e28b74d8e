"""`bt.run_signals`: what rows of arrays say is done where a strategy would have said it, and no row is misread."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import btlab as bt
from btlab import errors
from tests.market.streams import random_ticks

MINUTE = 60_000_000
COSTS = bt.Execution(commission=bt.commission.percent(0.1), slippage=0.02)


def bars_of(count: int, seed: int = 0) -> bt.Bars:
    """Minutes of a walk in cents whose opens differ from the closes before."""
    random = np.random.default_rng(seed)
    close = 10_000 + np.cumsum(random.integers(-20, 21, count))
    open_ = np.concatenate([[10_000], close[:-1]]) + random.integers(-5, 6, count)
    high, low = np.maximum(open_, close) + random.integers(0, 9, count), np.minimum(open_, close) - random.integers(0, 9, count)
    columns = {"open": open_ / 100, "high": high / 100, "low": low / 100, "close": close / 100}
    return bt.Bars.from_frame(pl.DataFrame({"time": np.arange(count) * MINUTE, **columns}), symbol="X", timeframe="1m")


def marks(text: str) -> list[bool]:
    """'..x.' as a signal."""
    return [letter == "x" for letter in text]


def fills_of(session: bt.Session) -> list[tuple[int, str, float]]:
    return list(session.fills.select("tick", "side", "size").iter_rows())


LONG, SHORT, OUT, BACK = "entries", "short_entries", "exits", "short_exits"
RULES: dict[str, tuple[dict[str, str], list[tuple[int, str, float]]]] = {
    "an entry fills at the next open": ({LONG: "..x......."}, [(3, "buy", 10)]),
    "an exit closes": ({LONG: "..x.......", OUT: ".....x...."}, [(3, "buy", 10), (6, "sell", 10)]),
    "an entry while long does nothing": ({LONG: "..xxxx....", OUT: "......x..."}, [(3, "buy", 10), (7, "sell", 10)]),
    "an exit while flat does nothing": ({LONG: "....x.....", OUT: "xxx......."}, [(5, "buy", 10)]),
    "an entry with its exit is an exit, flat": ({LONG: "..x.......", OUT: "..x......."}, []),
    "an entry with its exit is an exit, long": ({LONG: "x...x.....", OUT: "....x....."}, [(1, "buy", 10), (5, "sell", 10)]),
    "both entries do nothing, flat": ({LONG: "..x.......", SHORT: "..x......."}, []),
    "both entries do nothing, long": ({LONG: "x.x.......", SHORT: "..x......."}, [(1, "buy", 10)]),
    "a short": ({SHORT: "x.........", BACK: "....x....."}, [(1, "sell", 10), (5, "buy", 10)]),
    "a long's exit is none of a short": ({SHORT: "x.........", OUT: "....x....."}, [(1, "sell", 10)]),
    "the other side closes, then opens": (
        {LONG: "x.........", SHORT: "...x......"},
        [(1, "buy", 10), (4, "sell", 10), (4, "sell", 10)],
    ),
    "out of the short and into the long": (
        {SHORT: "x.........", LONG: "...x......", BACK: "...x......"},
        [(1, "sell", 10), (4, "buy", 10), (4, "buy", 10)],
    ),
    "out of the long, its entry contradicted, into the short": (
        {LONG: "x..x......", OUT: "...x......", SHORT: "......x..."},
        [(1, "buy", 10), (4, "sell", 10), (7, "sell", 10)],
    ),
    "what contradicts itself on one side leaves the other alone": (
        {LONG: "x.........", SHORT: "...x......", BACK: "...x......"},
        [(1, "buy", 10)],
    ),
    "the last bar's signal meets nothing": ({LONG: ".........x"}, []),
}


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
@pytest.mark.parametrize("rule", RULES)
def test_rules(rule: str, mode: str) -> None:
    texts, expected = RULES[rule]
    signals = {name: marks(text) for name, text in texts.items()}
    signals.setdefault("entries", None)  # type: ignore[arg-type]
    session = bt.run_signals(bars_of(10), **signals, size=10, mode=mode)
    assert fills_of(session) == expected
    assert session.mode == mode


def expected_fills(bars: bt.Bars, rows: np.ndarray, size: float) -> list[tuple[int, str, float, float]]:
    """The rules once more, in plain Python: (bar, side, size, price)."""
    held, fills = 0, []
    for bar in range(len(bars) - 1):
        enter, leave, enter_short, leave_short = rows[:, bar]
        wanted = held
        if enter and enter_short and not leave and not leave_short:
            enter = enter_short = False
        if held == 1 and leave:
            wanted = 0
        if held == -1 and leave_short:
            wanted = 0
        both = rows[0, bar] and rows[2, bar]
        if enter and not leave and not both:
            wanted = 1
        elif enter_short and not leave_short and not both:
            wanted = -1
        if wanted != held:
            price = bars.open[bar + 1]
            if held:
                fills.append((bar + 1, "sell" if held > 0 else "buy", size, price))
            if wanted:
                fills.append((bar + 1, "buy" if wanted > 0 else "sell", size, price))
        held = wanted
    return fills


@pytest.mark.parametrize("seed", range(12))
def test_random_signals_do_what_the_rules_say(seed: int) -> None:
    bars, random = bars_of(400, seed), np.random.default_rng(seed)
    rows = random.random((4, 400)) < random.uniform(0.03, 0.4, (4, 1))
    session = bt.run_signals(
        bars, rows[0], rows[1], short_entries=rows[2], short_exits=rows[3], size=3.0, cash=1e6, execution=COSTS
    )
    expected = expected_fills(bars, rows, 3.0)
    assert len(expected) > 10
    sides = [1 if side == "buy" else -1 for _, side, _, _ in expected]
    assert fills_of(session) == [fill[:3] for fill in expected]
    prices = [price + sign * 0.02 for sign, (*_, price) in zip(sides, expected, strict=True)]
    np.testing.assert_allclose(session.fills["price"], prices, rtol=0, atol=1e-9)
    money = [-sign * 3.0 * price - 0.001 * 3.0 * price for sign, price in zip(sides, prices, strict=True)]
    end = 1e6 + sum(money) + 3.0 * sum(sides) * bars.close[-1]
    assert session.equity["equity"][-1] == pytest.approx(end, abs=1e-6)


def test_an_array_says_what_a_strategy_would() -> None:
    """On ticks, at the closes of bars and at every tick: the same fills as of a strategy with the same rule."""

    class Rising(bt.Strategy):
        timeframe = "5m"

        def on_bar(self, ctx):
            if ctx.position == 0.0 and ctx.close("5m") > ctx.open("5m"):
                ctx.buy(size=100, stop_loss=ctx.close("5m") - 0.0004, take_profit=ctx.close("5m") + 0.0006)
            elif ctx.position > 0.0 and ctx.close("5m") < ctx.open("5m"):
                ctx.close_position()

    class EveryTick(bt.Strategy):
        def on_tick(self, ctx):
            if ctx.position == 0.0 and ctx.ask - ctx.bid < 0.000055:
                ctx.buy(size=100)
            elif ctx.position > 0.0 and ctx.ask - ctx.bid > 0.000065:
                ctx.close_position()

    ticks = bt.simulate_ticks("EURUSD", days=1, seed=3)
    five = bt.bars(ticks, "5m")
    up, down = five.close > five.open, five.close < five.open
    said = bt.run(Rising(), ticks)
    for rows in (len(five), len(five) - 1):
        held = bt.run_signals(
            ticks, up[:rows], down[:rows], size=100, timeframe="5m",
            stop_loss=(five.close - 0.0004)[:rows], take_profit=five.close + 0.0006,
        )  # fmt: skip
        assert held.fingerprint == said.fingerprint and len(said.fills) > 50
    spread = ticks.ask - ticks.bid
    each = bt.run_signals(ticks, spread < 0.000055, spread > 0.000065, size=100)
    assert each.fingerprint == bt.run(EveryTick(), ticks).fingerprint
    assert len(each.fills) > 10


def test_longer_bars_than_the_data() -> None:
    bars = bars_of(300, 5)
    hours = bt.bars(bars, "1h")
    session = bt.run_signals(bars, [True, False, True, False, False], [False, True, False, True, False], size=1, timeframe="1h")
    assert len(hours) == 5
    assert fills_of(session) == [(60, "buy", 1), (120, "sell", 1), (180, "buy", 1), (240, "sell", 1)]


def test_bars_of_any_length_and_empty_ones() -> None:
    """Every bar that closes has its row, also one without a tick; what closes together meets one tick."""
    minutes = np.array([0, 1, 5, 6, 7, 8, 9])
    time = (minutes * MINUTE + 1).repeat(2) + np.tile([0, 30_000_000], 7)
    ticks = bt.Ticks.from_arrays(time, np.full(14, 1.1), np.full(14, 1.1001), symbol="BTCUSD")
    rows = len(bt.bars(ticks, "1m", empty_bars="flat"))
    assert rows == 10
    for row, fills in {1: [4], 2: [4], 3: [4], 4: [4], 5: [6], 8: [12], 9: []}.items():
        session = bt.run_signals(ticks, np.arange(rows) == row, size=1, timeframe="1m", empty_bars="flat")
        assert [tick for tick, *_ in fills_of(session)] == fills, row
    both = bt.run_signals(ticks, np.arange(10) == 2, np.arange(10) == 3, size=1, timeframe="1m", empty_bars="flat")
    assert both.orders["state"].to_list() == ["cancelled"]
    weeks = bt.run_signals(bars_of(30_000), [True, False, False], size=1, timeframe="1w")
    assert fills_of(weeks) == [(int(bt.bars(bars_of(30_000), "1w").time[1] // MINUTE), "buy", 1)]
    with pytest.raises(errors.RunError, match="10 1m bars"):
        bt.run_signals(ticks, [True] * 7, size=1, timeframe="1m", empty_bars="flat")


def test_levels_are_prices_and_nan_is_a_rejection() -> None:
    bars = bars_of(30, 2)
    entries = np.zeros(30, bool)
    entries[[3, 10, 20]] = True
    stops = np.full(30, 50.0)
    stops[10] = math.nan
    session = bt.run_signals(bars, entries, entries[::-1] & ~entries, size=1, stop_loss=stops, take_profit=bars.close + 3)
    assert session.orders["state"].to_list()[0] == "filled"
    rejected = session.orders.filter(state="rejected")
    assert rejected.height == 1 and rejected["reason"][0].startswith("order.level")
    assert rejected["created_tick"][0] == 10
    assert session.trades["take_profit"][0] == pytest.approx(bars.close[3] + 3)


def test_it_enters_again_after_a_stop() -> None:
    bars = bars_of(60, 1)
    session = bt.run_signals(bars, [True] * 60, size=1, stop_loss=bars.close - 0.1)
    exits = session.trades["exit_reason"].drop_nulls()
    assert len(exits) > 3 and set(exits) == {"stop_loss"}
    assert (session.trades["entry_tick"][1:] > session.trades["exit_tick"].drop_nulls()[: len(session.trades) - 1]).all()


def test_sizes() -> None:
    bars = bars_of(40, 6)
    entries, exits = np.arange(40) % 10 == 2, np.arange(40) % 10 == 7
    whole = bt.run_signals(bars, entries, exits, cash=5_000)
    assert whole.fills["size"][0] == math.floor(5_000 / bars.open[3])
    half = bt.run_signals(bars, entries, exits, cash=5_000, fraction=np.where(np.arange(40) < 10, 0.5, 0.25))
    assert half.fills["size"][0] == math.floor(2_500 / bars.open[3])
    assert half.fills["size"][2] == math.floor(0.25 * (5_000 + half.trades["pnl"][0]) / bars.open[13])
    stops = bars.close - 2.0
    risky = bt.run_signals(bars, entries, exits, cash=5_000, risk=0.01, stop_loss=stops)
    assert risky.fills["size"][0] == math.floor(50 / (bars.open[3] - stops[2]) + 1e-9)
    units = bt.run_signals(bars, entries, exits, size=np.arange(1, 41))
    assert units.fills["size"].to_list() == [3, 3, 13, 13, 23, 23, 33, 33]


SAME: dict[str, Any] = {
    "bools": marks("..x...."),
    "floats with NaN": [math.nan, 0, 1.0, 0, 0, math.nan, 0],
    "None": [None, None, True, False, False, None, None],
    "polars": pl.Series([None, None, True, False, False, None, None]),
    "polars numbers": pl.Series([None, 0, 1, 0, 0, 0, None]),
    "pandas": pd.Series(marks("..x....")),
    "pandas, nullable": pd.Series([None, None, True, False, False, None, None], dtype="boolean"),
    "pandas, objects": pd.Series([None, math.nan, True, False, False, None, None], dtype=object),
}


@pytest.mark.parametrize("kind", SAME)
def test_no_value_is_no_signal(kind: str) -> None:
    assert fills_of(bt.run_signals(bars_of(7), SAME[kind], marks("....x.."), size=2)) == [(3, "buy", 2), (5, "sell", 2)]


def test_everything_of_a_run_passes_through_and_arrays_stay() -> None:
    bars, entries = bars_of(50, 8), np.arange(50) % 9 == 1
    entries.flags.writeable = False
    session = bt.run_signals(
        bars, entries, cash=777.0, spread=0.5, execution=COSTS, account=bt.Account(leverage=2), close_at_end=True,
        instrument=bt.Instrument("X", tick_size=0.01, lot_size=0.5), mode="interpreted", progress=False,
    )  # fmt: skip
    assert (session.cash, session.spread, session.mode, session.account.leverage) == (777.0, 0.5, "interpreted", 2)
    assert session.fills["price"][0] == pytest.approx(bars.open[2] + 0.52)
    assert session.trades["exit_reason"].to_list() == ["end"]
    with pytest.raises(TypeError, match="leverage"):
        bt.run_signals(bars, entries, leverage=3)


def test_a_row_is_read_once_it_is_over_and_not_before() -> None:
    """A signal that is moved by a bar moves its fill by a bar."""
    bars = bars_of(20)
    for row in range(19):
        assert fills_of(bt.run_signals(bars, np.arange(20) == row, size=1)) == [(row + 1, "buy", 1)]


TICKS = random_ticks(0, 300, odd=0.0)
BARS = bars_of(5)
YES = [True] * 5
WRONG = {
    "too short": ({"entries": [True] * 4}, "entries has shape (4,), and there are 5 1m bars of X: one value for each of them"),
    "too long": ({"entries": YES, "exits": [True] * 6}, "exits has shape (6,)"),
    "two columns": ({"entries": np.ones((5, 2), bool)}, "entries has shape (5, 2)"),
    "one value": ({"entries": True}, "entries has shape ()"),
    "not a signal": ({"entries": [0, 1, 2, 0, 0]}, "entries, row 2: 2 is no signal; a signal is True or False"),
    "a text among them": ({"entries": [True, "x", None, 0, 0]}, "entries"),
    "objects": ({"entries": np.array([True, None, "x", 0, 0], object)}, "entries, row 2: 'x' is no signal"),
    "two sizes": ({"entries": YES, "size": 1, "fraction": 0.1}, "size and fraction both say how much"),
    "no stop to size by": ({"entries": YES, "risk": 0.1}, "give stop_loss= too"),
    "a negative size": ({"entries": YES, "size": -1}, "size=-1: it is a positive number, or one a row"),
    "no size": ({"entries": YES, "fraction": math.nan}, "fraction=nan"),
    "a stop of zero": ({"entries": YES, "stop_loss": 0}, "stop_loss=0"),
    "stops of another length": ({"entries": YES, "stop_loss": [1.0, 2.0]}, "stop_loss has shape (2,)"),
    "sizes that are texts": ({"entries": YES, "size": ["a"] * 5}, "size is not made of numbers"),
    "a timeframe's rows": ({"data": TICKS, "entries": YES, "timeframe": "1m"}, "1m bars of EURUSD: one value for each"),
    "ticks": ({"data": TICKS, "entries": YES}, "300 ticks of EURUSD"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case: str) -> None:
    given, message = WRONG[case]
    with pytest.raises(errors.RunError) as raised:
        bt.run_signals(**{"data": BARS, **given})  # type: ignore[arg-type]
    assert message in str(raised.value)


def test_bars_finer_than_the_data() -> None:
    with pytest.raises(errors.TimeframeError, match="1m is finer than the data"):
        bt.run_signals(bt.bars(bars_of(120), "1h"), [True, False], timeframe="1m")
