"""The story of an order: who placed it and why, how long it waited and how near it came, what filled or refused it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.market.codes import (
    BY_END,
    CHANGES,
    ENDED,
    ENDINGS,
    FILLED,
    KINDS,
    MODIFIED,
    PARTED,
    PLACED,
    REASONS,
    STATES,
    STOP,
    STOP_LIMIT,
    TRIGGERED,
)
from btlab.market.names import text_of
from btlab.session.closes import closing_quotes
from btlab.session.explain.bounds import compared
from btlab.session.explain.replaying import Follower, missing
from btlab.session.explain.rules import RULES, rule_of_ending, rule_of_fill
from btlab.session.explain.schema import Event, OrderStory, Stretch
from btlab.session.explain.watching import arrival, level_of, stretch, wait_of

if TYPE_CHECKING:
    from btlab.session.result import Session

SIDES = {1: "buy", -1: "sell", 0: None}
OF_LOTS = ("stop_loss", "take_profit", "trailing", "liquidation")


def rows_of_order(session: Session, order: int) -> list[int]:
    """The rows of the table of changes that are of one order, as they happened."""
    return np.flatnonzero(session.records["change"]["order"] == order).tolist()


def story_of(session: Session, order: int, follower: Follower) -> OrderStory:
    """What became of an order, and why it was placed. The follower has followed the run to its placing."""
    row = session.records["order"][order - 1]
    rows = rows_of_order(session, order)
    by_the_run = any(fill["reason"] == BY_END for fill in own_fills(session, order))
    decision = missing("close_at_end placed it, not the strategy") if by_the_run else follower.decision(rows[0])
    return OrderStory(
        order=order,
        order_kind=KINDS[row["kind"]],
        side=SIDES[int(row["side"])],
        size=known(row["size"]),
        state=STATES[row["state"]],
        tag=text_of(row["tag"]) or None,
        decision=decision,
        held=tuple(held(session, order, rows)),
        events=tuple(events_of(session, order, rows)),
        symbol=session.symbol,
    )


def own_fills(session: Session, order: int) -> list[np.void]:
    """The fills of an order itself, without those of the bracket of its lots."""
    fills = session.records["fill"]
    return [fill for fill in fills[fills["order"] == order] if REASONS[fill["reason"]] not in OF_LOTS]


def held(session: Session, order: int, rows: list[int]) -> Iterator[Stretch]:
    """The stretches in which an order was not met: on its way, then working, anew for each level that it had."""
    changes, placed = session.records["change"], session.records["order"][order - 1]
    steps, touched = [row for row in rows if changes[row]["what"] in (PLACED, MODIFIED, TRIGGERED, PARTED, ENDED)], False
    for row, following in zip(steps, [*steps[1:], None]):
        change, what = changes[row], changes[row]["what"]
        if what == ENDED or placed["side"] == 0:
            return
        touched = what == TRIGGERED or (touched and what != MODIFIED) or (what == PARTED and placed["kind"] == STOP)
        wait, last = wait_of(session, placed, change, touched), end_of(changes[following]) if following else len(session.data) - 1
        first = int(change["tick"]) + (what != TRIGGERED)
        if what in (PLACED, MODIFIED):
            sent, first = first, arrival(session, change)
            yield from filter(None, [stretch(session, wait, sent, min(first - 1, last), "execution.latency")])
        yield from filter(None, [stretch(session, wait, first, last)])


def end_of(change: np.void) -> int:
    """The last tick that was met before a change: one that a tick brought about does not count that tick."""
    by_hand = change["what"] == ENDED and ENDINGS[change["ending"]][:15] in BY_HAND
    return int(change["tick"]) - (change["what"] in (TRIGGERED, PARTED, ENDED) and not by_hand)


BY_HAND = ("cancelled by the strategy"[:15], "order.expired: its time was over"[:15])


def events_of(session: Session, order: int, rows: list[int]) -> Iterator[Event]:
    """What happened to an order, in order of time: each change, and each fill with the rule that filled it."""
    changes, fills = session.records["change"], own_fills(session, order)
    for row in rows:
        change = changes[row]
        filled = change["what"] == ENDED and change["state"] == FILLED
        parted = CHANGES[change["what"]] == "partly filled"
        if filled or parted:
            fill = fills.pop(0) if fills else None
            if fill is not None:
                yield fill_event(session, fill, level_then(session, order, rows, row))
        elif change["what"] == ENDED:
            yield refusal(session, order, row)
        else:
            yield change_event(session, order, row)


def level_then(session: Session, order: int, rows: list[int], end: int) -> float:
    """The level for which an order waited when it was filled."""
    changes, kind = session.records["change"], int(session.records["order"][order - 1]["kind"])
    before = [changes[row] for row in rows if row < end]
    touched = any(change["what"] == TRIGGERED for change in before)
    return level_of(kind, before[-1], touched) if before else math.nan


def fill_event(session: Session, fill: np.void, level: float) -> Event:
    """A fill, and the rule by which it came."""
    side, reason = int(fill["side"]), REASONS[fill["reason"]]
    quote = float(fill["buy_at"] if side > 0 else fill["sell_at"])
    rule = rule_of_fill(reason, side=side, price=float(fill["price"]), quote=quote, level=level)
    return Event(
        rule=rule,
        what="filled",
        order=int(fill["order"]),
        tick=int(fill["tick"]),
        time=int(fill["time"]),
        bid=known(fill["sell_at"]),
        ask=known(fill["buy_at"]),
        side=SIDES[side],
        size=float(fill["size"]),
        price=float(fill["price"]),
        level=known(level),
        value=known(quote),
        bound=known(level),
        text=RULES.get(rule, rule),
        symbol=session.symbol,
    )


def refusal(session: Session, order: int, row: int) -> Event:
    """How an order ended without a fill: the rule, and what it compared."""
    change = session.records["change"][row]
    text = ENDINGS[change["ending"]]
    rule = rule_of_ending(text)
    value, bound = compared(session, order, row, rule)
    return _event(session, order, row, rule, STATES[change["state"]], value, bound, text.partition(": ")[2] or RULES[rule])


def change_event(session: Session, order: int, row: int) -> Event:
    change = session.records["change"][row]
    what = CHANGES[change["what"]]
    rule = {
        "placed": "order.placed",
        "modified": "order.modified",
        "not modified": "order.not_modified",
        "triggered": "execution.stop_limit.triggered",
        "bracket modified": "order.bracket",
    }.get(what, f"order.{what.replace(' ', '_')}")
    if what == "triggered" and session.records["order"][order - 1]["kind"] != STOP_LIMIT:
        rule = "execution.stop.triggered"
    return _event(session, order, row, rule, what, None, None, RULES.get(rule, what))


def _event(
    session: Session, order: int, row: int, rule: str, what: str, value: float | None, bound: float | None, text: str
) -> Event:
    change, placed = session.records["change"][row], session.records["order"][order - 1]
    tick = int(change["tick"])
    bid, ask = quotes_at(session, tick)
    kind = int(placed["kind"])
    level = level_of(kind, change, what == "triggered")
    return Event(
        rule, what, order, tick, int(change["time"]), bid, ask, SIDES[int(placed["side"])], known(change["size"]), None,
        known(level), value, bound, text, session.symbol,
    )  # fmt: skip


def quotes_at(session: Session, tick: int) -> tuple[float | None, float | None]:
    """Bid and ask as orders met them; null before there were any."""
    if tick < 0:
        return None, None
    sell, buy = closing_quotes(session.data, np.array([tick]), session.spread, session.execution.widen)
    return known(sell[0]), known(buy[0])


def known(value: Any) -> float | None:
    """A number; null where there is none."""
    return None if value != value else float(value)
