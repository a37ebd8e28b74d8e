"""`bt.load_strategy`: a file does what a class written by hand does, to the last bit, and works wherever such a class works."""

from __future__ import annotations

from pathlib import Path

import pytest

import btlab as bt
from btlab import examples
from btlab.strategy import compile as compiling
from btlab.strategy.base import Strategy

EXAMPLES = Path(examples.__file__).parent
TWINS = ("rsi_reversal", "sma_cross", "breakout")

ALL = """
name: All
timeframe: [5m, 1h]
parameters:
  period: 7
  far: 0.0008
  long_only: false
  trend_bars: 4h
  label: "0700"
indicators:
  trend: {indicator: EMA, timeperiod: 3, timeframe: trend_bars, input: rsi.forming}
  rsi: RSI(timeperiod=2 * period, timeframe=1h)
  bands:
    indicator: BBANDS
    timeperiod: 10
    matype: EMA
    input: hl2
rules:
  - on: start
    mark: {began: cash}
  - on: 5m
    when: crossed_below(close, bands.lowerband) and position == 0.0 and not trend > 200
    cancel_all: true
    buy:
      size: max(1000, 100.0 * period)
      limit: >
        min(bid, close(1m), bands.middleband)
        - far / 4
      stop_loss: bid - far
      take_profit: ask + 2 * abs(far)
      expire: 30m
      post_only: true
      tag: NO
  - on: 5m
    when: not long_only and position == 0 and crossed_above(bands.upperband, close) or close(trend_bars) < 0
    sell: {size: 1e3, trailing: far, tif: DAY, tag: '1e3'}
  - on: 1h
    when: (rsi >= 50 or value(rsi, back=1) > rsi) and highest(1h, 3) > bands.middleband and count(1h) > 5
    close_position: 0.5
    mark:
      '<img onerror>': rsi
      "0700": -lowest(timeframe=1h, n=period - 4, back=1)
  - on: fill
    when: fill_reason == "stop_loss" and fill_size > 0
    mark: {lost: fill_price - entry_price}
    log: stopped
  - on: tick
    when: open_profit < -0.3 and forming_value(bands.upperband) > forming_close(5m)
    close_position: 1.0
    log: {"losing: out": open_profit}
"""


class ByHand(bt.Strategy):
    """What the file says, written by hand."""

    timeframe = ("5m", "1h")
    period: int = 7
    far: float = 0.0008
    long_only: bool = False
    trend_bars: str = "4h"

    def init(self):
        self.rsi = self.indicator("RSI", timeperiod=2 * self.period, timeframe="1h")
        self.trend = self.indicator("EMA", timeperiod=3, timeframe=self.trend_bars, input=self.rsi.forming)
        self.upper, self.middle, self.lower = self.indicator("BBANDS", timeperiod=10, matype="EMA", input="hl2")

    def on_start(self, ctx):
        ctx.mark("began", ctx.cash)

    def on_bar(self, ctx):
        if ctx.timeframe == 0:
            self_close, before = ctx.close("5m"), ctx.close("5m", back=1)
            if (
                before >= ctx.value(self.lower, back=1)
                and self_close < ctx.value(self.lower)
                and ctx.position == 0.0
                and not ctx.value(self.trend) > 200
            ):
                ctx.cancel_all()
                ctx.buy(
                    size=max(1000, 100.0 * self.period),
                    limit=min(ctx.bid, ctx.close("1m"), ctx.value(self.middle)) - self.far / 4,
                    stop_loss=ctx.bid - self.far,
                    take_profit=ctx.ask + 2 * abs(self.far),
                    expire="30m",
                    post_only=True,
                    tag="NO",
                )
            if (
                not self.long_only
                and ctx.position == 0
                and ctx.value(self.upper, back=1) <= before
                and ctx.value(self.upper) > self_close
            ):
                ctx.sell(size=1000.0, trailing=self.far, tif=bt.DAY, tag="1e3")
        else:
            rsi = ctx.value(self.rsi)
            up = rsi >= 50 or ctx.value(self.rsi, back=1) > rsi
            if up and ctx.highest("1h", 3) > ctx.value(self.middle) and ctx.count("1h") > 5:
                ctx.close_position(0.5)
                ctx.mark("<img onerror>", rsi)
                ctx.mark("0700", -ctx.lowest("1h", self.period - 4, back=1))

    def on_tick(self, ctx):
        if ctx.open_profit < -0.3 and ctx.forming_value(self.upper) > ctx.forming_close("5m"):
            ctx.close_position()
            ctx.log("losing: out", ctx.open_profit)

    def on_fill(self, ctx):
        if ctx.fill_reason == "stop_loss" and ctx.fill_size > 0:
            ctx.mark("lost", ctx.fill_price - ctx.entry_price)
            ctx.log("stopped")


