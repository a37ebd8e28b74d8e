"""The catalogue: every indicator there is, by name, from a file that loads no library."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btlab.errors import IndicatorError, nearest
from btlab.indicators.entry import Entry, Output, Parameter

if TYPE_CHECKING:
    import polars as pl

FILE = Path(__file__).with_name("catalogue.json")
CUSTOM: dict[str, Entry] = {}
"""Entries of indicators that a user declared in this process."""


@cache
def _frozen() -> dict[str, Entry]:
    return {row["name"]: _entry(row) for row in json.loads(FILE.read_text("utf-8"))}


def _entry(row: dict[str, Any]) -> Entry:
    parameters = tuple(Parameter(**one | {"choices": tuple(one["choices"])}) for one in row.pop("parameters"))
    outputs = tuple(Output(**one) for one in row.pop("outputs"))
    inputs, defaults = tuple(row.pop("inputs")), tuple(row.pop("defaults"))
    return Entry(**row, parameters=parameters, outputs=outputs, inputs=inputs, defaults=defaults)


def known() -> dict[str, Entry]:
    """All of them by name, a user's own included."""
    return _frozen() | CUSTOM


def entry_of(name: object) -> Entry:
    """What is known of one, in any case of letters.

    Raises:
        IndicatorError: there is no such indicator; says which is nearest.

    >>> entry_of("rsi").title
    'Relative Strength Index'
    """
    frozen, text = _frozen(), str(name)
    for one in (text, text.upper()):
        if (entry := CUSTOM.get(one) or frozen.get(one)) is not None:
            return entry
    raise IndicatorError(f"there is no indicator {name!r}.{_nearest(text, known())}", name=name)


def _nearest(name: str, found: dict[str, Entry]) -> str:
    """' Did you mean ...?': by names, then by the words of titles."""
    words = {word: entry.name for entry in reversed(found.values()) for word in entry.title.lower().split() if len(word) > 4}
    for candidates in ({one.lower(): one for one in found}, words):
        if (near := nearest(name.lower(), candidates, 0.6)) is not None:
            return f" Did you mean {candidates[near]!r}?"
    return " bt.list_indicators() has them all."


def list_indicators(search: str = "") -> pl.DataFrame:
    """All indicators as a table, or those whose name, title or group holds a text; a notebook shows it with a field to search it.

    Args:
        search: any case; words in any order.

    Returns:
        name, title, group, inputs, parameters (with their defaults), outputs, overlay (drawn over the prices), lookback (bars
        before the first value, by default), origin ("talib", "btlab", "custom"), source (where the formula stands), about (the
        formula in words, of ours and of your own).

    >>> list_indicators("bollinger bands")["parameters"][0]
    'timeperiod=20, nbdevup=2, nbdevdn=2, matype=SMA'
    """
    from btlab.indicators.listing import listing_of

    words = search.lower().split()
    return listing_of([one for one in known().values() if all(word in _words(one) for word in words)])


def _words(entry: Entry) -> str:
    return f"{entry.name} {entry.title} {entry.group}".lower()
