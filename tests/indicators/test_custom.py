"""A user's own indicator: five lines, compiled or not, on closed and forming bars, in chains, on any timeframe."""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
import pytest

import btlab as bt
from btlab.errors import BtlabWarning, IndicatorError
from btlab.indicators import custom_runs
from btlab.indicators.catalogue import CUSTOM
from btlab.indicators.columns import frames_of
from btlab.indicators.custom import custom_indicator
from btlab.indicators.custom_runs import Interpreted, stream_of
from btlab.indicators.entry import Output
from btlab.indicators.graph import Graph
from btlab.indicators.nodes import NODES
from btlab.indicators.nodes.single import Single
from btlab.indicators.values import values_of
from tests.indicators.market import walk

LIMIT = 3.0
SEEN: list[float] = []


@pytest.fixture(autouse=True)
def _forgotten():
    """What a test declares is gone after it."""
    yield
    for name in list(CUSTOM):
        CUSTOM.pop(name)
        NODES.pop(name)


def position(close, highs, lows, timeperiod=20):
    """Where the close stands in the range of the last bars."""
    low, high = lows.min(), highs.max()
    return (close - low) / (high - low)


def kept(real, volume, memory, *, share: float = 0.25, skipped: int = 2):
    memory[0] += share * (real - memory[0])
    memory[1] += volume if volume > 0.0 else skipped
    return memory[0], memory[1] / 2


def bars_of(columns: dict[str, np.ndarray]) -> bt.Bars:
    names = ("open", "high", "low", "close", "volume")
    return bt.Bars(columns["time"].astype(np.int64), *(columns[name] for name in names), "5m", "BTCUSD")


def declare(mode: str) -> None:
    custom_indicator(mode=mode)(position)
    custom_indicator(outputs=("mean", "volume"), memory=2, lookback="skipped", mode=mode)(kept)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_it_is_the_formula_over_the_last_bars(mode):
    declare(mode)
    columns = walk(120)
    ours = bt.indicator("position", bars_of(columns), timeperiod=7).to_numpy()
    assert np.isnan(ours[:6]).all()
    for i in range(6, 120):
        low, high = columns["low"][i - 6 : i + 1].min(), columns["high"][i - 6 : i + 1].max()
        assert ours[i] == pytest.approx((columns["close"][i] - low) / (high - low), rel=1e-12)


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_batch_update_peek_and_a_clone_agree(mode):
    declare(mode)
    columns, random = walk(60), np.random.default_rng(1)
    for name, values in (("position", (5.0,)), ("kept", (0.25, 2.0))):
        node = NODES[name]
        inputs = [columns["close" if one == "real" else one] for one in node.entry.inputs]
        batch, stream = stream_of(node, values).batch(inputs), stream_of(node, values)
        assert isinstance(stream, Single if mode == "compiled" else Interpreted)
        for i, bar in enumerate(np.transpose(inputs)):
            stream.peek(*(bar * random.uniform(0.9, 1.1)))
            peeked, cloned = stream.peek(*bar), stream.clone().update(*bar)
            assert np.array_equal(peeked, cloned, equal_nan=True)
            assert np.array_equal(stream.update(*bar), batch[:, i], equal_nan=True)


def test_compiled_and_interpreted_say_the_same_to_the_last_bit():
    columns, made = walk(80), []
    for mode in ("compiled", "interpreted"):
        declare(mode)
        made.append([bt.indicator(name, bars_of(columns)).to_numpy() for name in ("position", "kept")])
    for compiled, interpreted in zip(*made):
        assert np.array_equal(compiled, interpreted, equal_nan=True)


def test_several_outputs_and_a_lookback_that_a_parameter_says():
    declare("compiled")
    columns = walk(30)
    frame = bt.indicator("kept", bars_of(columns), skipped=4, share=1.0)
    assert frame.columns == ["mean", "volume"]
    mean = frame["mean"].to_numpy()
    assert np.isnan(mean[:4]).all() and mean[4:] == pytest.approx(columns["close"][4:], rel=1e-15)
    assert frame["volume"][29] == np.where(columns["volume"] > 0, columns["volume"], 4).sum() / 2


def test_a_bar_that_is_not_finite_is_not_there():
    for mode in ("compiled", "interpreted"):
        custom_indicator(mode=mode, memory=1)(ups)
        assert bt.indicator("ups", [1.0, np.nan, 2.0, np.inf, 3.0]).to_list() == pytest.approx(
            [1, np.nan, 2, np.nan, 3], nan_ok=True
        )


def ups(real, memory):
    memory[0] += real > 0.0
    return memory[0]


