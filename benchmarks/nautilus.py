"""The breakout of `bench_nautilus.py` in NautilusTrader, by its own words: quotes in, fills and seconds out."""

from __future__ import annotations

import time as clock
from collections import deque
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.models import LatencyModel
from nautilus_trader.common.config import LoggingConfig
from nautilus_trader.data.config import DataEngineConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType, QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import Venue
from nautilus_trader.model.instruments import CurrencyPair, Instrument
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.risk.config import RiskEngineConfig
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy


@dataclass(frozen=True)
class Outcome:
    """What a run did: a row for each fill (time in µs, signed size, price), how many bars were told, and the run's seconds."""

    time: np.ndarray
    size: np.ndarray
    price: np.ndarray
    bars: int
    seconds: float


class Breakout(Strategy):
    """Buys above the highest of the last closes, sells below the lowest, when flat; stop and target at one distance."""

    def __init__(self, instrument: Instrument, *, lookback: int, distance: float, size: int) -> None:
        super().__init__()
        self.instrument = instrument
        self.size = Quantity.from_int(size)
        self.distance = distance
        self.closes: deque[float] = deque(maxlen=lookback)
        self.fills: list[tuple[int, float, float]] = []
        self.bars = 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.instrument.id)
        self.subscribe_bars(BarType.from_str(f"{self.instrument.id}-1-MINUTE-MID-INTERNAL"))

    def on_bar(self, bar: Bar) -> None:
        close = float(bar.close)
        if len(self.closes) == self.closes.maxlen and self._is_free():
            if close > max(self.closes):
                self._enter(OrderSide.BUY, 1)
            elif close < min(self.closes):
                self._enter(OrderSide.SELL, -1)
        self.closes.append(close)
        self.bars += 1

    def _is_free(self) -> bool:
        name = self.instrument.id
        waiting = self.cache.orders_open_count(instrument_id=name) + self.cache.orders_inflight_count(instrument_id=name)
        return self.portfolio.is_flat(name) and waiting == 0

    def _enter(self, side: OrderSide, sign: int) -> None:
        quote = self.cache.quote_tick(self.instrument.id)
        near = float(quote.bid_price if sign > 0 else quote.ask_price)
        self.submit_order_list(
            self.order_factory.bracket(
                self.instrument.id,
                side,
                self.size,
                sl_trigger_price=self._level(near - sign * self.distance),
                tp_price=self._level(near + sign * self.distance),
                tp_post_only=False,
            )
        )

    def _level(self, value: float) -> Price:
        return self.instrument.make_price(round(value, 5))

    def on_order_filled(self, event: OrderFilled) -> None:
        sign = 1 if event.order_side == OrderSide.BUY else -1
        self.fills.append((event.ts_event // 1000, sign * float(event.last_qty), float(event.last_px)))


def run(time: np.ndarray, bid: np.ndarray, ask: np.ndarray, *, lookback: int, distance: float, size: int, cash: float) -> Outcome:
    """One backtest over quotes: 1m bars of the mid, entries that meet the next quote, stops and targets on quotes, no fees.

    `time` is int64 µs UTC. The seconds are those of `engine.run` alone: quotes are made into the engine's objects, and added,
    before the clock starts, as a user who runs more than once would have it.
    """
    engine = BacktestEngine(
        BacktestEngineConfig(
            logging=LoggingConfig(bypass_logging=True),
            data_engine=DataEngineConfig(time_bars_build_with_no_updates=False, validate_data_sequence=False),
            risk_engine=RiskEngineConfig(bypass=True),
            run_analysis=False,
        )
    )
    try:
        venue = Venue("SIM")
        engine.add_venue(
            venue,
            OmsType.NETTING,
            AccountType.MARGIN,
            starting_balances=[Money(cash, USD)],
            base_currency=USD,
            default_leverage=Decimal(1000),
            latency_model=LatencyModel(
                base_latency_nanos=1
            ),  # an order placed at a bar's close meets the next quote, not the last
        )
        instrument = _instrument(venue)
        strategy = Breakout(instrument, lookback=lookback, distance=distance, size=size)
        engine.add_instrument(instrument)
        engine.add_data(_quotes(instrument, time, bid, ask), sort=False)
        engine.add_strategy(strategy)
        began = clock.perf_counter()
        engine.run()
        seconds = clock.perf_counter() - began
    finally:
        engine.dispose()
    rows = np.array(strategy.fills, dtype=np.float64).reshape(-1, 3)
    return Outcome(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], strategy.bars, seconds)


def _instrument(venue: Venue) -> CurrencyPair:
    """EURUSD with five digits, and no fees."""
    given = CurrencyPair.to_dict(TestInstrumentProvider.default_fx_ccy("EUR/USD", venue))
    return CurrencyPair.from_dict(given | {"maker_fee": "0", "taker_fee": "0"})


def _quotes(instrument: Instrument, time: np.ndarray, bid: np.ndarray, ask: np.ndarray) -> list[QuoteTick]:
    nanoseconds = (time * 1000).astype(np.uint64)
    plenty = np.full(len(time), 1e9)
    return QuoteTick.from_raw_arrays_to_list(instrument.id, 5, 0, bid, ask, plenty, plenty, nanoseconds, nanoseconds)
