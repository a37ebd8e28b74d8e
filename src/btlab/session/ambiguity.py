"""What a run on bars owes to nobody's knowledge: which extreme of a bar came first.

Two sources. The run itself notes, for each bar whose two paths fill orders differently, the fills that only one of them gives
(`records["choice"]`); and the strategy runs again under every policy, since a trade that ended otherwise changes what follows.
A trade depends on the policy where it is noted, or where another policy has no trade with the same entry and the same exit.

That bars do not say it, and that the extreme nearer the open is a usual guess, is what other engines write of theirs, too:
https://nautilustrader.io/docs/latest/concepts/backtesting/bar-execution/
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from btlab.execution.policy import Intrabar
from btlab.market.codes import BY_LIMIT, BY_STOP, BY_STOP_LIMIT, BY_STOP_LOSS, BY_TAKE_PROFIT, POLICIES, REASONS
from btlab.market.series import Ticks
from btlab.session.tables import moments, table_html

if TYPE_CHECKING:
    from btlab.execution.profile import Execution
    from btlab.session.result import Session

PATHS = ("low_first", "high_first")
ENTRIES, STOPPED = {int(code) for code in (BY_LIMIT, BY_STOP, BY_STOP_LIMIT)}, {int(BY_STOP_LOSS)}

BOTH = "stop and target in one bar"
OWN_STOP = "entry and its stop in one bar"
OWN_TARGET = "entry and its target in one bar"
EXIT = "exit on one path alone"
ENTRY = "entry on one path alone"
OTHERWISE = "another price or size on each path"
LATER = "follows from an earlier bar"
WHYS = (BOTH, OWN_STOP, OWN_TARGET, EXIT, ENTRY, OTHERWISE, LATER)
"""Why a trade depends on the policy, in the words of `Ambiguity.frame`."""


class Place(NamedTuple):
    """A bar: when it began, in µs UTC, and its index."""

    time: int
    tick: int


@dataclass(frozen=True, slots=True, eq=False)
class Ambiguity:
    """The trades of a run that depend on which extreme of a bar came first, and the band that leaves of its equity.

    Attributes:
        frame: a row for each such trade and bar: trade (its id; null for one that only the path not taken opens), order (of its
            entry), time and tick (of the bar), side, why (one of `WHYS`), low_first and high_first (the fills that this path
            alone gives), taken (the path of this run), pnl, worst and best (what lots with this entry brought under the policies
            that have it).
        policies: a row for each policy: its name, equity at the end, trades, and other_trades, those that this run has not.
        band: time, worst, best: the lowest and highest equity of all policies, bar by bar.
        worst, best: the lowest and highest equity at the end. share: of all trades, those that depend; 0 where there are none.
        note: in a sentence, what was looked at.
    """

    frame: pl.DataFrame
    policies: pl.DataFrame
    band: pl.DataFrame
    worst: float
    best: float
    share: float
    note: str

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"<{self.note} Equity at the end: {self.worst:,.2f} to {self.best:,.2f}>"

    def _repr_html_(self) -> str:
        tables = "".join(table_html(table) for table in (self.policies, self.frame) if len(table))
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{tables}"


UNAMBIGUOUS = "Nothing is ambiguous: ticks say what came first."


def ambiguity_of(session: Session) -> Ambiguity:
    """What `Session.ambiguity` returns."""
    if isinstance(session.data, Ticks):
        runs, note = {session.execution.intrabar.policy: session}, UNAMBIGUOUS
    else:
        runs, note = {policy: _under(session, policy) for policy in POLICIES}, ""
    found = Hanging(session, runs)
    ends = {policy: float(run.equity["equity"][-1]) for policy, run in runs.items()}
    return told(found.frame, [found], ends, _band(list(runs.values())), note or sentence([found]))


def _under(session: Session, policy: str) -> Session:
    if policy == session.execution.intrabar.policy:
        return session
    return session.again(execution=under_policy(session.execution, policy))


def under_policy(execution: Execution, policy: str) -> Execution:
    """The same under a policy. Finer bars, where there are some, stay."""
    return replace(execution, intrabar=Intrabar(policy, execution.intrabar.finer))


class Hanging:
    """What of a symbol's trades hangs on the policy.

    Attributes:
        frame: as `Ambiguity.frame`. trades, others: under each policy, how many there are, and how many that this run has not.
        known: how many of its own hang on it, of how many. lacking: how many bars lack finer ones, of how many.
    """

    def __init__(self, session: Session, runs: dict[str, Session]) -> None:
        trades = {policy: _identities(run) for policy, run in runs.items()}
        own = trades[session.execution.intrabar.policy]
        self.frame = _frame(session, list(runs.values()), _everywhere(own, list(trades.values())))
        self.trades = [len(theirs) for theirs in trades.values()]
        self.others = [(Counter(theirs) - Counter(own)).total() for theirs in trades.values()]
        self.known = self.frame["trade"].drop_nulls().n_unique(), len(own)
        self.lacking = len(session.finer.missing) if session.finer is not None else 0, len(session.data)


def sentence(found: Sequence[Hanging], symbol: str = "") -> str:
    """How many trades hang on it, in words."""
    known, trades = map(sum, zip(*(each.known for each in found)))
    missing, bars = map(sum, zip(*(each.lacking for each in found)))
    note = f"{known:,} of {trades:,} trades{symbol} depend on which extreme of a bar came first."
    return note + (f" {missing:,} of {bars:,} bars lack finer ones." if missing else "")


def told(frame: pl.DataFrame, found: Sequence[Hanging], ends: dict[str, float], band: pl.DataFrame, note: str) -> Ambiguity:
    """The answer, of what was found in each symbol."""
    policies = pl.DataFrame(
        {
            "policy": list(ends),
            "equity": list(ends.values()),
            "trades": np.sum([each.trades for each in found], axis=0),
            "other_trades": np.sum([each.others for each in found], axis=0),
        }
    )
    known, trades = map(sum, zip(*(each.known for each in found)))
    worst, best = min(ends.values()), max(ends.values())
    return Ambiguity(frame, policies, band, worst, best, known / trades if trades else 0.0, note)


def _band(runs: list[Session]) -> pl.DataFrame:
    """The lowest and the highest equity of all runs, at the start and at each bar's close."""
    tables = [run.equity.group_by("tick", maintain_order=True).last() for run in runs]
    values = np.stack([table["equity"].to_numpy() for table in tables])
    return pl.DataFrame({"time": tables[0]["time"], "worst": values.min(axis=0), "best": values.max(axis=0)})


