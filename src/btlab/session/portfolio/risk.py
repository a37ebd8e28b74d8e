"""What several symbols risk together: how much of each is held, and whether they win and lose on the same days."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from btlab import metrics
from btlab.errors import RunError
from btlab.session.portfolio.equity import held_of_each
from btlab.session.tables import moments

if TYPE_CHECKING:
    import polars as pl

    from btlab.session.portfolio.result import PortfolioSession


def exposure(session: PortfolioSession) -> pl.DataFrame:
    """time, the worth of each symbol's position, gross and net, at each row of the account's equity."""
    import polars as pl

    rows, held = held_of_each(session.setup, session.legs, session.records)
    worths = np.array([worth for worth, _ in held])
    each = columns_of(session, worths, ("time", "gross", "net"))
    return pl.DataFrame({"time": moments(rows.time)} | each | {"gross": np.abs(worths).sum(axis=0), "net": worths.sum(axis=0)})


def correlation(session: PortfolioSession) -> pl.DataFrame:
    """symbol, and its correlation with each, of the money that they won from day to day."""
    import polars as pl

    ends = metrics.day_ends(session.equity["time"].to_physical().to_numpy(), session.setup.parts[0].timeline.calendar)
    won = []
    for symbol in session.symbols:
        curve = session.of(symbol).curve
        rows = metrics.last_rows(curve["time"], ends)
        won.append(np.diff(np.where(rows < 0, session.cash, curve["equity"][np.maximum(rows, 0)]), prepend=session.cash))
    return pl.DataFrame({"symbol": list(session.symbols)} | columns_of(session, metrics.correlation(won), ("symbol",)))


def columns_of(session: PortfolioSession, columns: np.ndarray, own: Collection[str]) -> dict[str, np.ndarray]:
    """A column for each symbol.

    Raises:
        RunError: a symbol is called as one of the table's own columns.
    """
    for symbol in session.symbols:
        if symbol in own:
            raise RunError(f"a symbol called {symbol!r} has no column in this table, which has one of that name", symbol=symbol)
    return dict(zip(session.symbols, columns))
