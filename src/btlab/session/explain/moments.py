"""`session.explain_at(moment)`: everything that is true at one tick, and what the strategy did there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.market.codes import ENDED, FILLED, MODIFIED, PARTED, PLACED, REASONS, TRIGGERED
from btlab.session.explain.orders import change_event, fill_event, level_then, quotes_at, refusal, rows_of_order
from btlab.session.explain.replaying import NOT_FOLLOWED, Follower
from btlab.session.explain.schema import Call, Event, Lot, MomentExplanation, Standing, Waiting
from btlab.session.explain.trades import LEVELS, levels_of, moves_of
from btlab.session.explain.watching import Wait, arrival, beyond, side_of_quote, wait_of
from btlab.session.portfolio.part import Part
from btlab.session.replay import rate_at

if TYPE_CHECKING:
    from btlab.session.replay import Moment
    from btlab.session.result import Session


BEGINNINGS = (PLACED, MODIFIED, TRIGGERED)


def explain_moment(session: Session, moment: Any) -> MomentExplanation:
    """What `Session.explain_at` returns."""
    then = session.at(moment)
    calls, note = calls_at(session, then.tick, then.time)
    orders, lots = tuple(working(session, then)), tuple(lots_at(session, then))
    waiting = [*orders, *brackets_at(session, then, lots)]
    return MomentExplanation(
        symbol=session.symbol,
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
        symbols=(standing(session, then),),
    )


def standing(session: Session, then: Moment) -> Standing:
    """Where the symbol of a session stood."""
    rate = rate_at(session, then.tick, then.time)
    return Standing(session.symbol, then.tick, then.bid, then.ask, then.position, rate)


def calls_at(session: Session, tick: int, time: int) -> tuple[tuple[Call, ...], str]:
    """The calls of the strategy from the tick before to this one, and what is to be said of them."""
    if isinstance(session, Part):
        from btlab.session.explain.together import calls_of

        return calls_of(session, tick, time)
    follower = Follower(session)
    follower.through([max(tick, 0)], [max(tick, 0) + 1], time)
    return tuple(call.call() for call in follower.calls), note_of(follower, session.records)


def note_of(follower: Follower, records: Mapping[str, np.ndarray]) -> str:
    """What is to be said of a run that was followed: nothing where it did what it had done."""
    mine = follower.changes()
    return "" if mine.tobytes() == records["change"][: len(mine)].tobytes() else NOT_FOLLOWED


def working(session: Session, then: Moment) -> Iterator[Waiting]:
    """The orders that work, what is left of each, and how far their quotes are."""
    changes, placed = session.records["change"], session.records["order"]
    for order in then.orders.iter_rows(named=True):
        rows = [changes[row] for row in rows_of_order(session, order["id"])]
        rows = [row for row in rows if row["tick"] <= then.tick and row["time"] <= then.time]
        begun = max(k for k, row in enumerate(rows) if row["what"] in (PLACED, MODIFIED))
        met = {int(row["what"]) for row in rows[begun:]} & ({TRIGGERED, PARTED} if order["kind"] == "stop" else {TRIGGERED})
        wait = wait_of(session, placed[order["id"] - 1], rows[-1], bool(met))
        size = None if order["size"] is None else order["size"] - order["filled"]
        what = order["kind"].replace("_", "-")
        begins = arrival(session, rows[begun])
        yield waiting(session, then, f"execution.{order['kind']}", what, order["id"], order["side"], size, wait, begins)


def lots_at(session: Session, then: Moment) -> Iterator[Lot]:
    """The lots that are open, each with its bracket, valued at what closing it would get."""
    sell, buy = quotes_at(session, then.tick)
    quotes = {"long": math.nan if sell is None else sell, "short": math.nan if buy is None else buy}
    rate, is_open = rate_at(session, then.tick, then.time), then.trades.filter(then.trades["exit_tick"].is_null())
    for lot in is_open.iter_rows(named=True):
        side, size = (1 if lot["side"] == "long" else -1), lot["size"]
        profit = side * (quotes[lot["side"]] - lot["entry_price"]) * size * session.instrument.contract_size * rate
        yield Lot(
            lot["id"], lot["entry_order"], lot["side"], size, lot["entry_tick"], lot["entry_price"], profit,
            lot["stop_loss"], lot["take_profit"], lot["trailing_stop"], session.symbol,
        )  # fmt: skip


def brackets_at(session: Session, then: Moment, lots: tuple[Lot, ...]) -> Iterator[Waiting]:
    """What would close the lots, and from which tick on it may."""
    for lot in lots:
        side, trade = (-1 if lot.side == "long" else 1), session.records["trade"][lot.trade - 1]
        moved = [row for row in moves_of(session, trade) if session.records["change"][row]["tick"] <= then.tick]
        for name, words in (LEVELS | {"trailing_stop": "the trailing stop"}).items():
            level = getattr(lot, name)
            if level is None:
                continue
            begins = levels_of(session, trade, name, moved)[-1][2] if name in LEVELS else lot.entry_tick + 1
            target = name == "take_profit"
            wait = Wait(words, side, level, (side < 0) != target, beyond(session) if target else 0.0)
            rule = "execution.trailing" if name == "trailing_stop" else f"execution.{name}"
            side_word = "buy" if side > 0 else "sell"
            yield waiting(session, then, rule, words, lot.order, side_word, lot.size, wait, begins, lot.trade)


def waiting(
    session: Session,
    then: Moment,
    rule: str,
    what: str,
    order: int,
    side: str | None,
    size: float | None,
    wait: Wait,
    begins: int,
    trade: int | None = None,
) -> Waiting:
    """Something that waits, its quote, and how far that is from its level; a market order waits for any quote."""
    buys = side == "buy"
    bid, ask = min(then.bid, then.ask), max(then.bid, then.ask)
    quote = (ask if buys else bid) if side is not None else None
    quote = None if quote is None or quote != quote else quote
    level = None if wait.level != wait.level else wait.level
    distance = 0.0 if level is None else None if quote is None else wait.away(quote, level)
    watched = side_of_quote(1 if buys else -1)
    return Waiting(rule, what, order, side, size, watched, wait.when, level, quote, distance, begins, trade, session.symbol)


def events_at(session: Session, then: Moment) -> Iterator[Event]:
    """What was filled, refused, placed and changed since the tick before: at closes and expiries on the way, and at this tick."""
    fills, changes = (np.flatnonzero(since_before(session, then, session.records[name])).tolist() for name in ("fill", "change"))
    return (event for _, _, event in events_of(session, fills, changes))


def since_before(session: Session, then: Moment, rows: np.ndarray) -> np.ndarray:
    """Which rows of a table came after the tick before a moment, whose own are those of its time, and by then."""
    before = then.tick - 1
    between = rows["tick"] == before
    if before >= 0:
        between &= rows["time"] > session.data.time_at(before)
    at_it: np.ndarray = ((rows["tick"] == then.tick) | between) & (rows["time"] <= then.time)
    return at_it


def events_of(session: Session, fills: list[int], changes: list[int]) -> Iterator[tuple[str, int, Event]]:
    """(table, row, event) of rows of the tables of fills and of changes."""
    for row in fills:
        fill = session.records["fill"][row]
        yield "fill", row, fill_event(session, fill, level_of_fill(session, fill, int(fill["order"])))
    for row in changes:
        change = session.records["change"][row]
        if change["what"] == ENDED and change["state"] != FILLED:
            yield "change", row, refusal(session, int(change["order"]), row)
        elif change["what"] != ENDED:
            yield "change", row, change_event(session, int(change["order"]), row)


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
