"""A session as a page: metrics, equity and drawdown, months, results, the six-panel replay, trades.

`dashboard(session).servable()` in a Panel app; `.save(path)` writes one file that needs neither server nor network.
"""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import panel as pn
import panel.models.tabulator
import polars as pl
from bokeh.models import NumberFormatter

from btlab import metrics
from btlab.app.demo import shown
from btlab.app.figures import Paint, equity_figures, months_table, percent, results_figure, tone
from btlab.app.replay import Replay
from btlab.app.saving import save_page
from btlab.app.style import BUTTON, CARD, HTML, ROOT, TABLE
from btlab.errors import WidgetError
from btlab.market.series import Bars
from btlab.market.times import iso, to_datetime
from btlab.widgets.picture import plain
from btlab.widgets.player import page_of
from btlab.widgets.tokens import THEMES, tokens

if TYPE_CHECKING:
    from btlab.session.result import Session

PAGE_ROWS = 15
WIDTHS = {
    "#": 60,
    "Side": 84,
    "Size": 90,
    "Entry time": 165,
    "Entry": 84,
    "Exit time": 165,
    "Exit": 84,
    "Net": 96,
    "MAE": 84,
    "MFE": 84,
    "Exit by": 100,
}
TICKS_IN_A_PAGE = 2_000_000
_TOGGLE = """
const dark = !root.css_classes.includes("btlab-dark"), colours = themes[dark ? "dark" : "light"];
root.css_classes = dark ? ["btlab-dark"] : [];
for (const model of painted) for (const [name, token] of model.tags) model[name] = colours[token];
document.body.style.background = colours["page"];
const inside = (node) => [...(node.shadowRoot?.children ?? []), ...node.children];
const frames = (node) => inside(node).flatMap((child) => child.localName === "iframe" ? [child.contentDocument] : frames(child));
const follow = (page) => (page.documentElement.dataset.theme = dark ? "dark" : "light");
requestAnimationFrame(() => [document, ...frames(document.body)].forEach(follow));
"""


class Dashboard(pn.Column):
    """The page of a session. See `dashboard`.

    Attributes:
        replay: its replay, which has a method or an attribute for each key; None on a page that is saved.
    """

    def __init__(self, session: Session, *, theme: str, saved: bool = False, **parameters: Any) -> None:
        self._session, self._theme = session, theme
        paint = Paint(tokens(theme))
        replay = _embedded(session, theme) if saved else Replay(session, sizing_mode="stretch_width", min_height=400, margin=0)
        self.replay = None if saved else replay
        button = pn.widgets.Button(label="Light or dark", stylesheets=[BUTTON], align="center")
        parts = [
            pn.Row(_html(_heading(session)), button, sizing_mode="stretch_width", margin=0),
            _html(_strip(session)),
            _upper(session, paint),
            replay,
            _card(_html(_title("Trades", _trade_note(session, saved))), _trades(session, replay)),
        ]
        classes = ["btlab-dark"] if theme == "dark" else []
        super().__init__(*parts, sizing_mode="stretch_width", margin=0, stylesheets=[ROOT], css_classes=classes, **parameters)
        button.js_on_click(args={"root": self, "painted": paint.models, "themes": THEMES}, code=_TOGGLE)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write one HTML file that needs neither server nor network; its replay plays."""
        page = Dashboard(self._session, theme=self._theme, saved=True)
        save_page(page, filename, f"{self._session.symbol}, {self._session.name}")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """In a notebook Panel's scripts come along at the first look, from the package: a notebook works without a network."""
        if not pn.extension._loaded:
            pn.extension("tabulator", inline=True)
        return super()._repr_mimebundle_(include, exclude)


def dashboard(session: Session, *, theme: str | None = None) -> Dashboard:
    """A Panel page of a session: metrics, equity, drawdown, months, results, replay, trades.

    Args:
        theme: "light" or "dark"; by default Panel's own (`pn.config.theme`).

    Raises:
        WidgetError: a theme there is not.

    >>> import btlab as bt
    >>> type(dashboard(bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)))).__name__
    'Dashboard'
    """
    chosen = theme or ("dark" if pn.config.theme == "dark" else "light")
    tokens(chosen)
    return Dashboard(session, theme=chosen)


def _html(text: str) -> Any:
    return pn.pane.HTML(text, sizing_mode="stretch_width", margin=0, stylesheets=[HTML])


def _card(*parts: Any, **options: Any) -> Any:
    return pn.Column(*parts, stylesheets=[CARD], margin=0, **{"sizing_mode": "stretch_width", **options})


def _title(name: str, note: str = "") -> str:
    return f"<div class='title'>{name}<span>{escape(note)}</span></div>"


def _heading(session: Session) -> str:
    unit = f"{session.data.timeframe} bars" if isinstance(session.data, Bars) else "ticks"
    values = ", ".join(f"{name}={value}" for name, value in session.parameters.items())
    time = session.data.time
    facts = [
        f"{len(session.data):,} {f'{session.feed} ' if session.feed else ''}{unit}",
        f"{iso(int(time[0]))[:16]} to {iso(int(time[-1]))[:16]} UTC",
        f"{session.cash:,.0f} {session.currency}",
        values,
        f"fills {session.fingerprint[:12]}",
    ]
    name = f"{plain(session.symbol, 255)}, {plain(session.name, 120)} on {plain(session.timeframes[0])}"
    return f"<h1>{name}</h1><div class='sub'>{' &nbsp;·&nbsp; '.join(plain(fact, 400) for fact in facts if fact)}</div>"


