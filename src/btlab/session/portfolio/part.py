"""One symbol of a run of several, as a session of its own: for its chart, its replay, its state at any tick."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from btlab.engine.state import State
from btlab.errors import RunError
from btlab.session import tables
from btlab.session.result import Session
from btlab.session.setup import Setup

if TYPE_CHECKING:
    from btlab.session.portfolio.result import PortfolioSession


class Part(Session):
    """A symbol's own session: rows of that symbol alone, numbered anew; its equity is what the account had been with it alone."""

    def __init__(self, whole: PortfolioSession, setup: Setup, state: State, records: dict[str, np.ndarray]) -> None:
        super().__init__(
            data=setup.data,
            instrument=setup.instrument,
            timeline=setup.timeline,
            state=state,
            strategy=whole.strategy,
            cash=whole.cash,
            execution=setup.execution,
            account=setup.account,
            mode=whole.mode,
            finer=setup.finer,
            again=self._not_alone,
            setup=setup,
            records=records,
        )
        self.whole = whole

    @property
    def excursions(self) -> tuple[np.ndarray, np.ndarray]:
        """MAE and MFE of its trades, in the quote currency."""
        return self._excursions

    @property
    def open_gross(self) -> np.ndarray:
        """What closing its lots would bring at the last quotes, in the quote currency."""
        return tables.open_gross(self.records["trade"], self._last_quotes, self.instrument.contract_size)

    def explain(self, trade_id: int) -> NoReturn:
        self._not_alone(trade=trade_id)

    def explain_at(self, moment: Any) -> NoReturn:
        self._not_alone(moment=moment)

    def ambiguity(self) -> NoReturn:
        self._not_alone()

    def _not_alone(self, **options: Any) -> NoReturn:
        names = ", ".join(self.whole.symbols)
        raise RunError(f"{self.symbol} was run together with others ({names}): a run of it alone would be another one", **options)


def _of_money(name: str) -> Any:
    """What adds up money, which cannot be had of a symbol whose money is converted."""

    def refuse(self: ConvertedPart) -> NoReturn:
        symbol, currency = self.symbol, self.whole.currency
        raise RunError(
            f"the money of {symbol} was converted into {currency}, which a view of it alone cannot follow: {name} is there for "
            f"all symbols together, or for {symbol} run on an account in its own currency",
            symbol=symbol,
        )

    return property(refuse)


class ConvertedPart(Part):
    """A symbol whose money is converted: its orders, fills and marks, and nothing that adds up money."""

    trades, equity, metrics, at = (_of_money(name) for name in ("trades", "equity", "metrics", "at"))
    chart, replay, dashboard, to_html = (_of_money(name) for name in ("chart", "replay", "dashboard", "to_html"))

    def __repr__(self) -> str:
        return f"<{self.name} on {len(self.data):,} {self.symbol}: {len(self.records['fill'])} fills, in {self.whole.currency}>"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self)[1:-1])}</p>"


def part_records(records: dict[str, np.ndarray], place: int, cash: float) -> dict[str, np.ndarray]:
    """The rows of one symbol, their ids counted anew, their balance what it had been with this symbol alone."""
    owner = records["order"]["symbol"]
    orders = np.flatnonzero(owner == place)
    trades = np.flatnonzero(owner[records["trade"]["entry_order"] - 1] == place)
    new_order, new_trade = _renumbered(len(owner), orders), _renumbered(len(records["trade"]), trades)
    rows = {
        "order": records["order"][orders],
        "trade": records["trade"][trades],
        "mark": records["mark"][records["mark"]["symbol"] == place],
        "night": records["night"][np.isin(records["night"]["trade"] - 1, trades)],
        **{name: records[name][owner[records[name]["order"] - 1] == place] for name in ("fill", "change", "choice")},
    }
    for name in ("fill", "change", "choice"):
        rows[name]["order"] = new_order[rows[name]["order"]]
    rows["order"]["position"] = _positions(rows["order"]["position"], new_order)
    rows["trade"]["entry_order"] = new_order[rows["trade"]["entry_order"]]
    rows["trade"]["closed_by"] = new_order[rows["trade"]["closed_by"]]
    rows["trade"]["parent"] = new_trade[rows["trade"]["parent"]]
    rows["night"]["trade"] = new_trade[rows["night"]["trade"]]
    paid = np.concatenate([[0.0], np.cumsum(rows["night"]["money"])])
    nights = np.searchsorted(rows["night"]["time"], rows["fill"]["time"], side="right")
    rows["fill"]["balance"] = cash + np.cumsum(rows["fill"]["booked"]) - paid[nights]
    return rows


def _positions(closed: np.ndarray, new_order: np.ndarray) -> np.ndarray:
    """The positions that orders close, anew: 0 stays 0, all of them; -1 for an id of another symbol, or of no order."""
    known = (closed >= 0) & (closed < len(new_order))
    new = new_order[np.where(known, closed, 0)]
    return np.where((closed == 0) | (new > 0), new, -1)


def _renumbered(count: int, kept: np.ndarray) -> np.ndarray:
    """From an old id to the new one; 0, which is none, stays 0."""
    new = np.zeros(count + 1, np.int64)
    new[kept + 1] = np.arange(1, len(kept) + 1)
    return new
