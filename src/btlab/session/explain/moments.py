"""`session.explain_at(moment)`: everything that is true at one tick, and what the strategy did there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.market.records import ENDED, FILLED, MODIFIED, PLACED, REASONS, TRIGGERED
from btlab.session.explain.orders import change_event, fill_event, level_then, refusal, rows_of_order
from btlab.session.explain.replaying import NOT_FOLLOWED, Follower
from btlab.session.explain.schema import Event, Lot, MomentExplanation, Waiting
from btlab.session.explain.trades import LEVELS
from btlab.session.explain.watching import side_of_quote

if TYPE_CHECKING:
    from btlab.session.replay import Moment
    from btlab.session.result import Session


BEGINNINGS = (PLACED, MODIFIED, TRIGGERED)


def explain_moment(session: Session, moment: Any) -> MomentExplanation:
    """What `Session.explain_at` returns."""
    then = session.at(moment)
    calls, note = calls_at(session, then.tick, then.time)
    orders, lots = tuple(working(session, then)), tuple(lots_at(then, session.instrument.contract_size))
    waiting = [*orders, *brackets_at(then, lots)]
    return MomentExplanation(
        tick=then.tick,
        time=then.time,
        bid=then.bid,
        ask=then.ask,
        position=then.position,
        equity=then.equity,
        cash=then.cash,
        orders=orders,
        lots=lots,
        next=tuple(sorted(waiting, key=lambda one: (math.inf if one.distance is None else one.distance, one.order))),
        calls=calls,
        events=tuple(events_at(session, then)),
        note=note,
    )


def calls_at(session: Session, tick: int, time: int) -> tuple[tuple[Any, ...], str]:
    """The calls of the strategy from the tick before to this one, and what is to be said of them."""
    follower = Follower(session)
    follower.tick(max(tick, 0), time)
    mine, theirs = follower.changes(), session.records["change"]
    same = mine.tobytes() == theirs[: len(mine)].tobytes()
    return tuple(call.call() for call in follower.calls), "" if same else NOT_FOLLOWED


def working(session: Session, then: Moment) -> Iterator[Waiting]:
    """The orders that work, and how far their quotes are."""
    changes = session.records["change"]
    for order in then.orders.iter_rows(named=True):
        rows = [changes[row] for row in rows_of_order(session, order["id"])]
        begun = [row for row in rows if row["tick"] <= then.tick and row["time"] <= then.time and row["what"] in BEGINNINGS][-1]
        kind, touched, falls = order["kind"], begun["what"] == TRIGGERED, None
        level = order["limit"] if kind == "limit" or touched else order["stop"]
        if level is not None:
            falls = (order["side"] == "buy") == (kind == "limit" or touched)
        yield waiting(
            then, f"execution.{kind}", kind.replace("_", "-"), order["id"], order["side"], order["size"], level, falls,
            int(begun["tick"]) + 1,
        )  # fmt: skip


def lots_at(then: Moment, contract_size: float) -> Iterator[Lot]:
    """The lots that are open, each with its bracket, valued at what closing it would get."""
    quotes = {"long": min(then.bid, then.ask), "short": max(then.bid, then.ask)}
    is_open = then.trades.filter(then.trades["exit_tick"].is_null())
    sizes: dict[int, float] = {}
    for number, parent, size in is_open.select("id", "parent", "size").iter_rows():  # a part that left later was in its lot still
        sizes[parent or number] = sizes.get(parent or number, 0.0) + size
    for lot in then.trades.filter(then.trades["id"].is_in(list(sizes))).iter_rows(named=True):
        part = next(row for row in is_open.iter_rows(named=True) if lot["id"] in (row["parent"], row["id"]))
        side, size = (1 if lot["side"] == "long" else -1), sizes[lot["id"]]
        profit = side * (quotes[lot["side"]] - lot["entry_price"]) * size * contract_size
        yield Lot(
            lot["id"], lot["entry_order"], lot["side"], size, lot["entry_tick"], lot["entry_price"], profit,
            part["stop_loss"], part["take_profit"],
        )  # fmt: skip


def brackets_at(then: Moment, lots: tuple[Lot, ...]) -> Iterator[Waiting]:
    for lot in lots:
        side = "sell" if lot.side == "long" else "buy"
        for name, words in LEVELS.items():
            level = getattr(lot, name)
            if level is not None:
                falls = (name == "stop_loss") == (side == "sell")
                begins = lot.entry_tick + 1
                yield waiting(
                    then, f"execution.{name}", f"{words} of trade {lot.trade}", lot.order, side, lot.size, level, falls, begins
                )


def waiting(
    then: Moment, rule: str, what: str, order: int, side: str | None, size: float | None, level: float | None,
    falls: bool | None, begins: int,
) -> Waiting:  # fmt: skip
    """Something that waits, its quote, and how far that is from its level; a market order waits for any quote."""
    buys = side == "buy"
    bid, ask = min(then.bid, then.ask), max(then.bid, then.ask)
    quote = (ask if buys else bid) if side is not None else None
    quote = None if quote is None or quote != quote else quote
    distance = 0.0 if level is None else None
    if level is not None and quote is not None:
        distance = quote - level if falls else level - quote
    when = "at once" if level is None else "at or below" if falls else "at or above"
    return Waiting(rule, what, order, side, size, side_of_quote(1 if buys else -1), when, level, quote, distance, begins)


def events_at(session: Session, then: Moment) -> Iterator[Event]:
    """What was filled, refused, placed and changed at this very tick."""
    changes, fills = session.records["change"], session.records["fill"]
    here = fills[(fills["tick"] == then.tick) & (fills["time"] <= then.time)]
    for fill in here:
        order = int(fill["order"])
        yield fill_event(fill, level_of_fill(session, fill, order))
    for row in np.flatnonzero((changes["tick"] == then.tick) & (changes["time"] <= then.time)).tolist():
        change, order = changes[row], int(changes[row]["order"])
        if change["what"] == ENDED and change["state"] != FILLED:
            yield refusal(session, order, row)
        elif change["what"] != ENDED:
            yield change_event(session, order, row)


def level_of_fill(session: Session, fill: np.void, order: int) -> float:
    """The level that a fill had waited for; NaN for none."""
    reason, trades = REASONS[fill["reason"]], session.records["trade"]
    if reason in LEVELS:
        left = (trades["entry_order"] == order) & (trades["exit_tick"] == fill["tick"]) & (trades["reason"] == fill["reason"])
        return float(trades[reason][left][0]) if left.any() else math.nan
    rows = rows_of_order(session, order)
    changes = session.records["change"]
    ended = [row for row in rows if changes[row]["tick"] == fill["tick"] and changes[row]["what"] not in BEGINNINGS]
    return level_then(session, order, rows, ended[-1]) if ended else math.nan
