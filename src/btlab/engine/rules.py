"""The rules of a run as the numbers its loop works with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np

from btlab.errors import RunError
from btlab.execution.account import BY_CALENDAR, WEEKDAYS, Account, Financing, Limits
from btlab.execution.profile import Execution
from btlab.market.calendar import has_weekend, zone_of_calendar
from btlab.market.codes import POLICIES
from btlab.market.instrument import Instrument, base_currency, grid_of_step
from btlab.market.names import key_of


def rules_of_instrument(instrument: Instrument) -> dict[str, Any]:
    grid_units, grid_scale = instrument.grid
    lot_units, lot_scale = grid_of_step(instrument.lot_size)
    return {
        "grid_units": grid_units,
        "grid_scale": grid_scale,
        "lot_units": lot_units or instrument.lot_size,
        "lot_scale": lot_scale,
        "contract_size": instrument.contract_size,
    }


def rules_of_execution(execution: Execution, instrument: Instrument, seed: int) -> dict[str, Any]:
    slippage, commission, pip = execution.slippage, execution.commission, instrument.pip_size
    return {
        "fill_now": execution.fill == "current",
        "latency": execution.latency,
        "participation": (execution.participation or 0.0) * (instrument.size_unit or 1.0),
        "size_unit": instrument.size_unit or 1.0,
        "widen": execution.widen,
        "through": execution.through * (instrument.tick_size or 0.0),
        "commission_maker": commission.share + commission.maker,
        "commission_taker": commission.share + commission.taker,
        "commission_unit": commission.unit + commission.lot / instrument.lot_size,
        "commission_fill": commission.fill,
        "commission_function": commission.function.address if commission.function else 0,
        "slippage_price": slippage.price + slippage.pips * pip,
        "slippage_spread": slippage.spread,
        "slippage_low": slippage.low + slippage.low_pips * pip,
        "slippage_high": slippage.high + slippage.high_pips * pip,
        "slippage_volume": slippage.volume,
        "seed": seed,
        "intrabar": POLICIES.index(execution.intrabar.policy),
    }


def rules_of_account(account: Account) -> dict[str, Any]:
    limits, financing = account.limits or Limits(), account.financing
    bounds = {f"limit_{name}": getattr(limits, name) or math.inf for name in ("position", "exposure", "daily_loss", "drawdown")}
    nights = ("night_share_long", "night_share_short", "night_price_long", "night_price_short")
    paid = (financing.long, financing.short, financing.long_price, financing.short_price) if financing else (0.0,) * 4
    return {
        "leverage": account.leverage,
        "hedging": account.mode == "hedging",
        "margin_call": account.margin_call or 0.0,
        "margin_call_key": key_of("margin_call"),
        "liquidation": account.liquidation or 0.0,
        "margin_rules": bool(account.margin_call or account.liquidation),
        "watches_equity": bool(limits.daily_loss or limits.drawdown),
        **bounds,
        **dict(zip(nights, paid)),
    }


def rules_of_money(instruments: Sequence[Instrument], currency: str | None) -> list[dict[str, Any]]:
    """For each symbol, through which of them its money becomes the account's.

    Raises:
        RunError: none of them, nor two, lead from a quote currency to the account's.
    """
    quotes = {instrument.quote_currency for instrument in instruments}
    if currency is None and len(quotes) > 1:
        names = ", ".join(sorted(quotes))
        raise RunError(
            f"the symbols are quoted in {names}; say what the account is in, as in bt.Account(currency={min(quotes)!r})"
        )
    pairs = [(place, base_currency(i.symbol), i.quote_currency) for place, i in enumerate(instruments)]
    rules, ways = [], dict[str, list[tuple[int, int]] | None]()
    for instrument in instruments:
        money = instrument.quote_currency
        if money not in ways:
            ways[money] = _way(money, currency or money, pairs)
        legs = ways[money]
        if legs is None:
            raise RunError(
                f"{instrument.symbol} is quoted in {instrument.quote_currency}, and no symbol of this run turns that into "
                f"{currency}; add one that does, as {currency}{instrument.quote_currency}",
                symbol=instrument.symbol,
            )
        padded = [*legs, (0, 0), (0, 0)][:2]
        rules.append({"legs": len(legs), "leg_symbol": [p for p, _ in padded], "leg_divides": [d for _, d in padded]})
    return rules


def _way(money: str, wanted: str, pairs: Sequence[tuple[int, str | None, str]]) -> list[tuple[int, int]] | None:
    """The pairs, at most two, that turn one currency into another, and whether money is divided by each."""
    if money == wanted:
        return []
    steps = [(place, base, quote, 0) for place, base, quote in pairs] + [(place, quote, base, 1) for place, base, quote in pairs]
    direct = [(place, divides) for place, of, to, divides in steps if (of, to) == (money, wanted)]
    if direct:
        return direct[:1]
    for place, of, between, divides in steps:
        if of == money and between is not None:
            for other, start, end, more in steps:
                if (start, end) == (between, wanted):
                    return [(place, divides), (other, more)]
    return None


def tables_of_costs(
    execution: Execution, account: Account, calendar: str, days: np.ndarray, first: int, last: int
) -> dict[str, np.ndarray]:
    """The tiers of the commission, the ends of trading days, and those of them at which financing is paid."""
    tiers = np.array(execution.commission.tiers, dtype=np.float64).reshape(-1, 2)
    ends = np.asarray(days, dtype=np.int64)
    ends = ends[(ends > first) & (ends <= last)]
    nights = nights_of(account.financing, calendar, ends) if account.financing else np.zeros(len(ends), np.int64)
    paid = nights > 0
    return {
        "tier_from": tiers[:, 0],
        "tier_share": tiers[:, 1],
        "dusk": ends[paid],
        "dusk_nights": nights[paid],
        "day_end": day_ends(calendar, days),
    }


def nights_of(financing: Financing, calendar: str, ends: np.ndarray) -> np.ndarray:
    """How many nights are paid for at the ends of a calendar's days: three at the triple day's, none on a closed weekend."""
    triple = financing.triple
    if triple == BY_CALENDAR:
        triple = "wednesday" if has_weekend(calendar) else None
    weekday = weekdays(calendar, ends)
    nights = np.where(weekday == (WEEKDAYS.index(triple) if triple else -1), 3, 1)
    return np.where(weekend_ends(calendar, ends), 0, nights)


def weekdays(calendar: str, ends: np.ndarray) -> np.ndarray:
    """On which weekdays days end, Monday 0, by the calendar's own clock."""
    return _weekdays(calendar, np.ascontiguousarray(ends, dtype=np.int64).tobytes())


@lru_cache(maxsize=64)
def _weekdays(calendar: str, ends: bytes) -> np.ndarray:
    """Kept: of ten years they take 15 ms, more than many a run."""
    zone = zone_of_calendar(calendar)
    times = (datetime.fromtimestamp((end - 1) / 1e6, UTC).astimezone(zone) for end in np.frombuffer(ends, np.int64).tolist())
    return np.array([time.weekday() for time in times], np.int64)


def day_ends(calendar: str, days: np.ndarray) -> np.ndarray:
    """Where trading days end, of the times at which any day does: on Friday's end follows Monday."""
    return days[~weekend_ends(calendar, days)]


def weekend_ends(calendar: str, ends: np.ndarray) -> np.ndarray:
    """Which of the days that end then are a closed weekend's: nothing is paid for them, and no order's day is one of them."""
    return weekdays(calendar, ends) >= 5 if has_weekend(calendar) else np.zeros(len(ends), bool)
