"""What is to be pointed out of a symbol's trades, and of the data and rules under which they came about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from btlab.engine.rules import day_ends
from btlab.errors import counted
from btlab.market.codes import BY_LIQUIDATION, BY_STOP_LOSS
from btlab.market.instrument import family
from btlab.market.series import Ticks
from btlab.session.findings.told import Finding

if TYPE_CHECKING:
    from btlab.session.result import Session

BEYOND = 0.25
"""The share of the distance that a stop loss risked, by which an exit may lie beyond it before it is told."""
QUICK, LEAST_QUICK = 10_000_000, 10
"""µs that half of the trades are held for at least, of so many trades, before an order's way is to be thought of."""


def gaps(session: Session) -> Iterator[Finding]:
    """Stop losses that lost much more than they were to risk."""
    trades = session.records["trade"]
    first = np.where(np.isnan(trades["first_stop_loss"]), trades["stop_loss"], trades["first_stop_loss"])
    risked = np.abs(trades["entry_price"] - first)
    lost = trades["side"] * (trades["stop_loss"] - trades["exit_price"])
    stopped = (trades["reason"] == BY_STOP_LOSS) & (trades["exit_tick"] >= 0)
    rows = np.flatnonzero(stopped & (risked > 0.0) & (lost >= BEYOND * risked))
    if len(rows):
        worst = rows[np.argmax(lost[rows] / risked[rows])]
        said = f"{len(rows):,} of {counted(int(stopped.sum()), 'stop loss', 'stop losses')} filled beyond the level by a quarter"
        said += f" or more of what it risked; trade {worst + 1} by {lost[worst] / risked[worst]:.2f} of it (gap and slippage)."
        way_out = "A stop is no limit: size by the loss that gaps make, or be out before the market closes."
        yield _of_trades(session, "warning", "execution.gap", rows, said, way_out, when="exit")


def liquidated(session: Session) -> Iterator[Finding]:
    """Trades that the account could not carry on."""
    trades = session.records["trade"]
    rows = np.flatnonzero((trades["reason"] == BY_LIQUIDATION) & (trades["exit_tick"] >= 0))
    if len(rows):
        share = session.account.liquidation or 0.0
        said = f"{counted(len(rows), 'trade was', 'trades were')} liquidated: the equity fell under {share:g} of the used margin."
        way_out = "Order less, or a stop loss that comes before it."
        yield _of_trades(session, "error", "account.liquidation", rows, said, way_out, when="exit")


def nights(session: Session) -> Iterator[Finding]:
    """Currencies and metals that were held overnight for nothing."""
    if session.account.financing is not None or family(session.symbol) not in ("fx", "metal"):
        return
    trades = session.records["trade"]
    ends = np.sort(day_ends(session.calendar, np.asarray(session.timeline.days, np.int64)))
    left = np.where(trades["exit_tick"] >= 0, trades["exit_time"], session.data.last_time)
    over = np.searchsorted(ends, left, side="left") - np.searchsorted(ends, trades["entry_time"], side="right")
    rows = np.flatnonzero(over > 0)
    if len(rows):
        said = f"{counted(len(rows), 'trade was', 'trades were')} held over {counted(int(over[rows].sum()), 'night')} in all, "
        said += "and nothing was paid or received for that."
        way_out = "Say what a night costs: bt.Account(financing=bt.financing.percent(long, short))."
        yield _of_trades(session, "hint", "account.financing", rows, said, way_out)


def quick(session: Session) -> Iterator[Finding]:
    """Trades so short that the way of an order to the market matters, and there was none."""
    trades = session.records["trade"]
    rows = np.flatnonzero(trades["exit_tick"] >= 0)
    if not isinstance(session.data, Ticks) or session.execution.latency or len(rows) < LEAST_QUICK:
        return
    half = float(np.median(trades["exit_time"][rows] - trades["entry_time"][rows]))
    if half < QUICK:
        said = f"Half of the trades were held for {half / 1e6:.3g} s or less, and orders met the very next tick."
        way_out = "Look what is left with a latency, as in bt.Execution(latency='250ms')."
        yield _of_trades(session, "hint", "execution.latency", rows, said, way_out)


