"""A notebook's cell that is run again: the widgets of its run before are closed, or page and kernel would keep all of them."""

from __future__ import annotations

import sys
from typing import Any

_BY_CELL: dict[str, tuple[str, list[Any]]] = {}
"""For each cell the run that opened widgets last, and which."""


class _Lifetime:
    """Of a widget in a cell of marimo, which calls `dispose` when it runs the cell again, takes it away, or a visitor leaves."""

    def __init__(self, widget: Any) -> None:
        self._widget = widget

    def create(self, context: Any) -> None: ...

    def dispose(self, context: Any, deletion: bool) -> bool:  # noqa: ARG002
        """Closes the widget; True: there is nothing left to do."""
        self._widget.close()
        return True


def opened(widget: Any) -> None:
    """Remembers a new widget; closes those that an earlier run of the same cell opened."""
    if marimo := sys.modules.get("marimo._runtime.context"):
        if marimo.runtime_context_installed():
            marimo.get_context().cell_lifecycle_registry.add(_Lifetime(widget))
        return
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
