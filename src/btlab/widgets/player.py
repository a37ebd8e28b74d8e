"""The replay in one HTML file: core, tape and style inside, nothing outside, the same bytes for the same session."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import WidgetError, warn
from btlab.market.series import Ticks
from btlab.market.timeframe import TIMEFRAMES
from btlab.widgets.conditions import Condition
from btlab.widgets.controller import Controller
from btlab.widgets.cut import cut
from btlab.widgets.picture import plain
from btlab.widgets.tape import Frame, Tape
from btlab.widgets.tokens import THEMES
from btlab.widgets.told import told
from btlab.widgets.viewstate import first_state, wire

if TYPE_CHECKING:
    from btlab.session.result import Session

STATIC = Path(__file__).parent / "static"
MEGABYTE = 1_000_000
TAPE_AT_MOST = 64 * MEGABYTE
BAR_BYTES, TICK_BYTES, VOLUME_BYTES = 40, 12, 8
LEVEL = 6  # of zlib: five days of ticks take 0.4 s and 2,399 KB, at level 9 4.3 s and 2,392
_NAMELESS = {"symbol": "", "feed": "", "strategy": ""}

_STYLE = """
:root{color-scheme:light;--page:#f4f5f7;--text:#47515c}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;--page:#0b0d10;--text:#a9b2bd}}
:root[data-theme=dark]{color-scheme:dark;--page:#0b0d10;--text:#a9b2bd}
body{margin:0;padding:16px;background:var(--page);color:var(--text);font:12px system-ui,sans-serif}
#player{max-width:1880px;margin:0 auto}
@media (max-width:900px){body{padding:8px}}
"""
_PAGE = """<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="btlab">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<div id="player"><noscript>The replay needs JavaScript.</noscript></div>
<script type="text/plain" id="tape">{tape}</script>
{scripts}
</body>
</html>
"""


def write_player(
    session: Session,
    path: str | os.PathLike[str],
    *,
    start: Any = None,
    end: Any = None,
    at: Any = None,
    overlays: Any = None,
    **chosen: Any,
) -> Path:
    """Write the replay of a session into one HTML file that plays with the network off.

    Args:
        path: where to; its folder must be there. A file that is there is replaced at once, never left half written.
        start, end: a part of the session only (start included, end not): datetime or ISO text; with enough bars before it.
        at: opens elsewhere than 30 base bars before the first trade: a tick's index, a datetime or an ISO text, which is of the
            zone that is chosen.
        overlays: a list of `bt.Overlay`, drawn besides the indicators that the strategy asked for; False for nothing at all. A
            file has no kernel, so their parameters are as they are.
        chosen: what is shown, by name, as for `session.replay`: panel, unit, speed, hidden, blind, bookmarks, pause_when ... Where
            `blind` is true, neither the file's title nor its tape names the symbol, the feed or the strategy; times and prices are
            in it, and only not shown.

    Returns:
        The path.

    Raises:
        WidgetError: the tape is over 64 MB, there is nothing between start and end, a name or value of `chosen` is none, or an
            overlay cannot be drawn, or looks ahead.

    >>> import btlab as bt, tempfile
    >>> session = bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1))
    >>> write_player(session, tempfile.mkdtemp() + "/replay.html").name
    'replay.html'
    """
    return _replace(Path(path), page_of(session, start=start, end=end, at=at, overlays=overlays, **chosen).encode())


def page_of(
    session: Session,
    *,
    start: Any = None,
    end: Any = None,
    at: Any = None,
    theme: str = "",
    overlays: Any = None,
    **chosen: Any,
) -> str:
    """The page that `write_player` writes, as text; `theme` where it is not to follow the system's."""
    shown = cut(session, start, end) if start is not None or end is not None else session
    _check_size(shown)
    controller = Controller(Tape(shown, overlays=overlays))  # type: ignore[arg-type]
    _check_size(shown, controller.layers.size)
    if shown is not session and chosen.get("bookmarks"):
        chosen["bookmarks"] = _moved(chosen["bookmarks"], session, shown)
    controller.choose(**chosen)
    if at is not None:
        controller.tape.at = controller.tick_of(at)
    names = ["static.js", "static-tools.js", "static-popups.js", *(["static-overlays.js"] if controller.layers.layers else [])]
    scripts, hashes = zip(*map(_script, names), strict=True)
    title = "Replay" if controller.state["blind"] else plain(f"{session.symbol}, {session.name}: replay", 200)
    named = f' data-theme="{theme}"' if theme in THEMES else ""
    policy, text = " ".join(f"'sha256-{each}'" for each in hashes), "\n".join(f"<script>{each}</script>" for each in scripts)
    return _PAGE.format(theme=named, title=title, style=_STYLE, tape=packed(controller), hashes=policy, scripts=text)


def _moved(bookmarks: Any, session: Session, shown: Any) -> list[int]:
    """Bookmarks as ticks of a part."""
    begin = session.data.count_by(shown.data.first_time, "left")
    return [tick - begin for tick in bookmarks if begin <= tick < begin + len(shown.data)]


def packed(controller: Controller) -> str:
    """All frames of a tape, deflated, as base64: letters that cannot end a script."""
    tape, state, layers = controller.tape, controller.state, controller.layers
    changed = {name: value for name, value in state.items() if value != first_state(tape)[name]}
    header: dict[str, Any] = ({"state": wire(changed)} if changed else {}) | (_NAMELESS if state["blind"] else {})
    header |= {"at": tape.at} | ({"overlays": layers.info} if layers.layers else {})
    columns = {}
    if state["pause_when"]:
        hits, more = controller.answers.searcher.pauses(Condition(state["pause_when"]))
        columns["hits"] = hits.astype(np.float64)
        if more:
            warn(f"{state['pause_when']!r} holds at too many ticks: the file pauses at the first {len(hits):,} of them")
    explained = None if state["blind"] else told(tape)
    header |= {"told": True} if explained else {}
    frames = [tape.open(header, columns, whole=True), *(tape.page(number) for number in range(tape.pages))]
    frames += [frame for number, layer in enumerate(layers.layers) for frame in layers.blocks(number, layers.numbers(layer))]
    frames += [explained] if explained else []
    return base64.b64encode(zlib.compress(b"".join(_framed(frame) for frame in frames), LEVEL)).decode()


def _framed(frame: Frame) -> bytes:
    header, buffer = json.dumps(frame[0], separators=(",", ":")).encode(), frame[1]
    return struct.pack("<II", len(header), len(buffer)) + header + bytes(-len(header) % 8) + buffer + bytes(-len(buffer) % 8)


def _check_size(session: Any, overlays: int = 0) -> None:
    size = overlays + int(session.timeline.offset[len(TIMEFRAMES)]) * BAR_BYTES
    data = session.data
    if isinstance(data, Ticks):
        size += len(data) * (TICK_BYTES + VOLUME_BYTES * (data.bid_size is not None))
    if size > TAPE_AT_MOST:
        raise WidgetError(
            f"the tape of {len(data):,} {'ticks' if isinstance(data, Ticks) else 'bars'} is {size / MEGABYTE:,.0f} MB; a page "
            f"holds {TAPE_AT_MOST // MEGABYTE}. Write a part of it: to_html(path, start=..., end=...)",
            size=size,
        )


@cache
def _script(name: str) -> tuple[str, str]:
    """A script's text, and its hash as the page's policy names it."""
    script = (STATIC / name).read_text("utf-8").replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return script, base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _replace(path: Path, content: bytes) -> Path:
    if not path.parent.is_dir():
        raise WidgetError(f"there is no folder {path.parent}; make it first, or name another", path=str(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
