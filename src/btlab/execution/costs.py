"""Commission and slippage: what a user says, and the numbers a run works with.

commission = fixed + per_unit x size + share x notional        (notional = price x size x contract size)
slippage   = a price, or a share of the spread, against market and stop orders, stop losses and closes; never limits
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from btlab.errors import RunError
from btlab.execution.policy import Intrabar
from btlab.market.series import Bars


@dataclass(frozen=True, slots=True)
class Commission:
    """What one fill costs: the sum of three parts."""

    share: float = 0.0
    unit: float = 0.0
    fill: float = 0.0


@dataclass(frozen=True, slots=True)
class Slippage:
    """What a market or stop order loses against the quote, as a price: a fixed part, pips and a share of the spread."""

    price: float = 0.0
    pips: float = 0.0
    spread: float = 0.0


class commission:  # noqa: N801 (a namespace: bt.commission.percent(0.2))
    """Ways to say what a fill costs."""

    @staticmethod
    def percent(percent: float) -> Commission:
        """Percent of the notional, each side: `percent(0.2)` is 0.2 %."""
        return Commission(share=_cost("commission.percent", percent) / 100.0)

    @staticmethod
    def per_unit(money: float) -> Commission:
        """Money for each unit."""
        return Commission(unit=_cost("commission.per_unit", money))

    @staticmethod
    def fixed(money: float) -> Commission:
        """Money for each fill, whatever its size."""
        return Commission(fill=_cost("commission.fixed", money))


class slippage:  # noqa: N801
    """Ways to say what a market or stop order loses against the quote."""

    @staticmethod
    def fixed(price: float) -> Slippage:
        """A price, as in 0.00002."""
        return Slippage(price=_cost("slippage.fixed", price))

    @staticmethod
    def pips(pips: float) -> Slippage:
        """Pips of the instrument."""
        return Slippage(pips=_cost("slippage.pips", pips))

    @staticmethod
    def spread(share: float) -> Slippage:
        """A share of the spread at the fill; a crossed quote has none."""
        return Slippage(spread=_cost("slippage.spread", share))


@dataclass(frozen=True, slots=True)
class Execution:
    """How orders are executed. The default is "perfect": the quotes as they are, no slippage, no commission.

    Args:
        slippage: a price as a plain number, or `bt.slippage.fixed`, `.pips`, `.spread`.
        commission: a fraction of the notional as a plain number, or `bt.commission.percent`, `.per_unit`, `.fixed`.
        intrabar: on bars, which extreme comes first where the fills depend on it: "pessimistic" (a stop before a target),
            "optimistic", "path" (the extreme nearer the open), "high_first", "low_first"; or finer bars of the same symbol, which
            know better, or "finer" for the finest that `bt.run(..., store=store)` finds.

    >>> Execution(commission=0.001).commission
    Commission(share=0.001, unit=0.0, fill=0.0)
    """

    slippage: Slippage
    commission: Commission
    intrabar: Intrabar

    def __init__(
        self,
        *,
        slippage: float | Slippage = 0.0,
        commission: float | Commission = 0.0,
        intrabar: str | Bars | Intrabar = "pessimistic",
    ) -> None:
        if not isinstance(slippage, Slippage):
            slippage = Slippage(price=_cost("slippage", slippage))
        if not isinstance(commission, Commission):
            commission = Commission(share=_cost("commission", commission))
        object.__setattr__(self, "slippage", slippage)
        object.__setattr__(self, "commission", commission)
        object.__setattr__(self, "intrabar", Intrabar.of(intrabar))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account a run trades on: one netted position a symbol.

    Args:
        leverage: a position may be worth up to equity x leverage; an order beyond that is rejected when it would fill.
    """

    leverage: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.leverage) and self.leverage > 0):
            raise RunError(
                f"leverage={self.leverage}: it must be positive and finite, as in bt.Account(leverage=30)", leverage=self.leverage
            )


def execution_of(said: str | Execution) -> Execution:
    """The execution a user named.

    Raises:
        RunError: an unknown name.
    """
    if isinstance(said, Execution):
        return said
    if said != "perfect":
        raise RunError(
            f"execution={said!r} is not known; give 'perfect' or a bt.Execution(slippage=..., commission=...)", execution=said
        )
    return Execution()


def _cost(name: str, value: float) -> float:
    if not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
        raise RunError(f"{name}={value!r}: a cost is a finite number that is not negative", name=name, value=value)
    return float(value)
