"""The picture of `Quality`: a calendar of days, and beneath it the minutes and findings of the day that is clicked.

All of it happens in the page: it answers the same in a notebook, in a Panel app and in a file that was saved.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import panel as pn
from bokeh.models import CustomJS, Div

from btlab.app.figures import Paint
from btlab.app.quality_days import Days
from btlab.app.quality_figures import calendar_figure, colours_of, day_figure
from btlab.app.quality_script import OPEN_DAY
from btlab.app.saving import save_page
from btlab.app.style import BUTTON, CARD, FINDINGS, HTML, ROOT, TOGGLE
from btlab.errors import counted
from btlab.widgets.picture import plain
from btlab.widgets.tokens import THEMES, tokens

if TYPE_CHECKING:
    from btlab.data.quality import Quality


class QualityPicture(pn.Column):
    """The page of a `Quality`. See `picture`."""

    def __init__(self, quality: Quality, *, theme: str, **parameters: Any) -> None:
        self._quality, self._theme = quality, theme
        paint, days = Paint(colours_of(theme)), Days(quality)
        button = pn.widgets.Button(label="Light or dark", stylesheets=[BUTTON], align="center")
        calendar, cells = calendar_figure(days, paint)
        minutes, sources = day_figure(days, paint)
        title = Div(text="", stylesheets=[HTML, FINDINGS], sizing_mode="stretch_width", margin=0)
        findings = Div(text="", stylesheets=[HTML, FINDINGS], sizing_mode="stretch_width", margin=0)
        open_day = CustomJS(
            args={**sources, "cells": cells, "title": title, "findings": findings, "days": days.table, "found": days.found}
            | {"levels": days.levels, "step": days.step, "axis": minutes.yaxis[0], "range": minutes.y_range},
            code=OPEN_DAY,
        )
        cells.selected.js_on_change("indices", open_day)
        cells.selected.indices = [days.cell_of_worst]
        minutes.js_on_change("inner_width", open_day)  # told once the figure stands on the page: the worst day is open
        parts = [
            pn.Row(_html(_heading(quality)), button, sizing_mode="stretch_width", margin=0),
            _html(_strip(quality)),
            *_layout(quality, days, _card(_html(_title("Days", _LEGEND)), _figure(calendar)), (title, minutes, findings)),
        ]
        classes = ["btlab-dark"] if theme == "dark" else []
        super().__init__(*parts, sizing_mode="stretch_width", margin=0, stylesheets=[ROOT], css_classes=classes, **parameters)
        themes = {name: colours_of(name) for name in THEMES}
        button.js_on_click(args={"root": self, "painted": paint.models, "themes": themes}, code=TOGGLE)

    def save(self, filename: str | os.PathLike[str]) -> None:
        """Write one HTML file that needs neither server nor network."""
        page = QualityPicture(self._quality, theme=self._theme)
        save_page(page, filename, f"{self._quality.symbol}, quality")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        """In a notebook Panel's scripts come along at the first look, from the package: a notebook works without a network."""
        if not pn.extension._loaded:
            pn.extension(inline=True)
        return super()._repr_mimebundle_(include, exclude)


def picture(quality: Quality, *, theme: str | None = None) -> QualityPicture:
    """A Panel page of what `Store.quality` found.

    Args:
        theme: "light" or "dark"; by default Panel's own (`pn.config.theme`).

    Raises:
        WidgetError: a theme there is not.

    >>> import btlab as bt
    >>> store = bt.Store(":memory:")
    >>> report = store.import_ticks(bt.simulate_ticks("EURUSD", days=1))
    >>> type(store.quality("EURUSD").picture()).__name__
    'QualityPicture'
    """
    chosen = theme or ("dark" if pn.config.theme == "dark" else "light")
    tokens(chosen)
    return QualityPicture(quality, theme=chosen)


_LEGEND = (
    "<span class='legend'><b>0 %</b><i class='scale'></i>150 % of the usual rows<i class='missing'></i>missing"
    "<i class='hole'></i>unexpected gap<i class='odd'></i>odd rows<i class='shut'></i>no trading</span>"
)
_MINUTES = (
    "<div class='foot legend'><i class='silent'></i>no row<i class='scale'></i>rows in a minute"
    "<i class='gap'></i>unexpected gap<i class='cross'>×</i>odd rows begin</div>"
)
BESIDE = 30
"""Weeks of a calendar that leaves room beside it."""


def _layout(quality: Quality, days: Days, calendar: Any, day: tuple[Any, Any, Any]) -> list[Any]:
    """The calendar above the open day; what was found in all beside the one where there is room, else beside the other."""
    title, minutes, findings = day
    left = _card(
        pn.pane.Bokeh(title, sizing_mode="stretch_width", margin=0), _figure(minutes), _html(_MINUTES), flex="1.5 1 460px"
    )
    right = _card(pn.pane.Bokeh(findings, sizing_mode="stretch_width", margin=0))
    whole = _card(_html(_title("In all", "by kind") + _kinds(quality)))
    if days.weeks <= BESIDE:
        calendar.styles = _flex(f"0 1 {max(days.width, 420)}px")
        whole.styles = _flex("1 1 360px") | {"align-self": "stretch", "height": "auto"}
        right.styles = _flex("1 1 360px")
        return [_row(calendar, whole), _row(left, right)]
    column = pn.Column(right, whole, margin=0, sizing_mode="stretch_width", styles=_flex("1 1 360px") | {"gap": "12px"})
    return [calendar, _row(left, column)]


