"""Strategies that between them use every attribute and method of `ctx`, every kind of state, and every way to order."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

import btlab as bt

SCALE = 2.0
TABLE = np.array([0.5, 1.0, 1.5])


@numba.njit
def blend(one, other, share):
    return one * share + other * (1.0 - share)


class Breakout(bt.Strategy):
    """The ten lines of the README: several timeframes, a fraction, a stop."""

    timeframe = "5m"
    lookback: int = 8
    risk: float = 0.0010

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("5m") > ctx.highest("5m", self.lookback, back=1) and ctx.close("1h") > ctx.open("1h"):
            ctx.buy(fraction=0.5, stop_loss=ctx.bid - self.risk, take_profit=ctx.bid + 2 * self.risk, tag="breakout")
        if ctx.position == 0 and ctx.close("5m") < ctx.lowest("5m", self.lookback, 1):
            ctx.sell(size=1_000, stop_loss=ctx.ask + self.risk, take_profit=ctx.ask - 2 * self.risk, tag="breakdown")


class TextTimeframe(bt.Strategy):
    """Texts as constants: the timeframe and a tag are parameters."""

    timeframe: str = "15m"
    label: str = "turn"
    size: float = 500.0

    def on_bar(self, ctx):
        if ctx.closed(self.timeframe) and ctx.close(self.timeframe) > ctx.close(self.timeframe, back=2):
            ctx.buy(size=self.size, tag=self.label)
        elif ctx.position != 0.0:
            ctx.close_position()
        ctx.mark(self.label, ctx.position)


class SeveralTimeframes(bt.Strategy):
    """Told closes of several timeframes, knowing which; 2-D state, bools, ints."""

    timeframe = ("1m", "15m", "4h")

    def init(self):
        self.calls = np.zeros(3, np.int64)
        self.last = np.full((3, 4), np.nan)
        self.flags = np.zeros(3, bool)
        self.calm = False
        self.order = 0

    def on_bar(self, ctx):
        k = ctx.timeframe
        self.calls[k] += 1
        self.flags[k] = not self.flags[k]
        self.last[k, 0], self.last[k, 1] = ctx.time, ctx.bar_time("15m", 1)
        self.last[k, 2], self.last[k, 3] = ctx.count("1m"), ctx.forming_progress("4h")
        self.calm = ctx.high("15m") - ctx.low("15m") < 0.0009
        if k == 1 and self.flags[0] and not self.calm:
            self.order = ctx.buy(size=100 * self.calls[1] % 700 + 100, stop_loss=ctx.bid - 0.0008)
        if k == 2:
            ctx.close_position(0.5)


class Windows(bt.Strategy):
    """Array views of completed bars through bt.math and plain loops."""

    timeframe = "5m"
    length: int = 12
    width: float = 1.5

    def init(self):
        self.average = 0.0
        self.weights = np.linspace(0.1, 1.0, self.length)

    def on_bar(self, ctx):
        closes = ctx.closes("5m", self.length)
        if len(closes) < self.length:
            return
        self.average = bt.math.mean(closes)
        spread = bt.math.std(closes)
        weighted, total = 0.0, 0.0
        for k in range(self.length):
            weighted += closes[k] * self.weights[k]
            total += self.weights[k]
        size = math.floor(1_000.0 * bt.math.tanh(bt.math.exp(-spread * 1e4)) + 10.0)
        if closes[-1] < self.average - self.width * spread and ctx.position <= 0:
            ctx.buy(size=size, tag="low")
        elif closes[-1] > self.average + self.width * spread and ctx.position >= 0:
            ctx.sell(size=size, tag="high")
        ctx.mark("weighted", weighted / total)
        ctx.mark("ranges", bt.math.sum(ctx.highs("5m", 3)) - bt.math.sum(ctx.lows("5m", 3)) + ctx.opens("5m", 1)[0])
        ctx.mark(
            "volumes", bt.math.sum(ctx.volumes("5m", 4)) + bt.math.log(1.0 + ctx.volume("5m")) + bt.math.power(closes[0], 0.3)
        )


class Ladder(bt.Strategy):
    """Working orders: limits and stops placed, watched by status, cancelled one by one and all together."""

    timeframe = "15m"
    away: float = 0.0004

    def init(self):
        self.orders = np.zeros(4, np.int64)
        self.cancelled = 0
        self.filled = 0

    def on_bar(self, ctx):
        for k in range(4):
            if self.orders[k] > 0 and ctx.status(self.orders[k]) == "working":
                self.cancelled += ctx.cancel(self.orders[k])
            elif self.orders[k] > 0 and ctx.status(self.orders[k]) == "filled":
                self.filled += 1
            self.orders[k] = 0
        if ctx.open_orders > 0:
            self.cancelled += ctx.cancel_all()
        self.orders[0] = ctx.buy(size=300, limit=ctx.bid - self.away, take_profit=ctx.bid + self.away)
        self.orders[1] = ctx.sell(size=300, limit=ctx.ask + self.away, stop_loss=ctx.ask + 3 * self.away)
        self.orders[2] = ctx.buy(size=200, stop=ctx.ask + 2 * self.away)
        self.orders[3] = ctx.sell(size=200, stop=ctx.bid - 2 * self.away)


class AnswersFills(bt.Strategy):
    """on_fill reads what was filled, places and cancels; on_start and on_end are told too."""

    timeframe = "5m"

    def init(self):
        self.stops = 0
        self.bought = 0.0
        self.paid = 0.0
        self.last = 0
        self.ended = -1

    def on_start(self, ctx):
        self.last = ctx.buy(size=400, stop_loss=ctx.bid)  # NaN before the first quote: rejected
        ctx.sell(fraction=0.3, tag="opening")

    def on_bar(self, ctx):
        if ctx.open_orders == 0:
            ctx.buy(size=700, stop_loss=ctx.bid - 0.0006, take_profit=ctx.bid + 0.0005)

    def on_fill(self, ctx):
        if ctx.fill_reason == "stop_loss":
            self.stops += 1
            ctx.sell(size=ctx.fill_size, limit=ctx.fill_price + 0.0003, tag="again")
        elif ctx.fill_reason == "take_profit" and ctx.cancel_all() == 0:
            ctx.buy(size=50, stop=ctx.fill_price + 0.0002)
        self.bought += ctx.fill_size
        self.paid += ctx.fill_size * ctx.fill_price
        self.last = ctx.fill_order
        ctx.mark("fill", ctx.fill_price)

    def on_end(self, ctx):
        self.ended = ctx.time
        ctx.buy(size=1)


class Account(bt.Strategy):
    """Everything of the account at every tick; reverses."""

    every: int = 400

    def init(self):
        self.ticks = 0
        self.side = 1.0
        self.worst = 0.0
        self.sums = np.zeros(4)

    def on_tick(self, ctx):
        self.ticks += 1
        self.worst = min(self.worst, ctx.open_profit)
        self.sums[0] += ctx.equity - ctx.cash
        if ctx.position != 0.0:
            self.sums[1] += ctx.entry_price - ctx.mid
        self.sums[2] = max(self.sums[2], ctx.ask - ctx.bid)
        self.sums[3] += ctx.of(ctx.symbol).open_orders * ctx.symbols
        if self.ticks % self.every == 0:
            if self.side > 0:
                ctx.buy(size=1_000 + self.ticks // 10)
            else:
                ctx.sell(size=1_500)
            self.side = -self.side


class Forming(bt.Strategy):
    """Reads running bars at every tick and trades their breakout."""

    threshold: float = 0.0005

    def init(self):
        self.seen = np.zeros((6, 2))

    def on_tick(self, ctx):
        body = ctx.forming_close("1h") - ctx.forming_open("1h")
        room = ctx.forming_high("4h") - ctx.forming_low("4h")
        self.seen[3, 0] += body
        self.seen[4, 0] = max(self.seen[4, 0], room)
        self.seen[5, 0] = ctx.forming_volume("1d")
        self.seen[5, 1] = ctx.forming_progress("1d")
        if ctx.position == 0 and ctx.forming_progress("5m") > 0.5 and body > self.threshold:
            ctx.buy(size=800, stop_loss=ctx.forming_low("5m") - 0.0003, take_profit=ctx.ask + 0.0006, tag="up")
        if ctx.position > 0 and body < 0.0:
            ctx.close_position()


class MaybeStop(bt.Strategy):
    """A stop that is None in one branch, and levels that are NaN, zero and negative in others."""

    timeframe = "15m"

    def on_bar(self, ctx):
        turn = ctx.count("15m") % 6
        stop = None
        target = math.nan
        if turn < 3:
            stop = ctx.bid - 0.0010
        if turn == 1:
            target = ctx.bid + 0.0010
        if turn == 2:
            ctx.buy(size=100, stop_loss=stop)
        elif turn == 3:
            ctx.buy(size=-1 if ctx.position > 0 else 0.3)
        elif turn == 4:
            ctx.sell(size=100, limit=0.0)
        elif turn == 5:
            ctx.close_position(math.nan)
        else:
            ctx.buy(size=100, stop_loss=stop, take_profit=target)


class UsesHelpers(bt.Strategy):
    """A jitted helper, a global number, a global array, a closure's value, a list and several returns."""

    timeframe = "5m"

    def init(self):
        self.value = 0.0
        self.turns = 0

    def on_bar(self, ctx):
        if ctx.count("5m") < 3:
            return None
        self.value = blend(ctx.close("5m"), self.value if self.value > 0.0 else ctx.close("5m"), 0.3) * SCALE / 2.0
        levels = [ctx.close("5m", k) for k in range(3)]
        levels.append(self.value)
        above = 0
        for level in levels:
            if level <= ctx.close("5m"):
                above += 1
        self.turns += above
        weight = TABLE[above % 3]
        if above >= 3 and ctx.position <= 0:
            return ctx.buy(fraction=0.2 * weight)
        if above < 2 and ctx.position >= 0:
            return ctx.sell(fraction=0.2 * weight)
        return None


