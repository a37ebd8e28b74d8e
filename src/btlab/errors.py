"""Everything btlab raises on purpose, in one tree.

    BtlabError                     code
    ├── TimeframeError             market.timeframe     a timeframe that does not exist, or is finer than the data
    ├── CalendarError              market.calendar      an unknown calendar
    ├── InstrumentError            market.instrument    an instrument that contradicts itself
    ├── DataError                  data                 data that cannot be what it says it is
    │   ├── FormatError            data.format          a file that is not what its format says, or fits none
    │   ├── RowError               data.row             a row with a price, time or cell that is none; names file and line
    │   └── SeriesError            data.series          arrays or frames that do not make ticks or bars
    ├── StoreError                 store                the store cannot do this, and stays as it was
    │   ├── NotStoredError         store.missing        a symbol, feed or range that nobody imported
    │   ├── OverlapError           store.overlap        an import over a range that is stored already
    │   ├── DamagedError           store.damaged        a file whose bytes are not those that were written
    │   ├── NewerFormatError       store.format         a store, or a checkpoint, written by a newer btlab
    │   ├── LockedError            store.locked         another process is writing this symbol
    │   └── QueryError             store.query          a query that is wrong, does more than read, or goes beyond its limits
    ├── FeedError                  feed                 a download that cannot begin, or cannot go on
    ├── StrategyError              strategy             a strategy that is none
    │   ├── ParameterError         strategy.parameter   a parameter that does not exist, or a value it cannot take
    │   ├── CompileError           strategy.compile     a method that cannot be compiled: its line and the rule
    │   └── StrategyFileError      strategy.file        a file that describes no strategy: its line, key and the rule
    ├── IndicatorError             indicator            an indicator, a parameter or an input that does not exist or does not fit
    ├── OrderError                 order                an order that no data can excuse: raised where it is placed
    ├── RunError                   run                  a run that cannot start, or was asked for something it has not
    └── WidgetError                widget               a chart, replay or page that cannot be made
        └── MessageError           widget.message       a message from a page that is none of ours

Each message names the rule, the value and the way out; `code` is stable and `details` holds the values by name.
"""

from __future__ import annotations

import difflib
import functools
import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any

_WITHIN = (os.path.join(os.path.dirname(os.path.abspath(__file__)), ""), functools.__file__)
"""Files that no warning points at: btlab's, and what calls its cached properties."""


class BtlabWarning(UserWarning):
    """Something was done another way than asked; the text says which, and why."""


def warn(text: str) -> None:
    """Warn of the line outside of btlab that led here, however deep inside it that was noticed."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_WITHIN):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, BtlabWarning, stacklevel=level)


class BtlabError(Exception):
    """The root of the tree. `code` is stable, `details` names the values."""

    code = "btlab"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class TimeframeError(BtlabError, ValueError):
    code = "market.timeframe"


class CalendarError(BtlabError, ValueError):
    code = "market.calendar"


class InstrumentError(BtlabError, ValueError):
    code = "market.instrument"


class DataError(BtlabError, ValueError):
    code = "data"


class FormatError(DataError):
    code = "data.format"


class RowError(DataError):
    code = "data.row"


class SeriesError(DataError):
    code = "data.series"


class StoreError(BtlabError):
    code = "store"


class NotStoredError(StoreError, LookupError):
    code = "store.missing"


class OverlapError(StoreError):
    code = "store.overlap"


class DamagedError(StoreError):
    code = "store.damaged"


class NewerFormatError(StoreError):
    code = "store.format"


class LockedError(StoreError):
    code = "store.locked"


class QueryError(StoreError, ValueError):
    code = "store.query"


class FeedError(BtlabError):
    code = "feed"


class StrategyError(BtlabError):
    code = "strategy"


class ParameterError(StrategyError, TypeError):
    code = "strategy.parameter"


class CompileError(StrategyError):
    code = "strategy.compile"


class StrategyFileError(StrategyError, ValueError):
    code = "strategy.file"


class IndicatorError(BtlabError, ValueError):
    code = "indicator"


class OrderError(BtlabError, ValueError):
    code = "order"


class RunError(BtlabError, ValueError):
    code = "run"


class WidgetError(BtlabError, ValueError):
    code = "widget"


class MessageError(WidgetError):
    code = "widget.message"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number of things, in words that fit it.

    >>> counted(1, "row"), counted(2_000, "row"), counted(0, "row is", "rows are")
    ('1 row', '2,000 rows', '0 rows are')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def nearest(written: str, known: Iterable[str], cutoff: float) -> str | None:
    """The known name most like one that is written, of the same letters before others; None where none is `cutoff` like it.

    >>> nearest("ris", ["rvi", "rsi", "trix"], 0.5)
    'rsi'
    """
    near = difflib.get_close_matches(written, known, n=5, cutoff=cutoff)
    return next((each for each in near if sorted(each) == sorted(written)), near[0] if near else None)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """' Did you mean ...?' for the nearest known name, or the list of them all.

    >>> did_you_mean("lookbak", ["lookback", "risk"])
    " Did you mean 'lookback'?"
    >>> did_you_mean("RISK", ["lookback", "risk"])
    " Did you mean 'risk'?"
    >>> did_you_mean("xyz", ["lookback", "risk"])
    ' Known: lookback, risk.'
    """
    known = list(known)
    folded = {each.casefold(): each for each in reversed(known)}
    if (near := nearest(str(name).casefold(), folded, 0.5)) is not None:
        return f" Did you mean {folded[near]!r}?"
    return f" Known: {', '.join(known)}." if known else " There are none."
