"""Strategies to read, run and begin from: each a page, with an answer that the tests know from elsewhere.

    import btlab as bt
    from btlab.examples import SmaCross

    session = bt.run(SmaCross(fast=10, slow=30, timeframe="15m"), bt.simulate_ticks("EURUSD", days=20))

`breakout.yaml`, `rsi_reversal.yaml` and `sma_cross.yaml` beside them are three of these for `bt.load_strategy`.

They show how things are written, not what earns money.
"""

from btlab.examples.breakout import Breakout
from btlab.examples.market_structure import MarketStructure
from btlab.examples.order_blocks import OrderBlocks
from btlab.examples.pairs import Pairs
from btlab.examples.rsi_reversal import RsiReversal
from btlab.examples.sma_cross import SmaCross

__all__ = ["Breakout", "MarketStructure", "OrderBlocks", "Pairs", "RsiReversal", "SmaCross"]
