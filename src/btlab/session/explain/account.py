"""The account that a refused fill met: its equity, what else was open, and the heights it had; of one symbol or of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.engine.rules import day_ends
from btlab.market.records import ENDED, PARTED, REASONS
from btlab.session.closes import closing_quotes
from btlab.session.portfolio.equity import Rows, closing_then, rates
from btlab.session.portfolio.part import Part
from btlab.session.portfolio.setup import ticks_after
from btlab.session.replay import BRACKETS, account_after
from btlab.session.tables import worth

if TYPE_CHECKING:
    from btlab.market.timeline import Timeline
    from btlab.session.portfolio.result import PortfolioSession
    from btlab.session.result import Session


@dataclass(frozen=True, slots=True)
class Met:
    """The account when a fill was refused, in its currency.

    Attributes:
        rate: of the symbol's quote currency. equity: of the account; others: what is open in other symbols, both sides counted.
        traded: the notional of all fills so far.
    """

    rate: float
    equity: float
    others: float
    traded: float


def account_met(session: Session, row: int, done: int, sell: float, buy: float) -> Met:
    """The account at a row of the table of changes.

    Args:
        done: how many fills of the symbol came before. sell, buy: its quotes, as the refused fill met them.
    """
    change = session.records["change"][row]
    tick, time = int(change["tick"]), int(change["time"])
    position, balance, cost, short = account_after(session, done, tick, time)
    value = worth_of(position, short, sell, buy) * session.instrument.contract_size
    value = value if value == value else cost
    if not isinstance(session, Part):
        fills = session.records["fill"][:done]
        traded = float((fills["size"] * fills["price"]).sum()) * session.instrument.contract_size
        return Met(1.0, balance - cost + value, 0.0, traded)
    before = fills_of_all_before(session, row, done)
    seen = ticks_then(session, tick, time, before)
    rate = rate_then(session, seen, {session.place: (sell, buy)})
    total, others = balance + (value - cost) * rate, 0.0
    for symbol in session.whole.symbols:
        other = session.whole.of(symbol)
        if other.place != session.place:
            profit, held = _others(other, int(before[other.rows["fill"]].sum()), seen, time)
            total, others = total + profit, others + held
    return Met(rate, total, others, _traded(session.whole, before))


def worth_of(position: float, short: float, sell: float, buy: float) -> float:
    """What closing would bring, for a contract size of 1."""
    return float(worth(*(np.array([one]) for one in (position, short, sell, buy)))[0])


def fills_of_all_before(session: Part, row: int, done: int) -> np.ndarray:
    """Which fills of all symbols came before a row of the table of changes, `done` of its own symbol among them."""
    records, own = session.whole.records, session.rows["fill"]
    at, fills, changes = int(session.rows["change"][row]), records["fill"], records["change"]
    change = changes[at]
    place = session.place if change["time"] == session.data.time[max(int(change["tick"]), 0)] else -1
    earlier = changes[:at]
    here = np.isin(earlier["what"], (ENDED, PARTED)) & (earlier["time"] == change["time"])
    same = fills["time"] == change["time"]
    before = (fills["time"] < change["time"]) | (same & (fills["acting"] < place))
    before |= same & (place >= 0) & (fills["acting"] == place) & (fills["acting_tick"] < change["tick"])
    before |= same & np.isin(fills["order"], earlier["order"][here])
    if place < 0:  # in a call: brackets have met the tick that it was told of
        before |= same & np.isin(fills["reason"], [REASONS.index(name) for name in BRACKETS])
    before[own] = np.arange(len(own)) < done
    return before


def ticks_then(session: Part, tick: int, time: int, before: np.ndarray) -> list[int]:
    """The last tick of each symbol that was taken when one of this symbol was met, or after it; -1 for none.

    After it came a close, which ticks of its time follow; or, where no bar ends then, the tick of another symbol.

    Args:
        before: which fills of all symbols had come.
    """
    setup = session.whole.setup
    if tick >= 0 and session.data.time[tick] == time:
        return [count - 1 for count in ticks_after(setup, session.place, tick)]
    fills = session.whole.records["fill"]
    met = np.flatnonzero(before & (fills["time"] == time) & (fills["acting"] >= 0))
    if len(met):
        acting = fills[met[-1]]
        return [count - 1 for count in ticks_after(setup, int(acting["acting"]), int(acting["acting_tick"]))]
    side: Any = "left" if any(_ends(part.timeline, time) for part in setup.parts) else "right"
    return [int(np.searchsorted(part.data.time, time, side=side)) - 1 for part in setup.parts]


def is_certain(session: Session, time: int) -> bool:
    """Whether a call at a time can only have been made after one tick, or at a close: the tables do not say of which."""
    if not isinstance(session, Part):
        return True
    parts, came = session.whole.setup.parts, 0
    for part in parts:
        before, after = (int(np.searchsorted(part.data.time, time, side=side)) for side in ("left", "right"))
        came += after - before
    return came + any(_ends(part.timeline, time) for part in parts) <= 1


def _ends(timeline: Timeline, time: int) -> bool:
    """Whether one of the shortest bars ends at a time."""
    ends = timeline.end[timeline.rows(timeline.base)]
    row = int(np.searchsorted(ends, time))
    return row < len(ends) and bool(ends[row] == time)


def rate_then(session: Part, seen: list[int], met: dict[int, tuple[float, float]]) -> float:
    """What one unit of a symbol's quote currency was in the account's.

    Args:
        seen: the last tick of each symbol. met: quotes that are known otherwise.
    """
    parts = session.whole.setup.parts
    quotes = {}
    for pair, _ in session.legs:
        sell, buy = met[pair] if pair in met else closing_then(parts[pair], np.array([seen[pair]]))
        quotes[pair] = np.atleast_1d(sell), np.atleast_1d(buy)
    return float(np.ravel(rates(session.legs, quotes))[0])


def _others(other: Part, done: int, seen: list[int], time: int) -> tuple[float, float]:
    """(what another symbol has won since the start, what is open in it) in the account's currency."""
    tick, contract = seen[other.place], other.instrument.contract_size
    position, balance, cost, short = account_after(other, done, tick, time)
    if not position and not short:
        return balance - other.cash, 0.0
    (sell,), (buy,) = closing_then(other.setup, np.array([tick]))
    rate, long = rate_then(other, seen, {}), position + short
    value = worth_of(position, short, float(sell), float(buy)) * contract
    value = value if value == value else cost
    held = ((long * float(sell) if long else 0.0) + (short * float(buy) if short else 0.0)) * contract
    return balance - other.cash + (value - cost) * rate, (held if held == held else abs(cost)) * rate