def _strip(session: Session) -> str:
    m, currency = session.metrics, session.currency
    net = float(session.equity["equity"][-1]) - session.cash

    def say(name: str) -> str:
        text = shown(m[name], metrics.UNITS[name], currency)
        return f"−{text[1:]}" if text.startswith("-") else text

    cells = [
        (
            "Net result",
            f"{'+' if net > 0 else '−' if net < 0 else ''}{abs(net):,.2f}",
            f"{percent(m['total_return'])} %",
            tone(net),
        ),
        ("Sharpe", say("sharpe"), "daily, annualised", ""),
        ("Sortino", say("sortino"), "daily, annualised", ""),
        ("Max drawdown", say("max_drawdown"), f"Calmar {say('calmar')}", ""),
        ("Profit factor", say("profit_factor"), f"expectancy {say('expectancy')}", ""),
        ("Won", say("win_rate"), f"of {say('trades')} trades", ""),
        ("Exposure", say("exposure"), f"average {say('average_duration_minutes')}", ""),
        ("Costs", say("costs"), "commission, slippage", ""),
    ]
    items = "".join(
        f"<div><dt>{name}</dt><dd class='value {kind}'>{escape(value)}</dd><dd class='note'>{escape(note)}</dd></div>"
        for name, value, note, kind in cells
    )
    return f"<dl class='strip'>{items}</dl>"


def _upper(session: Session, paint: Paint) -> Any:
    above, below = equity_figures(session.equity, session.cash, paint)
    closed = session.trades.filter(pl.col("exit_time").is_not_null())
    currency = plain(session.currency)
    equity = _card(
        _html(_title("Equity and drawdown", currency)),
        pn.pane.Bokeh(above, sizing_mode="stretch_width", margin=0),
        pn.pane.Bokeh(below, sizing_mode="stretch_width", margin=0),
    )
    months = _card(
        _html(_title("Months", "return, %") + f"<div class='scroll'>{months_table(session.equity, session.cash)}</div>")
    )
    drawn = pn.pane.Bokeh(results_figure(closed["pnl"].to_numpy(), paint), sizing_mode="stretch_width", margin=0)
    results = _card(
        _html(_title("Results", f"closed trades by {currency}")),
        drawn if len(closed) else _html("<div class='none'>No closed trade.</div>"),
    )
    right = pn.Column(months, results, sizing_mode="stretch_width", margin=0, styles={"gap": "12px"})
    return pn.FlexBox(
        pn.Column(equity, margin=0, styles={"flex": "1.5 1 460px", "min-width": "0"}, sizing_mode="stretch_width"),
        pn.Column(right, margin=0, styles={"flex": "1 1 360px", "min-width": "0"}, sizing_mode="stretch_width"),
        gap="12px",
        margin=0,
        sizing_mode="stretch_width",
    )


def _trade_note(session: Session, saved: bool) -> str:
    return f"{len(session.trades):,}" + ("" if saved else " · a click moves the replay to a trade's entry")


def _trades(session: Session, replay: Any) -> Any:
    if not len(session.trades):
        return _html("<div class='none'>The strategy made no trade.</div>")
    numbers = dict.fromkeys(("#", "Size", "Entry", "Exit", "Net", "MAE", "MFE"), "right")
    table = pn.widgets.Tabulator(
        _rows(session),
        disabled=True,
        show_index=False,
        selectable=1,
        pagination="local",
        page_size=PAGE_ROWS,
        layout="fit_data_stretch",
        theme="simple",
        sizing_mode="stretch_width",
        margin=0,
        stylesheets=[TABLE],
        widths=WIDTHS,
        formatters={name: NumberFormatter(format="+0,0.00") for name in ("Net", "MAE", "MFE")},
        text_align=numbers,
        header_align=numbers,
    )
    table.style.map(lambda net: f"color:var(--{tone(net) or 'text'})", subset=["Net"])
    if isinstance(replay, Replay):
        ticks = session.trades["entry_tick"].to_list()
        table.on_click(lambda event: replay.goto(ticks[len(ticks) - 1 - event.row]))
    return table


def _rows(session: Session) -> Any:
    """The newest trade first, as text a trader reads; pandas, which is what Tabulator takes."""
    step = session.instrument.tick_size or 1e-5
    digits = next((d for d in range(9) if abs(round(step, d) - step) < 1e-12), 5)
    price = lambda value: "" if value is None else f"{value:.{digits}f}"  # noqa: E731
    moment = lambda value: "open" if value is None else f"{value:%a} {value.day} {value:%b %Y %H:%M}"  # noqa: E731
    frame = session.trades.reverse()
    columns = {
        "#": frame["id"].to_list(),
        "Side": [("▲ Long" if side == "long" else "▼ Short") for side in frame["side"]],
        "Size": [f"{size:,.10g}" for size in frame["size"]],
        "Entry time": [moment(value) for value in frame["entry_time"]],
        "Entry": [price(value) for value in frame["entry_price"]],
        "Exit time": [moment(value) for value in frame["exit_time"]],
        "Exit": [price(value) for value in frame["exit_price"]],
        "Net": frame["pnl"].to_list(),
        "MAE": frame["mae"].to_list(),
        "MFE": frame["mfe"].to_list(),
        "Exit by": [(reason or "").replace("_", " ") for reason in frame["exit_reason"]],
        "Tag": [tag or "" for tag in frame["tag"]],
    }
    return pd.DataFrame(columns)


def _embedded(session: Session, theme: str) -> Any:
    """The player in a frame of its own, the whole page inside; of a session too long for a page, its last part."""
    try:
        page = page_of(session, theme=theme)
    except WidgetError:
        page = page_of(session, start=to_datetime(int(np.asarray(session.data.time)[-TICKS_IN_A_PAGE])), theme=theme)
    return _html(f'<div class="frame"><iframe title="Replay" srcdoc="{escape(page, quote=True)}"></iframe></div>')
