"""The tables of a session, from the records that a run left: texts for codes, datetimes for µs, null for what is not there."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from btlab.execution.balance_sheet import worths
from btlab.market.codes import CHANGES, ENDINGS, KINDS, LIMIT, PARTLY_FILLED, REASONS, STATES, STOP, STOP_LIMIT, WORKING
from btlab.market.names import text_of

UTC = pl.Datetime("us", "UTC")
_NOTHING = pl.Series([None], dtype=pl.Int64)


# What polars answers by way of a query (fill_nan, dt, gather, when) takes 0.3 ms each, and a table has ten columns of them: with
# these a slider's move shows its trades 3 ms earlier.


def moments(times: np.ndarray, there: np.ndarray | None = None) -> pl.Series:
    """µs UTC as datetimes; null where `there` is False."""
    return whole(times, there).cast(UTC)


def numbers(values: np.ndarray) -> pl.Series:
    """Floats, null for NaN."""
    return pl.Series(np.ascontiguousarray(values), nan_to_null=True)


def texts(codes: np.ndarray, words: Sequence[str | None]) -> pl.Series:
    """The word of each code; null where a code is negative, or its word is empty."""
    there = pl.Series([*(word or None for word in words), None], dtype=pl.String)
    return there[np.where(codes < 0, len(words), codes)]


def tags(keys: np.ndarray) -> pl.Series:
    """The text of each key; null where it is none."""
    different, which = np.unique(keys, return_inverse=True)
    return texts(which, [text_of(key) for key in different])


def sides(sides_: np.ndarray, words: tuple[str, str]) -> pl.Series:
    """The first word where a side is positive, the second where it is negative, null where it is 0."""
    return texts(np.where(sides_ == 0, -1, (sides_ < 0).astype(np.int64)), words)


def whole(values: np.ndarray, there: np.ndarray | None = None) -> pl.Series:
    """Whole numbers; null where `there` is False."""
    series = pl.Series(np.ascontiguousarray(values), dtype=pl.Int64)
    return series if there is None else series.zip_with(pl.Series(there), _NOTHING)


def names(symbol: str | Sequence[str], count: int) -> pl.Series:
    """A column of symbols: of one for all rows, or of one for each."""
    if isinstance(symbol, str):
        return pl.Series([symbol], dtype=pl.String).new_from_index(0, count)
    return pl.Series(list(symbol), dtype=pl.String)


def orders(rows: np.ndarray, symbol: str | Sequence[str]) -> pl.DataFrame:
    ended = (rows["state"] != WORKING) & (rows["state"] != PARTLY_FILLED)
    return pl.DataFrame(
        {
            "id": np.arange(1, len(rows) + 1),
            "symbol": names(symbol, len(rows)),
            "kind": texts(rows["kind"], KINDS),
            "side": sides(rows["side"], ("buy", "sell")),
            "size": numbers(rows["size"]),
            "limit": limits(rows, rows["kind"]),
            "stop": stops(rows, rows["kind"]),
            "state": texts(rows["state"], STATES),
            "reason": texts(rows["ending"], ENDINGS),
            "created": moments(rows["created"]),
            "ended": moments(rows["ended"], ended),
            "filled": rows["filled"],
            "tag": tags(rows["tag"]),
            "stop_loss": numbers(rows["stop_loss"]),
            "take_profit": numbers(rows["take_profit"]),
            "trailing": numbers(rows["trailing"]),
            "trailing_percent": numbers(rows["trailing_percent"]),
            "created_tick": whole(rows["created_tick"]),
            "ended_tick": whole(rows["ended_tick"], ended),
        }
    )


def limits(rows: np.ndarray, kinds: np.ndarray) -> pl.Series:
    """The limit of each row of orders, or of changes of orders of some kinds."""
    return numbers(np.where(kinds == STOP_LIMIT, rows["limit"], np.where(kinds == LIMIT, rows["level"], np.nan)))


def stops(rows: np.ndarray, kinds: np.ndarray) -> pl.Series:
    """Their stop."""
    return numbers(np.where((kinds == STOP) | (kinds == STOP_LIMIT), rows["level"], np.nan))


def fills(rows: np.ndarray, symbol: str | Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": np.arange(1, len(rows) + 1),
            "order": whole(rows["order"]),
            "symbol": names(symbol, len(rows)),
            "time": moments(rows["time"]),
            "tick": whole(rows["tick"]),
            "side": sides(rows["side"], ("buy", "sell")),
            "size": rows["size"],
            "price": rows["price"],
            "commission": rows["commission"],
            "slippage": rows["slippage"],
            "reason": texts(rows["reason"], REASONS),
        }
    )


def open_gross(rows: np.ndarray, quotes: tuple[float, float], contract_size: float) -> np.ndarray:
    """What closing the lots would bring at the last quotes a sell gets and a buy pays."""
    closing = np.where(rows["side"] > 0, quotes[0], quotes[1])
    profit = rows["side"] * (closing - rows["entry_price"]) * rows["size"] * contract_size
    return np.where(np.isnan(profit), 0.0, profit)  # its closing side was never quoted: no profit is known


def trades(
    rows: np.ndarray, symbol: str | Sequence[str], mae: np.ndarray, mfe: np.ndarray, gross_of_open: np.ndarray
) -> pl.DataFrame:
    closed = rows["exit_tick"] >= 0
    gross = np.where(closed, rows["gross"], gross_of_open)
    return pl.DataFrame(
        {
            "id": np.arange(1, len(rows) + 1),
            "parent": whole(rows["parent"], rows["parent"] > 0),
            "symbol": names(symbol, len(rows)),
            "side": sides(rows["side"], ("long", "short")),
            "size": rows["size"],
            "entry_time": moments(rows["entry_time"]),
            "entry_price": rows["entry_price"],
            "exit_time": moments(rows["exit_time"], closed),
            "exit_price": numbers(rows["exit_price"]),
            "gross_pnl": gross,
            "commission": rows["commission"],
            "slippage": rows["slippage"],
            "financing": rows["financing"],
            "pnl": gross - rows["commission"] - rows["financing"],
            "mae": mae,
            "mfe": mfe,
            "exit_reason": texts(rows["reason"], REASONS),
            "tag": tags(rows["tag"]),
            "entry_tick": whole(rows["entry_tick"]),
            "exit_tick": whole(rows["exit_tick"], closed),
            "entry_order": whole(rows["entry_order"]),
            "stop_loss": numbers(rows["stop_loss"]),
            "take_profit": numbers(rows["take_profit"]),
        }
    )


def changes(rows: np.ndarray, orders_: np.ndarray, symbol: str | Sequence[str]) -> pl.DataFrame:
    """What became of each order, in the order in which it happened; levels as they stood after it."""
    kinds = orders_["kind"][rows["order"] - 1]
    return pl.DataFrame(
        {
            "order": whole(rows["order"]),
            "symbol": names(symbol, len(rows)),
            "time": moments(rows["time"]),
            "tick": whole(rows["tick"]),
            "change": texts(rows["what"], CHANGES),
            "state": texts(rows["state"], STATES),
            "reason": texts(rows["ending"], ENDINGS),
            "limit": limits(rows, kinds),
            "stop": stops(rows, kinds),
            "stop_loss": numbers(rows["stop_loss"]),
            "take_profit": numbers(rows["take_profit"]),
            "size": numbers(rows["size"]),
        }
    )


def marks(rows: np.ndarray, name: str = "name") -> pl.DataFrame:
    """What was marked, or with another name of its column what was logged: `rows` are of one of them."""
    return pl.DataFrame(
        {"time": moments(rows["time"]), "tick": whole(rows["tick"]), name: tags(rows["name"]), "value": rows["value"]}
    )


def nights(rows: np.ndarray, trades_: np.ndarray, symbol: str | Sequence[str]) -> pl.DataFrame:
    """What was paid for holding positions overnight; `trade` is the row that was open then."""
    return pl.DataFrame(
        {
            "trade": whole(rows["trade"]),
            "symbol": names(symbol, len(rows)),
            "time": moments(rows["time"]),
            "tick": whole(rows["tick"]),
            "side": sides(trades_["side"][rows["trade"] - 1], ("long", "short")),
            "financing": rows["money"],
        }
    )


def balances(fills_: np.ndarray, nights_: np.ndarray, times: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What to take from the balance of the last fill for the nights paid since.

    Args:
        times: of moments. after: how many fills each has behind it.
    """
    money = np.concatenate([[0.0], np.cumsum(nights_["money"])])
    paid = money[np.searchsorted(nights_["time"], times, side="right")]
    at_fill = money[np.searchsorted(nights_["time"], fills_["time"], side="right")] if len(fills_) else np.empty(0)
    return paid - np.concatenate([[0.0], at_fill])[after]


