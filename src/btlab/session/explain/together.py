"""Explanations of a run of several symbols: each symbol's own, with the ids of the whole run, on one account and one clock."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from btlab.market.state import MultiTimeframe, State
from btlab.session.explain.moments import brackets_at, events_of, lots_at, note_of, standing, working
from btlab.session.explain.replaying import Follower
from btlab.session.explain.schema import Call, Event, Explained, Lot, MomentExplanation, TradeExplanation, Waiting
from btlab.session.explain.trades import explain_trade, trade_number
from btlab.session.portfolio.part import Part
from btlab.session.portfolio.result import PortfolioSession
from btlab.session.portfolio.setup import PortfolioSetup, place_of, ticks_after
from btlab.session.replay import moment_at
from btlab.strategy.plain_several import contexts

if TYPE_CHECKING:
    from btlab.session.explain.recording import Witnessed

Told = TypeVar("Told", bound=Explained)


def explain_trade_of(session: PortfolioSession, trade_id: Any) -> TradeExplanation:
    """What `PortfolioSession.explain` returns.

    Raises:
        RunError: there is no such trade.
    """
    number = trade_number(session.records["trade"], trade_id)
    part = session.of(session.trades["symbol"][number - 1])
    told = explain_trade(part, int(np.searchsorted(part.rows["trade"], number - 1)) + 1)
    told = with_ids(told, part)
    return dataclasses.replace(told, trade=session.trades.row(number - 1, named=True))


def explain_moment_of(session: PortfolioSession, moment: Any, symbol: str | None) -> MomentExplanation:
    """What `PortfolioSession.explain_at` returns.

    Raises:
        RunError: there is no such tick or symbol.
    """
    setup, wanted = session.setup, None if symbol is None else session.of(symbol).place
    time, after = place_of(setup.parts, moment, wanted)
    last = last_taken(setup, after)
    shown = last if wanted is None else wanted
    before = [count - (place == last) for place, count in enumerate(after)]
    follower = Follower(session)
    follower.through([max(count, 0) for count in before], after, time)
    asked: dict[str, Any] = {"asked": session.asked, "ending": session.ending, "again": session.again}
    then = PortfolioSession(setup, follower.start, session.mode, **asked)
    parts = [then.of(name) for name in then.symbols]
    known = [
        moment_at(part, State(MultiTimeframe.of(part.data, part.timeline), count - 1, time)) for part, count in zip(parts, after)
    ]
    orders, lots, waits = list[Waiting](), list[Lot](), list[Waiting]()
    for part, one in zip(parts, known):
        own_orders, own_lots = tuple(working(part, one)), tuple(lots_at(part, one))
        orders += [with_ids(order, part) for order in own_orders]
        waits += [with_ids(wait, part) for wait in (*own_orders, *brackets_at(part, one, own_lots))]
        lots += [with_ids(lot, part) for lot in own_lots]
    context = contexts(follower.start.strategy, follower.start.state, [part.timeline for part in parts])[0]
    here = known[shown]
    return MomentExplanation(
        symbol=session.symbols[shown],
        tick=here.tick,
        time=time,
        bid=here.bid,
        ask=here.ask,
        position=here.position,
        equity=float(context.equity),
        cash=float(context.cash),
        orders=tuple(sorted(orders, key=lambda order: order.order)),
        lots=tuple(sorted(lots, key=lambda lot: lot.trade)),
        next=tuple(sorted(waits, key=lambda wait: (_share(wait), wait.order))),
        calls=tuple(call.call() for call in follower.calls),
        events=tuple(_events(then, follower)),
        note=note_of(follower, session.records),
        symbols=tuple(standing(part, one) for part, one in zip(parts, known)),
    )


def last_taken(setup: PortfolioSetup, taken: list[int]) -> int:
    """The symbol whose tick came last, of those that were taken; the first where none was."""
    times = [(part.data.time_at(count - 1), place) for place, (part, count) in enumerate(zip(setup.parts, taken)) if count]
    return max(times)[1] if times else 0


def calls_of(session: Part, tick: int, time: int) -> tuple[tuple[Call, ...], str]:
    """The calls since a symbol's tick before: those that were told of it, and those that did something."""
    setup = session.whole.setup
    after = ticks_after(setup.parts, session.place, max(tick, 0))
    if tick < 0 or session.data.time_at(tick) < time:
        after = [part.taken_by(time) for part in setup.parts]
    before = [count - (place == session.place) for place, count in enumerate(after)]
    if tick > 0:
        before = ticks_after(setup.parts, session.place, tick - 1)
    follower = Follower(session)
    follower.through([max(count, 0) for count in before], after, time)

    def counts(call: Witnessed) -> bool:
        return call.symbol == session.symbol or bool(call.deeds)

    return tuple(call.call() for call in follower.calls if counts(call)), note_of(follower, session.whole.records)


def with_ids(told: Told, part: Part) -> Told:
    """The same with the ids that orders and trades have among those of all symbols."""

    def shown(name: str, value: Any) -> Any:
        if isinstance(value, Explained):
            return with_ids(value, part)
        if isinstance(value, tuple):
            return tuple(with_ids(one, part) if isinstance(one, Explained) else one for one in value)
        if name in ("order", "trade") and isinstance(value, int) and value > 0:
            return int(part.rows[name][value - 1]) + 1
        return value

    if isinstance(told, Call):
        return told
    fields = {field.name: getattr(told, field.name) for field in dataclasses.fields(told)}  # type: ignore[arg-type]
    return dataclasses.replace(told, **{name: shown(name, value) for name, value in fields.items()})  # type: ignore[type-var]


def _events(then: PortfolioSession, follower: Follower) -> list[Event]:
    """What happened since the follower began to record: fills, then what became of orders, each in order of time."""
    found: list[tuple[bool, int, Event]] = []
    for symbol in then.symbols:
        part = then.of(symbol)
        fills, changes = (np.flatnonzero(part.rows[name] >= follower.begun[name]) for name in ("fill", "change"))
        for table, row, event in events_of(part, fills.tolist(), changes.tolist()):
            found.append((table == "change", int(part.rows[table][row]), with_ids(event, part)))
    return [event for _, _, event in sorted(found, key=lambda one: one[:2])]


def _share(wait: Waiting) -> float:
    """How far the quote is, as a share of it: prices of several symbols are not of one size."""
    if wait.distance is None:
        return math.inf
    return wait.distance / wait.quote if wait.quote else wait.distance
