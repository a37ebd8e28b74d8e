"""Strategies from YAML files: `bt.load_strategy`. Classes like any other, for rules that need no program.

`reading` makes texts with lines of a file, `shape` knows its keys, `words` what can be said in them; `grammar`, `expressions` and
`calls` read expressions, `asking` indicators, `acting` rules; `making` puts them together.
"""

from __future__ import annotations

import linecache
import os
from pathlib import Path

from btlab.errors import StrategyFileError
from btlab.strategy.written.making import check_indicators, made_of
from btlab.strategy.written.reading import LARGEST, Complaint, decoded, read
from btlab.strategy.written_strategy import WrittenStrategy


def load_strategy(path: str | os.PathLike[str]) -> type[WrittenStrategy]:
    """A strategy that is written in a YAML file, as a class for `bt.run(Rsi(period=10), ticks)`, `bt.explore` and all else.

    Args:
        path: of the file. Its keys:

            name: of the class. description: what it does.
            timeframe: of its bars, or a list of them. A single one is a parameter too.
            parameters: names and defaults: 14 is an int, 30.0 a float, true and false a bool, all else a text.
            indicators: names, and what `bt.list_indicators()` has, as `RSI(timeperiod=period)`, or as a mapping of
                `indicator: RSI`, its parameters, `timeframe:` and `input:`.
            rules: each with `when:`, a condition, and what is done where it holds: `buy:` and `sell:` with the arguments of
                `ctx.buy`, `target:`, `close_position:`, `cancel_all: true`, `mark:`, `log:`. All rules that hold act, in order.
                `on: tick`, `fill`, `start` or `end` instead of a bar's close, or one of several timeframes.

            Expressions know the parameters, the indicators (`rsi`, `macd.macdsignal`), what `ctx` tells (`position`, `bid`,
            `close`, `close(4h, back=1)`, `highest(20, back=1)`, `value(rsi, back=1)`, `crossed_above(fast, slow)`), numbers,
            + - * /, comparisons, and, or, not, abs, min, max. Without a timeframe the strategy's first is meant. Nothing else of
            Python is there: a file from elsewhere can be read without fear of what it does to this machine.

    Returns:
        The class; `.as_python()` is the same written in Python.

    Raises:
        StrategyFileError: names the file, the line, the key and the way out. An unknown key is an error, and so is one that
            stands twice.

    >>> import pathlib, tempfile, btlab as bt
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "dip.yaml"
    >>> _ = file.write_text('''
    ... name: Dip
    ... timeframe: 5m
    ... parameters: {period: 14, low: 30.0}
    ... indicators:
    ...   rsi: RSI(timeperiod=period)
    ... rules:
    ...   - when: rsi < low and position == 0
    ...     buy: {size: 1000, stop_loss: bid - 0.0020, tag: dip}
    ...   - when: crossed_above(rsi, 50)
    ...     close_position: 1.0
    ... ''')
    >>> Dip = bt.load_strategy(file)
    >>> Dip(period=10).parameters()
    {'timeframe': '5m', 'period': 10, 'low': 30.0}
    >>> bt.run(Dip(period=10), bt.simulate_ticks("EURUSD", days=1)).trades["tag"].unique().to_list()
    ['dip']
    """
    named = os.fspath(path)
    file, text = Path(named).expanduser(), ""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise StrategyFileError(f"{named} cannot be read: {error.strerror or error}", file=named) from None
    try:
        text = decoded(content)
        linecache.checkcache(str(file.resolve()))
        kind = made_of(read(text), named, str(file.resolve()))
    except Complaint as fault:
        raise _error(named, text, fault) from None
    check_indicators(kind)
    return kind


def _error(named: str, text: str, fault: Complaint) -> StrategyFileError:
    """What users see: at most some lines of it, whatever the file holds."""
    lines = text.split("\n")
    source = lines[fault.line - 1].strip()[:120] if 0 < fault.line <= len(lines) else ""
    return StrategyFileError(
        f"{named}, line {fault.line}: {fault.rule[:400]}" + (f"\n        {source}" if source else ""),
        file=named,
        line=fault.line,
        key=fault.key,
        value=fault.value,
        rule=fault.rule,
    )