def ambiguous(session: Session) -> Iterator[Finding]:
    """Bars whose two paths filled orders differently, so that the policy decided."""
    choices = session.records["choice"]
    if len(choices):
        bars = len(np.unique(np.stack([choices["tick"], choices["step"]], axis=1), axis=0))
        first, policy = choices[np.argmin(choices["time"])], session.execution.intrabar.policy
        said = f"In {counted(bars, 'bar')} it hangs on which extreme came first what was filled; intrabar={policy!r} decided."
        yield Finding(
            "warning",
            "bars.ambiguous",
            said,
            "session.ambiguity() says which trades, and what they are worth either way; ticks or finer bars know.",
            bars,
            int(first["time"]),
            int(first["tick"]),
            tuple(np.unique(choices["order"]).tolist()),
        )


def lacking(session: Session) -> Iterator[Finding]:
    """Bars that finer ones were to tell of, and did not."""
    missing = session.finer.missing if session.finer is not None else ()
    if len(missing):
        said = f"{len(missing):,} of {counted(len(session.data), 'bar')} lack finer ones, and were followed as they are."
        yield Finding("warning", "bars.not_finer", said, "Give finer bars of the whole time.", len(missing))


def crossed(session: Session) -> Iterator[Finding]:
    """Fills at quotes whose ask lay under the bid."""
    if not isinstance(session.data, Ticks):
        return
    fills = session.records["fill"]
    bid, ask = session.data.quotes(fills["tick"])
    rows = np.flatnonzero(ask < bid)
    if len(rows):
        said = f"{len(rows):,} of {counted(len(fills), 'fill')} met a crossed quote (ask < bid), and got the worse side of it."
        way_out = "store.quality(symbol) shows where the data have them."
        time, tick = (int(fills[name][rows[0]]) for name in ("time", "tick"))
        orders = tuple(np.unique(fills["order"][rows]).tolist())
        yield Finding("hint", "data.crossed", said, way_out, len(rows), time, tick, orders)


def warming_up(session: Session) -> Iterator[Finding]:
    """Timeframes of which no bar closed, and indicators that never had the bars for a value."""
    if session.ending["until"] is not None:
        return
    nodes = session.graph().nodes.values()
    for timeframe in dict.fromkeys((*session.timeframes, *(node.timeframe for node in nodes))):
        rows = session.timeline.rows(timeframe)
        closed = int((session.timeline.end[rows] <= session.setup.span[1]).sum())
        if closed == 0:
            yield Finding(
                "warning",
                "strategy.no_bars",
                f"No bar of {timeframe} closed in these data.",
                "Give data over a longer time, or the strategy a shorter timeframe.",
            )
        never = [node for node in nodes if node.timeframe == timeframe and node.warmup >= closed > 0]
        if never:
            longest = max(node.warmup for node in never) + 1
            names = ", ".join(node.key for node in never)
            said = f"{names} never had a value: the first needs {longest:,} bars of {timeframe}, and {closed:,} closed."
            way_out = "Give data over a longer time, or the indicator fewer bars."
            yield Finding("warning", "strategy.warm_up", said, way_out, len(never))


def without_volume(session: Session) -> Iterator[Finding]:
    """Indicators of the volume, over bars that have none: they say 0 or what stands for a quiet market, and mean nothing."""
    nodes = [node for node in session.graph().nodes.values() if "volume" in node.inputs]
    for timeframe in dict.fromkeys(node.timeframe for node in nodes):
        if not session.timeline.bars(timeframe).volume.any():
            reading = [node.key for node in nodes if node.timeframe == timeframe]
            said = f"{', '.join(reading)}: the volume of every {timeframe} bar is 0."
            way_out = "Give data with sizes or volumes, or take an indicator that reads prices alone."
            yield Finding("warning", "data.no_volume", said, way_out, len(reading))


def _of_trades(
    session: Session, level: str, rule: str, rows: np.ndarray, text: str, way_out: str, *, when: str = "entry"
) -> Finding:
    """A finding of trades; its place is where the first of them was entered, or left ("exit")."""
    trades = session.records["trade"]
    first = rows[np.argmin(trades[f"{when}_time"][rows])]
    orders = tuple(np.unique(trades["entry_order"][rows]).tolist())
    time, tick = int(trades[f"{when}_time"][first]), int(trades[f"{when}_tick"][first])
    return Finding(level, rule, text, way_out, len(rows), time, tick, orders, tuple((rows + 1).tolist()))
