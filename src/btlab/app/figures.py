"""What the dashboard draws: equity with drawdown, the distribution of results, months."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from bokeh.models import (
    BasicTicker,
    BoxZoomTool,
    ColumnDataSource,
    CrosshairTool,
    HoverTool,
    NumeralTickFormatter,
    PanTool,
    ResetTool,
    WheelZoomTool,
)
from bokeh.plotting import figure

from btlab.widgets.tokens import FONT

if TYPE_CHECKING:
    import polars as pl

POINTS = 1_500
BINS = 16
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Paint:
    """Gives parts of figures their colours, and remembers which token each has, so that a page can change its theme."""

    def __init__(self, colours: dict[str, str]) -> None:
        self.colours = colours
        self.models: list[Any] = []

    def __call__(self, model: Any, **tokens: str) -> Any:
        """Sets properties of a model to the colours of tokens; the model's tags say which."""
        for name, token in tokens.items():
            setattr(model, name, self.colours[token])
        model.tags = [*model.tags, *([name, token] for name, token in tokens.items())]
        self.models.append(model)
        return model

    def figure(self, **options: Any) -> Any:
        """An empty figure in the dashboard's dress."""
        tools = [PanTool(dimensions="width"), WheelZoomTool(dimensions="width"), BoxZoomTool(dimensions="width"), ResetTool()]
        chart = figure(
            sizing_mode="stretch_width", toolbar_location=None, tools=tools, min_border_left=62, min_border_right=32, **options
        )
        chart.background_fill_alpha = chart.border_fill_alpha = 0.0
        chart.outline_line_color = None
        chart.yaxis.ticker.desired_num_ticks = 4
        for axis in chart.axis:
            axis.major_tick_line_color = axis.minor_tick_line_color = None
            axis.major_label_text_font_size, axis.major_label_text_font = "11px", FONT
            self(axis, axis_line_color="line", major_label_text_color="text-3")
        for grid in chart.grid:
            self(grid, grid_line_color="grid")
        return chart


def thinned(equity: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Rows to draw: the first, the last, and of each of `points` / 2 stretches the lowest and the highest; no extreme is lost.

    >>> thinned(np.array([1.0, 5.0, 2.0, 0.0, 3.0]), 2).tolist()
    [0, 1, 3, 4]
    """
    if len(equity) <= points:
        return np.arange(len(equity))
    edges = np.linspace(0, len(equity), points // 2 + 1).astype(int)
    kept = {0, len(equity) - 1}
    for begin, end in pairwise(edges):
        kept |= {begin + int(equity[begin:end].argmin()), begin + int(equity[begin:end].argmax())}
    return np.array(sorted(kept))


def equity_figures(equity: pl.DataFrame, cash: float, paint: Paint) -> tuple[Any, Any]:
    """Equity above, drawdown below, one time axis."""
    rows = thinned(equity["equity"].to_numpy())
    source = ColumnDataSource(
        {
            "time": equity["time"].to_physical().to_numpy()[rows] / 1000.0,
            "equity": equity["equity"].to_numpy()[rows],
            "drawdown": -equity["drawdown"].to_numpy()[rows],
            "cash": np.full(len(rows), cash),
        }
    )
    above = paint.figure(height=230, x_axis_type="datetime")
    paint(above.varea("time", "cash", "equity", source=source, fill_alpha=0.07).glyph, fill_color="accent")
    paint(above.line("time", "cash", source=source, line_width=1).glyph, line_color="line-2")
    line = above.line("time", "equity", source=source, line_width=1.5)
    paint(line.glyph, line_color="accent")
    above.xaxis.visible = False
    above.yaxis[0].formatter = NumeralTickFormatter(format="0,0")
    below = paint.figure(height=120, x_axis_type="datetime", x_range=above.x_range)
    paint(below.varea("time", 0, "drawdown", source=source, fill_alpha=0.1).glyph, fill_color="down")
    paint(below.line("time", "drawdown", source=source, line_width=1).glyph, line_color="down")
    below.yaxis[0].formatter = NumeralTickFormatter(format="0.00 %")
    tips = [("", "@time{%e %b %Y %H:%M} UTC"), ("Equity", "@equity{0,0.00}"), ("Drawdown", "@drawdown{0.00 %}")]
    cross = paint(CrosshairTool(dimensions="height", line_alpha=0.6), line_color="text-3")
    above.add_tools(HoverTool(renderers=[line], tooltips=tips, formatters={"@time": "datetime"}, mode="vline"), cross)
    below.add_tools(cross)
    return above, below


def results_figure(profit: np.ndarray, paint: Paint) -> Any:
    """How many trades ended with which result."""
    chart = paint.figure(height=190)
    reach = float(np.abs(profit).max(initial=0.0)) or 1.0
    counts, edges = np.histogram(profit, bins=np.linspace(-reach, reach, BINS + 1))
    for token, rows in (("candle-down", slice(0, BINS // 2)), ("candle-up", slice(BINS // 2, BINS))):
        bars = chart.quad(left=edges[:-1][rows], right=edges[1:][rows], top=counts[rows], bottom=0, line_width=1)
        paint(bars.glyph, fill_color=token, line_color="plot")
    chart.xgrid.visible = False
    chart.y_range.start = 0
    chart.yaxis[0].ticker = BasicTicker(min_interval=1, desired_num_ticks=4, num_minor_ticks=0)
    chart.yaxis[0].formatter = NumeralTickFormatter(format="0,0")
    chart.xaxis[0].formatter = NumeralTickFormatter(format="0,0.[00]")
    return chart


def months_table(equity: pl.DataFrame, cash: float) -> str:
    """Returns of calendar months (UTC) and years as an HTML table, coloured by size."""
    month = equity["time"].dt.year() * 12 + equity["time"].dt.month()
    last = equity.filter((month != month.shift(-1)).fill_null(True))
    before, returns = cash, {}
    years: dict[int, list[float]] = {}
    for time, value in zip(last["time"], last["equity"], strict=True):
        returns[time.year, time.month] = value / before - 1 if before > 0 else float("nan")
        years.setdefault(time.year, [before, value])[1] = value
        before = value
    most = max([abs(value) for value in returns.values() if value == value] + [1e-9])
    head = "".join(f"<th>{name}</th>" for name in ("", *MONTHS, "Year"))
    rows = []
    for year, (first, value) in years.items():
        cells = "".join(_cell(returns.get((year, number)), most) for number in range(1, 13))
        total = value / first - 1 if first > 0 else float("nan")
        rows.append(f"<tr><th>{year}</th>{cells}<td class='total {tone(total)}'>{percent(total)}</td></tr>")
    return f"<table class='months'><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _cell(value: float | None, most: float) -> str:
    if value is None:
        return "<td></td>"
    share = round(12 + 50 * min(1.0, abs(value) / most)) if value == value and value else 0
    end = "pos" if value > 0 else "neg"
    return f"<td style='background:color-mix(in srgb,var(--div-{end}) {share}%,var(--div-mid))'>{percent(value)}</td>"


def percent(value: float) -> str:
    """A share in percent with its sign; under 1 % with two decimals.

    >>> percent(0.0123), percent(-0.0004)
    ('+1.2', '−0.04')
    """
    if value != value:
        return "—"
    size = abs(value) * 100
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{size:.{1 if size >= 1 else 2}f}"


def tone(value: float) -> str:
    """The class of a gain or a loss."""
    return "up" if value > 0 else "down" if value < 0 else ""
