"""The account a run trades on: netting or hedging, leverage, margin rules, limits, and what a night costs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from btlab.errors import RunError, did_you_mean
from btlab.market.said import finite

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MODES = ("netting", "hedging")
BY_CALENDAR = "by calendar"


@dataclass(frozen=True, slots=True)
class Financing:
    """What a position pays for each night it is held; less than 0: receives.

    Attributes:
        long, short: shares of the notional a night. long_price, short_price: a price, each unit and night.
        triple: the weekday whose end counts three nights; None: none; "by calendar": Wednesday where there is a weekend.
    """

    long: float = 0.0
    short: float = 0.0
    long_price: float = 0.0
    short_price: float = 0.0
    triple: str | None = BY_CALENDAR

    def __post_init__(self) -> None:
        for name in ("long", "short", "long_price", "short_price"):
            object.__setattr__(self, name, _paid(name, getattr(self, name)))
        if self.triple not in (None, BY_CALENDAR, *WEEKDAYS):
            raise RunError(f"triple={self.triple!r} is no weekday.{did_you_mean(str(self.triple), WEEKDAYS)}", triple=self.triple)


def _paid(name: str, value: float) -> float:
    number = finite(value)
    if number is None:
        raise RunError(f"financing {name}={value!r}: a finite number; positive is paid, negative received", value=value)
    return number


class financing:  # noqa: N801 (a namespace: bt.financing.percent(2.5, -0.5))
    """Ways to say what holding a position overnight costs."""

    @staticmethod
    def percent(long: float, short: float, *, triple: str | None = BY_CALENDAR) -> Financing:
        """Yearly percent of the notional that a long and a short pay (negative: receive), a 365th each night.

        >>> financing.percent(3.65, -1.825).long
        0.0001
        """
        return Financing(long=_paid("long", long) / 100.0 / 365.0, short=_paid("short", short) / 100.0 / 365.0, triple=triple)

    @staticmethod
    def price(long: float, short: float, *, triple: str | None = BY_CALENDAR) -> Financing:
        """A price that each unit of a long and of a short pays each night (negative: receives)."""
        return Financing(long_price=long, short_price=short, triple=triple)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an order may not go beyond; tested when it would fill and enlarge the position. None: no such limit.

    Args:
        position: units. exposure: notional / equity. daily_loss: money lost since the trading day began.
        drawdown: share lost since the highest equity at a fill or the close of a base bar.
    """

    position: float | None = None
    exposure: float | None = None
    daily_loss: float | None = None
    drawdown: float | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            number = finite(value)
            if value is not None and (number is None or not number > 0):
                raise RunError(f"limits.{field.name}={value!r}: a positive, finite number, or None for no limit", value=value)
            object.__setattr__(self, field.name, number)
        if self.drawdown is not None and self.drawdown > 1:
            raise RunError(
                f"limits.drawdown={self.drawdown!r}: a share of the highest equity, at most 1; 20 % is drawdown=0.2",
                value=self.drawdown,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account a run trades on.

    Args:
        mode: "netting": one position a symbol, closed first in, first out; "hedging": each entry is a position of its own.
        currency: of its money; None: the quote currency. Money in another is converted through quotes of the run's symbols, at
            their middle, as USDJPY turns JPY into USD.
        leverage: positions may be worth up to equity x leverage; an order beyond that is rejected when it would fill.
        margin_call: equity / used margin below which a margin call is marked; liquidation: below which positions are closed
            (used margin = what the positions are worth / leverage). None: no such rule.
        financing: `bt.financing.percent` or `.price`. limits: a `bt.Limits`.
    """

    mode: str = "netting"
    leverage: float = 1.0
    currency: str | None = None
    margin_call: float | None = None
    liquidation: float | None = None
    financing: Financing | None = None
    limits: Limits | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise RunError(f"mode={self.mode!r} is none: give 'netting' or 'hedging'.{did_you_mean(str(self.mode), MODES)}")
        leverage = finite(self.leverage)
        if leverage is None or not leverage > 0:
            raise RunError(
                f"leverage={self.leverage!r}: it must be positive and finite, as in bt.Account(leverage=30)",
                leverage=self.leverage,
            )
        object.__setattr__(self, "leverage", leverage)
        if self.currency is not None and not (isinstance(self.currency, str) and self.currency):
            raise RunError(f"currency={self.currency!r}: the name of a currency, as in bt.Account(currency='USD')")
        for name in ("margin_call", "liquidation"):
            value = getattr(self, name)
            number = finite(value)
            if value is not None and (number is None or not number > 0):
                raise RunError(f"{name}={value!r}: equity / used margin, positive and finite, as in {name}=0.5", value=value)
            object.__setattr__(self, name, number)
        if self.financing is not None and not isinstance(self.financing, Financing):
            raise RunError(f"financing={self.financing!r}: give bt.financing.percent(long, short) or bt.financing.price(...)")
        if self.limits is not None and not isinstance(self.limits, Limits):
            raise RunError(f"limits={self.limits!r}: give bt.Limits(position=..., drawdown=...)")