class Ring(bt.Strategy):
    """A ring buffer whose size is a parameter; nested loops; a 2-D array sized by two parameters."""

    rows: int = 4
    columns: int = 16

    def init(self):
        self.ring = np.zeros((self.rows, self.columns))
        self.at = 0
        self.full = False
        self.total = 0.0

    def on_bar(self, ctx):
        row, column = self.at // self.columns, self.at % self.columns
        self.ring[row, column] = ctx.close("1m") - ctx.open("1m")
        self.at = (self.at + 1) % (self.rows * self.columns)
        if self.at == 0:
            self.full = True
        if not self.full:
            return
        self.total = 0.0
        for r in range(self.rows):
            for c in range(self.columns):
                self.total += self.ring[r, c] * (r + 1)
        if self.total > 0.0003 and ctx.position == 0:
            ctx.buy(size=self.columns * 10, take_profit=ctx.ask + 0.0004, stop_loss=ctx.bid - 0.0004)
        elif self.total < -0.0003:
            ctx.close_position()


class Base(bt.Strategy):
    """What several strategies share."""

    timeframe = "5m"
    size: int = 100

    def init(self):
        self.streak = 0

    def on_fill(self, ctx):
        self.streak = 0


class Inherits(Base):
    """Parameters and on_fill of a base class, an int parameter as a size."""

    size: int = 250
    longest: int = 3

    def on_bar(self, ctx):
        self.streak = self.streak + 1 if ctx.close("5m") > ctx.close("5m", 1) else 0
        if self.streak >= self.longest and ctx.position == 0:
            ctx.buy(size=self.size)
        elif self.streak == 0 and ctx.position > 0:
            ctx.close_position()


