"""`btlab doctor`, `backup`, `restore`, `compact` and `migrate`: what keeps a store in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from btlab.app.cli.output import ATTENTION, JsonOption, StoreOption, give, plain


def doctor(
    store: StoreOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what can be; damaged files go into quarantine.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at every file and say what is wrong; exit code 1 where something is left to do."""
    from btlab.data.store import Store

    diagnosis = Store(store).doctor(repair=repair)
    give({"ok": diagnosis.ok} | plain(diagnosis) if as_json else diagnosis, as_json)
    if not diagnosis.ok:
        raise typer.Exit(ATTENTION)


def backup(
    path: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends with .zip.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy all that is stored; whoever writes meanwhile is not kept waiting."""
    from btlab.data.store import Store

    give(Store(store).backup(path), as_json)


def restore(
    path: Annotated[Path, typer.Argument(help="A backup.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a backup back into a folder that is not there yet, or empty, and list what is in it."""
    from btlab.data.store import Store

    give(Store.restore(path, store).symbols(), as_json)


def compact(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Merge small files and remove what nothing needs."""
    from btlab.data.store import Store

    give(Store(store).compact(), as_json)


def migrate(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Rewrite what an older btlab stored."""
    from btlab.data.store import Store

    give(Store(store).migrate(), as_json)


def add_to(app: typer.Typer) -> None:
    for command in (doctor, backup, restore, compact, migrate):
        app.command()(command)
