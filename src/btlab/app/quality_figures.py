"""The calendar of days and the minutes of a day, as Bokeh figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.core.properties import value
from bokeh.models import CDSView, ColumnDataSource, FixedTicker, HoverTool, IndexFilter, LinearColorMapper, Range1d, TapTool

from btlab.app.figures import Paint
from btlab.app.quality_days import Days
from btlab.data.quality.facts import HOURS
from btlab.widgets.tokens import FONT, mixed, tokens

STEPS = 12
MOST_SHARE = 1.5
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def colours_of(theme: str) -> dict[str, Any]:
    """The tokens of a theme, and the scale from no rows to many."""
    colours = tokens(theme)
    scale = [mixed(colours["plot"], colours["accent"], 0.1 + 0.75 * step / (STEPS - 1)) for step in range(STEPS)]
    silent, hole = mixed(colours["plot"], colours["text-3"], 0.14), mixed(colours["plot"], colours["down"], 0.6)
    return {**colours, "share": scale, "silent": silent, "hole": hole}


def calendar_figure(days: Days, paint: Paint) -> tuple[Any, ColumnDataSource]:
    """Weeks from left to right, days from top to bottom, a block a year; and the source whose selection is the open day."""
    size, height = days.size, days.blocks * 9 - 2
    chart = paint.figure(
        height=height * size + 40,
        max_width=days.width,
        x_range=Range1d(-0.1, max(days.weeks, 1) + 0.1),
        y_range=Range1d(height + 0.1, -0.9),
    )
    chart.tools = []
    chart.min_border_left = 56
    chart.grid.visible = chart.xaxis.visible = False
    source = ColumnDataSource(days.cells)
    _cells(chart, source, days, paint)
    places = [block * 9 + day for block in range(days.blocks) for day in range(0, 7, 2 if size < 24 else 1)]
    chart.yaxis[0].ticker = FixedTicker(ticks=[place + 0.5 for place in places])
    chart.yaxis[0].major_label_overrides = {place + 0.5: WEEKDAYS[place % 9] for place in places}
    chart.yaxis[0].axis_line_color = None
    chart.yaxis[0].tags = [tag for tag in chart.yaxis[0].tags if tag[0] != "axis_line_color"]
    _names(chart, days, paint)
    return chart, source


def _cells(chart: Any, source: ColumnDataSource, days: Days, paint: Paint) -> None:
    cells = {name: np.asarray(days.cells[name]) for name in ("row", "share", "missing", "lost", "left", "odd")}
    mapper = paint(LinearColorMapper(palette=paint.colours["share"], low=0, high=MOST_SHARE), palette="share", nan_color="silent")
    box = {"left": "left", "right": "right", "top": "top", "bottom": "bottom", "line_color": None}
    view = lambda rows: CDSView(filter=IndexFilter(np.flatnonzero(rows).tolist()))  # noqa: E731
    shut = chart.quad(**box, source=source, view=view(cells["row"] < 0), fill_alpha=0.9)
    paint(shut.glyph, fill_color="raised")
    every = chart.quad(
        **box,
        source=source,
        view=view((cells["row"] >= 0) & ~cells["missing"]),
        fill_color={"field": "share", "transform": mapper},
    )
    gone = chart.quad(
        **box, source=source, view=view(cells["missing"]), fill_alpha=0.18, hatch_pattern="/", hatch_scale=6, hatch_weight=1
    )
    paint(gone.glyph, fill_color="down", hatch_color="down")
    hole = view((cells["lost"] > cells["left"] + 1e-6) & ~cells["missing"])
    lost = chart.hbar(y="bottom", left="left", right="lost", height=0.16, source=source, view=hole, line_color=None)
    paint(lost.glyph, fill_color="down")
    dots = chart.circle(x="dot_x", y="dot_y", radius="odd", source=source, view=view(cells["odd"] > 0), line_width=0.5)
    paint(dots.glyph, fill_color="text", line_color="plot")
    for renderer in (shut, every, gone, lost, dots):
        _same_when_chosen(renderer)
    chosen = chart.quad(left="left", right="right", top="top", bottom="bottom", source=days.chosen, fill_color=None, line_width=2)
    paint(chosen.glyph, line_color="text")
    tips = "<div style='font:12px sans-serif'><b>@words</b><br>@told</div>"
    chart.add_tools(TapTool(renderers=[every, gone]), HoverTool(renderers=[every, gone, shut], tooltips=tips, attachment="above"))
    if max(days.weeks, 1) <= 16:
        inside = chart.text(
            x="left",
            y="bottom",
            text="day",
            source=source,
            view=view(cells["row"] >= 0),
            x_offset=4,
            y_offset=-4,
            text_font_size="10px",
            text_font=value(FONT),
        )
        _same_when_chosen(inside)
        paint(inside.glyph, text_color="text")


def _same_when_chosen(renderer: Any) -> None:
    """One glyph for all states: where a state has none, Bokeh draws a copy, which would keep the colours of the old theme."""
    renderer.selection_glyph = renderer.nonselection_glyph = renderer.glyph


def _names(chart: Any, days: Days, paint: Paint) -> None:
    """Months above, years at the left of each block."""
    kept = [
        month
        for place, month in enumerate(days.months)
        if not place or month[1] != days.months[place - 1][1] or month[0] - days.months[place - 1][0] > 1
    ]
    months = ColumnDataSource(
        {"x": [m[0] + 0.06 for m in kept], "y": [m[1] * 9 - 0.25 for m in kept], "text": [m[2] for m in kept]}
    )
    text = chart.text(x="x", y="y", text="text", source=months, text_font_size="11px", text_font=value(FONT))
    paint(text.glyph, text_color="text-3")
    if days.years:
        years = ColumnDataSource(
            {
                "x": [days.weeks + 0.0] * len(days.years),
                "y": [b * 9 - 0.25 for b, _ in days.years],
                "text": [str(y) for _, y in days.years],
            }
        )
        text = chart.text(
            x="x",
            y="y",
            text="text",
            source=years,
            text_font_size="11px",
            text_font=value(FONT),
            text_align="right",
            text_font_style="bold",
        )
        paint(text.glyph, text_color="text-2")


def day_figure(days: Days, paint: Paint) -> tuple[Any, dict[str, ColumnDataSource]]:
    """Hours from top to bottom, minutes from left to right; and the sources that a page fills for a day."""
    chart = paint.figure(height=HOURS * 14 + 40, x_range=Range1d(0, 60), y_range=Range1d(0, HOURS))
    chart.tools = []
    chart.grid.visible = False
    image = ColumnDataSource({"image": [np.full((HOURS, 60 // days.step), np.nan, np.float32)]})
    mapper = LinearColorMapper(palette=paint.colours["share"], low=0, high=1, nan_color="rgba(0,0,0,0)")
    paint(mapper, palette="share", low_color="hole", high_color="silent")
    drawn = chart.image(image="image", x=0, y=0, dw=60, dh=HOURS, source=image, color_mapper=mapper)
    _same_when_chosen(drawn)
    paint(chart.hspan(y=list(range(HOURS + 1)), line_width=2).glyph, line_color="plot")
    marks = ColumnDataSource({"x": [], "y": [], "kind": [], "detail": [], "time": []})
    found = chart.scatter(x="x", y="y", size=8, marker="x", line_width=2, source=marks)
    paint(found.glyph, line_color="text", fill_color="text")
    chart.xaxis[0].ticker = FixedTicker(ticks=list(range(0, 60, 10)))
    chart.xaxis[0].major_label_overrides = {minute: f":{minute:02}" for minute in range(0, 60, 10)}
    chart.yaxis[0].ticker = FixedTicker(ticks=[])
    tips = "<div style='font:12px sans-serif'><b>@kind</b> @time<br>@detail</div>"
    chart.add_tools(HoverTool(renderers=[found], tooltips=tips))
    return chart, {"image": image, "marks": marks, "chosen": days.chosen}
