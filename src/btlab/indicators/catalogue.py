"""The catalogue: every indicator there is, by name, from a file that loads no library."""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btlab.errors import IndicatorError
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
    found = known()
    entry = found.get(str(name)) or found.get(str(name).upper())
    if entry is None:
        raise IndicatorError(f"there is no indicator {name!r}.{_nearest(str(name), found)}", name=name)
    return entry


def _nearest(name: str, found: dict[str, Entry]) -> str:
    """' Did you mean ...?': by names, then by the words of titles."""
    words = {word: entry.name for entry in reversed(found.values()) for word in entry.title.lower().split() if len(word) > 4}
    for candidates in ({one.lower(): one for one in found}, words):
        near = get_close_matches(name.lower(), candidates, n=1, cutoff=0.6)
        if near:
            return f" Did you mean {candidates[near[0]]!r}?"
    return " bt.list_indicators() has them all."


def list_indicators(search: str = "") -> pl.DataFrame:
    """All indicators as a table, or those whose name, title or group holds a text.

    Args:
        search: any case; words in any order.

    Returns:
        name, title, group, inputs, parameters (with their defaults), outputs, overlay (drawn over the prices), lookback (bars
        before the first value, by default), origin ("talib", "btlab", "custom"), source (where the formula stands), about (the
        formula in words, of ours and of your own).

    >>> list_indicators("bollinger bands")["parameters"][0]
    'timeperiod=20, nbdevup=2, nbdevdn=2, matype=SMA'
    """
    import polars as pl

    words, rows = search.lower().split(), []
    for entry in known().values():
        text = f"{entry.name} {entry.title} {entry.group}".lower()
        if all(word in text for word in words):
            rows.append(entry)
    columns = {
        "name": [entry.name for entry in rows],
        "title": [entry.title for entry in rows],
        "group": [entry.group for entry in rows],
        "inputs": [", ".join(entry.inputs) for entry in rows],
        "parameters": [", ".join(f"{one.name}={one.shown(one.default)}" for one in entry.parameters) for entry in rows],
        "outputs": [", ".join(entry.output_names) for entry in rows],
        "overlay": [entry.overlay for entry in rows],
        "lookback": [entry.lookback for entry in rows],
        "origin": [entry.origin for entry in rows],
        "source": [entry.source for entry in rows],
        "about": [entry.about for entry in rows],
    }
    return pl.DataFrame(columns, schema_overrides={"overlay": pl.Boolean, "lookback": pl.Int64})
