"""What a saved notebook shows of an explorer: its values, its figures and its equity, as a picture without kernel or browser."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

from btlab.widgets.explorer.columns import curve_columns
from btlab.widgets.tokens import FONT, LIGHT

if TYPE_CHECKING:
    from btlab.session.exploration.prepared import Exploration, Outcome

WIDTH, HEIGHT = 860, 260
LEFT, TOP, FOOT = 14, 64, 14
COLUMNS = 400


def snapshot(exploration: Exploration, shown: Outcome, figures: dict[str, float], trials: int) -> str:
    """An SVG of the result that is shown."""
    session = shown.session
    values = ", ".join(f"{each.name}={each.told(place)}" for each, place in zip(exploration.ranges, shown.position, strict=True))
    told = {
        "net": f"{figures['net']:+,.2f} {session.currency}",
        "max drawdown": f"{100 * figures['max_drawdown']:.2f} %",
        "profit factor": f"{figures['profit_factor']:.2f}" if math.isfinite(figures["profit_factor"]) else "–",
        "trades": f"{figures['trades']:.0f}",
        "tried": f"{trials:,}",
    }
    line = "   ·   ".join(f"{name} {value}" for name, value in told.items())
    title = html.escape(f"{session.name}({values}) on {session.symbol}")
    text = f'<text x="{LEFT}" font-family="{html.escape(FONT)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" aria-label="{title}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="5" fill="{LIGHT["plot"]}" stroke="{LIGHT["line"]}"/>'
        f'{text} y="26" font-size="13" font-weight="600" fill="{LIGHT["text"]}">{title}</text>'
        f'{text} y="47" font-size="12" fill="{LIGHT["text-2"]}">{html.escape(line)}</text>{_equity(shown)}</svg>'
    )


def _equity(shown: Outcome) -> str:
    columns, cash = curve_columns(shown.session, COLUMNS), shown.session.cash
    low = min(float(columns["curve_low"].min()), cash)
    high = max(float(columns["curve_high"].max()), cash)
    count, span = len(columns["curve_last"]), (high - low) or 1.0

    def y(value: float) -> str:
        return f"{TOP + (high - value) / span * (HEIGHT - TOP - FOOT):.1f}"

    points = []
    for column in range(count):
        x = f"{LEFT + column * (WIDTH - 2 * LEFT) / max(count - 1, 1):.1f}"
        several = dict.fromkeys(y(float(columns[f"curve_{name}"][column])) for name in ("first", "low", "high", "last"))
        points += [f"{x},{each}" for each in several]
    start = f'<path d="M{LEFT} {y(cash)}H{WIDTH - LEFT}" stroke="{LIGHT["line-2"]}"/>'
    return f'{start}<polyline points="{" ".join(points)}" fill="none" stroke="{LIGHT["accent"]}" stroke-width="1.5"/>'
