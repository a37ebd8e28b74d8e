"""The scripts of the widgets: a notebook keeps a small loader of them, which asks the kernel for the rest, once for a page.

The chart's script comes in parts: the core, which draws and plays the panels; the tools, which come a moment later; what pops
up, beside them; and what draws overlays, where there are any.

The text of a widget (`_esm`) is a trait, and what is synced is copied into every notebook that is saved with its widgets' state.
Whole scripts go where they are served or read by themselves: Panel's page, the static player.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

LOG = logging.getLogger("btlab.widgets")
STATIC = Path(__file__).parent / "static"
KERNEL = secrets.token_hex(8)
"""This process: in one page there may be widgets of several, and an answer comes from the one that was asked."""


@cache
def packed(name: str) -> tuple[str, bytes]:
    """The hash of a script's text, and the text as zlib packs it (a third of its size)."""
    text = (STATIC / name).read_bytes()
    return hashlib.sha256(text).hexdigest()[:32], zlib.compress(text, 9)


def hash_of(name: str) -> str:
    """The hash of a script; empty for none."""
    return packed(name)[0] if name else ""


def is_script(message: Any) -> bool:
    """Whether a page asks for a script."""
    return isinstance(message, Mapping) and message.get("kind") == "script"


def script(message: Mapping[str, Any], *names: str) -> tuple[dict[str, Any], bytes] | None:
    """The script that a page asks for by its hash, where it is one of those named; what asks for another is logged."""
    for name in filter(None, names):
        digest, text = packed(name)
        if message.get("hash") == digest:
            return {"kind": "script", "hash": digest}, text
    LOG.warning("a page asked for a script that is not one of this widget")
    return None


class Loaded(anywidget.AnyWidget):
    """A widget whose script stays with the kernel.

    Attributes:
        SCRIPT: the name of its bundle. TOOLS, POPUPS, OVERLAYS: those of what comes after its first picture, empty
            where nothing does.
    """

    SCRIPT: ClassVar[str]
    TOOLS: ClassVar[str] = ""
    POPUPS: ClassVar[str] = ""
    OVERLAYS: ClassVar[str] = ""

    _esm = STATIC / "loader.js"
    _script = traitlets.Unicode().tag(sync=True)
    _tools = traitlets.Unicode().tag(sync=True)
    _popups = traitlets.Unicode().tag(sync=True)
    _overlays = traitlets.Unicode().tag(sync=True)
    _kernel = traitlets.Unicode(KERNEL).tag(sync=True)
    _picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, *, overlays: bool = False, **traits: Any) -> None:
        """`overlays`: there are some to be drawn."""
        later = {"_tools": self.TOOLS, "_popups": self.POPUPS, "_overlays": self.OVERLAYS if overlays else ""}
        super().__init__(_script=hash_of(self.SCRIPT), **{trait: hash_of(name) for trait, name in later.items()}, **traits)
        self.on_msg(lambda _widget, message, buffers: self._hear(message, buffers))

    def _hear(self, message: Any, buffers: Any) -> None:
        """Sends the widget's scripts where they are asked for, and no other; what else is said is the widget's business."""
        if not is_script(message):
            self._answer(message, buffers)
        elif (answer := script(message, self.SCRIPT, self.TOOLS, self.POPUPS, self.OVERLAYS)) is not None:
            self.send(answer[0], [answer[1]])

    def _answer(self, message: Any, buffers: Any) -> None:
        """What a page says otherwise; each widget has its own."""
        raise NotImplementedError

    def _kept(self, bundle: tuple[dict[str, Any], dict[str, Any]], drawn: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a notebook keeps of a cell: the widget and a picture, which the loader, too, shows where no kernel answers.

        Args:
            bundle: the widget as its library shows it. drawn: SVG, empty where there shall be none.
        """
        self._picture = zlib.compress(drawn.encode(), 9) if drawn else b""
        pictures = {"image/svg+xml": drawn} if drawn else {}
        return {**bundle[0], "text/plain": repr(self), **pictures}, bundle[1]
