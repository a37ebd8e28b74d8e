"""PortfolioSession: what a run of several symbols left; each of them has a session of its own within."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab import metrics
from btlab.errors import RunError, did_you_mean
from btlab.market.spare import copy_of
from btlab.session import tables
from btlab.session.portfolio.equity import equity
from btlab.session.portfolio.part import Part
from btlab.session.portfolio.risk import correlation, exposure
from btlab.session.portfolio.setup import PortfolioSetup
from btlab.session.records import Records
from btlab.session.result import checkpoint_of, records_of
from btlab.session.setup import Start

if TYPE_CHECKING:
    import polars as pl

    from btlab.market.series import Bars, Ticks
    from btlab.session.ambiguity import Ambiguity
    from btlab.session.checkpoint import Capture, Checkpoint
    from btlab.session.explain import MomentExplanation, TradeExplanation
    from btlab.session.findings.told import Findings
    from btlab.session.portfolio.moment import PortfolioMoment


class PortfolioSession:
    """One run of several symbols: its trades, orders, fills, equity, marks and metrics, in the account's currency.

    Attributes:
        symbols: in the order of their names; a symbol's place is its number in a strategy. setup: what the run was asked, over
            the data that it met; asked: over all that was given. ending: what it was told of its end, `close_at_end` and `until`.
            again: the same run, called with execution=.
        name, parameters, timeframes, strategy: the strategy's, as the run left it. cash: what the account started with.
        currency: of the account. mode: "compiled" or "interpreted". records: the rows the run left (`market.records`).
    """

    def __init__(
        self,
        setup: PortfolioSetup,
        start: Start,
        mode: str,
        capture: Capture | None = None,
        *,
        asked: PortfolioSetup,
        ending: Mapping[str, Any],
        again: Callable[..., PortfolioSession],
    ) -> None:
        self._capture, self.asked, self.ending, self.again = capture, asked, ending, again
        self.setup, self.strategy, self.mode = setup, start.strategy, mode
        self.symbols, self.cash, self.account = setup.symbols, setup.cash, setup.account
        self.currency = setup.account.currency or setup.parts[0].instrument.quote_currency
        self.name, self.parameters = type(start.strategy).__name__, start.strategy.parameters()
        self.timeframes = start.strategy.timeframes()
        self.records = Records(records_of(start.state), [part.data for part in setup.parts])
        runs = self._runs = [copy_of(state.record)[0] for state in start.state.siblings]
        self._parts: dict[int, Part] = {}
        self.legs = [
            [(int(run["leg_symbol"][leg]), bool(run["leg_divides"][leg])) for leg in range(int(run["legs"]))] for run in runs
        ]
        self._looked = sum(int(run["ticks"] if run["every_tick"] else run["looked"]) for run in runs)

    def of(self, symbol: str) -> Part:
        """A symbol's own session: its data, its rows, and what the account would have been with it alone. Ids count anew.

        All money is the account's: where the symbol's is converted, that of open lots at the rate of each moment.

        Raises:
            RunError: no symbol of this run.
        """
        if symbol not in self.symbols:
            names = ", ".join(self.symbols)
            raise RunError(f"{symbol!r} is none of {names}.{did_you_mean(symbol, self.symbols)}", symbol=symbol)
        place = self.symbols.index(symbol)
        if place not in self._parts:
            self._parts[place] = Part(self, place, self._runs[place], self.records)
        return self._parts[place]

    @cached_property
    def orders(self) -> pl.DataFrame:
        """One row an order, of all symbols, in order of placing; rejected ones too, with the reason."""
        return tables.orders(self.records["order"], self._names(self.records["order"]["symbol"]))

    @cached_property
    def changes(self) -> pl.DataFrame:
        """What became of each order."""
        rows = self.records["change"]
        return tables.changes(rows, self.records["order"], self._names(self._owner(rows["order"])))

    @cached_property
    def fills(self) -> pl.DataFrame:
        """One row a fill; `tick` counts the ticks of its symbol."""
        rows = self.records["fill"]
        return tables.fills(rows, self._names(self._owner(rows["order"])))

    @cached_property
    def trades(self) -> pl.DataFrame:
        """One row a lot's life. Money is the account's, at the rate of each fill; mae and mfe at that of the exit."""
        rows = self.records["trade"]
        owner = self._owner(rows["entry_order"])
        mae, mfe, gross = (np.full(len(rows), np.nan) for _ in range(3))
        for place, symbol in enumerate(self.symbols):
            own, part = owner == place, self.of(symbol)
            worst, best = part.excursions
            rate = part.rates_at_exit
            mae[own], mfe[own], gross[own] = worst * rate, best * rate, part.open_gross * rate
        return tables.trades(rows, self._names(owner), mae, mfe, gross)

    @cached_property
    def nights(self) -> pl.DataFrame:
        """One row for each lot and night that financing was paid for."""
        rows, trades_ = self.records["night"], self.records["trade"]
        return tables.nights(rows, trades_, self._names(self._owner(trades_["entry_order"][rows["trade"] - 1])))

    @cached_property
    def marks(self) -> pl.DataFrame:
        """What the strategy marked, with the symbol it was told of then."""
        return self._marks(0, "name")

    @cached_property
    def logs(self) -> pl.DataFrame:
        """What it logged, likewise."""
        return self._marks(1, "text")

    @cached_property
    def equity(self) -> pl.DataFrame:
        """A row at the start, at every fill, at every close of a base bar of any symbol, and at the last tick.

        equity = cash + position_value; drawdown is the share lost since the highest equity so far.
        """
        return equity(self.setup, self.legs, self.records)

    @cached_property
    def metrics(self) -> Mapping[str, float]:
        """Name -> number; `btlab.metrics.FORMULAS` has a sentence for each."""
        trades, equity_ = self.trades, self.equity
        rows = self.records["trade"]
        owner = self._owner(rows["entry_order"])
        contracts = np.array([part.instrument.contract_size for part in self.setup.parts])
        rate = np.ones(len(rows))
        for place in range(len(self.symbols)):
            rate[owner == place] = self.of(self.symbols[place]).rates_at_exit
        columns = ("entry_price", "exit_price", "pnl", "commission", "slippage")
        return metrics.summary(
            equity_time=equity_["time"].to_physical().to_numpy(),
            equity=equity_["equity"].to_numpy(),
            position_value=equity_["position_value"].to_numpy(),
            trade_entry_time=trades["entry_time"].to_physical().to_numpy(),
            trade_exit_time=trades["exit_time"].to_physical().to_numpy(),
            trade_size=trades["size"].to_numpy() * contracts[owner] * rate,
            **{f"trade_{name}": trades[name].to_numpy() for name in columns},
            cash=self.cash,
            contract_size=1.0,
            calendar=self.setup.parts[0].timeline.calendar,
            first=min(int(data.time[0]) for data in self.data.values()),
            last=max(int(data.time[-1]) for data in self.data.values()),
            equity_drawdown=equity_["drawdown"].to_numpy(),
        )

    @cached_property
    def exposure(self) -> pl.DataFrame:
        """What is held at each row of `equity`, in the account's currency: time, a column for each symbol, gross, net.

        A symbol's is positive long and negative short; gross adds up their sizes, net is the equity's position_value.
        """
        return exposure(self)

    @cached_property
    def correlation(self) -> pl.DataFrame:
        """How what the symbols won from day to day went together: a row and a column for each, NaN where one never moved.

        Pearson's (`bt.stats.correlation`), of money by the days of `bt.stats.daily_returns`.
        """
        return correlation(self)

    def value_at_risk(self, level: float = 0.95) -> float:
        """The share of its equity that the account lost at most on a share `level` of its days (`bt.stats.value_at_risk`).

        Raises:
            RunError: a level that is no share between 0 and 1.
        """
        time, values = self.equity["time"].to_physical().to_numpy(), self.equity["equity"].to_numpy()
        return metrics.value_at_risk(metrics.daily_returns(time, values, self.setup.parts[0].timeline.calendar), level)

    @property
    def data(self) -> dict[str, Ticks | Bars]:
        """What each symbol was run on."""
        return {symbol: part.data for symbol, part in zip(self.symbols, self.setup.parts)}

    @property
    def skipped(self) -> float:
        """The share of all ticks that the run did not have to hold its orders against, one by one."""
        return 1.0 - self._looked / sum(len(data) for data in self.data.values())

    @cached_property
    def fingerprint(self) -> str:
        """sha256 over the fills of all symbols."""
        digest, rows = hashlib.sha256(), self.records["fill"]
        for name in ("order", "time", "tick", "side", "size", "price", "commission", "reason"):
            digest.update(rows[name].astype("<i8" if rows[name].dtype.kind == "i" else "<f8").tobytes())
        return digest.hexdigest()

    def at(self, moment: Any, *, symbol: str | None = None) -> PortfolioMoment:
        """Everything as it was then, of all symbols and of their account; `.of("EURUSD")` is one symbol's, with its bars.

        Args:
            moment: a time, or a tick's index: among the ticks of all in the order they come, as `until` of `bt.run` counts them.
                Between ticks of one time the run is followed again up to there.
            symbol: whose ticks an index counts instead.

        Raises:
            RunError: there is no such tick or symbol.
        """
        from btlab.session.portfolio.moment import moment_of_all

        return moment_of_all(self, moment, symbol)

    def checkpoint(self, path: str | PathLike[str] | None = None) -> Checkpoint:
        """Where the run halted, for `bt.resume`; with a path, written there too.

        Raises:
            RunError: the run has come to its end, or the strategy holds what a file cannot.
        """
        return checkpoint_of(self._capture, path)

    def explain(self, trade_id: int) -> TradeExplanation:
        """Why a trade was entered and left, as `Session.explain` has it; ids are those of the tables here.

        Ticks count those of the trade's symbol, which stands beside them. A risk limit is told with what all symbols amounted to.

        Raises:
            RunError: there is no such trade.
        """
        from btlab.session.explain.together import explain_trade_of

        return explain_trade_of(self, trade_id)

    def explain_at(self, moment: Any, *, symbol: str | None = None) -> MomentExplanation:
        """Everything that is true at a moment, of all symbols: what waits and how far off, what happened, what was done.

        Args:
            moment: a time, or a tick's index: among the ticks of all in the order they come, as `until` of `bt.run` counts them.
            symbol: whose ticks an index counts instead.

        Raises:
            RunError: there is no such tick or symbol.
        """
        from btlab.session.explain.together import explain_moment_of

        return explain_moment_of(self, moment, symbol)

    def ambiguity(self) -> Ambiguity:
        """The trades of all symbols that hang on which extreme of a bar came first, as `Session.ambiguity` has them.

        Equity and its band are the account's. `frame` names the symbol, and `tick` counts its bars; `of(symbol).ambiguity()`
        has one symbol's.
        """
        from btlab.session.portfolio.ambiguity import ambiguity_of_all

        return ambiguity_of_all(self)

    def findings(self) -> Findings:
        """What a careful reviewer would point out, of each symbol and of the account they share, as `Session.findings` has it.

        Ids are those of the tables here, `tick` counts those of the symbol named; `of(symbol).findings()` has one symbol's own.
        """
        from btlab.session.findings.front import findings_of_all

        return findings_of_all(self)

    def fork(self, at: Any, **parameters: Any) -> PortfolioSession:
        """The same run up to a moment, then with other parameters, as `Session.fork` has it.

        Args:
            at: a time, or a tick's index: among the ticks of all in the order they come, as `until` of `bt.run` counts them.
                `of(symbol).fork(at)` counts those of one symbol.

        Raises:
            RunError: nothing is left to run after it, other timeframes, or a strategy that holds what a file cannot.
            ParameterError: no such parameter, or a value it cannot take.
        """
        from btlab.session.fork import fork_of_all

        return fork_of_all(self, at, None, parameters)

    def chart(self, symbol: str | None = None, **options: Any) -> Any:
        """The six-panel chart of a symbol, by default of the first."""
        return self.of(symbol or self.symbols[0]).chart(**options)

    def replay(self, symbol: str | None = None, **options: Any) -> Any:
        """The chart of a symbol with a play head, by default of the first."""
        return self.of(symbol or self.symbols[0]).replay(**options)

    def __repr__(self) -> str:
        closed = int((self.records["trade"]["exit_tick"] >= 0).sum())
        values = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        names, end = ", ".join(self.symbols), float(self.equity["equity"][-1])
        return f"<{self.name}({values}) on {names}: {closed} trades, {self.cash:,.2f} -> {end:,.2f} {self.currency}>"

    def _repr_html_(self) -> str:
        return tables.summary_html(self)

    def _marks(self, logged: int, name: str) -> pl.DataFrame:
        rows = self.records["mark"]
        rows = rows[rows["logged"] == logged]
        return tables.marks(rows, name).with_columns(symbol=tables.names(self._names(rows["symbol"]), len(rows)))

    def _owner(self, order_ids: np.ndarray) -> np.ndarray:
        return self.records["order"]["symbol"][order_ids - 1]

    def _names(self, places: np.ndarray) -> Sequence[str]:
        return [self.symbols[place] for place in places]