def _identities(run: Session) -> list[tuple[Any, ...]]:
    """What a trade is, whatever its number: both its ends."""
    ends = ("side", "size", "entry_tick", "entry_price", "exit_tick", "exit_price", "exit_reason")
    return run.trades.select(ends).rows()


def _everywhere(own: list[tuple[Any, ...]], others: list[list[tuple[Any, ...]]]) -> list[bool]:
    """For each trade, whether every policy has it too."""
    left = [Counter(theirs) for theirs in others]
    everywhere = []
    for identity in own:
        everywhere.append(all(counts[identity] > 0 for counts in left))
        for counts in left:
            counts[identity] -= 1
    return everywhere


def _frame(session: Session, runs: list[Session], everywhere: list[bool]) -> pl.DataFrame:
    rows = session.records["trade"]
    noted = list(_noted(session, everywhere))
    told = {row["trade"] for row in noted}
    later = [
        _row(session, trade, _entered_at(session, trade), LATER) | dict.fromkeys((*PATHS, "taken"))
        for trade in range(len(rows))
        if not everywhere[trade] and trade + 1 not in told
    ]
    numbers, texts = ("trade", "order", "time", "tick"), ("side", "why", *PATHS, "taken")
    schema = dict.fromkeys(numbers, pl.Int64()) | dict.fromkeys(texts, pl.String())
    frame = pl.DataFrame(noted + later, schema=schema).sort("time", "order", "trade", maintain_order=True)
    money = _money(session, runs, frame["trade"].to_list())
    return frame.with_columns(moments(frame["time"].to_numpy()).alias("time"), **money)