def test_it_stands_in_chains_and_reads_other_indicators():
    declare("compiled")
    custom_indicator(mode="compiled")(spread_of)
    columns, graph = walk(200), Graph()
    place = graph.add("position", timeframe="5m", timeperiod=10)[0]
    mean = graph.add("EMA", timeframe="5m", input=place, timeperiod=5)[0]
    own = graph.add("spread_of", timeframe="5m", input=mean, timeperiod=8)[0]
    assert (place.warmup, mean.warmup, own.warmup) == (9, 13, 20)
    frames = frames_of(bars_of(columns))
    inner = values_of(graph, mean, frames)
    expected = [inner[i - 7 : i + 1].max() - inner[i - 7 : i + 1].min() for i in range(20, 200)]
    assert values_of(graph, own, frames)[20:].tolist() == expected
    assert np.isnan(values_of(graph, own, frames)[:20]).all()


def spread_of(reals, timeperiod=3):
    return reals.max() - reals.min()


@pytest.mark.parametrize("timeframe", ["1m", "5m", "1h"])
def test_on_bars_of_any_timeframe(timeframe):
    declare("compiled")
    ticks = bt.simulate_ticks("EURUSD", days=1, seed=4)
    alone = bt.indicator("position", bt.bars(ticks, timeframe), timeperiod=3)
    assert bt.indicator("position", ticks, timeframe=timeframe, timeperiod=3).equals(alone, null_equal=True)


def test_declared_again_the_new_one_counts_on_the_same_bars():
    """By its code, its defaults, and the numbers it reads from outside; the same again is served from the cache."""
    bars, results, tokens = bars_of(walk(20)), [], []
    for limit in (1.0, 2.0, 1.0):
        custom_indicator(mode="compiled")(limited(limit))
        results.append(bt.indicator("over", bars)[5])
        tokens.append(CUSTOM["over"].token)
    assert results[0] - results[1] == pytest.approx(1.0) and results[2] == results[0]
    assert tokens[0] == tokens[2] != tokens[1]


def limited(limit):
    def over(close):
        return close - limit

    return over


def test_a_global_that_changed_makes_another(monkeypatch):
    tokens = []
    for limit in (3.0, 4.0):
        monkeypatch.setitem(globals(), "LIMIT", limit)
        custom_indicator(over_global)
        tokens.append(CUSTOM["over_global"].token)
    assert tokens[0] != tokens[1]


def over_global(close):
    return close - LIMIT


WEIGHTS, BOOK = [1.0], {"weight": [1.0]}


class Settings:
    weight = 1.0


def weighted_by_list(close):
    return close * WEIGHTS[0]


def weighted_by_book(close):
    return close * BOOK["weight"][0]


def weighted_by_class(close):
    return close * Settings.weight


@pytest.mark.parametrize("function", [weighted_by_list, weighted_by_book, weighted_by_class])
def test_declared_again_what_it_reads_from_outside_counts_wherever_it_is_kept(monkeypatch, function):
    """A list, what lies in a dictionary, and what belongs to a class, of which nothing is known but that it may have changed."""
    monkeypatch.setitem(globals(), "WEIGHTS", [1.0])
    monkeypatch.setitem(globals(), "BOOK", {"weight": [1.0]})
    bars, found = bars_of(walk(20)), []
    for _ in range(2):
        custom_indicator(mode="interpreted")(function)
        found.append(bt.indicator(function.__name__, bars)[5])
        WEIGHTS[0] = BOOK["weight"][0] = 3.0
        monkeypatch.setattr(Settings, "weight", 3.0)
    assert found[1] == pytest.approx(3.0 * found[0])


def test_functions_of_one_name_are_told_apart_by_their_module(monkeypatch):
    tokens = []
    for function in (math.sqrt, np.sqrt):
        monkeypatch.setitem(globals(), "root", function)
        custom_indicator(rooted)
        tokens.append(CUSTOM["rooted"].token)
    assert tokens[0] != tokens[1]


def rooted(close):
    return root(close)  # noqa: F821


def test_what_comes_with_python_and_numpy_does_not_make_another():
    """A cell that is run again is not compiled again."""
    tokens = []
    for _ in range(2):
        custom_indicator(reads_libraries)
        tokens.append(CUSTOM["reads_libraries"].token)
    assert tokens[0] == tokens[1]


def reads_libraries(close):
    return math.sqrt(np.log(close)) + limited(3.0)(close) + len(WEIGHTS) + len(BOOK)


def remembers(close):
    SEEN.append(float(close))
    return len(SEEN)


def test_what_cannot_be_compiled_runs_and_says_why_once():
    custom_indicator(remembers)
    with pytest.warns(BtlabWarning, match=r"remembers runs interpreted, some µs a bar; line \d+: .*'SEEN'"):
        assert bt.indicator("remembers", bars_of(walk(5))).to_list() == [1, 2, 3, 4, 5]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bt.indicator("remembers", bars_of(walk(6)))


