"""The fill that an order could not have at once: its quote and its size, found again from the tables of the session.

Inside a bar an order is taken to stand at its level, unless the open was beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from btlab.market.codes import ENDED, FOK, IOC, LIMIT, PARTED, REASONS, STOP, STOP_LIMIT
from btlab.market.series import Bars, Ticks
from btlab.session.closes import closing_quotes

if TYPE_CHECKING:
    from btlab.session.result import Session

BRACKETS = ("stop_loss", "trailing", "take_profit", "liquidation")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an order would have filled at.

    Attributes:
        quote: of its side, as orders meet it. size: what it would have filled; left: what it wanted.
    """

    side: int
    quote: float
    size: float
    left: float


def attempt_of(session: Session, order: int, row: int) -> Attempt:
    """The fill that a row of the table of changes says there was not."""
    placed = session.records["order"][order - 1]
    tick, side = int(session.records["change"][row]["tick"]), int(placed["side"])
    sell, buy = _quotes(session, placed, tick)
    left = float(placed["size"]) - float(placed["filled"])
    size = min(left, _offered(session, side, tick, fills_before(session, row)))
    return Attempt(side, buy if side > 0 else sell, size, left)


def fills_before(session: Session, row: int) -> int:
    """How many fills came before a row of the table of changes.

    Of the same tick stops of lots do, targets do not, and orders as their own changes did; at the end of a tick all do.
    """
    fills, change = session.records["fill"], session.records["change"]
    tick, done = int(change[row]["tick"]), int(np.searchsorted(fills["tick"], change[row]["tick"], side="left"))
    earlier = change[:row]
    filled = earlier[(earlier["tick"] == tick) & np.isin(earlier["what"], (ENDED, PARTED))]["order"]
    while done < len(fills) and fills[done]["tick"] == tick:
        reason = REASONS[fills[done]["reason"]]
        before = reason in ("stop_loss", "trailing") if reason in BRACKETS else fills[done]["order"] in filled
        if not before:
            break
        done += 1
    return done


def _quotes(session: Session, placed: np.void, tick: int) -> tuple[float, float]:
    """What a sell gets and a buy pays, as the order meets them."""
    data = session.data
    if isinstance(data, Ticks):
        sell, buy = closing_quotes(data, np.array([tick]), session.spread, session.execution.widen)
        return float(sell[0]), float(buy[0])
    side, width = int(placed["side"]), session.spread * (1.0 + session.execution.widen)
    sell_at = float(data.open[tick]) - session.execution.widen / 2.0 * session.spread
    quote = _inside(placed, tick, sell_at + width if side > 0 else sell_at)
    return (quote - width, quote) if side > 0 else (quote, quote + width)


def _inside(placed: np.void, tick: int, opened: float) -> float:
    """Where an order stands in a bar: at the open, or at its level where the open does not reach that."""
    kind, level, touched = placed["kind"], float(placed["level"]), int(placed["touched"])
    over = (opened - level) * placed["side"] >= 0.0
    if placed["tif"] in (IOC, FOK):
        return opened
    if kind == STOP_LIMIT:
        limit = float(placed["limit"])
        return level if touched == tick and not over else min(opened, limit) if placed["side"] > 0 else max(opened, limit)
    if kind == LIMIT:
        return level if over else opened
    return level if kind == STOP and not over and not 0 <= touched < tick else opened


def _offered(session: Session, side: int, tick: int, done: int) -> float:
    """How much of a quote's size is left to an order after those that took of it."""
    share, data, lot = session.execution.participation, session.data, session.instrument.lot_size
    if share is None or tick < 0:
        return np.inf
    quoted = _quoted(data, side, tick)
    quoted *= session.instrument.size_unit or 1.0
    taken = session.records["fill"][:done]
    taken = taken[(taken["tick"] == tick) & (taken["side"] == side)]
    return max(0.0, float(np.floor(share * quoted / lot + 1e-9)) * lot - float(taken["size"].sum()))


def _quoted(data: Ticks | Bars, side: int, tick: int) -> float:
    """The size that a side finds at a tick, the volume of a bar; NaN where none is known."""
    if isinstance(data, Bars):
        return float(data.volume[tick])
    if data.bid_size is None or data.ask_size is None:
        return np.nan
    sizes = float(data.ask_size[tick]), float(data.bid_size[tick])
    return sum(sizes) if data.trades else sizes[0] if side > 0 else sizes[1]
