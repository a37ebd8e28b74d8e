"""What is traded: its grid of prices, its lots, its money, its hours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from btlab.errors import InstrumentError
from btlab.market.calendar import check_calendar

CURRENCIES = frozenset("AUD CAD CHF CNH CZK DKK EUR GBP HKD HUF JPY MXN NOK NZD PLN RUB SEK SGD TRY USD ZAR".split())
METALS = frozenset("XAU XAG XPT XPD".split())
CRYPTO = frozenset("BTC ETH LTC XRP BCH ADA SOL DOGE BNB".split())
WANTED = {"lot_size": 1000, "contract_size": 100}
OPTIONAL = {"tick_size": 1e-5, "pip_size": 1e-4, "size_unit": 1e6}
"""Examples of what may be given; what is optional may be None."""


@dataclass(frozen=True, slots=True, init=False)
class Instrument:
    """One instrument.

    Args:
        symbol: its name, any text of 1 to 255 bytes without NUL.
        tick_size: the smallest step of its price; None where the data is on no grid (levels are then taken as they are).
        lot_size: sizes are rounded down to multiples of this many units.
        contract_size: money = price x size x contract_size.
        quote_currency: the currency of prices and, by default, of the account.
        size_unit: how many units one of a quoted size, or of a bar's volume, is. Where it is not given, and an execution asks for
            sizes, FX whose first ones are small enough is taken to be quoted in millions, all else in units (`market.sizes`).
        pip_size: what traders count in; by default ten tick sizes for FX on a fifth (JPY: third) digit, else one.
        calendar: "fx", "metals", "24x7" or an exchange's code ("XNYS"), by default from the symbol; its own breaks and holidays
            may follow, as in "fx breaks=17:00-17:05 holidays=12-26,2025-04-18" (`market.calendar`).

    >>> Instrument("EURUSD", tick_size=1e-5).pip_size
    0.0001
    """

    symbol: str
    tick_size: float | None
    lot_size: float
    contract_size: float
    quote_currency: str
    pip_size: float
    calendar: str
    size_unit: float | None

    def __init__(
        self,
        symbol: str,
        *,
        tick_size: float | None = 1e-5,
        lot_size: float = 1.0,
        contract_size: float = 1.0,
        quote_currency: str | None = None,
        pip_size: float | None = None,
        calendar: str | None = None,
        size_unit: float | None = None,
    ) -> None:
        check_symbol(symbol)
        for name, value in zip(WANTED | OPTIONAL, (lot_size, contract_size, tick_size, pip_size, size_unit)):
            if not (_is_positive(value) or (value is None and name in OPTIONAL)):
                raise InstrumentError(
                    f"{name} of {symbol!r} is {value!r}; it must be positive and finite, as in "
                    f"{name}={(WANTED | OPTIONAL)[name]:g}",
                    symbol=symbol,
                    value=value,
                )
        known = family(symbol)
        if pip_size is None:
            fifth = known == "fx" and tick_size is not None and tick_size in (1e-5, 1e-3)
            pip_size = (tick_size or 1e-4) if not fifth else {1e-5: 1e-4, 1e-3: 1e-2}[tick_size]  # type: ignore[index]
        values: dict[str, str | float | None] = {
            "symbol": symbol,
            "tick_size": None if tick_size is None else float(tick_size),
            "lot_size": float(lot_size),
            "contract_size": float(contract_size),
            "quote_currency": quote_currency or default_currency(symbol),
            "pip_size": float(pip_size),
            "calendar": check_calendar(calendar or default_calendar(symbol)),
            "size_unit": None if size_unit is None else float(size_unit),
        }
        for field, checked in values.items():
            object.__setattr__(self, field, checked)

    @property
    def grid(self) -> tuple[int, int]:
        """(m, s) with tick_size = m / s, so that a level is points * m / s: one division, the double nearest to the
        decimal, the very double that a parsed quote is. (0, 1) where there is no grid.

        >>> Instrument("EURUSD", tick_size=1e-5).grid, Instrument("ES", tick_size=0.25).grid
        ((1, 100000), (25, 100))
        """
        return (0, 1) if self.tick_size is None else grid_of_step(self.tick_size)


def _is_positive(value: object) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(value) and value > 0  # type: ignore[arg-type, operator]
    except TypeError:
        return False


@lru_cache(maxsize=1024)
def grid_of_step(step: float) -> tuple[int, int]:
    """(m, s) with step = m / s; (0, 1) where it is none of thirteen decimals or fewer."""
    for digits in range(13):
        units = step * 10**digits
        if round(units) >= 1 and math.isclose(units, round(units), rel_tol=1e-9):
            return round(units), 10**digits
    return 0, 1


def check_symbol(symbol: object) -> str:
    """The symbol, when it can be one: text of 1 to 255 bytes without NUL."""
    text = symbol.encode("utf-8", "ignore") if isinstance(symbol, str) else b""
    if not 1 <= len(text) <= 255 or b"\0" in text or text.decode() != symbol:
        raise InstrumentError(f"{symbol!r} cannot be a symbol; a symbol is text of 1 to 255 bytes without NUL", symbol=symbol)
    return symbol


@lru_cache(maxsize=1024)
def family(symbol: str) -> str:
    """One of "fx", "metal", "crypto" or "other", from the symbol's letters."""
    letters = "".join(c for c in symbol.upper() if c.isalpha())
    base, quote = letters[:3], letters[3:6]
    if base in METALS:
        return "metal"
    if any(letters.startswith(name) for name in CRYPTO):
        return "crypto"
    return "fx" if len(letters) == 6 and base in CURRENCIES and quote in CURRENCIES else "other"


def default_calendar(symbol: str) -> str:
    """FX pairs trade in the FX week, metals in it with their daily break, everything else around the clock.

    >>> default_calendar("EURUSD"), default_calendar("XAUUSD"), default_calendar("BTCUSDT")
    ('fx', 'metals', '24x7')
    """
    return {"fx": "fx", "metal": "metals"}.get(family(symbol), "24x7")


@lru_cache(maxsize=1024)
def default_currency(symbol: str) -> str:
    letters = "".join(c for c in symbol.upper() if c.isalpha())
    if family(symbol) in ("fx", "metal") and len(letters) >= 6:
        return letters[3:6]
    return next((letters[-len(name) :] for name in ("USDT", "USDC") if letters.endswith(name)), "USD")


@lru_cache(maxsize=1024)
def base_currency(symbol: str) -> str | None:
    """The currency that an FX pair or a metal is a price of; None where there is none.

    >>> base_currency("USDJPY"), base_currency("SPY")
    ('USD', None)
    """
    letters = "".join(c for c in symbol.upper() if c.isalpha())
    return letters[:3] if family(symbol) in ("fx", "metal") else None