def equity(curve: dict[str, np.ndarray]) -> pl.DataFrame:
    """The equity's rows as a table, from its columns."""
    return pl.DataFrame({name: moments(column) if name == "time" else column for name, column in curve.items()})


def worth(position: np.ndarray, short: np.ndarray, sell: np.ndarray, buy: np.ndarray) -> np.ndarray:
    """What closing would bring in each row, for a contract size of 1; the rule is `balance_sheet.worth`."""
    out = np.empty(len(position))
    worths(*(np.ascontiguousarray(one, np.float64) for one in (position, short, sell, buy)), out)
    return out


MOST_ROWS = 12


def table_html(frame: pl.DataFrame) -> str:
    """The first rows of a table for a notebook cell: texts to the left, numbers to the right, every text escaped."""
    aside = {name: "left" if kind in (pl.String, UTC) else "right" for name, kind in frame.schema.items()}

    def cells(tag: str, row: dict[str, Any]) -> str:
        return "".join(
            f"<{tag} style='text-align:{aside[name]}'>{html.escape(_told(value))}</{tag}>" for name, value in row.items()
        )

    head = cells("th", {name: name.replace("_", " ") for name in frame.columns})
    rows = "".join(f"<tr>{cells('td', row)}</tr>" for row in frame.head(MOST_ROWS).iter_rows(named=True))
    more = f"<p>and {len(frame) - MOST_ROWS:,} more</p>" if len(frame) > MOST_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _told(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix("+00:00")
    return f"{value:,.10g}" if isinstance(value, int | float) else str(value)


def summary_html(session: Any) -> str:
    """A small table of the metrics, for a notebook cell; every name escaped."""
    cells = "".join(
        f"<tr><th style='text-align:left'>{html.escape(name.replace('_', ' '))}</th><td>{value:,.6g}</td></tr>"
        for name, value in session.metrics.items()
    )
    return f"<p>{html.escape(repr(session)[1:-1])}</p><table>{cells}</table>"
