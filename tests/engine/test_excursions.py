"""MAE and MFE of trades held for minutes, hours and days beside numpy over every tick of theirs."""

import numpy as np
import pytest

import btlab as bt

HOUR, MINUTE = 3_600_000_000, 60_000_000


class Holds(bt.Strategy):
    """Turns to either side after lengths that grow: minutes, then hours, then days."""

    timeframe = "1m"
    longer: float = 1.7

    def init(self):
        self.wait = 1.0
        self.waited = 0.0
        self.side = 1.0

    def on_bar(self, ctx):
        self.waited += 1.0
        if self.waited >= self.wait:
            self.waited = 0.0
            self.wait = self.wait * self.longer if self.wait < 2000.0 else 1.0
            self.side = -self.side
            ctx.target(self.side * 1_000)


class HoldsToTheHour(Holds):
    """At the ends of hours, six one after the other: some in the first minute after an hour without a tick."""

    timeframe = "1h"

    def on_bar(self, ctx):
        self.waited += 1.0
        if self.waited >= 6.0:
            self.waited = 0.0
            self.side = -self.side
            ctx.target(self.side * 1_000)


class HoldsFromInside(Holds):
    """The same at ticks, so that trades begin and end inside minutes."""

    def on_bar(self, ctx):
        pass

    def on_tick(self, ctx):
        self.waited += 1.0
        if self.waited >= self.wait:
            self.waited = 0.0
            self.wait = self.wait * self.longer if self.wait < 6000.0 else 1.0
            self.side = -self.side
            ctx.target(self.side * 1_000)


def ticks(odd: bool) -> bt.Ticks:
    random = np.random.default_rng(3)
    time = 1_400_000_000_000_000 + np.sort(random.integers(0, 300 * HOUR, 60_000))
    if odd:  # hours without a tick, so that empty_bars="flat" puts bars there
        time = time[time // HOUR % 5 != 0]
    bid = np.round(1.1 + np.cumsum(random.integers(-2, 3, len(time))) * 1e-5, 5)
    ask = np.round(bid + random.integers(-1 if odd else 1, 9, len(time)) * 1e-5, 5)
    if odd:  # crossed quotes above; minutes and a whole hour with one side only
        bid[(time // MINUTE % 7 == 0) & (random.random(len(time)) < 0.9)] = np.nan
        ask[(time // HOUR % 11 == 0) & (bid == bid)] = np.nan
    return bt.Ticks.from_arrays(time, bid, ask, symbol="BTCUSDT")


def by_hand(session: bt.Session, widen: float) -> tuple[np.ndarray, np.ndarray]:
    bid, ask = session.data.bid, session.data.ask
    crossed = ask < bid
    bid, ask = np.where(crossed, ask, bid), np.where(crossed, bid, ask)
    more = np.where(bid == bid, widen / 2 * np.where(crossed, 0.0, np.nan_to_num(ask - bid)), 0.0)
    worst, best = [], []
    rows = session.records["trade"]
    for trade in rows:
        left = trade["exit_tick"]
        span = slice(trade["entry_tick"], max(left, trade["entry_tick"] + 1) if left >= 0 else len(bid))
        quotes = (bid - more)[span] if trade["side"] > 0 else (ask + more)[span]
        quotes = quotes[quotes == quotes]
        if left >= 0:
            quotes = np.append(quotes, trade["exit_price"])
        money = np.sort((np.array([quotes.min(), quotes.max()]) - trade["entry_price"]) * trade["side"] * trade["size"])
        worst.append(money[0])
        best.append(money[1])
    assert len(rows) > 30
    return np.array(worst), np.array(best)


@pytest.mark.parametrize("kind", [Holds, HoldsToTheHour, HoldsFromInside])
@pytest.mark.parametrize(
    ("odd", "empty_bars", "widen"), [(False, "skip", 0.0), (True, "skip", 0.0), (True, "flat", 0.0), (True, "skip", 0.5)]
)
def test_excursions_are_those_of_every_tick(kind, odd, empty_bars, widen):
    data = ticks(odd)
    session = bt.run(kind(), data, empty_bars=empty_bars, execution=bt.Execution(widen=widen))
    worst, best = by_hand(session, widen)
    assert np.array_equal(session.trades["mae"].to_numpy(), worst)
    assert np.array_equal(session.trades["mfe"].to_numpy(), best)
    packed = bt.run(kind(), data.packed(), empty_bars=empty_bars, execution=bt.Execution(widen=widen))
    assert packed.trades.equals(session.trades)
    held = (session.trades["exit_time"] - session.trades["entry_time"]).dt.total_hours().drop_nulls()
    assert held.max() > (4 if kind is HoldsToTheHour else 24)
