"""Files that describe no strategy: each fault says its line, its key and the way out; nothing runs, hangs or is ignored."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import btlab as bt
from btlab.errors import StrategyFileError

VALID = """\
name: Dip
timeframe: 5m
parameters:
  period: 14
  low: 30.0
  label: dip
indicators:
  rsi: RSI(timeperiod=period)
  macd: {indicator: MACD, input: rsi}
rules:
  - when: rsi < low and position == 0 and close(1h) > highest(1h, 20, back=1)
    buy:
      size: 1000
      stop_loss: bid - 0.002
      tag: dip
  - when: crossed_above(macd.macd, macd.macdsignal)
    close_position: 1.0
"""
PERIOD, RSI, WHEN, TAG = "period: 14", "RSI(timeperiod=period)", "rsi < low and position == 0", "tag: dip"

FAULTS = {  # of what stands in the file, by what it is replaced, the line that is named, the key, words of the rule
    # keys
    "unknown section": ("indicators:", "indicatorss:", 7, "indicatorss", "no key 'indicatorss' here. Did you mean 'indicators'"),
    "misspelt name": ("name: Dip", "nmae: Dip", 1, "nmae", "no key 'nmae' here. Did you mean 'name'"),
    "missing name": ("name: Dip\n", "", 1, "name", "name: is missing"),
    "missing rules": ("rules:", "description: a\nx: |\n ", 11, "x", "no key 'x'"),
    "unknown key of a rule": ("- when: rsi", "- wehn: rsi", 11, "rules[1].wehn", "Did you mean 'when'"),
    "unknown act": ("    buy:", "    bye:", 12, "rules[1].bye", "Did you mean 'buy'"),
    "unknown argument": ("size:", "sise:", 13, "rules[1].buy.sise", "Did you mean 'size'"),
    "position of Python's": ("close_position", "close", 17, "rules[2].close", "Did you mean 'close_position'"),
    "twice": ("low: 30.0", "period: 30", 5, "period", "stands twice, on line 4 too"),
    "twice in an order": ("tag: dip", "size: 1", 15, "size", "stands twice, on line 13 too"),
    "a comma in braces": ("    close_position: 1.0", "    sell: {size: lowest(20, back=1)}", 17, "back=1)", "goes in quotes"),
    "a list as key": ("name: Dip", "? [a]\n: b\nname: Dip", 1, "", "a key is a word"),
    # kinds
    "no value": ("low: 30.0", "low:", 5, "low", "has no value"),
    "a list for a text": ("low: 30.0", "low: [1, 2]", 5, "parameters.low", "is a list"),
    "a mapping for a text": (TAG, "tag: {a: 1}", 15, "rules[1].buy.tag", "is a mapping"),
    "a text for a mapping": ("    close_position: 1.0", "    mark: rsi", 17, "rules[2].mark", "is a text"),
    "a list to log": ("    close_position: 1.0", "    log: [rsi]", 17, "rules[2].log", "a text, or a mapping of texts"),
    "a number of a log": ("    close_position: 1.0", "    log: {rsi: rsi, x: [1]}", 17, "rules[2].log.x", "is a list"),
    "a list of timeframes in a mapping": ("timeframe: 5m", "timeframe: {a: 5m}", 2, "timeframe", "is a mapping"),
    "rules that are none": ("    close_position: 1.0", "    close_position: [1]", 17, "rules[2].close_position", "is a list"),
    # names
    "a dunder": (PERIOD, "__class__: 14", 4, "parameters.__class__", "is no name"),
    "markup": (PERIOD, "<img onerror>: 14", 4, "parameters.<img onerror>", "is no name"),
    "a class of markup": ("name: Dip", "name: <img onerror=alert(1)>", 1, "name", "is no name"),
    "a path": ("name: Dip", "name: ../../etc", 1, "name", "is no name"),
    "a word of Python": (PERIOD, "lambda: 14", 4, "parameters.lambda", "is no name"),
    "a method of every strategy": (PERIOD, "indicator: 14", 4, "parameters.indicator", "a meaning of its own"),
    "a word of ctx": (PERIOD, "equity: 14", 4, "parameters.equity", "a meaning of its own"),
    "Python's own": ("name: Dip", "name: bt", 1, "name", "a meaning of its own"),
    "two things of one name": (PERIOD, "rsi: 14", 8, "indicators.rsi", "is parameters.rsi too"),
    "an output's name": (PERIOD, "macd_macd: 14", 9, "indicators.macd", "'macd_macd' is parameters.macd_macd too"),
    "too large": (PERIOD, "period: 1" + "0" * 20, 4, "parameters.period", "beyond 64 bits"),
    "too long": (PERIOD, "period: 1" + "0" * 5000, 4, "parameters.period", "beyond 64 bits"),
    "an infinity": (PERIOD, "period: 1e999", 4, "parameters.period", "too large for a float"),
    # timeframes
    "no timeframe": ("5m", "5min", 2, "timeframe", "Did you mean '5m'"),
    "the same twice": ("timeframe: 5m", "timeframe: [5m, 5m]", 2, "timeframe", "stands twice"),
    "none": ("timeframe: 5m", "timeframe: []", 2, "timeframe", "has none"),
    "one nobody follows": ("close(1h)", "close(30m)", 11, "rules[1].when", "timeframe: [5m, 30m]"),
    "none in an expression": ("close(1h)", "close(7m)", 11, "rules[1].when", "'7m' is not a timeframe"),
    # indicators
    "no indicator": ("RSI(", "RSII(", 8, "indicators.rsi", "Did you mean 'RSI'"),
    "no parameter": ("timeperiod=", "timeperid=", 8, "indicators.rsi.timeperid", "Did you mean 'timeperiod'"),
    "by place": (RSI, "RSI(14)", 8, "indicators.rsi", "by name"),
    "out of range": (PERIOD, "period: 1", 8, "indicators", "must lie between 2 and 100000"),
    "not known before the run": (RSI, "RSI(timeperiod=position)", 8, "indicators.rsi.timeperiod", "known before the run"),
    "a circle": (RSI, "RSI(input=macd.macd)", 8, "indicators.rsi.input", "a circle of inputs"),
    "one of several outputs": ("macd.macd,", "macd,", 16, "rules[2].when", "macd has several outputs; name one: macd.macd"),
    "no such output": ("macd.macdsignal", "macd.signal", 16, "rules[2].when", "Did you mean 'macdsignal'"),
    "no such input": ("input: rsi", "input: rsj", 9, "indicators.macd.input", "Did you mean 'rsi'"),
    "no such key of it": ("input: rsi", "inptu: rsi", 9, "indicators.macd.inptu", "Did you mean 'input'"),
    "no text for it": ("input: rsi", "fastperiod: [3]", 9, "indicators.macd.fastperiod", "a text is wanted"),
    # orders
    "no size": ("      size: 1000\n", "", 13, "rules[1].buy", "wants a size in units"),
    "two sizes": (TAG, "risk: 0.1", 13, "rules[1].buy", "one of them"),
    "nothing to do": ("    close_position: 1.0\n", "", 16, "rules[2]", "does nothing"),
    "no tif": (TAG, "tif: days", 15, "rules[1].buy.tif", "Did you mean 'day'"),
    "no length of time": (TAG, "expire: soon", 15, "rules[1].buy.expire", "is no length of time"),
    "an endless time": (TAG, f"expire: {'9' * 400}d", 15, "rules[1].buy.expire", "too long"),
    "post_only of a market order": (TAG, "post_only: true", 15, "rules[1].buy.post_only", "post_only is for limit orders"),
    "no flag": ("close_position: 1.0", "cancel_all: now", 17, "rules[2].cancel_all", "neither true nor false"),
    "no such moment": (TAG, "tag: dip\n    on: noon", 16, "rules[1].on", "a rule follows one of: bar, tick"),
    # expressions
    "a number for a condition": (WHEN, "rsi", 11, "rules[1].when", "compare it, as in rsi < 30"),
    "a condition for a number": ("bid - 0.002", "bid > 1", 14, "rules[1].buy.stop_loss", "a number is wanted"),
    "a text for a number": ("low: 30.0", "low: 0700", 11, "rules[1].when", "low is a text ('0700')"),
    "an unknown word": (WHEN, "rsi < lo", 11, "rules[1].when", "there is no 'lo'. Did you mean 'low'"),
    "an assignment": ("position == 0", "position = 0", 11, "rules[1].when", "write =="),
    "symbols for and": (WHEN, "rsi < low && position == 0", 11, "rules[1].when", "write and"),
    "brackets of Python": (WHEN, "rsi[1] < 2", 11, "rules[1].when", "write value(rsi, back=1)"),
    "an open bracket": (WHEN, "(rsi < low", 11, "rules[1].when", "a bracket is not closed"),
    "a fraction of bars": ("1h, 20", "1h, 2.5", 11, "rules[1].when", "a whole number is wanted"),
    "no bars": ("1h, 20", "1h, 0", 11, "rules[1].when", "at least 1"),
    "bars of the future": ("back=1", "back=-1", 11, "rules[1].when", "at least 0"),
    "too many arguments": ("1h, 20", "1h, 20, 2, 3", 11, "rules[1].when", "more than it takes"),
    "no such argument": ("back=1", "bakc=1", 11, "rules[1].when", "Did you mean 'back'"),
    "a fill outside of one": (WHEN, "fill_price > 1", 11, "rules[1].when", "on: fill alone"),
    "two constants that cross": (WHEN, "crossed_above(low, 30)", 11, "rules[1].when", "of two constants"),
    "what has no bar before": (WHEN, "crossed_above(position, rsi)", 11, "rules[1].when", "no value of the bar before"),
    "a float in one's own int": (WHEN, "highest(low) > 1", 11, "rules[1].when", "low is a number; a whole number is wanted"),
    # what is no expression here
    "an attribute": (WHEN, "rsi.__class__ == 0", 11, "rules[1].when", "has no output '__class__'"),
    "an attribute of an attribute": (WHEN, "macd.macd.real < 0", 11, "rules[1].when", "is no indicator of this strategy"),
    "self": (WHEN, "self.period < 0", 11, "rules[1].when", "is no indicator of this strategy"),
    "ctx": (WHEN, "ctx.equity < 0", 11, "rules[1].when", "is no indicator of this strategy"),
    "an import": (WHEN, "__import__('os')", 11, "rules[1].when", "there is no __import__(...)"),
    "a lambda": ("1.0\n", "'(lambda: 1)()'\n", 17, "rules[2].close_position", "':' has no meaning"),
    "a comprehension": (WHEN, "abs(x for x in rsi) > 1", 11, "rules[1].when", "has no place"),
    "a list": ("1.0\n", "'[rsi]'\n", 17, "rules[2].close_position", "'[' has no meaning"),
    "a choice": (WHEN, "(1 if rsi else 2) > 1", 11, "rules[1].when", "has no place"),
    "a text of fields": (WHEN, "f'a' == 'b'", 11, "rules[1].when", "has no place"),
    "powers": (WHEN, "9**9**9 > 1", 11, "rules[1].when", "of operators there are + - * /"),
    "stars": (WHEN, "max(*rsi) > 1", 11, "rules[1].when", "no * or **"),
    "many digits": (WHEN, "1" * 900 + " > 1", 11, "rules[1].when", "no number that a strategy can hold"),
    "many brackets": (WHEN, "(" * 400 + "1" + ")" * 400 + " > 1", 11, "rules[1].when", "cannot be read"),
    "many signs": (WHEN, "-" * 900 + "1 > 1", 11, "rules[1].when", "more than 60 levels"),
    "a long one": (WHEN, "rsi + " * 300 + "rsi > 1", 11, "rules[1].when", "1,000 are the most"),
    "a call of a parameter": (WHEN, "period(1) > 1", 11, "rules[1].when", "there is no period(...)"),
    "a text for bars": (WHEN, "highest(label) > 1", 11, "rules[1].when", "'dip' is not a timeframe"),
    # YAML
    "an anchor": ("low: 30.0", "low: &a 30", 5, "", "an anchor, &a"),
    "an alias": ("low: 30.0", "low: *a", 5, "", "an alias, *a"),
    "a tag": ("low: 30.0", "low: !!python/object/apply:os.system ['true']", 5, "", "a tag"),
    "a tag of one's own": ("low: 30.0", "low: !x 30", 5, "", "a tag"),
    "a merge": ("low: 30.0", "<<: {low: 30}", 5, "parameters.<<", "is a mapping"),
    "a directive": ("name: Dip", "%YAML 1.2\n---\nname: Dip", 1, "", "a directive"),
    "two documents": ("  - when: crossed", "---\n  - when: crossed", 16, "", "a second document"),
    "an open quote": ("name: Dip", 'name: "Dip', 18, "", "no YAML"),
    "a tabulator": ("  period", "\tperiod", 4, "", "no YAML"),
    "a control character": ("Dip", "D\x01p", 1, "", "no YAML may hold"),
}


@pytest.fixture
def load(tmp_path):
    def given(content: str | bytes) -> type[bt.Strategy]:
        path = tmp_path / "dip.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return bt.load_strategy(path)

    return given


def test_the_file_that_the_faults_are_planted_in_is_right(load):
    assert load(VALID)(period=10).parameters() == {"timeframe": "5m", "period": 10, "low": 30.0, "label": "dip"}


@pytest.mark.parametrize(("was", "now", "line", "key", "rule"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_line_its_key_and_the_way_out(load, tmp_path, was, now, line, key, rule):
    assert was in VALID
    with pytest.raises(StrategyFileError) as fault:
        load(VALID.replace(was, now, 1))
    details = fault.value.details
    assert (details["line"], details["key"]) == (line, key) and rule in details["rule"]
    assert str(fault.value).startswith(f"{tmp_path / 'dip.yaml'}, line {line}: ") and str(fault.value).endswith("[strategy.file]")
    assert len(str(fault.value)) < 1_000


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi"))
WHOLE = {
    "empty": (b"", "nothing is in this file"),
    "comments": (b"# nothing\n# yet\n", "nothing is in this file"),
    "a text": (b"hello", "a strategy is a mapping"),
    "a list": (b"- a\n- b", "a strategy is a mapping"),
    "latin 1": ("name: Dip\ntimeframe: é".encode("latin-1"), "line 2: a byte that is not UTF-8 (0xe9)"),
    "utf-16": (VALID.encode("utf-16"), "not UTF-8"),
    "zeros": (b"\0" * 100, "no YAML may hold"),
    "10 MB": (VALID.encode() + b"# " + b"x" * 10_000_000, "at most 65,536"),
    "a billion laughs": (BOMB.encode(), "an anchor, &a"),
    "deep lists": (b"[" * 60_000, "more than 8"),
    "deep mappings": (b"{" * 60_000, "more than 8"),
    "deep keys": (b"? " * 30_000, "more than 8"),
    "deep blocks": ("\n".join(" " * n + "a:" for n in range(300)).encode(), "more than 8"),
    "many rules": (b"rules:\n" + b"- {}\n" * 13_000, "name: is missing"),
    "many escapes": (b'name: "' + b"\\x41" * 15_000, "no YAML"),
    "many marks of tags": (b"!" * 60_000, "a tag"),
}


@pytest.mark.parametrize(("content", "rule"), WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_none_is_refused_whole(load, content, rule):
    with pytest.raises(StrategyFileError) as fault:
        load(content)
    assert rule in str(fault.value) and len(str(fault.value)) < 1_000


def test_a_file_that_is_not_there_or_cannot_be_read(tmp_path):
    with pytest.raises(StrategyFileError, match=r"none.yaml cannot be read: No such file"):
        bt.load_strategy(tmp_path / "none.yaml")
    with pytest.raises(StrategyFileError, match="cannot be read"):
        bt.load_strategy(tmp_path)


PIECES = [
    "'", '"', ":", " ", "\n", "{", "}", "[", "]", "(", ")", "&a", "*a", "!!str", "- ", "? ", "|", ">", "#", "%", "\t", ",", "\0",
    "é", "__class__", "rsi", "macd.macd", "close(", "back=", "5m", "4h", "0700", "NO", "1e999", "-", "not ", " and ", "buy:",
    "rules:", "9" * 30, "lambda", "import os", "true", "~", "<<: ", "on: tick", "crossed_above(", "highest(", "\\", "\u2028",
    "**", "value(",
]  # fmt: skip


def mutated(luck: random.Random) -> str:
    text = VALID
    for _ in range(luck.choice((1, 1, 1, 2, 4))):
        at, end = sorted((luck.randrange(len(text) + 1), luck.randrange(len(text) + 1)))
        what = luck.random()
        if what < 0.4:
            text = text[:at] + luck.choice(PIECES) + text[at:]
        elif what < 0.7:
            text = text[:at] + text[min(end, at + luck.randint(1, 8)) :]
        elif what < 0.85:
            text = text[:at] + luck.choice(PIECES) + text[at + luck.randint(1, 6) :]
        else:
            lines = text.split("\n")
            lines.insert(luck.randrange(len(lines)), luck.choice(lines))
            text = "\n".join(lines)
    return text


def test_broken_files_give_a_class_or_an_error_that_says_where(tmp_path):
    luck, path = random.Random(12), tmp_path / "dip.yaml"
    classes = errors = 0
    for _ in range(1_800):
        path.write_text(mutated(luck), "utf-8")
        try:
            kind = bt.load_strategy(path)
        except StrategyFileError as fault:
            errors += fault.details["line"] >= 1 and bool(fault.details["rule"])
        else:
            classes += 1
            assert issubclass(kind, bt.Strategy) and kind().parameters()
    assert classes > 40 and classes + errors == 1_800


def test_what_a_file_becomes_sees_nothing_of_python(load):
    kind = load(VALID)
    assert set(kind.on_bar.__globals__) == {"__builtins__", "__name__"}
    assert set(kind.on_bar.__globals__["__builtins__"]) == {"__build_class__", "abs", "min", "max", "int", "float", "bool", "str"}
    assert Path(kind.on_bar.__code__.co_filename).name == "dip.yaml"
