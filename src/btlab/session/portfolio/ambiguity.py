"""What a run of several symbols owes to nobody's knowledge of its bars: each symbol's trades, and the account they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from btlab.market.codes import POLICIES
from btlab.market.series import Ticks
from btlab.session.ambiguity import UNAMBIGUOUS, Ambiguity, Hanging, sentence, told, under_policy
from btlab.session.portfolio.equity import not_of_fills

if TYPE_CHECKING:
    from btlab.session.portfolio.part import Part
    from btlab.session.portfolio.result import PortfolioSession


def ambiguity_of_all(session: PortfolioSession) -> Ambiguity:
    """What `PortfolioSession.ambiguity` returns."""
    runs = _runs(session)
    found = [_hanging(session.of(symbol), runs) for symbol in session.symbols]
    frames = [_with_ids(session.of(symbol), each.frame) for symbol, each in zip(session.symbols, found)]
    frame = pl.concat(frames).sort("time", "order", "trade", maintain_order=True)
    return told(frame, found, _ends(runs), _band(runs), sentence(found) if len(runs) > 1 else UNAMBIGUOUS)


def ambiguity_of_part(part: Part) -> Ambiguity:
    """What `Part.ambiguity` returns: its own trades, beside the account's equity."""
    runs = _runs(part.whole)
    found = _hanging(part, runs)
    note = sentence([found], f" of {part.symbol}") if len(runs) > 1 else UNAMBIGUOUS
    return told(found.frame, [found], _ends(runs), _band(runs), note)


def _runs(session: PortfolioSession) -> dict[str, PortfolioSession]:
    """The run under each policy; on ticks itself alone."""
    part = session.setup.parts[0]
    policies = (part.execution.intrabar.policy,) if isinstance(part.data, Ticks) else POLICIES
    return {policy: _under(session, policy) for policy in policies}


def _under(session: PortfolioSession, policy: str) -> PortfolioSession:
    parts = session.setup.parts
    if all(part.execution.intrabar.policy == policy for part in parts):
        return session
    return session.again(execution={part.data.symbol: under_policy(part.execution, policy) for part in parts})


def _hanging(part: Part, runs: dict[str, PortfolioSession]) -> Hanging:
    return Hanging(part, {policy: run.of(part.symbol) for policy, run in runs.items()})


def _with_ids(part: Part, frame: pl.DataFrame) -> pl.DataFrame:
    """The same with the ids that orders and trades have among those of all symbols, and the symbol's name."""
    ids = {name: pl.Series(part.rows[name] + 1, dtype=pl.Int64) for name in ("trade", "order")}
    whole = [ids[name].gather(frame[name] - 1).alias(name) for name in ids]
    frame = frame.with_columns(*whole, symbol=pl.lit(part.symbol))
    return frame.select("trade", "order", "symbol", pl.exclude("trade", "order", "symbol"))


def _ends(runs: dict[str, PortfolioSession]) -> dict[str, float]:
    return {policy: float(run.equity["equity"][-1]) for policy, run in runs.items()}


def _band(runs: dict[str, PortfolioSession]) -> pl.DataFrame:
    """The lowest and the highest equity of all runs, at the start, at each close of a bar of any symbol, and at the end."""
    tables = [run.equity.filter(not_of_fills(run.setup, run.records)) for run in runs.values()]
    values = np.stack([table["equity"].to_numpy() for table in tables])
    return pl.DataFrame({"time": tables[0]["time"], "worst": values.min(axis=0), "best": values.max(axis=0)})