def _traded(whole: PortfolioSession, before: np.ndarray) -> float:
    total = 0.0
    for symbol in whole.symbols:
        part = whole.of(symbol)
        fills = part.records["fill"][before[part.rows["fill"]]]
        notional = fills["size"] * fills["price"] * part.instrument.contract_size
        total += float((notional * part.rates(fills["tick"], fills["time"])).sum())
    return total


def day_equity(session: Session, now: int) -> float:
    """The equity with which the trading day began that holds a time: after its night was paid, before its first quote.

    Of several symbols the days are those of the first one's calendar.
    """
    if not isinstance(session, Part):
        return _equity_at(session, _day_of(session, session.data.first_time, now))
    whole = session.whole
    first = min(data.first_time for data in whole.data.values())
    begun = _day_of(whole.of(whole.symbols[0]), first, now)
    return whole.cash + sum(_equity_at(whole.of(symbol), begun) - whole.cash for symbol in whole.symbols)


def _day_of(session: Session, first: int, now: int) -> int | None:
    """When the day began that holds a time; None for that of the first tick."""
    ends = day_ends(session.timeline.calendar, session.timeline.days)
    begun = ends[(ends > first) & (ends <= now)]
    return int(begun[-1]) if len(begun) else None


def _equity_at(session: Session, begun: int | None) -> float:
    """The equity at the beginning of a day, before its first quote."""
    if begun is None:
        return session.cash
    fills, nights = session.records["fill"], session.records["night"]
    last = int(np.searchsorted(session.data.time, begun, side="left")) - 1
    done = int(np.searchsorted(fills["time"], begun, side="left"))
    if not done:
        return session.cash
    row = fills[done - 1]
    paid = float(nights["money"][(nights["time"] > row["time"]) & (nights["time"] <= begun)].sum())
    sell, buy = closing_quotes(session.data, np.array([last]), session.spread, session.execution.widen)
    value = worth_of(float(row["position"]), float(row["short"]), float(sell[0]), float(buy[0]))
    value = value * session.instrument.contract_size if value == value else float(row["cost"])
    rate = float(np.ravel(session.rates(np.array([last]), np.array([begun - 1])))[0]) if row["position"] or row["short"] else 1.0
    return float(row["balance"]) - paid + (value - float(row["cost"])) * rate


def highest_of_all(session: Part, row: int, done: int) -> float:
    """The highest among the rows of the account's equity table that there were when a change of one symbol happened."""
    whole, change = session.whole, session.records["change"][row]
    fills, before = whole.records["fill"], fills_of_all_before(session, row, done)
    rows = Rows(whole.setup, fills, whole.records["order"]["symbol"][fills["order"] - 1])
    of_fill = rows.fill >= 0
    known = np.where(of_fill, before[np.maximum(rows.fill, 0)] if len(fills) else False, rows.time <= change["time"])
    known[-1] = False
    return max(whole.cash, float(whole.equity["equity"].to_numpy()[known].max(initial=whole.cash)))
