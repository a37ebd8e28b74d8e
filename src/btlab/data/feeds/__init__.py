"""Downloads into a store: years of ticks and bars, only what is missing, one import a day.

    bt.feeds.dukascopy(store, "EURUSD", "2024-01-01", "2024-07-01")
    bt.feeds.binance(store, "BTCUSDT", "2024-01-01", "2024-07-01", kind="klines", timeframe="1m")

They need the extra `feeds` (httpx). What the vendors allow to be done with their data is between them and you.
"""

from btlab.data.feeds.binance import binance
from btlab.data.feeds.dukascopy import dukascopy
from btlab.data.feeds.policy import Clock, Policy
from btlab.data.feeds.report import FeedReport

__all__ = ["Clock", "FeedReport", "Policy", "binance", "dukascopy"]
