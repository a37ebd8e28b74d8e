"""How a person likes to look at sessions: layouts by name in a small file of theirs, and the one that new views open with.

The file is text that anybody may edit: what it holds is checked like a page's message, and what does not fit is left out.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from btlab.errors import WidgetError
from btlab.widgets.tape import Tape
from btlab.widgets.viewstate import LAYOUT, checked, wire

LOG = logging.getLogger("btlab.widgets")
DEFAULT = "default"
NAME_AT_MOST = 60
LAYOUTS_AT_MOST = 50
FILE_AT_MOST = 100_000


def path() -> Path:
    """The file: $BTLAB_CONFIG, or btlab/layouts.json in the user's folder of settings."""
    if named := os.environ.get("BTLAB_CONFIG"):
        return Path(named).expanduser()
    home = os.environ.get("APPDATA") if sys.platform == "win32" else os.environ.get("XDG_CONFIG_HOME")
    return Path(home or Path.home() / ".config") / "btlab" / "layouts.json"


def layouts() -> dict[str, dict[str, Any]]:
    """All layouts by name. A file that cannot be read is none: charts open all the same."""
    file = path()
    try:
        if not file.is_file() or file.stat().st_size > FILE_AT_MOST:
            return {}
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        LOG.warning("the layouts in %s cannot be read: %s", file, error)
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: kept for name, kept in found.items() if _is_name(name) and isinstance(kept, dict)}


def layout(name: str, tape: Tape) -> dict[str, Any]:
    """What a layout sets, as far as these data can show it.

    Raises:
        WidgetError: there is no such layout.
    """
    kept = layouts().get(name)
    if kept is None:
        there = ", ".join(layouts()) or "none yet: save_layout(name) makes one"
        raise WidgetError(f"there is no layout {name!r}; there are {there}", name=name)
    return fitting(kept, tape)


def fitting(kept: Mapping[str, Any], tape: Tape) -> dict[str, Any]:
    """Of what a file or a caller has, what a layout can have and these data can show."""
    values: dict[str, Any] = {}
    for name in LAYOUT:
        if name in kept:
            try:
                values |= checked(tape, {name: kept[name]})
            except WidgetError as error:
                LOG.info("a layout's %s is left out: %s", name, error)
    return values


def first(tape: Tape) -> dict[str, Any]:
    """What new views open with: the layout named "default", if there is one."""
    kept = layouts().get(DEFAULT)
    return fitting(kept, tape) if kept else {}


def save(name: str, state: Mapping[str, Any]) -> Path:
    """Keep a layout; one of the same name is replaced.

    Raises:
        WidgetError: a name that is none, or too many layouts. OSError: the folder cannot be written.
    """
    if not _is_name(name):
        raise WidgetError(f"name={name!r}: a layout has a name of 1 to {NAME_AT_MOST} letters", name=name)
    kept = layouts() | {name: wire({key: state[key] for key in LAYOUT})}
    if len(kept) > LAYOUTS_AT_MOST:
        raise WidgetError(f"there are {LAYOUTS_AT_MOST} layouts already; delete_layout(name) makes room", name=name)
    return _write(kept)


def delete(name: str) -> Path:
    """Forget a layout.

    Raises:
        WidgetError: there is no such layout.
    """
    kept = layouts()
    if kept.pop(name, None) is None:
        raise WidgetError(f"there is no layout {name!r}", name=name)
    return _write(kept)


def _write(kept: dict[str, dict[str, Any]]) -> Path:
    """The file is there whole, or as it was."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", "utf-8")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return file


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= NAME_AT_MOST and name.isprintable()
