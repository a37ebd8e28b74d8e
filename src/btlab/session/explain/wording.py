"""Explanations as sentences for a trader: lines with a depth, in a terminal and in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from btlab.market.times import iso
from btlab.session.explain.rules import RULES
from btlab.session.explain.schema import (
    Act,
    Call,
    Decision,
    Event,
    Lot,
    MomentExplanation,
    OrderStory,
    Seen,
    Standing,
    Stretch,
    TradeExplanation,
    Waiting,
)

Line = tuple[int, str]
SHOWN = 12
"""Values read that are shown of one call; `to_dict` has them all."""


def lines_of(explained: Any) -> Iterator[Line]:
    """(depth, sentence) of a whole explanation."""
    if isinstance(explained, TradeExplanation):
        yield from trade_lines(explained)
    elif isinstance(explained, MomentExplanation):
        yield from moment_lines(explained)


def html_of(explained: Any) -> str:
    """The same lines, every text escaped: names and source come from outside."""
    rows = "".join(
        f"<div style='padding-left:{1.5 * depth}em{';font-weight:600' if depth == 0 else ''}'>{marked(text)}</div>"
        for depth, text in lines_of(explained)
    )
    return f"<div class='btlab-explanation'>{rows}</div>"


def marked(text: str) -> str:
    """A line as HTML, the id of its rule less loud than what it says."""
    said, bracket, rule = text.rpartition(" [") if text.endswith("]") else (text, "", "")
    return html.escape(said) + (f"<span style='opacity:.55'>{html.escape(bracket + rule)}</span>" if bracket else "")


def trade_lines(told: TradeExplanation) -> Iterator[Line]:
    trade = told.trade
    yield 0, f"Trade {trade['id']}: {trade['side']} {number(trade['size'])} {trade['symbol']}, {outcome(trade)}"
    if trade["parent"]:
        yield 1, f"It is a part of trade {trade['parent']}: {RULES['execution.partial_close']}."
    yield 0, "Why it was entered"
    yield from order_lines(told.entry)
    if told.brackets:
        yield 0, "Its bracket"
    for stretch in told.brackets:
        yield 1, stretch_line(stretch)
    if told.bracket_set_by is not None:
        yield 1, f"Moved last by {decision_line(told.bracket_set_by)}"
        yield from call_lines(told.bracket_set_by.by, 2)
    yield 0, "Why it was left" if told.left else "It is still open"
    if told.left is not None and told.exit is None:
        yield 1, event_line(told.left)
    if told.exit is not None:
        yield from order_lines(told.exit)


def outcome(trade: dict[str, Any]) -> str:
    entered = f"entered at {number(trade['entry_price'])} (tick {trade['entry_tick']})"
    if trade["exit_tick"] is None:
        return f"{entered}, open with {trade['pnl']:+,.2f}"
    reason = trade["exit_reason"].replace("_", " ")
    return f"{entered}, left at {number(trade['exit_price'])} (tick {trade['exit_tick']}) by {reason}, {trade['pnl']:+,.2f}"


def order_lines(story: OrderStory) -> Iterator[Line]:
    kind, tag = story.order_kind.replace("_", "-"), f", tag {story.tag!r}" if story.tag else ""
    yield 1, f"Order {story.order}: {kind} {story.side or ''} {number(story.size)}{tag}, {story.state.replace('_', ' ')}"
    yield 1, f"Decided by {decision_line(story.decision)}"
    by = story.decision.by
    yield from call_lines(by, 2, several=by is not None and by.symbol != story.symbol)
    for stretch in story.held:
        yield 1, stretch_line(stretch)
    for event in story.events:
        if event.what != "placed":
            yield 1, event_line(event)


def decision_line(decision: Decision) -> str:
    return f"{decision.place}: {decision.source}" if decision.found else f"nothing that can be shown: {decision.note}"


def call_lines(call: Call | None, depth: int, several: bool = False) -> Iterator[Line]:
    if call is None:
        return
    timeframe = f" of {call.timeframe}" if call.timeframe else ""
    of = f", told of {call.symbol}" if several else ""
    yield depth, f"{call.method}{timeframe}{of} at {iso(call.time)}, after tick {call.tick}, saw"
    for seen in call.seen[-SHOWN:]:
        yield depth + 1, seen_line(seen)
    for act in call.acts:
        yield depth, act_line(act)


def seen_line(seen: Seen) -> str:
    arguments = f"({seen.arguments})" if seen.arguments else ""
    return f"{seen.of}.{seen.name}{arguments} = {number(seen.value)}   (line {seen.line})"


def act_line(act: Act) -> str:
    return f"and called ctx.{act.name}({act.arguments}) -> {number(act.gave)}   (line {act.line})"


def stretch_line(stretch: Stretch) -> str:
    single = stretch.first_tick == stretch.last_tick
    span = f"tick {stretch.first_tick}" if single else f"ticks {stretch.first_tick} to {stretch.last_tick}"
    wanted = stretch.watched if stretch.level is None else f"{stretch.watched} {stretch.when} {number(stretch.level)}"
    does = "was on its way, to wait" if stretch.rule == "execution.latency" else "waited"
    wait = f"{stretch.what[0].upper()}{stretch.what[1:]} {does} for the {wanted}{led(stretch)} over {span}"
    if stretch.nearest_tick is None:
        lacking = {"execution.no_quote": "; there was no quote", "execution.no_size": "; no size was offered to it"}
        return f"{wait}{lacking.get(stretch.rule, '')} [{stretch.rule}]"
    far = stretch.distance or 0.0
    near = f"the nearest was {number(stretch.nearest_quote)} at tick {stretch.nearest_tick}"
    return f"{wait}; {near}, {number(abs(far))} {'away' if far > 0.0 else 'beyond'} [{stretch.rule}]"


def led(stretch: Stretch) -> str:
    """How a trailing stop was led to its level."""
    if not stretch.followed:
        return ""
    first, times = stretch.followed[0], "once" if stretch.moved == 1 else f"{stretch.moved:,} times"
    return f" (from {number(first.level)} at tick {first.tick}, led {times})" if stretch.moved else " (never led)"


def event_line(event: Event) -> str:
    where = f"tick {event.tick}, {iso(event.time)}"
    if event.what == "filled":
        level = f" against {number(event.level)}" if event.level is not None else ""
        quotes = f"bid {number(event.bid)}, ask {number(event.ask)}"
        return (
            f"Filled at {where}: {event.side} {number(event.size)} at {number(event.price)}{level} ({quotes}): "
            f"{event.text} [{event.rule}]"
        )
    compared = event.bound is not None and event.rule != "order.expired"  # that has its time before it
    value = "NaN" if event.value is None else number(event.value)
    pair = f" ({value} against {number(event.bound)})" if compared else ""
    return f"{event.what.capitalize()} at {where}: {event.text}{pair} [{event.rule}]"


def moment_lines(told: MomentExplanation) -> Iterator[Line]:
    held = f"{number(told.position)} held" if told.position else "flat"
    quotes = f"bid {number(told.bid)}, ask {number(told.ask)}"
    several = len(told.symbols) > 1
    tick = f"Tick {told.tick} of {told.symbol}" if several else f"Tick {told.tick}"
    yield 0, f"{tick}, {iso(told.time)}: {quotes}, {held}, equity {told.equity:,.2f}"
    ticks = {one.symbol: one.tick for one in told.symbols}

    def named(text: str, symbol: str) -> str:
        return f"{symbol}: {text}" if several else text

    groups: list[tuple[str, list[str]]] = [
        ("The other symbols", [standing_line(one) for one in told.symbols if one.symbol != told.symbol]),
        ("What happened here", [named(f"Order {event.order}: {event_line(event)}", event.symbol) for event in told.events]),
        ("Open lots", [named(lot_line(lot), lot.symbol) for lot in told.lots]),
        ("What waits, the nearest first", [named(waiting_line(one, ticks[one.symbol]), one.symbol) for one in told.next]),
    ]
    for title, texts in groups:
        if texts:
            yield 0, title
        for text in texts:
            yield 1, text
    if told.note:
        yield 0, told.note.capitalize()
    yield 0, "What the strategy did" if told.calls else "The strategy was not called"
    for call in told.calls:
        yield from call_lines(call, 1, several)


def standing_line(one: Standing) -> str:
    """Where a symbol stands whose tick did not come last."""
    if one.tick < 0:
        return f"{one.symbol} has had no quote yet"
    held = f"{number(one.position)} held" if one.position else "flat"
    return f"{one.symbol} after its tick {one.tick}: bid {number(one.bid)}, ask {number(one.ask)}, {held}"


def lot_line(lot: Lot) -> str:
    bracket = "".join(
        f", {name} {number(level)}"
        for name, level in (
            ("stop loss", lot.stop_loss), ("take profit", lot.take_profit), ("trailing stop", lot.trailing_stop)
        )
        if level
    )  # fmt: skip
    return (
        f"Trade {lot.trade}: {lot.side} {number(lot.size)} at {number(lot.entry_price)} since tick {lot.entry_tick}, "
        f"{lot.open_profit:+,.2f}{bracket}"
    )


def waiting_line(one: Waiting, tick: int) -> str:
    late = f", from tick {one.works_from} on" if one.works_from > tick + 1 else ""
    size = f" {number(one.size)}" if one.size is not None else ""
    what = one.what if one.trade is None else f"{one.what} of trade {one.trade}"
    if one.level is None:
        return f"Order {one.order}, {what} {one.side or ''}{size}: fills at the next quote{late} [{one.rule}]"
    far = "no quote yet"
    if one.distance is not None:
        far = f"{number(abs(one.distance))} {'away from' if one.distance > 0.0 else 'beyond it at'} {number(one.quote)}"
    when = f"when the {one.watched} is {one.when} {number(one.level)}"
    return f"Order {one.order}, {what}: {one.side}{size} {when}, {far}{late} [{one.rule}]"


def number(value: Any) -> str:
    """A value as a person reads it: ten digits, no more."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if not isinstance(value, int | float):
        return str(value)
    text = f"{value:.10g}"
    return f"{value:.10f}".rstrip("0") if "e-" in text and abs(value) >= 1e-9 else text
