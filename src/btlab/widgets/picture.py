"""The six panels as one SVG picture, drawn by Python: for saved notebooks, pages of a repository, reports.

Only attributes, no style sheet and no ids, so it may stand in any page beside others of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from btlab.errors import WidgetError
from btlab.market.series import Bars, Ticks
from btlab.market.state import MultiTimeframe, State
from btlab.market.timeframe import DAY, MICROSECONDS, TIMEFRAMES
from btlab.market.times import to_datetime
from btlab.widgets.barshapes import BODY, WARM, means, paths
from btlab.widgets.overlays import svg
from btlab.widgets.overlays.layers import Layers
from btlab.widgets.tape import decimals, off_grid
from btlab.widgets.tokens import FONT, tokens

if TYPE_CHECKING:
    from btlab.session.result import Session

HEAD, PANEL, FOOT = 40, 250, 30
PRICE_AXIS, TIME_AXIS, VOLUME, LEGEND = 64, 20, 26, 24
STEP, FREE = 4, 4
WIDTHS = (480, 4000)
TRADES_AT_MOST = 60
NAME_AT_MOST = 60
_TIME_STEPS = [n * 60_000_000 for n in (5, 10, 15, 30, 60, 120, 240, 480, 720)] + [
    n * DAY for n in (1, 2, 5, 7, 14, 28, 56, 112, 364, 728)
]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def picture(
    session: Session,
    *,
    width: int = 1200,
    theme: str = "light",
    palette: str = "default",
    style: str = "candles",
    zone: str = "UTC",
    at: int | None = None,
    layers: Layers | None = None,
) -> str:
    """The six panels at a tick as SVG text; the same session gives the same text.

    Args:
        width: pixels, 480 to 4,000; below 900 the panels stand in two columns.
        theme: "light" or "dark". palette, style, zone: as of a view.
        at: the last tick taken, by default the session's last; nothing of later is drawn.
        layers: the overlays of a widget, of which those over the prices are drawn; by default the strategy's own indicators.

    Raises:
        WidgetError: a width or theme there is not.

    >>> import btlab as bt
    >>> picture(bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)))[:4]
    '<svg'
    """
    if type(width) is not int or not WIDTHS[0] <= width <= WIDTHS[1]:
        raise WidgetError(f"width={width!r}: a picture is {WIDTHS[0]} to {WIDTHS[1]} pixels wide", width=width)
    tick = len(session.data) - 1 if at is None else min(max(at, 0), len(session.data) - 1)
    shown = Layers(session) if layers is None else layers
    return _Picture(session, width, tokens(theme, palette), tick, shown, style, zone).draw()


def plain(text: str, at_most: int = NAME_AT_MOST) -> str:
    """A name that may stand in XML: escaped, what cannot be printed replaced, cut where it is very long."""
    text = _UNPRINTABLE.sub("\ufffd", text)
    return escape(text if len(text) <= at_most else text[: at_most - 1] + "…")


class _Picture:
    def __init__(
        self, session: Session, width: int, colours: dict[str, str], tick: int, layers: Layers, style: str, zone: str
    ) -> None:
        self.style, self.zone = style, ZoneInfo(zone)
        self.session, self.width, self.colours, self.tick = session, width, colours, tick
        self.layers = [layer for layer in layers.layers if layer.pane == "price"]
        self.columns = 3 if width >= 900 else 2
        self.rows = 6 // self.columns
        self.height = HEAD + self.rows * PANEL + FOOT
        self.digits = _digits(session)
        self.now = MultiTimeframe.of(session.data, session.timeline).at(tick)
        trade = session.records["trade"]
        self.trades = trade[trade["entry_tick"] <= tick]
        self.profit = session.trades["pnl"].to_numpy()[trade["entry_tick"] <= tick]

    def draw(self) -> str:
        title = plain(f"{self.session.symbol}, {self.session.name}: six timeframes")
        opening = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" font-family="{escape(FONT)}" font-size="11" '
            f'style="max-width:100%;height:auto;font-variant-numeric:tabular-nums"><title>{title}</title>'
        )
        c = self.colours
        frame = (
            f'<rect x=".5" y=".5" width="{self.width - 1}" height="{self.height - 1}" rx="5" fill="none" stroke="{c["line"]}"/>'
        )
        ground = f'<rect width="{self.width}" height="{self.height}" rx="5" fill="{c["surface"]}"/>'
        return opening + ground + self._head() + "".join(self._panels()) + self._foot() + frame + "</svg>"

    def moment(self, time: int) -> datetime:
        """A time in the zone of the view."""
        return to_datetime(time).astimezone(self.zone)

    def _head(self) -> str:
        session, c = self.session, self.colours
        values = ", ".join(f"{name}={value}" for name, value in session.parameters.items())
        about = " · ".join(part for part in (session.feed or "", session.name, values, f"on {session.timeframes[0]}") if part)
        unit = "bar" if isinstance(session.data, Bars) else "tick"
        when = f"{self.moment(session.data.time_at(self.tick)):%Y-%m-%d %H:%M:%S} {self.zone} · {unit} {self.tick + 1:,} of {len(session.data):,}"
        symbol = plain(session.symbol, 24)
        room = max(2, (self.width - 380 - 10 * len(session.symbol[:24])) // 7)
        name = f'<tspan fill="{c["text"]}" font-size="14" font-weight="600">{symbol}</tspan><tspan dx="12">{plain(about, room)}</tspan>'
        return _text(12, 25, name, c["text-3"], size=12) + _text(self.width - 12, 25, when, c["text-2"], size=12, anchor="end")

    def _foot(self) -> str:
        session, c, y = self.session, self.colours, self.height - 11
        known = session.equity.filter(session.equity["tick"] <= self.tick)["equity"]
        equity = float(known[-1]) if len(known) else session.cash
        change = equity - session.cash
        closed = int(((self.trades["exit_tick"] >= 0) & (self.trades["exit_tick"] <= self.tick)).sum())
        colour = c["up"] if change > 0 else c["down"] if change < 0 else c["text-2"]
        left = f"{closed:,} closed trades · started with {session.cash:,.2f} {plain(session.currency, 8)}"
        right = f"Equity {equity:,.2f}   {_signed(change)}"
        return _text(12, y, left, c["text-2"], size=12) + _text(
            self.width - 12, y, right, colour, size=12, anchor="end", weight=600
        )

    def _panels(self) -> Iterator[str]:
        each = self.width / self.columns
        for row, timeframe in enumerate(TIMEFRAMES):
            left, right = round(row % self.columns * each), round((row % self.columns + 1) * each)
            panel = _Panel(self, row, right - left, PANEL)
            top = HEAD + row // self.columns * PANEL
            yield f'<svg x="{left}" y="{top}" width="{right - left}" height="{PANEL}">{panel.draw(timeframe)}</svg>'


class _Panel:
    """One timeframe; coordinates are the panel's own."""

    def __init__(self, whole: _Picture, row: int, width: int, height: int) -> None:
        self.whole, self.row, self.colours = whole, row, whole.colours
        self.width, self.height = width, height
        self.right, self.bottom = width - PRICE_AXIS, height - TIME_AXIS
        self.top, self.foot = LEGEND + 12, self.bottom - VOLUME - 8

    def draw(self, timeframe: str) -> str:
        c = self.colours
        ground = f'<rect width="{self.width}" height="{self.height}" fill="{c["plot"]}"/>'
        lines = f'<path d="M0 .5H{self.width}M{self.width - 0.5} 0V{self.height}" stroke="{c["line"]}" fill="none"/>'
        bars = _bars_at(self.whole.now, self.whole.session, self.row, (self.right // STEP) - FREE + WARM)
        self.layers = [layer for layer in self.whole.layers if layer.row == self.row]
        if bars is None:
            note = _text(self.right // 2, self.height // 2, "no bars as short as this", c["text-3"], anchor="middle")
            return ground + note + self._legend(timeframe, None) + lines
        count = min(len(bars[0]), (self.right // STEP) - FREE)
        prices = bars[2], bars[3], bars[4], bars[5]
        self.start, self.end, self.open, self.high, self.low, self.close, self.volume = (each[-count:] for each in bars)
        self.drawn = means(prices, count) if self.whole.style == "heikin" else (self.open, self.high, self.low, self.close)
        self.x = self.right - STEP * (count + FREE) + STEP * np.arange(count)
        least, most = min(self.low.min(), self.drawn[2].min()), max(self.high.max(), self.drawn[1].max())
        self.least, self.scale = float(least), (self.foot - self.top) / (float(most - least) or 1e-9)
        self.place = self._place_of_overlays(timeframe)
        behind, before = svg.under(self.layers, self.place), svg.over(self.layers, self.place)
        drawn = behind + self._volumes() + self._candles() + before + self._trades()
        inside = f'<svg width="{self.right}" height="{self.bottom}">{drawn}</svg>'
        return ground + self._grid() + inside + self._last() + self._legend(timeframe, -1) + lines

    def y(self, price: float) -> int:
        return round(self.foot - (price - self.least) * self.scale)

    def _place_of_overlays(self, timeframe: str) -> svg.Place:
        """The bars in view that have closed at the head."""
        done = len(self.whole.now.completed(TIMEFRAMES[self.row]))
        forming = self.whole.now.forming(timeframe) is not None
        first = done + forming - len(self.start)
        return svg.Place(
            bars=slice(first, done),
            x=self.x[: done - first] + (BODY / 2),
            step=STEP,
            low=self.low[: done - first],
            high=self.high[: done - first],
            volume=self.volume[: done - first],
            prices=(self.least, self.least + (self.foot - self.top) / self.scale),
            y=lambda prices: self.foot - (prices - self.least) * self.scale,
            width=self.right,
            height=self.bottom,
            colours=self.colours,
        )

    def _candles(self) -> str:
        return paths(self.whole.style, self.x, self.drawn, self.y, self.colours)

    def _volumes(self) -> str:
        most = float(self.volume.max())
        if not most > 0:
            return ""
        parts = []
        for name, rows in (("candle-up", self.close >= self.open), ("candle-down", self.close < self.open)):
            heights = np.rint(self.volume / most * VOLUME).astype(int)
            bars = "".join(
                f"M{self.x[i]} {self.bottom}v-{heights[i]}h{BODY}v{heights[i]}z" for i in np.flatnonzero(rows & (heights > 0))
            )
            parts.append(f'<path d="{bars}" fill="{self.colours[name]}" fill-opacity=".3" shape-rendering="crispEdges"/>')
        return "".join(parts)

    def _grid(self) -> str:
        c, parts, lines = self.colours, [], []
        highest = self.least + (self.foot - self.top) / self.scale
        for price in _round_prices(self.least, highest, (self.foot - self.top) // 30, self.whole.digits):
            y = self.y(price)
            lines.append(f"M0 {y + 0.5}H{self.right}")
            if abs(y - self.y(self.close[-1])) > 14:
                parts.append(_text(self.width - 8, y + 4, f"{price:.{self.whole.digits}f}", c["text-3"], anchor="end"))
        for x, text, strong in self._times():
            lines.append(f"M{x + 1.5} 0V{self.bottom}")
            parts.append(
                _text(
                    x + 1,
                    self.height - 6,
                    text,
                    c["text-2" if strong else "text-3"],
                    anchor="middle",
                    weight=500 if strong else 400,
                )
            )
        axes = (
            f'<path d="M{self.right + 0.5} 0V{self.height}M0 {self.bottom + 0.5}H{self.right}" stroke="{c["line"]}" fill="none"/>'
        )
        return f'<path d="{"".join(lines)}" stroke="{c["grid"]}" fill="none"/>' + axes + "".join(parts)

    def _times(self) -> Iterator[tuple[int, str, bool]]:
        """x, text and whether it is a date: the first bar of each round step, days before clock times, none nearer than 62 pixels."""
        named = self.end - 1 if self.row == 5 else self.start
        length = MICROSECONDS[TIMEFRAMES[self.row]]
        steps = (s for s in _TIME_STEPS if s >= length and len(np.unique(named // s)) * 62 <= self.right)
        step = next(steps, _TIME_STEPS[-1])
        local = named if self.row == 5 else named + [self._ahead(time) for time in named.tolist()]
        firsts = np.flatnonzero(np.diff(local // step)) + 1
        days = np.flatnonzero(np.diff(local // max(step, DAY))) + 1
        taken: list[int] = []
        clocks = np.setdiff1d(firsts, days)
        for i, dated in [*((i, True) for i in days.tolist()), *((i, False) for i in clocks.tolist())]:
            x = int(self.x[i])
            if 24 <= x <= self.right - 20 and all(abs(x - other) >= 62 for other in taken):
                taken.append(x)
                moment = self.whole.moment(int(named[i]))
                yield x, f"{moment.day} {moment:%b}" if dated else f"{moment:%H:%M}", dated and step < DAY

    def _ahead(self, time: int) -> int:
        """How far the clock of the view's zone is ahead of UTC, in µs."""
        ahead = self.whole.moment(time).utcoffset()
        return 0 if ahead is None else ahead // timedelta(microseconds=1)

    def _trades(self) -> str:
        trades, profit, head = self.whole.trades, self.whole.profit, self.whole.tick
        shown = [
            k for k in range(len(trades)) if not (0 <= trades["exit_tick"][k] <= head and trades["exit_time"][k] < self.start[0])
        ]
        draw = self._squares if self.row >= 4 else self._arrows
        return "".join(draw(trades[k], float(profit[k])) for k in shown[-TRADES_AT_MOST:])

    def _arrows(self, trade: Any, profit: float) -> str:
        closed = 0 <= trade["exit_tick"] <= self.whole.tick
        c = self.colours
        colour = c["up" if profit > 0 else "down"] if closed else c["accent"]
        entry = self._place(int(trade["entry_time"]), float(trade["entry_price"]))
        leave = (
            self._place(int(trade["exit_time"]), float(trade["exit_price"]))
            if closed
            else (int(self.x[-1]) + 1, self.y(self.close[-1]))
        )
        dashes = "" if closed else ' stroke-dasharray="3 2"'
        line = (
            f'<path d="M{entry[0]} {entry[1]}L{leave[0]} {leave[1]}" stroke="{colour}" stroke-width="1.3"{dashes} fill="none"/>'
        )
        inward = _triangle(*entry, int(trade["side"]), colour, colour)
        if closed:
            return line + inward + _triangle(*leave, -int(trade["side"]), c["plot"], colour)
        return self._levels(trade, max(entry[0], 0)) + line + inward

    def _levels(self, trade: Any, x: int) -> str:
        """Stop loss and take profit of an open lot, where they are on the scale."""
        lines = []
        for name, colour in (("stop_loss", "down"), ("take_profit", "up")):
            if trade[name] > 0 and 0 < self.y(float(trade[name])) < self.foot:
                path = f"M{x} {self.y(float(trade[name])) + 0.5}H{self.right}"
                lines.append(f'<path d="{path}" stroke="{self.colours[colour]}" stroke-dasharray="4 3" fill="none"/>')
        return "".join(lines)

    def _squares(self, trade: Any, profit: float) -> str:
        if not 0 <= trade["exit_tick"] <= self.whole.tick:
            return ""
        x, _ = self._place(int(trade["exit_time"]), self.least)
        colour = self.colours["up" if profit > 0 else "down"]
        return f'<rect x="{x - 1}" y="{self.bottom - 5}" width="3" height="3" fill="{colour}"/>'

    def _place(self, time: int, price: float) -> tuple[int, int]:
        if time >= self.start[0]:
            return int(self.x[np.searchsorted(self.start, time, side="right") - 1]) + 1, self.y(price)
        return int(self.x[0] - STEP * ((self.start[0] - time) // (self.end[0] - self.start[0]) + 1)), self.y(price)

    def _last(self) -> str:
        up = self.close[-1] >= self.open[-1]
        c, y = self.colours, self.y(self.close[-1])
        line = f'<path d="M0 {y + 0.5}H{self.right}" stroke="{c["up" if up else "down"]}" stroke-dasharray="1 3" fill="none"/>'
        fill = c["up" if up else "down"]
        tag = f'<rect x="{self.right + 1}" y="{y - 8}" width="{PRICE_AXIS - 2}" height="17" rx="2" fill="{fill}"/>'
        return (
            line
            + tag
            + _text(self.width - 8, y + 5, f"{self.close[-1]:.{self.whole.digits}f}", c["plot"], anchor="end", weight=600)
        )

    def _legend(self, timeframe: str, bar: int | None) -> str:
        c = self.colours
        name = _text(8, 18, timeframe, c["text"], size=13, weight=600)
        if bar is None or self.width < 300:
            return name
        digits = self.whole.digits
        values = "".join(
            f'<tspan fill="{c["text-3"]}">{letter}</tspan> {column[bar]:.{digits}f} '
            for letter, column in zip("OHLC", (self.open, self.high, self.low, self.close), strict=True)
        )
        own = timeframe == self.whole.session.timeframes[0]
        strategy = f'<tspan fill="{c["accent"]}" font-size="10">strategy</tspan>' if own else ""
        second = f'<text x="8" y="33" fill="{c["text-3"]}" xml:space="preserve">{strategy}{self._names(8 if own else 0)}</text>'
        return name + f'<text x="46" y="18" fill="{c["text-2"]}" xml:space="preserve">{values}</text>' + second

    def _names(self, taken: int) -> str:
        """The names of the overlays in their colours, as many as have room beside what `taken` letters say."""
        room, parts = self.right // 7 - taken, []
        for layer in self.layers:
            room -= len(layer.title) + 4
            if room < 0:
                break
            colour = self.place.ink(next((shape.colour for shape in layer.shapes if shape.colour), ""))
            parts.append(f'<tspan fill="{colour}" font-weight="600">— </tspan>{plain(layer.title)}')
        return ("  " if taken else "") + "  ".join(parts)


def _bars_at(now: State, session: Session, row: int, count: int) -> list[np.ndarray] | None:
    """start, end, open, high, low, close, volume of the last `count` bars with the running one; None without any.

    As in the chart, ticks are counted where the data have no sizes.
    """
    timeline, data = session.timeline, session.data
    if row < timeline.base:
        return None
    done, forming = now.completed(TIMEFRAMES[row]), now.forming(TIMEFRAMES[row])
    first = max(0, len(done) + (forming is not None) - count)
    rows = slice(int(timeline.offset[row]) + first, int(timeline.offset[row]) + len(done) + (forming is not None))
    columns = [timeline.start[rows], timeline.end[rows], *timeline.real[:, rows].copy()]
    volume = "volume"
    if isinstance(data, Ticks) and data.bid_size is None:
        columns[-1], volume = timeline.ticks[rows].astype(np.float64), "ticks"
    if forming is not None:
        for column, name in zip(columns[2:], ("open", "high", "low", "close", volume), strict=True):
            column[-1] = getattr(forming, name)
    return columns if len(columns[0]) else None


def _digits(session: Session) -> int:
    size = session.instrument.tick_size
    return off_grid(session) if size is None else decimals(size)


def _round_prices(low: float, high: float, count: int, digits: int) -> Iterator[float]:
    """Steps are whole numbers of the last digit, or the labels would lie."""
    rough = max((high - low) / max(count, 1), 10.0**-digits)
    unit = 10.0 ** np.floor(np.log10(rough) + 1e-9)
    factors = (1, 2, 2.5, 5, 10) if unit > 1.5 * 10.0**-digits else (1, 2, 5, 10)
    step = unit * next(m for m in factors if m * unit >= rough * 0.999)
    for k in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1):
        yield k * step


def _triangle(x: int, y: int, side: int, fill: str, stroke: str) -> str:
    return f'<path d="M{x - 4} {y + 7 * side}h8l-4 {-7 * side}z" fill="{fill}" stroke="{stroke}" stroke-linejoin="round"/>'


def _text(x: int, y: int, text: str, fill: str, *, size: int = 11, anchor: str = "start", weight: int = 400) -> str:
    extra = "".join(
        [
            f' text-anchor="{anchor}"' if anchor != "start" else "",
            f' font-weight="{weight}"' if weight != 400 else "",
            f' font-size="{size}"' if size != 11 else "",
        ]
    )
    return f'<text x="{x}" y="{y}" fill="{fill}"{extra}>{text}</text>'


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):,.2f}"
