"""What a rule compared when it refused an order: the value and its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from btlab.market.codes import STOP_LIMIT
from btlab.session.explain.attempts import Attempt, attempt_of

if TYPE_CHECKING:
    from btlab.session.result import Session

Pair = tuple[float | None, float | None]


def compared(session: Session, order: int, row: int, rule: str) -> Pair:
    """(value, bound) of a refusal; nulls where a rule compares no two numbers.

    Of margin and limits it is what the run itself weighed: what the account would have had, or has lost, in units, times the
    equity, money, or a share.
    """
    placed, change = session.records["order"][order - 1], session.records["change"][row]
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
    return _known(change["value"]), _known(change["bound"])


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
