"""What happened in a session, as columns keyed by the tick at which it is known."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from btlab.market.codes import (
    BRACKET,
    CLOSE,
    ENDED,
    MODIFIED,
    NOT_ENDED,
    PARTED,
    PARTLY_FILLED,
    PLACED,
    STOP,
    STOP_LIMIT,
    TARGET,
    TRIGGERED,
    UNITS,
    WORKING,
)
from btlab.market.names import text_of
from btlab.market.series import Bars
from btlab.session.replay import BRACKETS
from btlab.session.result import Session

EQUITY_AT_MOST = 1 << 20
GROUPS = 1 << 16


class Events:
    """The events of a session."""

    def __init__(self, session: Session) -> None:
        self.session, self.data = session, session.data

    @cached_property
    def names(self) -> list[str]:
        """Texts of tags and marks; events carry places in this list, 0 being none."""
        records = self.session.records
        keys = {
            int(key)
            for table, name in (("order", "tag"), ("trade", "tag"), ("mark", "name"))
            for key in np.unique(records[table][name])
        }
        return ["", *sorted(text_of(key) for key in keys - {0})]

    def _places(self, keys: np.ndarray) -> np.ndarray:
        place = {text: number for number, text in enumerate(self.names)}
        unique, inverse = np.unique(keys, return_inverse=True)
        return np.array([place[text_of(key)] for key in unique], np.int32)[inverse] if len(keys) else np.empty(0, np.int32)

    @cached_property
    def all(self) -> dict[str, np.ndarray]:
        """`columns`, kept for those who ask again."""
        return self.columns()

    def columns(self) -> dict[str, np.ndarray]:
        """Every event as float64 columns, named by its kind: trade, order, bracket, trail, fill, account, mark, equity.

        Where money is converted `trade_rate` says at what, and `rate_bar` at what it is after each bar that is replayed.
        """
        records, trades = self.session.records, self.session.trades
        fill, trade, mark, change = (records[name] for name in ("fill", "trade", "mark", "change"))
        of_lots = (change["what"] == BRACKET) | ((change["what"] == MODIFIED) & (change["state"] == PARTLY_FILLED))
        moved, left = change[of_lots], trade["exit_tick"] >= 0
        rows = self.session.equity
        kept = telling(rows["equity"].to_numpy())
        rows_time, rows_tick, equity = (rows[name].to_physical().to_numpy()[kept] for name in ("time", "tick", "equity"))
        table = {
            "trade": {
                "id": trades["id"].to_numpy(),
                **{name: trade[name] for name in ("side", "size")},
                **{name: trade["first_" + name] for name in ("stop_loss", "take_profit")},
                "entry_time": trade["entry_time"],
                "entry_tick": self.known(trade["entry_time"], trade["entry_tick"]),
                "entry_price": trade["entry_price"],
                "exit_time": np.where(left, trade["exit_time"], np.nan),
                "exit_tick": np.where(left, self.known(trade["exit_time"], trade["exit_tick"]), np.nan),
                "exit_price": trade["exit_price"],
                "profit": trades["pnl"].to_numpy(),
                "cost": trade["commission"],
                "mae": trades["mae"].to_numpy(),
                "mfe": trades["mfe"].to_numpy(),
                "order": trade["entry_order"],
                "parent": trade["parent"],
                "reason": trade["reason"],
                "tag": self._places(trade["tag"]),
            },
            "order": self._orders(),
            "bracket": {
                "order": moved["order"],
                "known": self.known(moved["time"], moved["tick"]),
                **{name: moved[name] for name in ("stop_loss", "take_profit")},
            },
            "trail": dict(zip(("trade", "tick", "level"), self.session.trails)),
            "fill": {
                "tick": self.known(fill["time"], fill["tick"]),
                **{name: fill[name] for name in ("order", "time", "side", "size", "price", "reason")},
            },
            "account": self._account(),
            "mark": {
                "time": mark["time"],
                "known": self.known(mark["time"], mark["tick"]),
                "value": mark["value"],
                "name": self._places(mark["name"]),
            },
            "equity": {"known": self.known(rows_time, rows_tick), "time": rows_time, "equity": equity},
        }
        if self.session.converted:
            table["trade"]["rate"] = self.session.rates_at_exit
        if self.session.converted and isinstance(self.data, Bars):
            table["rate"] = {"bar": self.session.rates(np.arange(len(self.data)))}
        return {
            f"{kind}_{name}": np.asarray(column, np.float64)
            for kind, columns in table.items()
            for name, column in columns.items()
        }

    def _orders(self) -> dict[str, np.ndarray]:
        """A row for each time that an order stood as it was: one that was modified, or whose stop was met, is several."""
        order, change = self.session.records["order"], self.session.records["change"]
        change = change[np.isin(change["what"], (PLACED, MODIFIED, TRIGGERED, PARTED, ENDED))]
        by_order = np.argsort(change["order"], kind="stable")
        following = np.empty(len(change), np.int64)
        following[by_order] = np.append(by_order[1:], -1)
        known, begins = self.known(change["time"], change["tick"]), np.flatnonzero(change["what"] != ENDED)
        after, stands = following[begins], order[change["order"][begins] - 1]
        goes_on = (after >= 0) & (change["order"][after] == change["order"][begins])
        ends = goes_on & (change["what"][after] == ENDED)
        now = change[begins]
        sided = (stands["kind"] != CLOSE) & (stands["sizing"] != TARGET)
        parted, met = now["state"] == PARTLY_FILLED, np.isin(now["what"], (TRIGGERED, PARTED))
        filled = np.where(now["what"] == PLACED, 0.0, self._filled(now["order"], now["tick"]))
        return {
            "id": now["order"],
            "decided": np.isin(now["what"], (PLACED, MODIFIED)),
            "kind": stands["kind"],
            "side": np.where(sided | parted, stands["side"], 0),
            "level": np.where(met & np.isin(stands["kind"], (STOP, STOP_LIMIT)), now["limit"], now["level"]),
            "stop_loss": now["stop_loss"],
            "take_profit": now["take_profit"],
            "state": np.where(ends, stands["state"], WORKING),
            "ending": np.where(ends, stands["ending"], NOT_ENDED),
            "created": now["time"],
            "ended": np.where(ends, stands["ended"], 0),
            "size": np.where((stands["sizing"] == UNITS) | parted, now["size"], np.nan),
            "filled": filled,
            "known": known[begins],
            "over": np.where(goes_on, known[after], np.nan),
            "tag": self._places(stands["tag"]),
        }

    def _filled(self, orders: np.ndarray, ticks: np.ndarray) -> np.ndarray:
        """How much of orders was filled by the ends of ticks, by themselves and not by the brackets of their lots."""
        fill = self.session.records["fill"]
        own = fill[~np.isin(fill["reason"], BRACKETS)]
        own = own[np.argsort(own["order"], kind="stable")]
        total, ends = np.append(0.0, np.cumsum(own["size"])), np.int64(len(self.data)) + 1
        first = np.searchsorted(own["order"], orders, side="left")
        last = np.searchsorted(own["order"] * ends + own["tick"], orders * ends + ticks, side="right")
        return np.round(total[np.maximum(first, last)] - total[first], 9)

    def _account(self) -> dict[str, np.ndarray]:
        """Balance, position, cost and short units after each tick that changed them: by fills, and by nights that were paid."""
        fill, night = self.session.records["fill"], self.session.records["night"]
        time = np.concatenate([night["time"], fill["time"]])
        known = np.concatenate([self.known(rows["time"], rows["tick"]) for rows in (night, fill)])
        order = np.lexsort((np.repeat([0, 1], [len(night), len(fill)]), time, known))
        held = np.searchsorted(np.flatnonzero(order >= len(night)), np.arange(len(order)), side="right")
        balance = np.concatenate([night["balance"], fill["balance"]])[order]
        last = np.flatnonzero(np.append(known[order][1:] != known[order][:-1], True)) if len(order) else order
        kept = {name: np.append(0.0, fill[name])[held][last] for name in ("position", "cost", "short")}
        return {"known": known[order][last], "balance": balance[last], **kept}

    def known(self, times: np.ndarray, ticks: np.ndarray) -> np.ndarray:
        """The first tick at which an event is known. What happens at a close has the last tick taken, and lies after it."""
        taken = self.data.times_at(np.maximum(ticks, 0))
        return np.where((ticks < 0) | (times > taken), ticks + 1, ticks)


def telling(equity: np.ndarray) -> np.ndarray:
    """Rows of an equity that are sent: all of a million, of more the least, the greatest and the last of each group.

    Each group's peak and low are exact and stand where they were; a group holds n / 65,536 rows.

    >>> telling(np.array([1.0, 3.0, 2.0])).tolist()
    [0, 1, 2]
    """
    if len(equity) <= EQUITY_AT_MOST:
        return np.arange(len(equity))
    size = -(-len(equity) // GROUPS)
    filled = np.append(equity, np.full(-len(equity) % size, equity[-1])).reshape(-1, size)
    begin = np.arange(len(filled)) * size
    rows = np.stack([begin + filled.argmin(1), begin + filled.argmax(1), begin + size - 1], axis=1)
    return np.unique(np.minimum(rows, len(equity) - 1))
