"""One symbol of a run of several, as a session of its own: for its chart, its replay, its state at any tick."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.session import tables
from btlab.session.portfolio.equity import Legs, closing_then, curve_of, rates, rates_after
from btlab.session.result import Session

if TYPE_CHECKING:
    from btlab.session.ambiguity import Ambiguity
    from btlab.session.portfolio.result import PortfolioSession


class Part(Session):
    """A symbol's own session: rows of that symbol alone, numbered anew; its equity is what the account had been with it alone.

    All money is the account's: where the symbol is quoted in another currency, what is open is worth what it would be at the rate
    of each moment, and what is closed what it was at the rate of its fill. So `equity - cash`, added up over all symbols at a
    moment, is what the account has won since its start.

    Attributes:
        whole: the run of all symbols. place: its number in a strategy.
        rows: of each table, which rows of the whole's are here: the order with id k is `rows["order"][k - 1] + 1` there.
    """

    def __init__(self, whole: PortfolioSession, place: int, run: np.void, records: Mapping[str, np.ndarray]) -> None:
        setup, self.rows = whole.setup.parts[place], rows_of(records, place)
        super().__init__(
            data=setup.data,
            instrument=setup.instrument,
            timeline=setup.timeline,
            run=run,
            strategy=whole.strategy,
            cash=whole.cash,
            execution=setup.execution,
            account=setup.account,
            mode=whole.mode,
            finer=setup.finer,
            again=lambda **options: whole.again(**options).of(setup.data.symbol),
            ending=whole.ending,
            setup=setup,
            records=part_records(records, self.rows, whole.cash),
        )
        self.whole, self.place, self.currency = whole, place, whole.currency

    @property
    def legs(self) -> Legs:
        """The pairs that turn its money into the account's; none where it is quoted in that."""
        return self.whole.legs[self.place]

    @property
    def converted(self) -> bool:
        return bool(self.legs)

    @property
    def excursions(self) -> tuple[np.ndarray, np.ndarray]:
        """MAE and MFE of its trades, in the quote currency."""
        return self._excursions

    @property
    def open_gross(self) -> np.ndarray:
        """What closing its lots would bring at the last quotes, in the quote currency."""
        return tables.open_gross(self.records["trade"], self._last_quotes, self.instrument.contract_size)

    @cached_property
    def curve(self) -> dict[str, np.ndarray]:
        if not self.legs:
            return super().curve
        return curve_of(self.whole.setup, self.legs, self.place, self.records["fill"], self.records["night"])

    def rates(self, ticks: np.ndarray, times: np.ndarray | None = None) -> np.ndarray | float:
        times = self.data.time[np.maximum(ticks, 0)] if times is None else times
        return rates_after(self.whole.setup, self.legs, self.place, ticks, times)

    @cached_property
    def rates_at_exit(self) -> np.ndarray | float:
        if not self.legs:
            return 1.0
        parts = self.whole.setup.parts
        last = {pair: closing_then(parts[pair], np.array([len(parts[pair].data) - 1])) for pair, _ in self.legs}
        trades = self.records["trade"]
        return np.where(trades["exit_tick"] >= 0, trades["rate"], rates(self.legs, last))

    def fork(self, at: Any, **parameters: Any) -> Part:
        """The same run of all symbols up to a moment, then with other parameters; what that left of this symbol.

        Args:
            at: a tick's index, among this symbol's, or a time. `whole` of what is returned is the run of all.

        Raises:
            RunError: nothing is left to run after it, other timeframes, or a strategy that holds what a file cannot.
            ParameterError: no such parameter, or a value it cannot take.
        """
        from btlab.session.fork import fork_of_all

        return fork_of_all(self.whole, at, self.place, parameters).of(self.symbol)

    def ambiguity(self) -> Ambiguity:
        """This symbol's trades that hang on which extreme of a bar came first. All symbols run again under every policy.

        Equity and its band are the account's, of all symbols.
        """
        from btlab.session.portfolio.ambiguity import ambiguity_of_part

        return ambiguity_of_part(self)


def rows_of(records: Mapping[str, np.ndarray], place: int) -> dict[str, np.ndarray]:
    """Which rows of each table are of one symbol."""
    owner = records["order"]["symbol"]
    trades = np.flatnonzero(owner[records["trade"]["entry_order"] - 1] == place)
    return {
        "order": np.flatnonzero(owner == place),
        "trade": trades,
        "mark": np.flatnonzero(records["mark"]["symbol"] == place),
        "night": np.flatnonzero(np.isin(records["night"]["trade"] - 1, trades)),
        **{name: np.flatnonzero(owner[records[name]["order"] - 1] == place) for name in ("fill", "change", "choice")},
    }


def part_records(records: Mapping[str, np.ndarray], kept: dict[str, np.ndarray], cash: float) -> dict[str, np.ndarray]:
    """The rows of one symbol, their ids counted anew, their balance what it had been with this symbol alone."""
    rows = {name: records[name][which] for name, which in kept.items()}
    new_order, new_trade = (_renumbered(len(records[name]), kept[name]) for name in ("order", "trade"))
    for name in ("fill", "change", "choice"):
        rows[name]["order"] = new_order[rows[name]["order"]]
    rows["order"]["position"] = _positions(rows["order"]["position"], new_order)
    rows["trade"]["entry_order"] = new_order[rows["trade"]["entry_order"]]
    rows["trade"]["closed_by"] = new_order[rows["trade"]["closed_by"]]
    rows["trade"]["parent"] = new_trade[rows["trade"]["parent"]]
    rows["night"]["trade"] = new_trade[rows["night"]["trade"]]
    paid = np.concatenate([[0.0], np.cumsum(rows["night"]["money"])])
    nights = np.searchsorted(rows["night"]["time"], rows["fill"]["time"], side="right")
    booked = np.concatenate([[0.0], np.cumsum(rows["fill"]["booked"])])
    rows["fill"]["balance"] = cash + booked[1:] - paid[nights]
    fills = np.searchsorted(rows["fill"]["time"], rows["night"]["time"], side="left")
    rows["night"]["balance"] = cash + booked[fills] - paid[1:]
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
