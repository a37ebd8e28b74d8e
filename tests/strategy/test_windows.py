"""Windows of completed bars: `ctx.highest` and `ctx.lowest` of every length, wherever the extreme stands in it."""

from __future__ import annotations

import numpy as np
import pytest

import btlab as bt
from tests.market.streams import random_ticks


class Extremes(bt.Strategy):
    """Writes down what windows of a length say at each close."""

    length: int = 1
    back: int = 0

    def init(self):
        self.seen = np.zeros((2, 400))
        self.bars = 0

    def on_bar(self, ctx):
        if self.bars < 400:
            self.seen[0, self.bars] = ctx.highest("1m", self.length, self.back)
            self.seen[1, self.bars] = ctx.lowest("1m", self.length, back=self.back)
            self.bars += 1


@pytest.mark.parametrize("length", [*range(1, 14), 100])
def test_extremes_of_a_window_are_those_of_its_bars(length: int) -> None:
    ticks = random_ticks(7, 4_000, odd=0.0)
    bars = bt.bars(ticks, "1m")
    for back in (0, 3):
        compiled, interpreted = (
            bt.run(Extremes(length=length, back=back), ticks, mode=mode).strategy for mode in ("compiled", "interpreted")
        )
        assert np.array_equal(compiled.seen, interpreted.seen, equal_nan=True)
        windows = [(0, bars.high, np.max), (1, bars.low, np.min)]
        for row, values, extreme in windows:
            for bar in range(compiled.bars):
                end = bar + 1 - back
                expected = extreme(values[end - length : end]) if end >= length else np.nan
                assert np.array_equal(compiled.seen[row, bar], expected, equal_nan=True)
    assert np.isfinite(compiled.seen).sum() > 500