@pytest.fixture(scope="module")
def ticks() -> bt.Ticks:
    return bt.simulate_ticks("EURUSD", days=10, seed=7)


def written(tmp_path: Path, text: str) -> type[Strategy]:
    path = tmp_path / "strategy.yaml"
    path.write_text(text, "utf-8")
    return bt.load_strategy(path)


def of_example(name: str) -> tuple[type[Strategy], type[Strategy]]:
    kind = bt.load_strategy(EXAMPLES / f"{name}.yaml")
    return kind, getattr(examples, kind.__name__)


def in_python(kind: type[Strategy]) -> type[Strategy]:
    names: dict[str, type[Strategy]] = {}
    exec(kind.as_python(), names)  # type: ignore[attr-defined]
    return names[kind.__name__]


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
@pytest.mark.parametrize("name", TWINS)
def test_the_examples_fill_as_their_twins_in_python_do(ticks, name, mode):
    kind, twin = of_example(name)
    assert {**kind().parameters()} == twin().parameters()
    session = bt.run(kind, ticks, mode=mode)
    assert session.fingerprint == bt.run(twin, ticks).fingerprint
    assert len(session.trades) > 5
    assert session.name == twin.__name__


def test_other_parameters_and_timeframes_compile_once_and_fill_as_the_twin_does(ticks):
    kind, twin = of_example("breakout")
    part = ticks[:300_000]
    bt.run(kind(timeframe="5m"), part, mode="compiled")
    before = len(compiling._COMPILED)
    for entry, fraction in ((10, 0.5), (40, 0.7)):
        given = {"timeframe": "5m", "entry": entry, "fraction": fraction}
        assert bt.run(kind(**given), part).fingerprint == bt.run(twin(**given), part).fingerprint
    assert len(compiling._COMPILED) == before + 1, "the twin's, and nothing for a parameter"
    assert bt.load_strategy(EXAMPLES / "breakout.yaml") is not kind
    bt.run(bt.load_strategy(EXAMPLES / "breakout.yaml")(timeframe="5m"), part)
    assert len(compiling._COMPILED) == before + 1, "the same file read again"


@pytest.mark.parametrize("mode", ["compiled", "interpreted"])
def test_all_that_a_file_can_say_is_what_python_says(tmp_path, ticks, mode):
    part = ticks[:150_000]
    kind = written(tmp_path, ALL)
    found, wanted = bt.run(kind, part, mode=mode), bt.run(ByHand, part, mode="interpreted")
    assert found.mode == mode
    assert found.orders.equals(wanted.orders)
    assert found.marks.equals(wanted.marks) and found.logs.equals(wanted.logs)
    assert set(found.logs["text"]) == {"stopped", "losing: out"}
    assert found.fingerprint == wanted.fingerprint
    assert set(found.orders["tag"]) >= {"NO", "1e3"}
    assert set(found.marks["name"]) == {"began", "<img onerror>", "0700", "lost"}
    assert {"trailing", "close"} <= set(found.fills["reason"])


def test_what_python_would_be_does_the_same(tmp_path, ticks):
    kind, part = written(tmp_path, ALL), ticks[:100_000]
    found, wanted = (bt.run(one, part, mode="interpreted") for one in (in_python(kind), kind))
    assert found.fingerprint == wanted.fingerprint and found.marks.equals(wanted.marks) and len(found.trades)


def test_what_python_would_be_reads_like_a_strategy_by_hand():
    assert of_example("breakout")[0].as_python().splitlines()[3:] == [  # type: ignore[attr-defined]
        "class Breakout(bt.Strategy):",
        '    """Long when a close lies above all highs of the `entry` bars before it, out below the `exit` bars before."""',
        "    timeframe: str = '15m'",
        "    entry: int = 20",
        "    exit: int = 10",
        "    fraction: float = 0.95",
        "",
        "    def on_bar(self, ctx):",
        "        if ctx.position == 0 and ctx.close(self.timeframe) > ctx.highest(self.timeframe, self.entry, back=1):",
        "            ctx.buy(fraction=self.fraction, stop_loss=ctx.lowest(self.timeframe, self.entry, back=1))",
        "        if ctx.position > 0 and ctx.close(self.timeframe) < ctx.lowest(self.timeframe, self.exit, back=1):",
        "            ctx.close_position(1.0)",
    ]


def test_nothing_looks_ahead(ticks):
    kind = bt.load_strategy(EXAMPLES / "sma_cross.yaml")
    report = bt.check_lookahead(kind(timeframe="5m"), ticks[:60_000], probes=8)
    assert report.ok and report.leaks.is_empty()