def _noted(session: Session, everywhere: list[bool]) -> Iterator[dict[str, Any]]:
    """A row for each trade that one path of a bar fills otherwise than the other, and for each that another path would open."""
    choices, trades = session.records["choice"], session.records["trade"]
    places = np.stack([choices[name] for name in ("time", "tick", "step")], axis=1)
    for time, tick, step in np.unique(places, axis=0).tolist():
        fills = choices[(places == (time, tick, step)).all(axis=1)]
        there = (trades["entry_tick"] <= tick) & ((trades["exit_tick"] >= tick) | (trades["exit_tick"] < 0))
        of_trade = dict[int, list[int]]()
        for at, fill in enumerate(fills):
            own = np.flatnonzero(there & (trades["entry_order"] == fill["order"])).tolist()
            against = np.flatnonzero(there & (trades["side"] == -fill["side"])).tolist()
            closed = [] if fill["position"] * fill["side"] > 0 else [trade for trade in against if not everywhere[trade]]
            for trade in own or closed or [-int(fill["order"])]:
                of_trade.setdefault(trade, []).append(at)
        for trade, at_ in of_trade.items():
            yield _told(session, trade, fills[at_], Place(time, tick), step)


def _told(session: Session, trade: int, fills: np.ndarray, place: Place, step: int) -> dict[str, Any]:
    """The row of a trade, or of one that was not made: minus the id of its order."""
    low, high = fills[fills["high_first"] == 0], fills[fills["high_first"] == 1]
    said = {"low_first": _text(low), "high_first": _text(high), "taken": PATHS[fills["taken"][0]]}
    if trade < 0:
        side = "long" if fills["side"][0] > 0 else "short"
        return {"trade": None, "order": -trade, "time": place.time, "tick": place.tick, "side": side, "why": ENTRY} | said
    row = session.records["trade"][trade]
    if row["entry_order"] in fills["order"]:
        entered = bool(row["entry_time"] == place.time and row["entry_leg"] // 8 == step)
        why = _why(set(low["reason"].tolist()), set(high["reason"].tolist()), entered)
    else:
        why = EXIT
    return _row(session, trade, place, why) | said


def _why(low: set[int], high: set[int], entered: bool) -> str:
    """What a trade hangs on, from the reasons of the fills that one path alone gives."""
    for one, other in ((low, high), (high, low)):
        if one & STOPPED and BY_TAKE_PROFIT in other:
            return BOTH
        if one & STOPPED and not other & STOPPED:
            return OWN_STOP if entered or one & ENTRIES else EXIT
        if BY_TAKE_PROFIT in one and BY_TAKE_PROFIT not in other:
            return OWN_TARGET if entered or one & ENTRIES else EXIT
    if bool(low) != bool(high):
        return ENTRY if (low | high) & ENTRIES else EXIT
    return OTHERWISE


def _text(fills: np.ndarray) -> str:
    return ", ".join(f"{REASONS[fill['reason']]} {fill['size']:.10g} at {fill['price']:.10g}" for fill in fills) or "nothing"


def _row(session: Session, trade: int, place: Place, why: str) -> dict[str, Any]:
    row = session.records["trade"][trade]
    side = "long" if row["side"] > 0 else "short"
    return {
        "trade": trade + 1,
        "order": int(row["entry_order"]),
        "time": place.time,
        "tick": place.tick,
        "side": side,
        "why": why,
    }


def _entered_at(session: Session, trade: int) -> Place:
    """The bar of a trade's entry."""
    tick = int(session.records["trade"]["entry_tick"][trade])
    return Place(session.data.time_at(tick), tick)


def _money(session: Session, runs: list[Session], trades: list[int | None]) -> dict[str, pl.Series]:
    """What each trade brought, and the least and the most that its entry brought under any policy."""
    entry = ("entry_tick", "entry_price", "side")
    brought = [dict[tuple[Any, ...], float]() for _ in runs]
    for sums, run in zip(brought, runs):
        for *key, pnl in run.trades.select(*entry, "pnl").iter_rows():
            sums[tuple(key)] = sums.get(tuple(key), 0.0) + pnl
    own = session.trades.select(*entry, "pnl").rows()
    found = [None if trade is None else own[trade - 1] for trade in trades]
    known = [[sums[row[:3]] for sums in brought if row[:3] in sums] if row else [] for row in found]
    return {
        "pnl": pl.Series([row[3] if row else None for row in found], dtype=pl.Float64),
        "worst": pl.Series([min(values, default=None) for values in known], dtype=pl.Float64),
        "best": pl.Series([max(values, default=None) for values in known], dtype=pl.Float64),
    }
