"""What a rule compared when it refused an order: the value and its bound, found again from the tables of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.records import ENDED, REASONS, STOP_LIMIT
from btlab.session.tables import closing_quotes

if TYPE_CHECKING:
    from btlab.session.result import Session

Pair = tuple[float | None, float | None]


def compared(session: Session, order: int, row: int, rule: str) -> Pair:
    """(value, bound) of a refusal; nulls where a rule compares no two numbers.

    Money is at the quotes of the tick, without slippage that is drawn.
    """
    placed, change = session.records["order"][order - 1], session.records["change"][row]
    quote = _quote(session, int(placed["side"]), int(change["tick"]))
    match rule:
        case "order.size":
            return _known(placed["amount"]), 0.0
        case "order.level":
            return _wrong_level(placed), 0.0
        case "order.lot":
            return _known(placed["amount"]), session.instrument.lot_size
        case "order.stop_limit":
            return _known(placed["level"]), _known(placed["limit"])
        case "order.post_only" | "order.tif":
            return _known(quote), _known(placed["limit"] if placed["kind"] == STOP_LIMIT else placed["level"])
        case "order.risk":
            return _known(placed["stop_loss"]), _known(quote)
        case "order.expired":
            return float(change["time"]), float(placed["expires"])
        case "order.margin":
            return _margin(session, order, row, quote)
    return None, None


def account_before(session: Session, row: int) -> tuple[float, float, float]:
    """(position, balance, cost) as a row of the table of changes found them."""
    fills, tick = session.records["fill"], int(session.records["change"][row]["tick"])
    done = int(np.searchsorted(fills["tick"], tick, side="left"))
    while done < len(fills) and fills[done]["tick"] == tick and _came_before(session, fills[done], row):
        done += 1
    if done == 0:
        return 0.0, session.cash, 0.0
    last = fills[done - 1]
    return float(last["position"]), float(last["balance"]), float(last["cost"])


def _came_before(session: Session, fill: np.void, row: int) -> bool:
    """Whether a fill of the same tick came before a change: stops of lots do, targets do not, orders as their own changes did."""
    reason = REASONS[fill["reason"]]
    if reason in ("stop_loss", "trailing", "take_profit"):
        return reason != "take_profit"
    before = session.records["change"][:row]
    return bool(((before["order"] == fill["order"]) & (before["tick"] == fill["tick"]) & (before["what"] == ENDED)).any())


def _margin(session: Session, order: int, row: int, quote: float) -> Pair:
    """What the position would have needed, and the equity that there was."""
    placed, setup = session.records["order"][order - 1], session.setup
    side, size, contract = int(placed["side"]), float(placed["size"]), session.instrument.contract_size
    position, balance, cost = account_before(session, row)
    slippage, commission = setup.execution.slippage, setup.execution.commission
    tick = int(session.records["change"][row]["tick"])
    spread = max(0.0, _quote(session, 1, tick) - _quote(session, -1, tick))
    price = quote + side * (slippage.price + slippage.pips * session.instrument.pip_size + slippage.spread * spread)
    paid = commission.fill + commission.unit * size + commission.share * size * price * contract
    needed = abs(position + side * size) * price * contract / setup.account.leverage + paid
    closing = _quote(session, -1 if position > 0 else 1, tick)
    worth = balance + (position * closing * contract - cost if position else 0.0)
    return needed, worth


def _quote(session: Session, side: int, tick: int) -> float:
    if tick < 0 or side == 0:
        return np.nan
    sell, buy = closing_quotes(session.data, np.array([tick]), session.spread, session.execution.widen)
    return float(buy[0] if side > 0 else sell[0])


def _wrong_level(placed: np.void) -> float | None:
    """The first of its levels that is none; null where that is NaN."""
    given = [float(placed[name]) for name in ("level", "limit", "stop_loss", "take_profit")]
    return next((level for level in given if level <= 0.0 or level == np.inf), None)


def _known(value: float) -> float | None:
    return None if value != value else float(value)
