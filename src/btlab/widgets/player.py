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

from btlab.errors import WidgetError
from btlab.market.series import Ticks
from btlab.market.timeframe import TIMEFRAMES
from btlab.widgets.controller import Controller
from btlab.widgets.cut import cut
from btlab.widgets.picture import plain
from btlab.widgets.tape import Frame, Tape
from btlab.widgets.tokens import tokens

if TYPE_CHECKING:
    from btlab.session.result import Session

STATIC = Path(__file__).parent / "static"
MEGABYTE = 1_000_000
TAPE_AT_MOST = 64 * MEGABYTE
BAR_BYTES, TICK_BYTES, VOLUME_BYTES = 68, 12, 8

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
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
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
<script>{script}</script>
</body>
</html>
"""


def write_player(session: Session, path: str | os.PathLike[str], *, start: Any = None, end: Any = None, at: Any = None) -> Path:
    """Write the replay of a session into one HTML file that plays with the network off.

    Args:
        path: where to; its folder must be there. A file that is there is replaced at once, never left half written.
        start, end: a part of the session only (start included, end not): datetime or ISO text; with enough bars before it.
        at: opens elsewhere than 30 base bars before the first trade: a tick's index, a datetime or an ISO text.

    Returns:
        The path.

    Raises:
        WidgetError: the tape is over 64 MB, or there is nothing between start and end.

    >>> import btlab as bt, tempfile
    >>> session = bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1))
    >>> write_player(session, tempfile.mkdtemp() + "/replay.html").name
    'replay.html'
    """
    return _replace(Path(path), page_of(session, start=start, end=end, at=at).encode())


def page_of(session: Session, *, start: Any = None, end: Any = None, at: Any = None, theme: str = "") -> str:
    """The page that `write_player` writes, as text; `theme` where it is not to follow the system's."""
    shown = cut(session, start, end) if start is not None or end is not None else session
    _check_size(shown)
    tape = Tape(shown)  # type: ignore[arg-type]
    if at is not None:
        tape.at = Controller(tape).tick_of(at)
    script, script_hash = _script()
    title = plain(f"{session.symbol}, {session.name}: replay", 200)
    chosen = f' data-theme="{theme}"' if theme and tokens(theme) else ""
    return _PAGE.format(theme=chosen, hash=script_hash, title=title, style=_STYLE, tape=packed(tape), script=script)


def packed(tape: Tape) -> str:
    """All frames of a tape, deflated, as base64: letters that cannot end a script."""
    frames = [tape.open(), *(tape.page(number) for number in range(tape.pages))]
    return base64.b64encode(zlib.compress(b"".join(_framed(frame) for frame in frames), 9)).decode()


def _framed(frame: Frame) -> bytes:
    header, buffer = json.dumps(frame[0], separators=(",", ":")).encode(), frame[1]
    return struct.pack("<II", len(header), len(buffer)) + header + bytes(-len(header) % 8) + buffer + bytes(-len(buffer) % 8)


def _check_size(session: Any) -> None:
    size = int(session.timeline.offset[len(TIMEFRAMES)]) * BAR_BYTES
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
def _script() -> tuple[str, str]:
    """The core's text, and its hash as the page's policy names it."""
    script = (STATIC / "static.js").read_text("utf-8").replace("</script", "<\\/script").replace("<!--", "<\\!--")
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
