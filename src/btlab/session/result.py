"""Session: what one run left, as tables that are made when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab import metrics, views
from btlab.engine.state import State
from btlab.errors import RunError
from btlab.execution.account import Account
from btlab.execution.excursions import over_bars, over_ticks
from btlab.execution.profile import Execution
from btlab.market import spare
from btlab.market.blocks import LEVELS, blocks_of
from btlab.market.finer import Steps
from btlab.market.instrument import Instrument
from btlab.market.series import Bars, Ticks
from btlab.market.timeline import Timeline
from btlab.market.times import iso
from btlab.session import tables, trailing
from btlab.session.closes import closing_quotes
from btlab.session.curve import curve, grid_of
from btlab.session.records import Records
from btlab.strategy.base import graph_of

if TYPE_CHECKING:
    from os import PathLike

    import polars as pl

    from btlab.indicators.graph import Graph
    from btlab.session.ambiguity import Ambiguity
    from btlab.session.checkpoint import Capture, Checkpoint
    from btlab.session.explain import MomentExplanation, TradeExplanation
    from btlab.session.findings.told import Findings
    from btlab.session.replay import Moment
    from btlab.session.setup import Setup


def checkpoint_of(capture: Capture | None, path: str | PathLike[str] | None) -> Checkpoint:
    """The checkpoint of a run that halted; with a path, written there too."""
    if capture is None:
        raise RunError("this run has come to its end; bt.run(..., until=...) halts one, which can go on from a checkpoint")
    checkpoint = capture.checkpoint()
    if path is not None:
        checkpoint.save(path)
    return checkpoint


def records_of(state: State) -> dict[str, np.ndarray]:
    """The rows that a run left.

    Raises:
        RunError: a commission function gave what is no money.
    """
    check_commissions(state)
    return {name: spare.copy_of(state.rows(name)) for name in ("order", "fill", "trade", "mark", "change", "choice", "night")}


def check_commissions(state: State) -> None:
    """That a commission function gave money for every fill: one that is none makes the balance none from there on.

    Raises:
        RunError: names the first fill for which it did not.
    """
    if not any(each.run["commission_function"] for each in state.siblings):
        return
    fills = state.rows("fill")
    wrong = np.flatnonzero(~np.isfinite(fills["commission"]))
    if len(wrong):
        fill = fills[wrong[0]]
        raise RunError(
            f"the commission function gave {fill['commission']} for fill {wrong[0] + 1} (order {fill['order']}, "
            f"{fill['size']:.10g} at {fill['price']:.10g}, {iso(fill['time'])} UTC); it is to give a finite number, money in the "
            "quote currency",
            fill=int(wrong[0]) + 1,
            commission=float(fill["commission"]),
        )


class Session:
    """One run: its trades, orders, fills, equity, marks, metrics, and the state at any tick.

    Attributes:
        data, instrument, timeline: what it ran on. strategy: the strategy as the run left it.
        name, parameters, timeframes: the strategy's. cash: what the account started with. mode: "compiled" or "interpreted".
        records: the rows the run left ("order", "change", "fill", "trade", "mark", "choice"; `market.records`): what tables are
            made from. They are to be read; kept in a tenth of their bytes where other runs were looked at since.
        finer: the steps that the path took through the bars, where finer bars were given. again: the same run, called with
            execution=. ending: what it was told of its end, `close_at_end` and `until`.
        setup: what the run was asked: `session.setup.start()` makes it anew.
        price, calendar, empty_bars: what bars were built from, where their days begin, and what stands where nothing happened.
        feed: whose data, where known. currency: of all money here.
    """

    def __init__(
        self,
        *,
        data: Ticks | Bars,
        instrument: Instrument,
        timeline: Timeline,
        run: np.void,
        strategy: Any,
        cash: float,
        execution: Execution,
        account: Account,
        mode: str,
        finer: Steps | None,
        again: Callable[..., Session],
        ending: Mapping[str, Any],
        setup: Setup,
        records: Mapping[str, np.ndarray],
        capture: Capture | None = None,
    ) -> None:
        self.data, self.instrument, self.timeline = data, instrument, timeline
        self.strategy, self.cash, self.mode = strategy, cash, mode
        self.finer, self.again, self.ending = finer, again, ending
        self.execution, self.account, self.setup, self._capture = execution, account, setup, capture
        self.name, self.parameters, self.timeframes = type(strategy).__name__, strategy.parameters(), strategy.timeframes()
        self.price, self.calendar, self.symbol = timeline.price, timeline.calendar, data.symbol
        self.empty_bars = timeline.empty_bars
        self.feed: str | None = getattr(data, "feed", None)
        self.currency = instrument.quote_currency
        self.spread = float(run["bar_spread"])
        self._looked = len(data) if run["every_tick"] else int(run["looked"])
        self.records = Records(records, [data])

    @cached_property
    def orders(self) -> pl.DataFrame:
        """One row an order, in order of placing; rejected ones too, with the reason."""
        return tables.orders(self.records["order"], self.symbol)

    @cached_property
    def changes(self) -> pl.DataFrame:
        """What became of each order: placed, modified, triggered, ended, and other brackets of its lots; with time and reason."""
        return tables.changes(self.records["change"], self.records["order"], self.symbol)

    @cached_property
    def fills(self) -> pl.DataFrame:
        """One row a fill. `order` is the entry's, for what a bracket filled; `slippage` is money, in the price already."""
        return tables.fills(self.records["fill"], self.symbol)

    @cached_property
    def trades(self) -> pl.DataFrame:
        """One row a lot's life. gross_pnl is at the prices filled (slippage in them), pnl = gross_pnl - commission - financing.

        An open lot has no exit; its profit is what closing at the last quotes would bring.
        """
        rows, rate = self.records["trade"], self.rates_at_exit
        mae, mfe = self._excursions
        open_gross = tables.open_gross(rows, self._last_quotes, self.instrument.contract_size)
        return tables.trades(rows, self.symbol, mae * rate, mfe * rate, open_gross * rate)

    @property
    def rates_at_exit(self) -> np.ndarray | float:
        """What one unit of the quote currency was in the account's when each trade ended, and is now for open ones: 1."""
        return 1.0

    @property
    def converted(self) -> bool:
        """Whether its money is turned into another currency."""
        return False

    def rates(self, ticks: np.ndarray, times: np.ndarray | None = None) -> np.ndarray | float:  # noqa: ARG002
        """The same once ticks were taken (-1: none), or at times after each of them (µs). Here both currencies are one."""
        return 1.0

    @cached_property
    def nights(self) -> pl.DataFrame:
        """One row for each lot and night that financing was paid for: trade, time, tick, side, financing (money paid)."""
        return tables.nights(self.records["night"], self.records["trade"], self.symbol)

    @cached_property
    def marks(self) -> pl.DataFrame:
        """What the strategy marked: time, tick (the last taken), name, value."""
        rows = self.records["mark"]
        return tables.marks(rows[rows["logged"] == 0])

    @cached_property
    def logs(self) -> pl.DataFrame:
        """What it noted with `ctx.log`: time, tick (the last taken), text, value (NaN where none was given)."""
        rows = self.records["mark"]
        return tables.marks(rows[rows["logged"] == 1], "text")

    def graph(self) -> Graph:
        """The strategy's indicators, and what each of them reads: a picture in a notebook, lines of text elsewhere."""
        return graph_of(self.strategy)

    @cached_property
    def equity(self) -> pl.DataFrame:
        """A row at the start, at every fill, at every close of a base bar (1m for ticks), and at the last tick.

        equity = cash + position_value; drawdown is the share lost since the highest equity so far.
        """
        return tables.equity(self.curve)

    @cached_property
    def curve(self) -> dict[str, np.ndarray]:
        """The columns of `equity` as arrays, time in µs."""
        grid = grid_of(self.data, self.timeline, self.spread, self.execution.widen)
        contract = self.instrument.contract_size
        return curve(self.records["fill"], self.records["night"], grid, self.data.first_time, self.cash, contract)

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Name -> number; `btlab.metrics.FORMULAS` has a sentence for each."""
        rows, columns, contract = self.records["trade"], self.curve, self.instrument.contract_size
        closed = rows["exit_tick"] >= 0
        rate = self.rates_at_exit
        gross = np.where(closed, rows["gross"], tables.open_gross(rows, self._last_quotes, contract) * rate)
        return metrics.summary(
            equity_time=columns["time"],
            equity=columns["equity"],
            position_value=columns["position_value"],
            trade_size=rows["size"] * rate,
            trade_entry_time=rows["entry_time"],
            trade_exit_time=rows["exit_time"],
            trade_entry_price=rows["entry_price"],
            trade_exit_price=np.where(closed, rows["exit_price"], np.nan),
            trade_pnl=gross - rows["commission"] - rows["financing"],
            trade_commission=rows["commission"],
            trade_slippage=rows["slippage"],
            cash=self.cash,
            contract_size=contract,
            calendar=self.calendar,
            first=self.data.first_time,
            last=self.data.last_time,
            equity_drawdown=columns["drawdown"],
        )

    def value_at_risk(self, level: float = 0.95) -> float:
        """The share of its equity that the account lost at most on a share `level` of its days (`bt.stats.value_at_risk`).

        Raises:
            RunError: a level that is no share between 0 and 1.
        """
        return metrics.value_at_risk(metrics.daily_returns(self.curve["time"], self.curve["equity"], self.calendar), level)

    @property
    def skipped(self) -> float:
        """The share of ticks (on bars: of bars) that the run did not have to hold its orders against, one by one.

        A minute whose quotes reach no order's price is passed over as a whole: nothing could have filled there. A strategy with
        `on_tick` is told every tick, so it skips none.
        """
        return 1.0 - self._looked / len(self.data)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over the fills: equal where every fill is, bit for bit."""
        digest = hashlib.sha256()
        for name in ("order", "time", "tick", "side", "size", "price", "commission", "reason"):
            column = self.records["fill"][name]
            digest.update(column.astype("<i8" if column.dtype.kind == "i" else "<f8").tobytes())
        return digest.hexdigest()

    def at(self, moment: Any) -> Moment:
        """Everything as it was then: an int is a tick's index (after it was taken), a datetime or ISO text a time.

        Bars, quotes, working orders, position, equity, marks; nothing of later.
        """
        from btlab.session.replay import moment_of

        return moment_of(self, moment)

    def explain(self, trade_id: int) -> TradeExplanation:
        """Why a trade was entered and left: the values the strategy saw, the rules, the ticks that filled, held or refused it.

        The run is followed a second time, up to the calls that placed its orders: compiled at the speed of the run, Python in
        those calls alone. An interpreted run is interpreted again up to there. `to_dict()` has the schema of `session.explain`.

        Raises:
            RunError: there is no such trade.

        >>> import btlab as bt
        >>> class Hold(bt.Strategy):
        ...     def on_start(self, ctx):
        ...         ctx.buy(size=100)
        >>> bt.run(Hold(), bt.simulate_ticks("EURUSD", days=1)).explain(1).entry.events[-1].rule
        'execution.market'
        """
        from btlab.session.explain import explain_trade

        return explain_trade(self, trade_id)

    def explain_at(self, moment: Any) -> MomentExplanation:
        """Everything that is true at a tick (its index) or a time: what waits and how far off, what happened, what was done."""
        from btlab.session.explain import explain_moment

        return explain_moment(self, moment)

    def ambiguity(self) -> Ambiguity:
        """The trades that hang on what nobody knows of a bar: which of its extremes came first. And what they are worth.

        The strategy runs again under every policy of `bt.Execution(intrabar=)`. On ticks nothing is ambiguous.

        >>> import btlab as bt
        >>> class Breakout(bt.Strategy):
        ...     timeframe = "1h"
        ...     def on_bar(self, ctx):
        ...         if ctx.position == 0 and ctx.close("1h") > ctx.open("1h"):
        ...             ctx.buy(size=1000, stop_loss=ctx.bid - 0.0005, take_profit=ctx.bid + 0.0005)
        >>> hours = bt.bars(bt.simulate_ticks("EURUSD", days=5), "1h")
        >>> ambiguity = bt.run(Breakout(), hours).ambiguity()
        >>> ambiguity.worst <= ambiguity.best
        True
        """
        from btlab.session.ambiguity import ambiguity_of

        return ambiguity_of(self)

    def findings(self) -> Findings:
        """What a careful reviewer would point out in this run: each with a rule, how often, where first, and the way out.

        Read from what the run left, when asked for. A run without anything to point out has none; `frame` is the table.

        >>> import btlab as bt
        >>> class Once(bt.Strategy):
        ...     def on_start(self, ctx):
        ...         ctx.buy(size=0.5)
        >>> bt.run(Once(), bt.simulate_ticks("EURUSD", days=1)).findings().frame["rule"].to_list()
        ['order.lot', 'run.no_trades']
        """
        from btlab.session.findings.front import findings_of

        return findings_of(self)

    def checkpoint(self, path: str | PathLike[str] | None = None) -> Checkpoint:
        """Where the run halted, for `bt.resume`; with a path, written there too.

        Raises:
            RunError: the run has come to its end, or the strategy holds what a file cannot.
        """
        return checkpoint_of(self._capture, path)

    def fork(self, at: Any, **parameters: Any) -> Session:
        """The same run up to a moment (a tick's index, or a time: on bars, those over by then), then with other parameters.

        Account, orders, lots and tables go on; `init` is called with the new parameters, and what the run had changed of the
        strategy's own state by then is kept where its kind and size still fit.

        Raises:
            RunError: nothing is left to run after it, other timeframes, or a strategy that holds what a file cannot.
            ParameterError: no such parameter, or a value it cannot take.

        >>> import btlab as bt
        >>> class Hold(bt.Strategy):
        ...     size: float = 100.0
        ...     def on_bar(self, ctx):
        ...         ctx.target(self.size)
        >>> session = bt.run(Hold(), bt.simulate_ticks("EURUSD", days=1))
        >>> session.fork(20_000, size=50.0).at(-1).position
        50.0
        """
        from btlab.session.fork import fork

        return fork(self, at, parameters)

    def chart(self, **options: Any) -> Any:
        """The six-panel chart, at the end of the run."""
        return views.render("chart", self, **options)

    def replay(self, **options: Any) -> Any:
        """The chart with a play head, a little before the first trade; `at=` opens it elsewhere."""
        return views.render("replay", self, **options)

    def dashboard(self, **options: Any) -> Any:
        """A Panel dashboard; `.servable()` in an app, `.save(path)` for a file."""
        return views.render("dashboard", self, **options)

    def to_html(self, path: Any, **options: Any) -> Any:
        """Write the replay into one HTML file that plays with the network off."""
        return views.render("player", self, path=path, **options)

    def __repr__(self) -> str:
        closed = int((self.records["trade"]["exit_tick"] >= 0).sum())
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        end = float(self.equity["equity"][-1])
        return f"<{self.name}({values}) on {len(self.data):,} {self.symbol}: {closed} trades, {self.cash:,.2f} -> {end:,.2f}>"

    def _repr_html_(self) -> str:
        return tables.summary_html(self)

    @cached_property
    def trails(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where trailing stops stood: (trade, the tick that moved it, its level from then on), trade by trade."""
        return trailing.all_followed(self)

    @cached_property
    def _excursions(self) -> tuple[np.ndarray, np.ndarray]:
        mae, mfe = np.empty(len(self.records["trade"])), np.empty(len(self.records["trade"]))
        contract = self.instrument.contract_size
        if isinstance(self.data, Ticks):
            timeline, widen = self.timeline, self.execution.widen
            minutes, hours = (timeline.minute_tick, timeline.ranges), blocks_of(timeline)[LEVELS.index("1h")]
            over_ticks(self.records["trade"], *self.data.columns, *minutes, hours.minute, hours.ranges, contract, widen, mae, mfe)
        else:
            data = self.data
            prices = (data.open, data.high, data.low, data.close) if self.finer is None else tuple(self.finer.prices)
            over_bars(self.records["trade"], *prices, self.spread, self.execution.widen, contract, mae, mfe)
        return mae, mfe

    @cached_property
    def _last_quotes(self) -> tuple[float, float]:
        sell, buy = closing_quotes(self.data, np.array([len(self.data) - 1]), self.spread, self.execution.widen)
        return float(sell[0]), float(buy[0])
