"""Why, as an inspector shows it: a few lines on what the strategy saw and did at a tick, and on the trade that is looked at.

Nothing of later than the tick is in them, though `session.explain` knows a trade to its end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from btlab.session.explain.schema import Call, Event, OrderStory
from btlab.session.explain.wording import number, stretch_line, waiting_line

if TYPE_CHECKING:
    from btlab.session.result import Session

Line = tuple[str, str]
SEEN = 8
NEAREST = 3
LINE_AT_MOST = 300


def why(session: Session, tick: int, trade: int | None) -> tuple[str, list[Line], float]:
    """(title, lines, seconds it took) for the head at a tick, with a trade that is open or selected there.

    The sign of a line: "call", "saw", "act" of the strategy; "fill", "held", "refused", "event" of the market.
    """
    begun = time.perf_counter()
    now, lines = session.data.time_at(tick), list[Line]()
    told = session.explain_at(tick)
    for event in told.events:
        lines.append(_event(event))
    for call in told.calls:
        lines += _call(call)
    if trade is not None and int(session.records["trade"]["entry_tick"][trade - 1]) <= tick:
        lines += [line for line in _trade(session, trade, tick, now) if line not in lines]
    lines += [("held", waiting_line(one, tick)) for one in told.next[:NEAREST]]
    if told.note and told.calls:
        lines.append(("event", told.note))
    title = f"#{trade}" if trade is not None else f"tick {tick + 1:,}"
    return title, [(sign, _without_rule(text)[:LINE_AT_MOST]) for sign, text in lines], time.perf_counter() - begun


def _trade(session: Session, trade: int, tick: int, now: int) -> Iterator[Line]:
    told = session.explain(trade)
    yield "event", f"Why #{trade} was entered"
    yield from _story(told.entry, tick, now)
    for stretch in told.brackets:
        if stretch.last_tick <= tick:
            yield "held", stretch_line(stretch)
    if told.left is None or told.left.tick > tick or told.left.time > now:
        return
    yield "event", f"Why #{trade} was left"
    yield from [_event(told.left)] if told.exit is None else _story(told.exit, tick, now)


def _story(story: OrderStory, tick: int, now: int) -> Iterator[Line]:
    if story.decision.by is not None:
        yield from _call(story.decision.by)
    elif story.decision.note:
        yield "event", story.decision.note
    yield from (("held", stretch_line(stretch)) for stretch in story.held if stretch.last_tick <= tick)
    yield from (_event(event) for event in story.events if event.what != "placed" and event.tick <= tick and event.time <= now)


def _call(call: Call) -> Iterator[Line]:
    if not (call.seen or call.acts):
        return
    yield "call", f"{call.method}{f' of {call.timeframe}' if call.timeframe else ''} saw"
    values = dict.fromkeys(
        f"{seen.of}.{seen.name}{f'({seen.arguments})' if seen.arguments else ''} = {number(seen.value)}" for seen in call.seen
    )
    yield from (("saw", text) for text in list(values)[-SEEN:])
    yield from (("act", f"ctx.{act.name}({act.arguments})   (line {act.line})") for act in call.acts)


def _event(event: Event) -> Line:
    if event.what == "filled":
        return (
            "fill",
            f"{'Bought' if event.side == 'buy' else 'Sold'} {number(event.size)} at {number(event.price)}: {event.text}",
        )
    sign = "refused" if event.what in ("rejected", "refused") else "event"
    against = f" ({number(event.value)} against {number(event.bound)})" if event.bound is not None else ""
    return sign, f"Order {event.order} {event.what}: {event.text}{against}"


def _without_rule(text: str) -> str:
    said, bracket, _ = text.rpartition(" [")
    return said if bracket and text.endswith("]") else text