def test_compiled_or_nothing():
    custom_indicator(mode="compiled")(remembers)
    with pytest.raises(IndicatorError, match=r"remembers cannot be compiled, line \d+"):
        bt.indicator("remembers", bars_of(walk(5)))


def writes(closes, timeperiod=3):
    closes[0] = 0.0
    return closes[1]


def gives_nothing(close):
    if close > 0.0:
        return close


def gives_two(close):
    return close, close


def forgets_to_return(close):
    close * 2.0


def of_a_list(close):
    return close * WEIGHTS[0]


@pytest.mark.parametrize("mode", ["auto", "compiled", "interpreted"])
def test_what_returns_another_count_than_its_outputs_is_refused_with_the_way_out(mode):
    custom_indicator(mode=mode)(gives_two)
    with pytest.raises(IndicatorError, match=r"returns 2 numbers and has 1 output \(gives_two\); say @bt.*outputs=\('a', 'b'\)"):
        bt.indicator("gives_two", bars_of(walk(5)))
    custom_indicator(mode=mode, outputs=("a", "b", "c"))(gives_two)
    with pytest.raises(IndicatorError, match=r"returns 2 numbers and has 3 outputs \(a, b, c\)"):
        bt.indicator("gives_two", bars_of(walk(5)))


def test_a_return_that_was_forgotten_is_told():
    custom_indicator(forgets_to_return)
    with pytest.raises(IndicatorError, match="forgets_to_return returns nothing"):
        bt.indicator("forgets_to_return", bars_of(walk(5)))


@pytest.mark.parametrize(
    ("function", "rule"),
    [
        (writes, "read, not written"),
        (gives_nothing, "one number is wanted"),
        (of_a_list, "WEIGHTS is a list.*a tuple or a numpy"),
    ],
)
def test_rules_that_compiling_finds(function, rule):
    custom_indicator(mode="compiled")(function)
    with pytest.raises(IndicatorError, match=rule):
        bt.indicator(function.__name__, bars_of(walk(5)))


def beyond(closes, close, timeperiod=3):
    return closes[5] if close > 1.1 else 0.0


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_an_index_beyond_its_array_is_an_error_with_its_line_and_bar(mode):
    """Compiled code would read whatever lies behind the array."""
    custom_indicator(mode=mode)(beyond)
    columns = walk(30)
    columns["close"] = np.where(np.arange(30) == 17, 1.2, 1.0)
    line = beyond.__code__.co_firstlineno + 1
    with pytest.raises(IndicatorError, match=f"beyond, line {line}, at bar 17: IndexError"):
        bt.indicator("beyond", bars_of(columns))


def test_division_by_zero_is_no_error_in_either_mode():
    for mode in ("compiled", "interpreted"):
        custom_indicator(mode=mode)(inverse)
        assert bt.indicator("inverse", [0.0, 2.0]).to_list() == [math.inf, 0.5]


def inverse(real):
    return 1.0 / real


def test_a_slow_one_is_named_with_its_time(monkeypatch):
    monkeypatch.setattr(custom_runs, "SLOW_SECONDS", 0.0)
    declare("interpreted")
    with pytest.warns(BtlabWarning, match=r"position took \d\.\d s for 40 bars, .* µs each; interpreted"):
        bt.indicator("position", bars_of(walk(40)))


@pytest.mark.parametrize(("mode", "rounds"), [("compiled", 9_000), ("interpreted", 90)])
def test_a_slow_one_on_running_bars_is_named_with_its_time(monkeypatch, mode, rounds):
    """Compiled code reads no clock: it is asked again when the run is over, and that is told as often as it was asked."""
    custom_indicator(mode=mode)(takes_long)
    monkeypatch.setattr(custom_runs, "SLOW_SECONDS", 0.002)
    with pytest.warns(BtlabWarning, match=r"takes_long took \d\.\d s for 900 values of running bars, \d+ µs each") as caught:
        bt.run(ReadsLong(rounds=rounds), bt.simulate_ticks("EURUSD", days=1, seed=4)[:900], progress=False)
    each = float(re.search(r"([\d.]+) µs each", str(caught[0].message))[1])
    assert 5.0 < each < 900.0


def takes_long(close, rounds=1):
    total = 0.0
    for k in range(rounds):
        total += math.sqrt(close + k)
    return total


class ReadsLong(bt.Strategy):
    rounds: int = 1

    def init(self):
        self.own = self.indicator("takes_long", rounds=self.rounds)

    def on_tick(self, ctx):
        if ctx.forming_value(self.own) < 0.0:
            ctx.buy(size=1.0)


def unknown(clse):
    return clse


