"""`findings()` of one symbol and of several: every rule asked, what they found in one table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from btlab.session.findings import account, orders, trades
from btlab.session.findings.told import Finding, Findings, findings, with_ids

if TYPE_CHECKING:
    from btlab.session.portfolio.result import PortfolioSession
    from btlab.session.result import Session

OF_A_SYMBOL = (
    orders.refused,
    orders.closes_of_nothing,
    orders.unfilled,
    orders.not_modified,
    orders.rounded,
    orders.on_coarse_steps,
    trades.gaps,
    trades.liquidated,
    trades.nights,
    trades.quick,
    trades.ambiguous,
    trades.lacking,
    trades.crossed,
    trades.warming_up,
    trades.without_volume,
)
OF_AN_ACCOUNT = (
    account.ruined,
    account.margin_calls,
    account.none,
    account.still_open,
    account.few,
    account.lucky,
    account.free,
)


def findings_of(session: Session) -> Findings:
    """What `Session.findings` returns."""
    own = (one for rule in OF_A_SYMBOL for one in rule(session))
    return findings([*own, *(one for rule in OF_AN_ACCOUNT for one in rule(session))])


def findings_of_all(session: PortfolioSession) -> Findings:
    """What `PortfolioSession.findings` returns: of each symbol, and of the account; ids are those of the tables of all."""
    return findings([*_of_each(session), *(one for rule in OF_AN_ACCOUNT for one in rule(session))])


def _of_each(session: PortfolioSession) -> Iterator[Finding]:
    for symbol in session.symbols:
        part = session.of(symbol)
        for rule in OF_A_SYMBOL:
            for one in rule(part):
                yield replace(with_ids(one, part.rows["order"], part.rows["trade"]), symbol=symbol)