class Lifetimes(bt.Strategy):
    """Stop-limits, lifetimes of every kind, groups, post-only, sizes by risk, targets, and levels that move."""

    timeframe = "5m"
    away: float = 0.0004
    risk: float = 0.0002

    def init(self):
        self.calls = 0
        self.entry = 0
        self.moved = 0

    def on_bar(self, ctx):
        self.calls += 1
        turn = self.calls % 7
        if turn == 0:
            self.entry = ctx.buy(risk=self.risk, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + 3 * self.away, oco=1)
            ctx.sell(size=3_000, stop=ctx.bid - self.away, limit=ctx.bid - 3 * self.away, oco=1, expire="25m")
        elif turn == 1:
            self.moved += ctx.modify(self.entry, stop_loss=ctx.bid - 2 * self.away, take_profit=ctx.bid + self.away)
            ctx.buy(size=500, limit=ctx.ask - self.away, post_only=True, tif=bt.DAY)
            ctx.buy(size=500, limit=ctx.ask + self.away, post_only=True)
        elif turn == 2:
            ctx.buy(size=700, limit=ctx.ask, tif=bt.IOC)
            ctx.sell(size=700, stop=ctx.bid - self.away / 4, tif=bt.FOK, tag="at once")
        elif turn == 3:
            order = ctx.sell(size=900, limit=ctx.bid + self.away, expire=self.calls * 60_000_000)
            self.moved += ctx.modify(order, limit=ctx.bid + self.away / 2, size=800)
            self.moved += ctx.modify(order, limit=ctx.close("1d", 400))
        elif turn == 4:
            ctx.target(1_000.0 - 2_000.0 * (self.calls % 2))
        elif turn == 5:
            ctx.buy(fraction=0.1, stop=ctx.ask + self.away, limit=ctx.ask + 2 * self.away, tif=bt.GTC)
        else:
            ctx.target(0)