def of_nothing(timeperiod=3):
    return timeperiod


def without_length(closes):
    return closes[0]


def worded(close, kind="fast"):
    return close


def starred(*columns):
    return columns[0]


@pytest.mark.parametrize(
    ("function", "way_out"),
    [
        (unknown, "Did you mean 'close'"), (of_nothing, r"def of_nothing\(close\)"), (without_length, "length=20"),
        (worded, "ints and floats"), (starred, "name each argument"),
    ],
)  # fmt: skip
def test_what_is_no_indicator_is_refused_with_a_way_out(function, way_out):
    with pytest.raises(IndicatorError, match=way_out):
        custom_indicator(function)
    assert not CUSTOM


def keeps(close, memory):
    memory[0] += close
    return memory[0]


def keeps_none(close):
    return close


def named_as_ours(close, timeframe=5):
    return close * timeframe


@pytest.mark.parametrize(
    ("function", "said", "way_out"),
    [
        (keeps, {}, "say memory=1"), (keeps, {"memory": -1}, "0 to 100,000"), (keeps, {"memory": 10**12}, "0 to 100,000"),
        (keeps, {"memory": "3"}, "a number of floats"), (keeps_none, {"memory": 3}, "name it among the arguments"),
        (gives_two, {"outputs": ()}, "a name of its own"), (gives_two, {"outputs": ("up", "up")}, "a name of its own"),
        (gives_two, {"outputs": (Output("up", "liine"), "down")}, "Did you mean 'line'"),
        (gives_two, {"outputs": 3}, "a name of its own"),
        (position, {"length": None}, "a number of bars, 1 to 100,000, or a parameter's name"),
        (position, {"length": 2.5}, "length=2.5"), (position, {"lookback": True}, "lookback=True"),
        (named_as_ours, {}, "timeframe= is taken"), (lambda close: close, {}, "over a def"),
    ],
)  # fmt: skip
def test_what_is_declared_otherwise_than_it_is_written_is_refused(function, said, way_out):
    """A memory shorter than what is written to it would let compiled code write over whatever lies behind it."""
    with pytest.raises(IndicatorError, match=way_out):
        custom_indicator(**said)(function)
    assert not CUSTOM


def test_one_output_may_be_named_by_a_word():
    custom_indicator(outputs="up")(keeps_none)
    assert bt.indicator("keeps_none", bars_of(walk(5))).name == "keeps_none" and CUSTOM["keeps_none"].output_names == ("up",)


def test_its_warning_points_at_the_line_that_asked_for_it():
    custom_indicator(of_a_list)
    with pytest.warns(BtlabWarning, match="WEIGHTS is a list") as told:
        bt.indicator("of_a_list", bars_of(walk(5)))
    assert told[0].filename == __file__


def test_a_name_of_the_catalogue_and_an_unknown_mode_are_refused():
    def rsi(close):
        return close

    with pytest.raises(IndicatorError, match="RSI is Relative Strength Index"):
        custom_indicator(rsi)
    with pytest.raises(IndicatorError, match="Did you mean 'compiled'"):
        custom_indicator(mode="compile")


def test_it_stands_in_the_table_and_the_function_stays_a_function():
    assert custom_indicator(position) is position
    row = bt.list_indicators("close stands in the range").row(0, named=True)
    assert (row["name"], row["origin"], row["parameters"], row["lookback"]) == ("position", "custom", "timeperiod=20", 19)


def test_one_that_fails_on_a_running_bar_ends_the_run_there_and_names_the_line():
    """Closed bars are fine here; the running one is not, and compiled code has no way to raise. Told is the first failure."""
    ticks, told = bt.simulate_ticks("EURUSD", days=1, seed=4)[:20_000], []
    other = bt.Ticks.from_arrays(ticks.time, ticks.bid, ticks.ask, symbol="GBPUSD")
    line = fails_while_it_runs.__code__.co_firstlineno + 1
    for mode in ("compiled", "interpreted"):
        for data in (ticks, {"EURUSD": ticks, "GBPUSD": other}):
            custom_indicator(mode=mode)(fails_while_it_runs)
            with pytest.raises(IndicatorError, match=f"fails_while_it_runs, line {line}, at bar \\d+: IndexError") as caught:
                bt.run(ReadsRunning(), data)
            told.append(caught.value.details["bar"])
    assert 0 < told[0] < 30 and set(told) == {told[0]}


def fails_while_it_runs(close, open, highs, timeperiod=2):
    return highs[5] if close == open else 1.0


class ReadsRunning(bt.Strategy):
    def init(self):
        self.own = self.indicator("fails_while_it_runs")

    def on_tick(self, ctx):
        if ctx.forming_value(self.own) > 2.0:
            ctx.buy(size=1.0)
