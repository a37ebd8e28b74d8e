"""Answers of a Panel page that leave at once."""

from __future__ import annotations

from typing import Any


def promptly(document: Any) -> bool:
    """Has a page's connections send what is written at once; whether they do.

    Panel writes a message in five pieces, and Tornado leaves Nagle's algorithm on: the pieces after the first wait until the page
    acknowledges it, which it puts off for up to 40 ms. A connection is told at each answer (2 us), for pages connect again.

    Args:
        document: the page's, or None.
    """
    session = getattr(getattr(document, "session_context", None), "session", None)
    sockets: list[Any] = [getattr(each, "_socket", None) for each in getattr(session, "_subscribed_connections", ())]
    open_ = [each for each in sockets if callable(getattr(each, "set_nodelay", None)) and each.ws_connection is not None]
    for each in open_:
        each.set_nodelay(True)
    return bool(sockets) and len(open_) == len(sockets)
