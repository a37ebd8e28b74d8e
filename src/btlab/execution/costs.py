"""Commission and slippage: what a user says, and the numbers a run works with.

commission = fixed + per_unit x size + share x notional        (notional = price x size x contract size)
slippage   = a price, pips, a share of the spread, something drawn, a share of the price by volume: they add up
Slippage is paid by market and stop orders, stop losses, trailing stops and closes; never by limits and take profits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import pairwise
from types import FunctionType
from typing import Any

from btlab.errors import RunError
from btlab.market.said import finite


@dataclass(frozen=True, slots=True)
class Commission:
    """What one fill costs: the sum of its parts. Commissions add up: `bt.commission.fixed(1) + bt.commission.percent(0.1)`.

    Attributes:
        share: of the notional, whoever fills. maker: of the notional, by a limit or a take profit that waited for its price.
        taker: by all others. unit: money a unit. lot: money a lot. fill: money a fill.
        tiers: (notional filled before, share) pairs. function: a compiled function's address holder.
    """

    share: float = 0.0
    unit: float = 0.0
    fill: float = 0.0
    lot: float = 0.0
    maker: float = 0.0
    taker: float = 0.0
    tiers: tuple[tuple[float, float], ...] = ()
    function: Any = None

    def __add__(self, other: Commission) -> Commission:
        if not isinstance(other, Commission):
            return NotImplemented
        return Commission(**_added(self, other, ("tiers", "function")))


@dataclass(frozen=True, slots=True)
class Slippage:
    """What a market or stop order loses against the quote, as a price: the sum of its parts. Slippages add up with +.

    Attributes:
        price: fixed. pips: of the instrument. spread: a share of it. low, high: drawn between them, a price; low_pips,
            high_pips: pips. volume: a share of the price where the whole quoted size is taken, less where a part is.
    """

    price: float = 0.0
    pips: float = 0.0
    spread: float = 0.0
    low: float = 0.0
    high: float = 0.0
    low_pips: float = 0.0
    high_pips: float = 0.0
    volume: float = 0.0

    def __add__(self, other: Slippage) -> Slippage:
        if not isinstance(other, Slippage):
            return NotImplemented
        if (self.high or self.high_pips) and (other.high or other.high_pips):
            raise RunError("two slippages that are drawn cannot be added: there is one draw for each fill; give one range")
        return Slippage(**_added(self, other, ()))


def _added(one: Any, other: Any, whole: tuple[str, ...]) -> dict[str, Any]:
    """The sums of all parts; of those that cannot be summed the one that is there."""
    parts = {}
    for field in fields(one):
        first, second = getattr(one, field.name), getattr(other, field.name)
        if field.name in whole and first and second:
            raise RunError(f"two commissions with {field.name} cannot be added; put both in one")
        parts[field.name] = (first or second) if field.name in whole else first + second
    return parts


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
    def per_lot(money: float) -> Commission:
        """Money for each lot of the instrument, a part of a lot in proportion."""
        return Commission(lot=_cost("commission.per_lot", money))

    @staticmethod
    def fixed(money: float) -> Commission:
        """Money for each fill, whatever its size."""
        return Commission(fill=_cost("commission.fixed", money))

    @staticmethod
    def maker_taker(maker: float, taker: float) -> Commission:
        """Percent of the notional: of a limit order or take profit that waited for its price, and of everything else.

        A limit that fills at the very first tick it meets takes what is there: it is a taker. A maker may be paid: less than 0.
        """
        rebate = (finite(maker) or 0) < 0
        share = -_cost("commission.maker_taker", -maker) if rebate else _cost("commission.maker_taker", maker)
        return Commission(maker=share / 100.0, taker=_cost("commission.maker_taker", taker) / 100.0)

    @staticmethod
    def tiers(steps: list[tuple[float, float]]) -> Commission:
        """Percent of the notional by what the run has traded before the fill.

        Args:
            steps: (notional, percent) from which on it holds; the first from 0, as in [(0, 0.10), (1_000_000, 0.08)].
        """
        try:
            pairs = [(start, share) for start, share in steps]
        except (TypeError, ValueError):
            pairs = []
        levels = tuple((_cost("commission.tiers", start), _cost("commission.tiers", share) / 100.0) for start, share in pairs)
        if not levels or levels[0][0] != 0.0 or any(one[0] >= two[0] for one, two in pairwise(levels)):
            raise RunError(
                f"commission.tiers({steps!r}): steps are (notional, percent), the first from 0, each from more than the last",
                steps=steps,
            )
        return Commission(tiers=levels)

    @staticmethod
    def function(function: Callable[[float, float, float, int, float], float]) -> Commission:
        """What a function says: f(size, price, notional, maker, traded) -> money.

        Args:
            function: plain Python that numba can compile. size in units, price and notional of this fill; maker 1 or 0;
                traded: the notional that the run has filled before.

        >>> def minimum(size, price, notional, maker, traded):
        ...     return max(1.0, 0.0005 * notional)
        >>> commission.function(minimum).function(100.0, 10.0, 1000.0, 0, 0.0)
        1.0
        """
        return Commission(function=CommissionFunction(function))


class CommissionFunction:
    """A commission as a compiled function, which stays alive as long as this object."""

    def __init__(self, function: Callable[..., float]) -> None:
        import numba
        from numba.core.errors import NumbaError

        if not isinstance(function, FunctionType):
            raise RunError(
                f"commission.function({function!r}): give a Python function f(size, price, notional, maker, traded) -> money",
                function=function,
            )
        try:
            self.compiled = numba.cfunc("float64(float64,float64,float64,int64,float64)", error_model="numpy")(function)
        except (NumbaError, TypeError) as error:
            raise RunError(
                f"commission.function: {getattr(function, '__name__', function)!s} does not compile as "
                f"f(size, price, notional, maker, traded) -> money: {str(error).splitlines()[0]}"
            ) from None

    @property
    def address(self) -> int:
        return int(self.compiled.address)

    def __call__(self, size: float, price: float, notional: float, maker: int, traded: float) -> float:
        return float(self.compiled.ctypes(size, price, notional, maker, traded))


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

    @staticmethod
    def random(low: float, high: float, *, pips: bool = False) -> Slippage:
        """Between two prices (or pips), drawn from the run's seed, the order's id and the number of its fill."""
        low, high = _cost("slippage.random", low), _cost("slippage.random", high)
        if high < low or high == 0.0:
            raise RunError(f"slippage.random({low}, {high}): the second is the greater, and more than 0", low=low, high=high)
        return Slippage(low_pips=low, high_pips=high) if pips else Slippage(low=low, high=high)

    @staticmethod
    def volume(share: float) -> Slippage:
        """A share of the price, times the share that the fill takes of the quoted size (on bars: of the bar's volume), at most 1.

        A size that is missing or 0 counts as taken whole. Sizes by fraction and risk are found as if the whole were taken.
        """
        return Slippage(volume=_cost("slippage.volume", share))


def _cost(name: str, value: float) -> float:
    number = finite(value)
    if number is None or number < 0:
        raise RunError(f"{name}={value!r}: a cost is a finite number that is not negative", name=name, value=value)
    return float(number)


def commission_of(said: float | Commission) -> Commission:
    """A plain number is a fraction of the notional."""
    return said if isinstance(said, Commission) else Commission(share=_cost("commission", said))


def slippage_of(said: float | Slippage) -> Slippage:
    """A plain number is a price."""
    return said if isinstance(said, Slippage) else Slippage(price=_cost("slippage", said))
