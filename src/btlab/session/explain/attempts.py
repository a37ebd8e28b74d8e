"""The fill that a rule refused: its price and size, and the account that it met, found again from the tables of the session.

Inside a bar an order is taken to stand at its level, unless the open was beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from btlab.market.records import CLOSE, ENDED, FOK, IOC, LIMIT, MARKET, PARTED, REASONS, STOP, STOP_LIMIT
from btlab.market.series import Bars, Ticks
from btlab.session.closes import closing_quotes
from btlab.session.explain.account import Met, account_met
from btlab.session.portfolio.part import Part
from btlab.session.replay import account_after

if TYPE_CHECKING:
    from btlab.session.result import Session

BRACKETS = ("stop_loss", "trailing", "take_profit", "liquidation")
MULTIPLIERS = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
BITS = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an order would have filled at, and the account then.

    Attributes:
        quote: of its side, as orders meet it; price: after slippage. size: what it would have filled; left: what it wanted.
        units: of all positions of the symbol after it; notional: what all of the account's are worth then.
        equity: before it. done: how many fills of the symbol came before.
    """

    side: int
    quote: float
    price: float
    size: float
    left: float
    units: float
    notional: float
    equity: float
    commission: float
    done: int


def attempt_of(session: Session, order: int, row: int) -> Attempt:
    """The fill that a row of the table of changes says was refused."""
    placed, change = session.records["order"][order - 1], session.records["change"][row]
    tick, side, at_once = int(change["tick"]), int(placed["side"]), filled_at_once(session, placed, change)
    done = fills_before(session, row, at_once)
    sell, buy = _quotes(session, placed, tick, at_once)
    quote, maker = buy if side > 0 else sell, False
    if isinstance(session.data, Ticks) and placed["kind"] in (LIMIT, STOP_LIMIT):
        begun = placed["from_tick"] if placed["kind"] == LIMIT else placed["touched"]
        maker = tick != begun
    left = float(placed["size"]) - float(placed["filled"])
    size = min(left, _offered(session, side, tick, done))
    price = (_level(placed) if maker else quote) + _slippage(session, order, tick, quote, size, done)
    position, _, _, short = account_after(session, done, tick, int(change["time"]))
    met = account_met(session, row, done, sell, buy)
    units = abs(position + side * size) if session.account.mode == "netting" else position + 2.0 * short + size
    notional = units * price * session.instrument.contract_size * met.rate + met.others
    commission = commission_of(session, size, price, maker, met)
    return Attempt(side, quote, price, size, left, units, notional, met.equity, commission, done)


def filled_at_once(session: Session, placed: np.void, change: np.void) -> bool:
    """Whether an order met the last quotes inside the call that placed it, as `Execution(fill="current")` lets it."""
    here = placed["created_tick"] == change["tick"] and placed["created"] == change["time"]
    return bool(here and session.execution.fill == "current" and placed["kind"] in (MARKET, CLOSE))


def fills_before(session: Session, row: int, at_once: bool) -> int:
    """How many fills came before a row of the table of changes.

    Of the same tick stops of lots do, targets do not, and orders as their own changes did; at the end of a tick all do.
    """
    fills, change = session.records["fill"], session.records["change"]
    tick, done = int(change[row]["tick"]), int(np.searchsorted(fills["tick"], change[row]["tick"], side="left"))
    earlier = change[:row]
    filled = earlier[(earlier["tick"] == tick) & np.isin(earlier["what"], (ENDED, PARTED))]["order"]
    while done < len(fills) and fills[done]["tick"] == tick:
        reason = REASONS[fills[done]["reason"]]
        before = at_once or reason in ("stop_loss", "trailing") if reason in BRACKETS else fills[done]["order"] in filled
        if not before:
            break
        done += 1
    return done


def commission_of(session: Session, size: float, price: float, maker: bool, met: Met) -> float:
    """Money for one fill, after those that the account has had."""
    said, notional, traded = session.execution.commission, size * price * session.instrument.contract_size * met.rate, met.traded
    share = said.share + (said.maker if maker else said.taker)
    share += next((step for start, step in reversed(said.tiers) if start <= traded), 0.0)
    money = said.fill + (said.unit + said.lot / session.instrument.lot_size) * size + share * notional
    return money + (said.function(size, price, notional, int(maker), traded) if said.function else 0.0)


def drawn(seed: int, order: int, count: int) -> float:
    """The number in [0, 1) that a fill's slippage is drawn with (`execution.charges.drawn`)."""
    z = (seed * MULTIPLIERS[0] + order * MULTIPLIERS[1] + count * MULTIPLIERS[2]) & BITS
    for _ in range(3):
        z = ((z ^ z >> 30) * MULTIPLIERS[1]) & BITS
        z = ((z ^ z >> 27) * MULTIPLIERS[2]) & BITS
        z ^= z >> 31
    return (z >> 11) / (1 << 53)


def _quotes(session: Session, placed: np.void, tick: int, at_once: bool) -> tuple[float, float]:
    """What a sell gets and a buy pays, as the order meets them."""
    data = session.data
    if at_once or isinstance(data, Ticks):
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


def _level(placed: np.void) -> float:
    return float(placed["limit"] if placed["kind"] == STOP_LIMIT else placed["level"])


def _offered(session: Session, side: int, tick: int, done: int) -> float:
    """How much of a quote's size is left to an order after those that took of it."""
    share, data, lot = session.execution.participation, session.data, session.instrument.lot_size
    if share is None or tick < 0:
        return np.inf
    quoted = _quoted(data, side, tick)
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


def _slippage(session: Session, order: int, tick: int, quote: float, size: float, done: int) -> float:
    """What a market or stop order loses against its quote, signed with its side."""
    placed, said, pip = session.records["order"][order - 1], session.execution.slippage, session.instrument.pip_size
    if placed["kind"] not in (MARKET, STOP, CLOSE):
        return 0.0
    lost = said.price + said.pips * pip + said.spread * _spread(session, tick)
    low, high = said.low + said.low_pips * pip, said.high + said.high_pips * pip
    if high > 0.0:
        count = int((session.records["fill"][:done]["order"] == order).sum())
        number = int(session.rows["order"][order - 1]) + 1 if isinstance(session, Part) else order
        lost += low + (high - low) * drawn(session.setup.seed, number, count)
    if said.volume > 0.0:
        quoted = _quoted(session.data, int(placed["side"]), tick)
        lost += said.volume * quote * (min(1.0, size / quoted) if quoted > 0.0 else 1.0)
    return int(placed["side"]) * lost


def _spread(session: Session, tick: int) -> float:
    """As it is quoted; 0 where the quote is crossed or lacks a side."""
    if isinstance(session.data, Bars):
        return session.spread
    width = float(session.data.ask[tick] - session.data.bid[tick])
    return width if width > 0.0 else 0.0