class Hedged(bt.Strategy):
    """Positions on both sides, each left by its own id; sizes by what the closed trades say."""

    timeframe = "5m"

    def init(self):
        self.calls = 0
        self.seen = 0.0

    def on_bar(self, ctx):
        self.calls += 1
        share = max(0.02, min(0.1, ctx.kelly(5)))
        if self.calls % 3 == 0:
            ctx.buy(fraction=share, trailing=0.0008, take_profit=ctx.bid + 0.0012)
        elif self.calls % 3 == 1:
            ctx.sell(fraction=share, trailing_percent=0.08, stop_loss=ctx.ask + 0.0010)
        for number in range(ctx.positions):
            order = ctx.position_id(number)
            self.seen += ctx.position_size(order) * (number + 1) + ctx.position_profit(order)
            if ctx.position_profit(order) > 0.5:
                ctx.close_by_id(order)
                break
        if self.calls % 40 == 0:
            ctx.close_position(0.5)


class Crossings(bt.Strategy):
    """Trades crossings of chained indicators, with a stop of the running bar's range."""

    timeframe = "5m"
    level: int = 55

    def init(self):
        self.rsi = self.indicator("RSI", timeperiod=5)
        self.smooth = self.indicator("EMA", input=self.rsi, timeperiod=3)
        self.range = self.indicator("ATR", timeframe="15m", timeperiod=3)
        self.line, self.signal, _ = self.indicator("MACD", input="hlc3", fastperiod=3, slowperiod=8, signalperiod=3)
        self.seen = 0.0

    def on_bar(self, ctx):
        away = ctx.forming_value(self.range)
        if ctx.crossed_above(self.line, self.signal) and away > 0.0:
            ctx.buy(size=1_000, stop_loss=ctx.bid - away)
        elif ctx.crossed_below(self.rsi, self.level) or ctx.crossed_below(self.rsi, self.smooth):
            ctx.close_position()
        if ctx.value(self.smooth) > ctx.value(self.smooth, back=1):
            self.seen += ctx.value(self.smooth)


HEDGED = Hedged()
EXAMPLES: tuple[bt.Strategy, ...] = (
    Breakout(),
    TextTimeframe(timeframe="1h", label="hour"),
    SeveralTimeframes(),
    Windows(),
    Ladder(),
    AnswersFills(),
    Account(),
    Forming(),
    MaybeStop(),
    UsesHelpers(),
    Ring(),
    Inherits(longest=2),
    Lifetimes(),
    Crossings(),
)


def used(names: list[str]) -> set[str]:
    """Which of these names of `ctx` the examples read."""
    code = [getattr(type(s), h).__code__ for s in (*EXAMPLES, HEDGED) for h in s.handlers()]
    read: set[Any] = {name for body in code for name in body.co_names}
    return read.intersection(names)
