"""`btlab demo`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer


def demo(
    data: Annotated[
        Path | None, typer.Argument(help="A file or folder of ticks; simulated EURUSD without it.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="Where replay, dashboard and store go.")] = Path("demo"),
    symbol: Annotated[
        str | None, typer.Option(help="The ticks' symbol; by default from the file's name.", show_default=False)
    ] = None,
) -> None:
    """Ticks -> store -> six timeframes -> strategy -> session -> metrics, replay and dashboard."""
    from btlab.app.demo import demo as whole_way

    begun = time.perf_counter()
    whole_way(out, data, symbol, lambda text: typer.echo(text))
    typer.echo(f"\n{time.perf_counter() - begun:.1f} s. Open the two files in a browser; neither needs a network.")


def add_to(app: typer.Typer) -> None:
    app.command()(demo)
