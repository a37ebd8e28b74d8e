"""What is to be pointed out of an account as a whole: of one symbol, or of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from btlab.errors import counted
from btlab.market.names import key_of
from btlab.session.findings.told import Finding

if TYPE_CHECKING:
    import polars as pl

    from btlab.session.portfolio.result import PortfolioSession
    from btlab.session.result import Session

    Run: TypeAlias = Session | PortfolioSession

FEW = 30
"""Trades under which metrics say little: the error of a mean over so many is a fifth of its spread."""


def ruined(run: Run) -> Iterator[Finding]:
    """An equity that fell to nothing, or below."""
    rows = run.equity.filter(run.equity["equity"] <= 0.0)
    if len(rows):
        lowest = float(rows["equity"].min())  # type: ignore[arg-type]
        said = f"The equity fell to {lowest:,.2f}: from there on ratios of it mean nothing."
        way_out = "Order less, or close in time: bt.Account(liquidation=0.5) does what a broker would."
        yield Finding("error", "account.ruined", said, way_out, 1, int(rows["time"].to_physical()[0]))


def margin_calls(run: Run) -> Iterator[Finding]:
    """Margin calls, which the account marks."""
    marks = run.records["mark"]
    calls = marks[(marks["name"] == key_of("margin_call")) & (marks["logged"] == 0)]
    if run.account.margin_call is not None and len(calls):
        said = f"{counted(len(calls), 'margin call')}: the equity fell under {run.account.margin_call:g} of the used margin."
        yield Finding("warning", "account.margin_call", said, "Order less, or more cash=.", len(calls), int(calls["time"][0]))


def none(run: Run) -> Iterator[Finding]:
    """A run that traded nothing, and why."""
    if len(run.records["trade"]) or run.ending["until"] is not None:
        return
    orders, name = len(run.records["order"]), type(run.strategy).__name__
    if orders:
        said, way_out = f"None of {counted(orders, 'order')} filled.", "session.orders names the reason of each."
    elif not run.strategy.handlers():
        said, way_out = f"{name} has no method that the clock calls.", "Write on_bar, on_tick, on_fill, on_start or on_end."
    else:
        said, way_out = f"{name} placed no order.", "session.explain_at(moment) shows what it read at a call, and did."
    yield Finding("warning", "run.no_trades", said, way_out)


def still_open(run: Run) -> Iterator[Finding]:
    """Trades that the run left open."""
    left = run.trades.filter(run.trades["exit_tick"].is_null())
    if len(left) and run.ending["until"] is None:
        profit = float(left["pnl"].sum())
        said = f"{counted(len(left), 'trade is', 'trades are')} open at the end with {profit:+,.2f}: the equity counts that, "
        said += "win rate and profit factor do not."
        yield _of_trades("hint", "run.open_trades", left, said, "close_at_end=True closes them at the last quotes.")


def few(run: Run) -> Iterator[Finding]:
    """So few trades that their metrics are chance."""
    closed = int((run.records["trade"]["exit_tick"] >= 0).sum())
    if 0 < closed < FEW and run.ending["until"] is None:
        said = f"{counted(closed, 'closed trade')}: fewer than {FEW} say little, whatever the metrics."
        yield Finding("hint", "metrics.few_trades", said, "Give data over a longer time, or several symbols.", closed)


def lucky(run: Run) -> Iterator[Finding]:
    """A profit that one trade made."""
    closed = run.trades.filter(run.trades["exit_tick"].is_not_null())
    if len(closed) < 2:
        return
    net, best = float(closed["pnl"].sum()), closed.filter(closed["pnl"] == closed["pnl"].max()).head(1)
    most = float(best["pnl"][0])
    if net > 0.0 and net <= most:
        said = f"Trade {best['id'][0]} won {most:,.2f} of {net:,.2f} net: without it the run had lost {most - net:,.2f}."
        way_out = "Look at that trade, session.explain(id), and at the strategy over other times."
        yield _of_trades("warning", "metrics.one_trade", best, said, way_out)


def free(run: Run) -> Iterator[Finding]:
    """Trading that cost nothing at all."""
    fills = run.records["fill"]
    paid = (fills["commission"] != 0.0) | (fills["slippage"] != 0.0) | (fills["sell_at"] != fills["buy_at"])
    if len(fills) and not paid.any():
        said = f"{counted(len(fills), 'fill')} cost nothing: no commission, no slippage, no spread in the data."
        way_out = "Give bars a spread=, and bt.Execution(commission=..., slippage=...) or execution='realistic'."
        yield Finding("hint", "execution.free", said, way_out, len(fills), int(fills["time"][0]))


def _of_trades(level: str, rule: str, trades: pl.DataFrame, text: str, way_out: str) -> Finding:
    time = int(trades["entry_time"].to_physical().min())  # type: ignore[arg-type]
    orders = tuple(sorted(set(trades["entry_order"].to_list())))
    return Finding(level, rule, text, way_out, len(trades), time, None, orders, tuple(trades["id"].to_list()))