def test_a_run_goes_on_from_a_checkpoint(ticks):
    kind, part = bt.load_strategy(EXAMPLES / "rsi_reversal.yaml"), ticks[:300_000]
    half = bt.run(kind(timeframe="5m"), part, until=150_000)
    again = bt.load_strategy(EXAMPLES / "rsi_reversal.yaml")
    whole = bt.run(kind(timeframe="5m"), part)
    assert bt.resume(half.checkpoint(), again(timeframe="5m"), part).fingerprint == whole.fingerprint


def test_an_explanation_shows_the_lines_of_the_file(ticks):
    kind = bt.load_strategy(EXAMPLES / "breakout.yaml")
    entry = bt.run(kind, ticks[:300_000]).explain(1).entry.decision
    assert entry.place == "Breakout.on_bar:8" and entry.source == "buy:"
    assert Path(entry.file) == (EXAMPLES / "breakout.yaml").resolve()
    lines = {(one.name, one.line): one.source for one in entry.by.seen}
    assert lines["highest", 7] == lines["position", 7] == "- when: position == 0 and close > highest(entry, back=1)"
    assert lines["lowest", 10] == "stop_loss: lowest(entry, back=1)"
    assert {line for name, line in lines if name == "timeframe"} == {7, 10}, "each where it is read"


def test_exploring_writes_code_that_runs(ticks):
    path = EXAMPLES / "breakout.yaml"
    explorer = bt.explore(bt.load_strategy(path), ticks[:100_000], entry=(10, 40))
    explorer.move(entry=30)
    assert explorer.code() == f"bt.load_strategy({str(path)!r})(entry=30)"
    assert eval(explorer.code(), {"bt": bt}).parameters()["entry"] == 30


def test_what_fails_in_a_run_says_the_line_of_the_file(tmp_path, ticks):
    kind = written(tmp_path, "name: Divides\ntimeframe: 1m\nparameters: {n: 0}\nrules:\n  - when: 1 / n > bid\n    target: 1\n")
    with pytest.raises(ZeroDivisionError) as fault:
        bt.run(kind, ticks[:5_000], mode="interpreted")
    assert fault.traceback[-1].path == tmp_path / "strategy.yaml" and fault.traceback[-1].lineno + 1 == 5
    with pytest.raises(ZeroDivisionError):
        bt.run(kind, ticks[:5_000], mode="compiled")


def test_a_parameter_that_an_indicator_cannot_take_says_the_line_of_the_file(ticks):
    kind = bt.load_strategy(EXAMPLES / "rsi_reversal.yaml")
    with pytest.raises(bt.errors.StrategyFileError, match=r"rsi_reversal.yaml, line 7: RSI\(timeperiod=1\)") as fault:
        bt.run(kind(length=1), ticks[:5_000])
    assert fault.value.details["line"] == 7


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14", 14), ("-1", -1), ("1_000", 1_000), ("30.0", 30.0), ("1e3", 1000.0), (".5", 0.5), ("true", True), ("false", False),
        ("NO", "NO"), ("0700", "0700"), ("é", "é"),
        ("00.5", "00.5"), ("'14'", "14"), ('"true"', "true"), ("600519", 600519), ("True", "True"),
        ("~", "~"), ("2024-01-08", "2024-01-08"), ("nan", "nan"), (".inf", ".inf"), ("0x10", "0x10"),
        ("12:30", "12:30"),
    ],
)  # fmt: skip
def test_a_parameter_is_a_number_where_it_is_written_as_one_and_else_the_text(tmp_path, text, value):
    file = f"name: A\ntimeframe: 1d\nparameters:\n  größe: {text}\nrules:\n  - when: close > open\n    target: 1\n"
    found = written(tmp_path, file)().parameters()["größe"]
    assert found == value and type(found) is type(value)


def test_a_text_of_two_lines_and_a_byte_order_mark_are_read(tmp_path):
    text = "\ufeffname: A\ndescription: |\n  one\n  two\ntimeframe: 1d\nrules: [{when: 'close\n    > open', target: 1}]\n"
    assert written(tmp_path, text).__doc__ == "one\ntwo"


def test_brackets_and_quotes_of_texts_are_nobodys_python(tmp_path):
    file = tmp_path / "odd.yaml"
    file.write_text(
        """
name: Odd
timeframe: 5m
rules:
  - when: close > open and position == 0
    buy: {size: 1000, tag: (dip}
  - when: close < open
    log: '''so (" far'
    close_position: 1.0
"""
    )
    session = bt.run(bt.load_strategy(file)(), bt.simulate_ticks("EURUSD", days=1))
    assert session.mode == "compiled" and session.trades["tag"].unique().to_list() == ["(dip"]