def _kinds(quality: Quality) -> str:
    """Everything that was found, a line a kind."""
    lines = []
    for heading, words, count in quality.counts():
        name = {"gaps": f"{words} gaps", "issues": words, "days": f"{words} days"}[heading].replace("_", " ")
        share = 100 * count / max(quality.rows, 1) if heading == "issues" else None
        bad = words == "unexpected" or heading == "days"
        part = "" if share is None else f"{share:.2f} %" if share >= 0.01 else "under 0.01 %"
        tone = " class='down'" if bad else ""
        lines.append(f"<tr><td{tone}>{name}</td><td class='number'>{count:,}</td><td class='number'>{part}</td></tr>")
    if not lines:
        return "<div class='none'>Nothing odd, and no gap.</div>"
    return f"<table class='found kinds'><tbody>{''.join(lines)}</tbody></table>{_longest(quality)}"


def _longest(quality: Quality) -> str:
    """The longest gaps that nothing explains."""
    gaps = quality.unexpected()
    gaps = gaps.with_columns(length=gaps["end"] - gaps["start"]).sort("length", descending=True).head(5)
    lines = "".join(
        f"<tr><td>{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}</td><td class='number'>{_length(length)}</td></tr>"
        for start, end, length in gaps.select("start", "end", "length").iter_rows()
    )
    return f"{_title('Longest unexpected gaps', 'UTC')}<table class='found kinds'><tbody>{lines}</tbody></table>" if lines else ""


def _flex(text: str) -> dict[str, str]:
    return {"flex": text, "min-width": "0"}


def _row(*parts: Any) -> Any:
    return pn.FlexBox(*parts, align_items="stretch", gap="12px", margin=0, sizing_mode="stretch_width")


def _html(text: str) -> Any:
    return pn.pane.HTML(text, sizing_mode="stretch_width", margin=0, stylesheets=[HTML, FINDINGS])


def _figure(chart: Any) -> Any:
    return pn.pane.Bokeh(chart, sizing_mode="stretch_width", margin=0)


def _card(*parts: Any, flex: str | None = None) -> Any:
    styles = _flex(flex) if flex else {}
    return pn.Column(*parts, stylesheets=[CARD], margin=0, sizing_mode="stretch_width", styles=styles)


def _title(name: str, note: str) -> str:
    return f"<div class='title'>{name}<span>{note}</span></div>"


def _heading(quality: Quality) -> str:
    return (
        f"<h1>{plain(quality.symbol, 255)}, quality</h1><div class='sub'>{plain(quality.about().replace(', ', ' · '), 400)}</div>"
    )


def _strip(quality: Quality) -> str:
    gaps, days = quality.unexpected(), quality.days
    lengths = (gaps["end"] - gaps["start"]).sort(descending=True).to_list()
    missing = days.filter(days["missing"])["date"].to_list()
    odd = {words: count for heading, words, count in quality.counts() if heading == "issues"}
    often = max(odd, key=odd.__getitem__, default=None)
    explained = len(quality.gaps) - len(gaps)
    share = sum(odd.values()) / max(quality.rows, 1)
    cells = [
        ("Rows", f"{quality.rows:,}", f"{quality.timeframe} bars" if quality.timeframe else quality.kind, ""),
        ("Days", f"{len(days):,}", f"calendar {plain(quality.calendar, 24)}", ""),
        (
            "Missing days",
            f"{len(missing):,}",
            f"the first {missing[0]:%d %b %Y}" if missing else "none",
            "down" if missing else "",
        ),
        (
            "Unexpected gaps",
            f"{len(gaps):,}",
            f"{_length(sum(lengths, timedelta()))} in all" if lengths else "none",
            _bad(lengths),
        ),
        ("Longest of them", _length(lengths[0]) if lengths else "—", "of trading hours", ""),
        ("Explained gaps", f"{explained:,}", "by the calendar", ""),
        ("Odd rows", f"{share:.2%}".replace("%", " %"), f"{sum(odd.values()):,} in all", ""),
        ("Most often", (often or "—").replace("_", " "), counted(odd[often], "row") if often else "nothing odd", ""),
    ]
    items = "".join(
        f"<div><dt>{name}</dt><dd class='value {kind}'>{value}</dd><dd class='note'>{note}</dd></div>"
        for name, value, note, kind in cells
    )
    return f"<dl class='strip'>{items}</dl>"


def _bad(found: list[Any]) -> str:
    return "down" if found else ""


def _length(length: timedelta) -> str:
    """A length as people say it, in two units.

    >>> _length(timedelta(days=1, hours=3)), _length(timedelta(minutes=12))
    ('1d 3h', '12m')
    """
    minutes = round(length.total_seconds() / 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m")]
    return " ".join(f"{number}{unit}" for number, unit in [part for part in parts if part[0]][:2]) or "0m"
