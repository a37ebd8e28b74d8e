"""What happened in a session, as columns keyed by the tick at which it is known."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from btlab.market.names import text_of
from btlab.market.records import BRACKET, CLOSE, ENDED, MODIFIED, NOT_ENDED, PLACED, TARGET, TRIGGERED, UNITS, WORKING
from btlab.session.result import Session


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

    def columns(self) -> dict[str, np.ndarray]:
        """Every event as float64 columns, named by its kind: trade, order, bracket, fill, mark, equity."""
        records, trades = self.session.records, self.session.trades
        fill, trade, mark = (records[name] for name in ("fill", "trade", "mark"))
        moved = records["change"][records["change"]["what"] == BRACKET]
        rows = self.session.equity
        rows_time, rows_tick = rows["time"].to_physical().to_numpy(), rows["tick"].to_numpy()
        table = {
            "trade": {
                **{name: trade[name] for name in ("side", "size")},
                **{name: trade["first_" + name] for name in ("stop_loss", "take_profit")},
                "entry_time": trade["entry_time"],
                "entry_tick": trade["entry_tick"],
                "entry_price": trade["entry_price"],
                "exit_time": np.where(trade["exit_tick"] < 0, np.nan, trade["exit_time"]),
                "exit_tick": np.where(trade["exit_tick"] < 0, np.nan, trade["exit_tick"]),
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
            "fill": {
                name: fill[name]
                for name in ("order", "time", "tick", "side", "size", "price", "balance", "position", "cost", "reason")
            },
            "mark": {
                "time": mark["time"],
                "known": self.known(mark["time"], mark["tick"]),
                "value": mark["value"],
                "name": self._places(mark["name"]),
            },
            "equity": {"known": self.known(rows_time, rows_tick), "time": rows_time, "equity": rows["equity"].to_numpy()},
        }
        return {
            f"{kind}_{name}": np.asarray(column, np.float64)
            for kind, columns in table.items()
            for name, column in columns.items()
        }

    def _orders(self) -> dict[str, np.ndarray]:
        """A row for each time that an order stood as it was: one that was modified, or whose stop was met, is several."""
        order, change = self.session.records["order"], self.session.records["change"]
        change = change[np.isin(change["what"], (PLACED, MODIFIED, TRIGGERED, ENDED))]
        by_order = np.argsort(change["order"], kind="stable")
        following = np.empty(len(change), np.int64)
        following[by_order] = np.append(by_order[1:], -1)
        known, begins = self.known(change["time"], change["tick"]), np.flatnonzero(change["what"] != ENDED)
        after, stands = following[begins], order[change["order"][begins] - 1]
        goes_on = (after >= 0) & (change["order"][after] == change["order"][begins])
        ends = goes_on & (change["what"][after] == ENDED)
        now = change[begins]
        return {
            "kind": stands["kind"],
            "side": np.where((stands["kind"] == CLOSE) | (stands["sizing"] == TARGET), 0, stands["side"]),
            "level": np.where(now["what"] == TRIGGERED, now["limit"], now["level"]),
            "stop_loss": now["stop_loss"],
            "take_profit": now["take_profit"],
            "state": np.where(ends, stands["state"], WORKING),
            "ending": np.where(ends, stands["ending"], NOT_ENDED),
            "created": now["time"],
            "ended": np.where(ends, stands["ended"], 0),
            "size": np.where(stands["sizing"] == UNITS, now["size"], np.nan),
            "known": known[begins],
            "over": np.where(goes_on, known[after], np.nan),
            "tag": self._places(stands["tag"]),
        }

    def known(self, times: np.ndarray, ticks: np.ndarray) -> np.ndarray:
        """The first tick at which an event is known. What happens at a close has the last tick taken, and lies after it."""
        taken = self.data.time[np.maximum(ticks, 0)]
        return np.where((ticks < 0) | (times > taken), ticks + 1, ticks)
