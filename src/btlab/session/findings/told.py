"""A finding, and the table of them."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from btlab.errors import counted
from btlab.market.times import iso
from btlab.session.tables import moments

LEVELS = ("error", "warning", "hint")
"""What is wrong; what is likely not what was meant; what to know before the numbers are believed."""
SHOWN = 5
"""Ids of orders and trades that are named of each; `frame` has them all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to point out.

    Attributes:
        level: one of `LEVELS`. rule: its stable id. text: a sentence. way_out: another.
        count: how often. time, tick: of the first; None where it has none. symbol: whose; None: the account's.
        orders, trades: the ids concerned.
    """

    level: str
    rule: str
    text: str
    way_out: str
    count: int = 1
    time: int | None = None
    tick: int | None = None
    orders: tuple[int, ...] = ()
    trades: tuple[int, ...] = ()
    symbol: str | None = None

    def __str__(self) -> str:
        where = "" if self.time is None else f" First at {iso(self.time)}"
        where += "" if self.tick is None or not where else f", tick {self.tick}"
        ids = "; ".join(filter(None, (_ids("order", self.orders), _ids("trade", self.trades))))
        return f"{self.text}{where}{'.' if where else ''}{f' ({ids})' if ids else ''} {self.way_out}"


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What a careful reviewer would point out in a run: nothing, where there is nothing.

    Attributes:
        frame: a row for each: level ("error": something is wrong; "warning": likely not what was meant; "hint": to be known
            before the numbers are believed), rule (a stable id; that of refused orders is the code of their reason), symbol
            (of several: whose; null: the account's), count (how often), time and tick (of the first), orders and trades (the ids
            concerned), text, way_out.
    """

    frame: pl.DataFrame
    _found: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def __repr__(self) -> str:
        return "\n".join([self._head(), *(f"{one.level}: {_name(one)}{one} [{one.rule}]" for one in self._found)])

    def _repr_html_(self) -> str:
        """A line for each, every text escaped."""
        lines = "".join(
            f"<li><b>{one.level}</b> {html.escape(_name(one) + str(one))} "
            f"<span style='opacity:.55'>[{html.escape(one.rule)}]</span></li>"
            for one in self._found
        )
        return f"<p>{self._head()}</p><ul>{lines}</ul>" if lines else f"<p>{self._head()}</p>"

    def _head(self) -> str:
        levels = Counter(one.level for one in self._found)
        said = ", ".join(counted(levels[level], level) for level in LEVELS if levels[level])
        return f"{counted(len(self), 'finding')}: {said}" if said else "Nothing to point out."


def findings(found: Iterable[Finding]) -> Findings:
    """The table, errors first, then by time."""
    rows = sorted(found, key=lambda one: (LEVELS.index(one.level), one.time is None, one.time or 0, one.rule, one.symbol or ""))
    there = np.array([one.time is not None for one in rows], bool)
    frame = pl.DataFrame(
        {
            "level": pl.Series([one.level for one in rows], dtype=pl.String),
            "rule": pl.Series([one.rule for one in rows], dtype=pl.String),
            "symbol": pl.Series([one.symbol for one in rows], dtype=pl.String),
            "count": pl.Series([one.count for one in rows], dtype=pl.Int64),
            "time": moments(np.array([one.time or 0 for one in rows], np.int64), there),
            "tick": pl.Series([one.tick for one in rows], dtype=pl.Int64),
            "orders": pl.Series([list(one.orders) for one in rows], dtype=pl.List(pl.Int64)),
            "trades": pl.Series([list(one.trades) for one in rows], dtype=pl.List(pl.Int64)),
            "text": pl.Series([one.text for one in rows], dtype=pl.String),
            "way_out": pl.Series([one.way_out for one in rows], dtype=pl.String),
        }
    )
    return Findings(frame, tuple(rows))


def with_ids(one: Finding, orders: np.ndarray, trades: np.ndarray) -> Finding:
    """The same with the ids of the whole run: of each own order and trade, its row there."""
    return replace(one, orders=_rows(one.orders, orders), trades=_rows(one.trades, trades))


def _rows(ids: tuple[int, ...], rows: np.ndarray) -> tuple[int, ...]:
    return tuple((rows[np.array(ids, int) - 1] + 1).tolist())


def _name(one: Finding) -> str:
    return "" if one.symbol is None else f"{one.symbol}: "


def _ids(name: str, ids: tuple[int, ...]) -> str:
    if not ids:
        return ""
    shown = ", ".join(map(str, ids[:SHOWN])) + (" ..." if len(ids) > SHOWN else "")
    return f"{name if len(ids) == 1 else name + 's'} {shown}"
