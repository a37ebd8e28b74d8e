"""`session.explain(trade_id)`: why a trade was entered and why it was left."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import RunError
from btlab.market.codes import BRACKET, MODIFIED, PARTLY_FILLED, REASONS
from btlab.session.explain.orders import OF_LOTS, fill_event, rows_of_order, story_of
from btlab.session.explain.replaying import Follower
from btlab.session.explain.schema import Event, Stretch, TradeExplanation
from btlab.session.explain.watching import Wait, arrival, beyond, stretch, trailed
from btlab.session.trailing import level_of

if TYPE_CHECKING:
    from btlab.session.result import Session

LEVELS = {"stop_loss": "the stop loss", "take_profit": "the take profit"}


def explain_trade(session: Session, trade_id: Any) -> TradeExplanation:
    """What `Session.explain` returns.

    Raises:
        RunError: there is no such trade.
    """
    number = trade_number(session.records["trade"], trade_id)
    trade = session.records["trade"][number - 1]
    entry, exit_fill = int(trade["entry_order"]), exit_of(session, number - 1)
    by_order = exit_fill is not None and REASONS[exit_fill["reason"]] not in OF_LOTS
    closer = int(exit_fill["order"]) if exit_fill is not None and by_order else None
    moved = moves_of(session, trade)
    follower = Follower(session)
    asked = [rows_of_order(session, order)[0] for order in (entry, closer) if order is not None]
    follower.changes_until([*asked, *moved[-1:]])
    return TradeExplanation(
        trade=session.trades.row(number - 1, named=True),
        entry=story_of(session, entry, follower),
        exit=None if closer is None else story_of(session, closer, follower),
        brackets=tuple(brackets(session, number - 1, moved)),
        bracket_set_by=follower.decision(moved[-1]) if moved else None,
        left=None if exit_fill is None else left_by(session, trade, exit_fill),
    )


def trade_number(trades: np.ndarray, trade_id: Any) -> int:
    """The id, checked."""
    try:
        number = operator.index(trade_id)
    except TypeError:
        number = 0
    if not 1 <= number <= len(trades):
        there = f"has 1 to {len(trades)}" if len(trades) else "is empty"
        raise RunError(f"there is no trade {trade_id!r}; session.trades {there}", trade=trade_id)
    return number


def exit_of(session: Session, row: int) -> np.void | None:
    """The fill that closed a trade; None while it is open.

    Several fills of one tick may look alike: what each of them closed is told apart by the sizes, in order.
    """
    trades, fills = session.records["trade"], session.records["fill"]
    trade = trades[row]
    if trade["exit_tick"] < 0:
        return None
    alike = [k for k in np.flatnonzero(fills["tick"] == trade["exit_tick"]).tolist() if _could_close(fills[k], trade)]
    own = [k for k in alike if REASONS[fills[k]["reason"]] not in OF_LOTS or fills[k]["order"] == trade["entry_order"]]
    if len(own) <= 1:
        return fills[own[0]] if own else None
    same = np.flatnonzero((trades["exit_tick"] == trade["exit_tick"]) & (trades["reason"] == trade["reason"]))
    rivals = sorted((k for k in same.tolist() if trades[k]["exit_price"] == trade["exit_price"]), key=lambda k: _place(trades, k))
    before = sum(float(trades[k]["size"]) for k in rivals[: rivals.index(row)])
    for k in own:
        before -= float(fills[k]["size"])
        if before < 0.0:
            return fills[k]
    return fills[own[-1]]


def _could_close(fill: np.void, trade: np.void) -> bool:
    return bool(fill["side"] == -trade["side"] and fill["reason"] == trade["reason"] and fill["price"] == trade["exit_price"])


def _place(trades: np.ndarray, row: int) -> tuple[int, int]:
    """Lots close first in, first out; parts of one lot in the order in which they were made, its rest last."""
    parent = int(trades[row]["parent"])
    return (parent - 1, row) if parent else (row, len(trades))


def moves_of(session: Session, trade: np.void) -> list[int]:
    """The changes of the bracket that held for a trade; an order that is filled in part gives its lots another with its own."""
    changes = session.records["change"]
    end = trade["exit_tick"] if trade["exit_tick"] >= 0 else len(session.data)
    rows = [row for row in rows_of_order(session, int(trade["entry_order"])) if is_bracket(changes[row])]
    return [row for row in rows if trade["entry_tick"] <= changes[row]["tick"] < end]


def is_bracket(change: np.void) -> bool:
    """Whether a change is of the bracket of lots."""
    return bool(change["what"] == BRACKET or (change["what"] == MODIFIED and change["state"] == PARTLY_FILLED))


def levels_of(session: Session, trade: np.void, name: str, moved: list[int]) -> list[tuple[float, int, int]]:
    """(level, the tick after which it was set, the first that met it) of one leg of a bracket, one after the other."""
    changes, entered = session.records["change"], int(trade["entry_tick"])
    levels = [(float(trade["first_" + name]), entered, entered + 1)]
    for row in moved:
        level = float(changes[row][name])
        if not _equal(level, levels[-1][0]):
            levels.append((level, int(changes[row]["tick"]), arrival(session, changes[row])))
    return levels


def brackets(session: Session, row: int, moved: list[int]) -> Iterator[Stretch]:
    """The stretches in which stop loss, take profit and trailing stop waited for the closing quote, one for each level."""
    trade = session.records["trade"][row]
    side, end = -int(trade["side"]), int(trade["exit_tick"]) - 1 if trade["exit_tick"] >= 0 else len(session.data) - 1
    for name, words in LEVELS.items():
        levels = levels_of(session, trade, name, moved)
        for (level, sent, begins), following in zip(levels, [*levels[1:], None]):
            if level != level:
                continue
            is_stop = name == "stop_loss"
            wait = Wait(words, side, level, is_stop == (side < 0), 0.0 if is_stop else beyond(session))
            last = end if following is None else min(end, following[1])
            yield from filter(None, [stretch(session, wait, sent + 1, min(begins - 1, last), "execution.latency")])
            yield from filter(None, [stretch(session, wait, begins, last)])
    yield from filter(None, [trailed(session, row, end)])


def _equal(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def left_by(session: Session, trade: np.void, fill: np.void) -> Event:
    """The exit's fill, by the rule that brought it: for a bracket against the level as it stood."""
    reason = REASONS[fill["reason"]]
    level = float(trade[reason]) if reason in LEVELS else np.nan
    if reason == "trailing":
        level = float(level_of(session, trade, trade["best"]))
    if reason not in OF_LOTS:
        placed = session.records["order"][int(fill["order"]) - 1]
        level = float(placed["limit"] if reason == "stop_limit" else placed["level"])
    return fill_event(session, fill, level)
