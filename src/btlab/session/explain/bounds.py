"""What a rule compared when it refused an order: the value and its bound, found again from the tables of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.execution.account import Limits
from btlab.market.records import STOP_LIMIT
from btlab.session.explain.account import day_equity, highest_of_all, is_certain
from btlab.session.explain.attempts import Attempt, attempt_of, filled_at_once
from btlab.session.portfolio.part import Part

if TYPE_CHECKING:
    from btlab.session.result import Session

Pair = tuple[float | None, float | None]


def compared(session: Session, order: int, row: int, rule: str) -> Pair:
    """(value, bound) of a refusal; nulls where a rule compares no two numbers.

    Of limits it is what the account would have had, or has lost: units, times the equity, money, a share. Of what was to fill at
    once in a run of several symbols they are not known where ticks of several came at that time.
    """
    placed, change = session.records["order"][order - 1], session.records["change"][row]
    if filled_at_once(session, placed, change) and not is_certain(session, int(change["time"])):
        return None, None
    match rule:
        case "order.size":
            return _known(placed["amount"]), 0.0
        case "order.level":
            return _wrong_level(placed), 0.0
        case "order.lot":
            return _known(placed["amount"]), session.instrument.lot_size
        case "order.stop_limit":
            return _known(placed["level"]), _known(placed["limit"])
        case "order.expired":
            return float(change["time"]), float(placed["expires"])
        case "order.post_only" | "order.tif":
            return _not_at_once(placed, attempt_of(session, order, row), rule)
        case "order.risk":
            return _known(placed["stop_loss"]), _known(attempt_of(session, order, row).quote)
        case "order.margin":
            met = attempt_of(session, order, row)
            return met.notional / session.account.leverage + met.commission, met.equity
    return _limit(session, order, row, rule) if rule.startswith("order.limit_") else (None, None)


def _limit(session: Session, order: int, row: int, rule: str) -> Pair:
    """What one of `bt.Limits` compared."""
    met, limits = attempt_of(session, order, row), session.account.limits or Limits()
    match rule:
        case "order.limit_position":
            return met.units, limits.position
        case "order.limit_exposure":
            return met.notional / met.equity if met.equity else np.inf, limits.exposure
        case "order.limit_daily_loss":
            return day_equity(session, int(session.records["change"][row]["time"])) - met.equity, limits.daily_loss
        case _:
            peak = max(highest_equity(session, order, row, met.done), met.equity)
            return 1.0 - met.equity / peak, limits.drawdown


def highest_equity(session: Session, order: int, row: int, done: int) -> float:
    """The highest among the rows of the equity table that there were when a change happened, `done` fills before it."""
    if isinstance(session, Part):
        return highest_of_all(session, row, done)
    fills, change, table = session.records["fill"], session.records["change"][row], session.equity
    ticks, equity = table["tick"].to_numpy(), table["equity"].to_numpy()
    tick = int(change["tick"])
    begin, end = (int(np.searchsorted(ticks, tick, side=side)) for side in ("left", "right"))
    first, last = (int(np.searchsorted(fills["tick"], tick, side=side)) for side in ("left", "right"))
    seen = [session.cash, *equity[: begin + done - first].tolist()]
    if filled_at_once(session, session.records["order"][order - 1], change):
        closes = slice(begin + last - first, min(end, len(table) - 1))
        told = table["time"].to_physical().to_numpy()[closes] <= change["time"]
        seen += equity[closes][told].tolist()
    return max(seen)


def _not_at_once(placed: np.void, met: Attempt, rule: str) -> Pair:
    """The quote against the limit; the size that was offered against the one wanted, where the quote was good enough."""
    limit = _known(placed["limit"] if placed["kind"] == STOP_LIMIT else placed["level"])
    reached = limit is None or (met.quote - limit) * met.side <= 0.0
    if rule == "order.tif" and reached and met.size < met.left:
        return met.size, met.left
    return _known(met.quote), limit


def _wrong_level(placed: np.void) -> float | None:
    """The first of its levels that is none; null where that is NaN."""
    given = [float(placed[name]) for name in ("level", "limit", "stop_loss", "take_profit")]
    return next((level for level in given if level <= 0.0 or level == np.inf), None)


def _known(value: float) -> float | None:
    return None if value != value else float(value)
