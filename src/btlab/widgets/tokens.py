"""The colours of everything that Python draws: the same tokens as `widgets/src/view/style/tokens.css`."""

from __future__ import annotations

from btlab.errors import WidgetError, did_you_mean

DARK: dict[str, str] = {
    "page": "#0b0d10",
    "plot": "#101317",
    "surface": "#14181d",
    "raised": "#1c2127",
    "line": "#232930",
    "line-2": "#363f49",
    "grid": "#191e24",
    "text": "#e6e9ed",
    "text-2": "#a9b2bd",
    "text-3": "#8c97a3",
    "accent": "#6ea8ff",
    "accent-fill": "#2b6be0",
    "up": "#45b898",
    "down": "#ec7281",
    "candle-up": "#479883",
    "candle-down": "#b5616c",
    "warn": "#e0ab57",
    "ind-1": "#dcae67",
    "ind-2": "#949ef0",
    "ind-3": "#c08fd6",
    "div-neg": "#d75f70",
    "div-mid": "#1c2127",
    "div-pos": "#35a585",
}
LIGHT: dict[str, str] = {
    "page": "#f4f5f7",
    "plot": "#ffffff",
    "surface": "#fafbfc",
    "raised": "#f0f2f4",
    "line": "#e3e6ea",
    "line-2": "#c5ccd4",
    "grid": "#f0f2f4",
    "text": "#14181d",
    "text-2": "#47515c",
    "text-3": "#5c6772",
    "accent": "#1c5fd1",
    "accent-fill": "#1f64db",
    "up": "#08735a",
    "down": "#bd2b43",
    "candle-up": "#3d9d86",
    "candle-down": "#cf6672",
    "warn": "#875800",
    "ind-1": "#8b590a",
    "ind-2": "#4e5ac7",
    "ind-3": "#8d4bab",
    "div-neg": "#d8596b",
    "div-mid": "#f0f2f4",
    "div-pos": "#2f9c7f",
}
COLOUR_BLIND: dict[str, dict[str, str]] = {
    "light": {
        "up": "#0a67a6",
        "down": "#a04b00",
        "warn": "#7a6400",
        "candle-up": "#3f8fc6",
        "candle-down": "#d98a45",
        "ind-1": "#716216",
        "ind-2": "#7547ad",
        "ind-3": "#5c6773",
        "accent": "#6540c4",
        "accent-fill": "#6540c4",
    },
    "dark": {
        "up": "#5aaee8",
        "down": "#eb9a4a",
        "warn": "#d9c05a",
        "candle-up": "#4c8fbd",
        "candle-down": "#c08143",
        "ind-1": "#d9c98a",
        "ind-2": "#c3a2e6",
        "ind-3": "#9aa6b3",
        "accent": "#b9a3f5",
        "accent-fill": "#7354d8",
    },
}
"""What the colour-blind palette has otherwise."""
THEMES: dict[str, dict[str, str]] = {"light": LIGHT, "dark": DARK}
FONT = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'


def tokens(theme: str, palette: str = "default") -> dict[str, str]:
    """The tokens of a theme, in a palette of the chart.

    Raises:
        WidgetError: it is neither "light" nor "dark".
    """
    if theme not in THEMES:
        raise WidgetError(f"theme={theme!r} is none.{did_you_mean(theme, THEMES)}", theme=theme)
    return THEMES[theme] | (COLOUR_BLIND[theme] if palette == "colour-blind" else {})


def mixed(one: str, other: str, share: float) -> str:
    """A colour `share` of the way from one to the other.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
