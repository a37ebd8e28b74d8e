"""Names of views, and where their renderers live: the one place from which a lower room reaches a higher one.

`session.chart()` asks for `render("chart", session)`; the room that draws it is imported at that moment and not before, so
`import btlab` stays light and a run on a server needs no widget.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

RENDERERS: dict[str, str] = {
    "chart": "btlab.widgets.chart:chart",
    "replay": "btlab.widgets.chart:replay",
    "explorer": "btlab.widgets.explorer.widget:explorer",
    "explorer_page": "btlab.app.explorer:page",
    "picture": "btlab.widgets.picture:picture",
    "player": "btlab.widgets.player:write_player",
    "dashboard": "btlab.app.dashboard:dashboard",
    "quality": "btlab.app.quality:picture",
}


def render(name: str, subject: Any, /, **options: Any) -> Any:
    """What the renderer called `name` makes of `subject`. KeyError when nobody draws such a view."""
    module, function = RENDERERS[name].split(":")
    return getattr(import_module(module), function)(subject, **options)
