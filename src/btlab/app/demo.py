"""The main job from end to end: ticks, a store, six timeframes, a strategy, a session, its metrics, replay and dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from btlab import metrics
from btlab.data.simulate import simulate_ticks
from btlab.data.store import Store
from btlab.errors import StoreError, WidgetError
from btlab.market.instrument import family
from btlab.market.series import Ticks
from btlab.market.timeframe import TIMEFRAMES
from btlab.market.times import iso, to_datetime
from btlab.session.run import run
from btlab.strategy.base import Strategy

if TYPE_CHECKING:
    from btlab.session.result import Session

NOTEBOOK = "notebooks/01-quickstart.ipynb"
TICKS_IN_A_PAGE = 2_000_000
Say = Callable[[str], None]


class Breakout(Strategy):
    """Goes with a new extreme of the 15m bars in the direction of the last day; stop and target in shares of the recent range."""

    timeframe = "15m"
    lookback: int = 16
    trend: int = 12
    stop: float = 0.4
    target: float = 0.8

    def on_bar(self, ctx):  # type: ignore[no-untyped-def]
        if ctx.position != 0.0 or ctx.count("1h") <= self.trend or ctx.count("15m") <= self.lookback:
            return
        reach = ctx.highest("15m", self.lookback) - ctx.lowest("15m", self.lookback)
        rising = ctx.close("1h") > ctx.close("1h", self.trend)
        if rising and ctx.close("15m") > ctx.highest("15m", self.lookback, back=1):
            ctx.buy(
                fraction=0.9, stop_loss=ctx.bid - self.stop * reach, take_profit=ctx.bid + self.target * reach, tag="breakout up"
            )
        elif not rising and ctx.close("15m") < ctx.lowest("15m", self.lookback, back=1):
            ctx.sell(
                fraction=0.9,
                stop_loss=ctx.ask + self.stop * reach,
                take_profit=ctx.ask - self.target * reach,
                tag="breakout down",
            )


def demo(out: Path, data: Path | None = None, symbol: str | None = None, say: Say = print) -> Session:
    """Run the whole way and write `replay.html` and `dashboard.html` into `out`; what was done is said line by line.

    Args:
        out: a folder, made where it is not there; the store goes into it too.
        data: a file or folder of ticks; without it five simulated days of EURUSD.
        symbol: of the ticks; by default taken from the file's name.
    """
    out.mkdir(parents=True, exist_ok=True)
    ticks = _ticks(out, data, symbol, say)
    strategy = Breakout()
    session = run(strategy, ticks)
    say(f"bars      {', '.join(f'{_count(session, row):,} of {name}' for row, name in enumerate(TIMEFRAMES))}")
    say(f"strategy  {session!r}, {session.mode}")
    say(f"\n{metrics_table(session)}\n")
    _replay(session, out / "replay.html", say)
    session.dashboard().save(out / "dashboard.html")
    say(f"dashboard {out / 'dashboard.html'}")
    say(f"notebook  {NOTEBOOK}: make lab opens it")
    return session


def _ticks(out: Path, data: Path | None, symbol: str | None, say: Say) -> Ticks:
    """The ticks by way of the store."""
    store = Store(out / "store")
    if data is None:
        symbol = symbol or "EURUSD"
        say(f"ticks     five days of {symbol}, simulated: made up, the same on every machine. Your own: make demo DATA=path")
        report = store.import_ticks(simulate_ticks(symbol, days=5), symbol=symbol, feed="simulated", overlap="replace")
    else:
        symbol = symbol or symbol_of(data.absolute())
        report = store.import_ticks(data, symbol=symbol, feed=data.resolve().stem[:40] or "own", overlap="replace")
        for warning in report.warnings:
            say(f"note      {warning}")
    ticks = store.ticks(symbol, feed=report.feed)
    if not len(ticks):
        raise StoreError(f"no tick of {symbol} came out of {data}; a demo needs a file of ticks")
    span = f"{iso(ticks.time[0])[:19]} to {iso(ticks.time[-1])[:19]} UTC"
    say(f"store     {out / 'store'}: {len(ticks):,} ticks of {symbol}, {span} ({report.format})")
    return ticks


def symbol_of(path: Path) -> str:
    """The symbol that a file's name, or the name of a folder around it, holds; else the name's first word.

    >>> symbol_of(Path("lean/forex/oanda/tick/eurusd/20140501_quote.zip")), symbol_of(Path("prices.csv"))
    ('EURUSD', 'PRICES')
    """
    for part in (path.stem, *reversed(path.parts[:-1])):
        for word in re.split(r"[^A-Za-z0-9]+", part):
            if len(word) >= 6 and word.isalpha() and family(word) != "other":
                return word.upper()
    return (re.split(r"[^A-Za-z0-9]+", path.stem)[0] or "DATA").upper()


def metrics_table(session: Session) -> str:
    """The metrics in two columns, each with its unit."""
    currency = session.currency
    named = (
        (name.removesuffix("_minutes").replace("_", " "), metrics.UNITS[name], value) for name, value in session.metrics.items()
    )
    lines = [f"{name:26}{shown(value, unit, currency):>16}" for name, unit, value in named]
    half = -(-len(lines) // 2)
    right = lines[half:] + [""] * (2 * half - len(lines))
    rule = "-" * 42
    return "\n".join(
        [f"{rule}    {rule}", *(f"{a}    {b}".rstrip() for a, b in zip(lines[:half], right, strict=True)), f"{rule}    {rule}"]
    )


def shown(value: float, unit: str, currency: str) -> str:
    """A metric as people read it; an em dash where there is no number.

    >>> shown(0.0123, "share", "USD"), shown(-12.5, "money", "USD"), shown(float("nan"), "number", "USD")
    ('1.23 %', '-12.50 USD', '—')
    """
    if value != value:
        return "—"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "-∞"
    if unit == "minutes":
        whole = round(value)
        return f"{whole // 60} h {whole % 60:02} min" if whole >= 60 else f"{whole} min"
    texts = {
        "share": f"{value:,.2%}".replace("%", " %"),
        "money": f"{value:,.2f} {currency}",
        "days": f"{value:,.1f} days",
        "count": f"{value:,.0f}",
    }
    return texts.get(unit, f"{value:,.2f}")


def _replay(session: Session, path: Path, say: Say) -> None:
    try:
        session.to_html(path)
        say(f"replay    {path}")
    except WidgetError:
        start = to_datetime(int(session.data.time[-TICKS_IN_A_PAGE]))
        session.to_html(path, start=start)
        say(f"replay    {path}: the last {TICKS_IN_A_PAGE:,} ticks, from {start:%Y-%m-%d %H:%M}; more do not fit a page")


def _count(session: Session, row: int) -> int:
    return int(session.timeline.offset[row + 1] - session.timeline.offset[row])
