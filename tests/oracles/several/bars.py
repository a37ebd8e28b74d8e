"""Several symbols on bars: the clock and the account are those of ticks, a bar is met as in the ledger of bars (`bar_ledger`).

What the rules left open: a bar counts among the ticks of all by its start; its whole path is over before the next symbol's bar of
the same start is met, and what others are worth meanwhile is what was seen of them last: their closes. A path is chosen by the
equity of the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal, localcontext

from ..bar_ledger import Bar, BarMatching
from ..records import ZERO, Command, Rules, Tick
from . import Account, Accounts, Desk, Market

__all__ = ["BarMarket", "market_of", "play_several_bars"]


@dataclass(frozen=True)
class BarMarket(Market):
    """A symbol whose quotes are bars: `ticks` are their opens."""

    bars: tuple[Bar, ...] = ()
    spread: Decimal = ZERO


def market_of(name: str, bars: Sequence[Bar], spread: Decimal, **about: object) -> BarMarket:
    """A symbol with these bars."""
    ticks = tuple(Tick(bar.open, bar.open + spread, bar.time) for bar in bars)
    return BarMarket(name, ticks, bars=tuple(bars), spread=spread, **about)  # type: ignore[arg-type]


def play_several_bars(
    rules: Rules,
    markets: Sequence[BarMarket],
    script: Iterable[Command],
    *,
    timeframe: str,
    policy: str = "pessimistic",
    currency: str | None = None,
    timeframes: Sequence[str] = (),
) -> Account:
    """Everything that happens when the script meets the bars of one timeframe; see `play`."""
    with localcontext() as context:
        context.prec = 60
        accounts = BarAccounts(rules, sorted(markets, key=lambda market: market.name), list(script), currency)
        accounts.base, accounts.policy = timeframe, policy
        for desk in accounts.desks:
            desk.policy = policy
        return accounts.run(timeframes or (timeframe,))


class BarDesk(BarMatching, Desk):
    """One symbol of an account, on bars."""

    account: BarAccounts

    def test_margin(self, again: bool = False) -> None:
        self.account.test_margin(self, again)

    def apart(self) -> BarDesk:
        return self.account.apart().desks[self.symbol]


class BarAccounts(Accounts):
    desks: list[BarDesk]  # type: ignore[assignment]
    policy = "pessimistic"

    def desk_of(self, n: int, market: Market) -> BarDesk:
        assert isinstance(market, BarMarket)
        desk = BarDesk(self, n, market.dress(self.rules), [bar.time for bar in market.bars])
        desk.inside_bars(market.spread, self.policy)
        return desk

    def take(self, desk: Desk, i: int, at: int) -> None:
        market = self.markets[desk.symbol]
        assert isinstance(desk, BarDesk) and isinstance(market, BarMarket)
        desk.now, desk.works_from = i, i + 1
        desk.meet_bar(market.bars[i])
        self.call("tick", at, desk)

    def apart(self) -> BarAccounts:
        """A copy that changes nothing here, and that nobody hears of."""
        other = copy(self)
        other.script, other.fills, other.trades, other.near_ties, other.untold = [], [], [], [], []
        other.margin_calls, other.rows = [], []
        other.desks = [desk.alike() for desk in self.desks]
        for desk in other.desks:
            desk.account = other
        return other
