"""The state of a run at any tick or time: what was known then, and nothing of later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from btlab.market.codes import CLOSE, TARGET, UNITS
from btlab.market.series import Bars, Ticks
from btlab.market.state import FormingBar, MultiTimeframe, State
from btlab.market.times import iso, to_datetime
from btlab.session.closes import closing_quotes
from btlab.session.indicators_then import indicators_at
from btlab.session.tables import numbers, worth
from btlab.session.trailing import stood_at

if TYPE_CHECKING:
    from btlab.session.result import Session

BRACKETS = ("stop_loss", "trailing", "take_profit", "liquidation")
EXIT_COLUMNS = ("exit_time", "exit_price", "exit_reason", "exit_tick")


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything at one moment of a session.

    Attributes:
        tick: the last tick taken, -1 before the first; time: µs UTC.
        bid, ask: the last quotes seen (bars: the close, and the close + spread).
        position: signed units; entry_price: their mean, NaN when flat. Of the account's money
            open_profit, equity, cash, position_value.
        drawdown: the share lost since the highest equity among the rows of `session.equity` so far and now.
        orders: those working then. trades: those entered by then; the exits of what was still open are null. `trailing_stop` is
            where the trailing stop of an open one stood.
        fills, marks, logs: those of then and before.
        indicators: what the strategy asked for in `init`: name, indicator, timeframe, value (on the last closed bar) and forming
            (with the running one counted in); NaN where there was none.
    """

    tick: int
    time: int
    bid: float
    ask: float
    position: float
    entry_price: float
    open_profit: float
    equity: float
    cash: float
    position_value: float
    drawdown: float
    orders: pl.DataFrame
    trades: pl.DataFrame
    fills: pl.DataFrame
    marks: pl.DataFrame
    logs: pl.DataFrame
    bars: State
    _session: Session = field(repr=False, compare=False)

    @property
    def indicators(self) -> pl.DataFrame:
        return indicators_at(self._session, self.bars)

    def completed(self, timeframe: str) -> Bars:
        """The bars of a timeframe closed by then."""
        return self.bars.completed(timeframe)

    def forming(self, timeframe: str) -> FormingBar | None:
        """The bar that was running, or None."""
        return self.bars.forming(timeframe)

    def __repr__(self) -> str:
        held = f"{self.position:+,.10g} at {self.entry_price:.10g}" if self.position else "flat"
        quote = f"bid {self.bid:.10g}, ask {self.ask:.10g}"
        return f"<{iso(self.time)} UTC, tick {self.tick}: {quote}, {held}, equity {self.equity:,.2f}>"


def moment_of(session: Session, moment: Any) -> Moment:
    """The state at a tick's index or at a time."""
    return moment_at(session, MultiTimeframe.of(session.data, session.timeline).at(moment))


def moment_at(session: Session, bars: State, rate: float | None = None) -> Moment:
    """The state with the bars as they were then; `rate`: what one unit of the quote currency was in the account's."""
    tick, now = bars.tick, to_datetime(bars.time)
    known = (pl.col("tick") <= tick) & (pl.col("time") <= now)
    fills = session.fills.filter(known)
    contract = session.instrument.contract_size
    position, balance, cost, short = account_after(session, len(fills), tick, bars.time)
    sell, buy = (
        (float(q[0]) for q in closing_quotes(session.data, np.array([tick]), session.spread, session.execution.widen))
        if tick >= 0
        else (np.nan,) * 2
    )
    value = float(worth(*(np.array([number]) for number in (position, short, sell, buy)))[0]) * contract
    if rate is None or not (position or short):
        rate = rate_at(session, tick, bars.time) if position or short else 1.0
    price, value = cost / (position * contract) if position else np.nan, (value if value == value else cost) * rate
    cost *= rate
    equity = balance - cost + value
    rows = session.equity.filter(known)["equity"]
    peak = max(float(rows.max() or session.cash), equity)  # type: ignore[arg-type]
    bid, ask = _quotes(session, tick)
    return Moment(
        tick=tick,
        time=bars.time,
        bid=bid,
        ask=ask,
        position=position,
        entry_price=price,
        open_profit=value - cost,
        equity=equity,
        cash=balance - cost,
        position_value=value,
        drawdown=(peak - equity) / peak,
        orders=_working(session, known),
        trades=_entered(session, tick, now, known),
        fills=fills,
        marks=session.marks.filter(known),
        logs=session.logs.filter(known),
        bars=bars,
        _session=session,
    )


def rate_at(session: Session, tick: int, time: int) -> float:
    """What one unit of the quote currency was in the account's after a tick, or at a time after it."""
    return float(np.ravel(session.rates(np.array([tick]), np.array([time])))[0])


