"""A notebook's cell that is run again: the widgets of its run before are closed, or page and kernel would keep all of them."""

from __future__ import annotations

import sys
from typing import Any

_BY_CELL: dict[str, tuple[str, list[Any]]] = {}
"""For each cell the run that opened widgets last, and which."""


def opened(widget: Any) -> None:
    """Remembers a new widget; closes those that an earlier run of the same cell opened."""
    cell, run = _place()
    if not cell:
        return
    before, widgets = _BY_CELL.get(cell, (run, []))
    if before != run:
        for old in widgets:
            old.close()
        widgets = []
    _BY_CELL[cell] = run, [*widgets, widget]


def _place() -> tuple[str, str]:
    """(the cell's id, the id of the request that runs it) where a notebook says so; empty elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    parent: Any = getattr(shell, "get_parent", dict)()
    if not isinstance(parent, dict):
        return "", ""
    cell, run = (parent.get("metadata") or {}).get("cellId"), (parent.get("header") or {}).get("msg_id")
    return (cell, run) if isinstance(cell, str) and isinstance(run, str) else ("", "")
