"""What is to be pointed out of a symbol's orders: what was refused, what found nothing to do, what became smaller than it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from btlab.errors import counted
from btlab.market.codes import (
    BAD_EXPIRY,
    BAD_LEVEL,
    BAD_SIZE,
    CROSSED_LEVELS,
    ENDINGS,
    FOK,
    FOREVER,
    IOC,
    LIMIT_DAILY_LOSS,
    LIMIT_DRAWDOWN,
    LIMIT_EXPOSURE,
    LIMIT_POSITION,
    NO_LOT,
    NO_MARGIN,
    NO_RATE,
    NO_RISK,
    NOT_AT_ONCE,
    NOTHING_TO_CLOSE,
    REASONS,
    TOO_LATE,
    UNITS,
    UNMODIFIED,
    WOULD_FILL,
)
from btlab.session.findings.told import Finding
from btlab.session.setup import default_instrument

if TYPE_CHECKING:
    from btlab.session.result import Session

BY_LIMITS = "bt.Limits did what it is for; look whether the strategy is meant to go on after it."
NUMBERS = "Test a number before it goes into an order: an indicator is NaN until it has its bars (ctx.count, x == x)."
REFUSALS = {
    BAD_SIZE: ("error", NUMBERS),
    BAD_LEVEL: ("error", NUMBERS),
    CROSSED_LEVELS: ("error", "Give a buy stop-limit a limit at or over its stop, a sell one at or under it."),
    BAD_EXPIRY: ("error", "Give expire= a duration over 0, as in expire='2h'."),
    NO_LOT: ("warning", "Order more, or say a finer lot: bt.Instrument(lot_size=...)."),
    NO_MARGIN: ("warning", "Order less (fraction= counts what it costs), or say the leverage: bt.Account(leverage=...)."),
    NO_RISK: ("warning", "Give a long's stop loss under the price, a short's over it, or risk more than the costs."),
    NO_RATE: ("warning", "Begin to trade once ctx.of(pair).bid of the pair that converts is no longer NaN."),
    WOULD_FILL: ("hint", "Leave post_only out where it may take what is there."),
    LIMIT_POSITION: ("hint", BY_LIMITS),
    LIMIT_EXPOSURE: ("hint", BY_LIMITS),
    LIMIT_DAILY_LOSS: ("hint", BY_LIMITS),
    LIMIT_DRAWDOWN: ("hint", BY_LIMITS),
}
"""Of each reason to refuse an order: how bad it is, and the way out."""
LOST = 0.1
"""The share of a size that rounding to the lot may take before it is told."""
COARSE = 0.002
"""The share of the price that a step of levels may be before it is told: a cent at 5 (the coarsest that shares have)."""


def refused(session: Session) -> Iterator[Finding]:
    """Orders that a rule refused, by the code of their reason."""
    endings = session.records["order"]["ending"]
    for ending, (level, way_out) in REFUSALS.items():
        rows = np.flatnonzero(endings == ending)
        if len(rows):
            code, _, why = ENDINGS[ending].partition(": ")
            said = f"{counted(len(rows), 'order was', 'orders were')} refused, of {len(endings):,}: {why}."
            yield _of_orders(session, level, code, rows, said, way_out)


def closes_of_nothing(session: Session) -> Iterator[Finding]:
    """Close orders that found no position: some other exit had come first, or there was none from the beginning."""
    orders, trades = session.records["order"], session.records["trade"]
    rows, before = np.flatnonzero(orders["ending"] == NOTHING_TO_CLOSE), list[int]()
    closed, reasons = list[int](), set[str]()
    by_exit = np.argsort(trades["exit_tick"], kind="stable")
    after = np.searchsorted(trades["exit_tick"][by_exit], orders["created_tick"][rows], side="right")
    until = np.searchsorted(trades["exit_time"][by_exit], orders["ended"][rows], side="right")
    for row, low, high in zip(rows.tolist(), after.tolist(), until.tolist()):
        left = by_exit[low:high]
        if orders["position"][row]:
            left = left[trades["entry_order"][left] == orders["position"][row]]
        if len(left):
            before.append(row)
            closed += (left + 1).tolist()
            reasons |= {REASONS[reason] for reason in trades["reason"][left]}
    if before:
        said = f"{counted(len(before), 'close order')} found the position gone: "
        said += " and ".join(sorted(_exit(reason) for reason in reasons)) + " had closed it first."
        yield _of_orders(
            session, "hint", "order.flat.closed_first", np.array(before), said,
            "No harm is done; session.explain(trade) tells which came first.", trades=tuple(sorted(set(closed))),
        )  # fmt: skip
    never = np.setdiff1d(rows, before)
    if len(never):
        said = f"{counted(len(never), 'close order')} had no position to close when placed."
        yield _of_orders(session, "hint", "order.flat", never, said, "Test ctx.position before ctx.close_position().")


def unfilled(session: Session) -> Iterator[Finding]:
    """Orders whose time was over before they had filled whole."""
    orders = session.records["order"]
    for ending, asked, way_out in (
        (TOO_LATE, orders["expires"] < FOREVER, "Give them longer, or a level that is nearer."),
        (NOT_AT_ONCE, np.isin(orders["tif"], (IOC, FOK)), "An IOC or FOK order meets one tick: leave tif= out to let it wait."),
    ):
        rows = np.flatnonzero(orders["ending"] == ending)
        if len(rows):
            code, _, why = ENDINGS[ending].partition(": ")
            parts = int((orders["filled"][rows] > 0.0).sum())
            said = f"{len(rows):,} of {counted(int(asked.sum()), 'order')} with a time to work ended unfilled"
            said += f" ({parts:,} filled in part)" if parts else ""
            yield _of_orders(session, "hint", code, rows, f"{said}: {why}.", way_out)


def not_modified(session: Session) -> Iterator[Finding]:
    """Changes of orders and brackets that could not be."""
    changes = session.records["change"]
    rows = changes[changes["what"] == UNMODIFIED]
    for ending in np.unique(rows["ending"]):
        these = rows[rows["ending"] == ending]
        why = ENDINGS[ending].partition(": ")[2]
        yield Finding(
            "warning",
            "order.not_modified",
            f"{counted(len(these), 'ctx.modify')} changed nothing: {why}.",
            "ctx.modify returns False then; give what the order has (a limit, a stop, a bracket) a level that is one.",
            len(these),
            int(these["time"][0]),
            int(these["tick"][0]),
            tuple(np.unique(these["order"]).tolist()),
        )


def rounded(session: Session) -> Iterator[Finding]:
    """Sizes that lost much of themselves to the lot."""
    orders = session.records["order"]
    in_units = (orders["sizing"] == UNITS) & np.isfinite(orders["amount"]) & (orders["size"] > 0.0)
    rows = np.flatnonzero(in_units & (orders["size"] < orders["amount"] * (1.0 - LOST)))
    if len(rows):
        lot = session.instrument.lot_size
        worst = rows[np.argmin(orders["size"][rows] / orders["amount"][rows])]
        said = f"{counted(len(rows), 'order')} lost over a tenth of the size to lots of {lot:,.10g}; "
        said += f"order {worst + 1} asked for {orders['amount'][worst]:,.10g} and was {orders['size'][worst]:,.10g}."
        way_out = "Order whole lots, or say bt.Instrument(lot_size=...)."
        yield _of_orders(session, "hint", "order.rounded", rows, said, way_out, when="created")


def on_coarse_steps(session: Session) -> Iterator[Finding]:
    """Levels on the grid of data that show few digits: of whole prices, a stop loss of 9.5 is one of 10."""
    step, orders = session.instrument.tick_size, session.records["order"]
    if step is None or step != default_instrument(session.data).tick_size:
        return
    levels = np.stack([orders[name] for name in ("level", "limit", "stop_loss", "take_profit")])
    rows = np.flatnonzero(np.isfinite([*levels, orders["trailing"]]).any(axis=0))
    prices = np.concatenate([levels[np.isfinite(levels)], session.records["fill"]["price"]])
    if len(rows) and len(prices) and step > COARSE * float(np.median(prices)):
        said = f"The data show prices in steps of {step:g}; the levels of {counted(len(rows), 'order')} are rounded to such."
        way_out = f"Say the market's own step: bt.Instrument({session.symbol!r}, tick_size={step / 100:g})."
        yield _of_orders(session, "hint", "data.coarse", rows, said, way_out, when="created")


def _of_orders(
    session: Session,
    level: str,
    rule: str,
    rows: np.ndarray,
    text: str,
    way_out: str,
    *,
    trades: tuple[int, ...] = (),
    when: str = "ended",
) -> Finding:
    """A finding of orders; its place is where the first of them ended, or was created."""
    orders = session.records["order"]
    first = rows[np.argmin(orders[when][rows])]
    time, tick = int(orders[when][first]), int(orders[when + "_tick"][first])
    return Finding(level, rule, text, way_out, len(rows), time, tick, tuple((rows + 1).tolist()), trades)


def _exit(reason: str) -> str:
    words = reason.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