def account_after(session: Session, fills: int, tick: int, now: int) -> tuple[float, float, float, float]:
    """(position, balance, cost, short) after so many fills and the nights paid by then."""
    if not fills:
        return 0.0, session.cash, 0.0, 0.0
    row, nights = session.records["fill"][fills - 1], session.records["night"]
    since = (nights["tick"] <= tick) & (nights["time"] <= now) & (nights["time"] > row["time"])
    paid = float(nights["money"][since].sum())
    return float(row["position"]), float(row["balance"]) - paid, float(row["cost"]), float(row["short"])


def _quotes(session: Session, tick: int) -> tuple[float, float]:
    """Bid and ask as seen: of each side the last that was there."""
    data = session.data
    if tick < 0:
        return np.nan, np.nan
    if isinstance(data, Bars):
        return float(data.close[tick]), float(data.close[tick] + session.spread)
    return last_seen(data, 0, tick), last_seen(data, 1, tick)


def last_seen(data: Ticks, side: int, tick: int) -> float:
    """The last value of a side (0 bid, 1 ask) at or before a tick; NaN where there was none."""
    reach = 64
    while True:
        begin = max(0, tick + 1 - reach)
        column = data.quotes(np.arange(begin, tick + 1))[side]
        seen = np.flatnonzero(~np.isnan(column))
        if len(seen):
            return float(column[seen[-1]])
        if begin == 0:
            return np.nan
        reach *= 8


def _working(session: Session, known: pl.Expr) -> pl.DataFrame:
    """Orders placed and not ended by then, as they stood: nothing filled yet, and no size where the fill decides it."""
    changes = session.changes.filter(known)
    stood = changes.group_by("order", maintain_order=True).last()
    decided = pl.Series(session.records["order"]["sizing"] == UNITS)
    sided = pl.Series((session.records["order"]["kind"] != CLOSE) & (session.records["order"]["sizing"] != TARGET))
    then = ("limit", "stop", "stop_loss", "take_profit", "size")
    stood = stood.select("order", "change", *(pl.col(name).alias("then_" + name) for name in (*then, "state")))
    entries = session.fills.filter(known, ~pl.col("reason").is_in(BRACKETS))
    filled = entries.group_by("order").agg(then_filled=pl.col("size").sum())
    stood = stood.join(filled, on="order", how="left")
    return (
        session.orders.with_columns(pl.when(sided).then(pl.col("side")).alias("side"), decided.alias("decided"))
        .join(stood, left_on="id", right_on="order")
        .filter(pl.col("then_state").is_in(("working", "partly_filled")))
        .with_columns(
            *(pl.col("then_" + name).alias(name) for name in then[:4]),
            pl.when("decided").then(pl.col("then_size")).alias("size"),
            pl.col("then_state").alias("state"),
            pl.lit(None, pl.String).alias("reason"),
            pl.col("then_filled").fill_null(0.0).alias("filled"),
            pl.lit(None, session.orders["ended"].dtype).alias("ended"),
            pl.lit(None, pl.Int64).alias("ended_tick"),
        )
        .select(session.orders.columns)
    )


def _entered(session: Session, tick: int, now: datetime, known: pl.Expr) -> pl.DataFrame:
    """Trades entered by then. A part that was closed later was still in its lot, and what it came to is not known."""
    rows = session.records["trade"]
    first = {name: numbers(rows["first_" + name]) for name in ("stop_loss", "take_profit")}
    of_lots = (pl.col("change") == "bracket modified") | ((pl.col("change") == "modified") & (pl.col("state") == "partly_filled"))
    moved = session.changes.filter(known, of_lots).group_by("order", maintain_order=True).last()
    brackets = moved.select("order", pl.lit(True).alias("moved"), *(pl.col(name).alias("then_" + name) for name in first))
    trades = session.trades.with_columns(column.alias("first_" + name) for name, column in first.items())
    trades = trades.with_columns(trailing_stop=numbers(stood_at(session, tick)))
    entered = trades.join(brackets, left_on="entry_order", right_on="order", how="left", maintain_order="left")
    entered = entered.filter(pl.col("entry_tick") <= tick, pl.col("entry_time") <= now)
    is_open = ((pl.col("exit_tick") > tick) | (pl.col("exit_time") > now)).fill_null(True)
    unknown = (*EXIT_COLUMNS, "gross_pnl", "pnl", "mae", "mfe", "commission", "slippage", "financing")
    return entered.with_columns(
        *(pl.when(is_open).then(None).otherwise(pl.col(name)).alias(name) for name in unknown),
        *(
            pl.when(~is_open).then(pl.col(name)).when("moved").then(pl.col("then_" + name)).otherwise(pl.col("first_" + name))
            .alias(name)
            for name in first
        ),
        pl.when(is_open).then("trailing_stop"),
    ).select(*session.trades.columns, "trailing_stop")  # fmt: skip
