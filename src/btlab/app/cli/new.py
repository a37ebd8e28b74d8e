"""`btlab new`: a strategy to begin from, in a file that runs."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from btlab.app.cli.output import JsonOption, give

DEVICES = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9]")
"""Names that no file has on Windows, whatever follows the dot."""
TEMPLATE = '''\
"""CLASS: say here what it does, and why that should earn anything.

python NAME.py runs it on simulated ticks, on which nothing earns anything: put your own in their place.
"""

import btlab as bt


class CLASS(bt.Strategy):
    timeframe = "5m"  # on_bar is called when such a bar has closed
    lookback: int = 20  # parameters have a kind and a default: CLASS(lookback=30)
    distance: float = 0.0010  # of the stop loss, as a price; the take profit is twice as far

    def init(self):
        self.entries = 0  # state is set here: numbers, bools, texts, numpy arrays

    def on_bar(self, ctx):
        if ctx.position != 0.0:
            return
        if ctx.close("5m") > ctx.highest("5m", self.lookback, back=1):  # the last close above the highs before its bar
            ctx.buy(fraction=0.5, stop_loss=ctx.bid - self.distance, take_profit=ctx.bid + 2 * self.distance)
            self.entries += 1


def main():
    ticks = bt.simulate_ticks("EURUSD", days=5)  # your own: bt.Store("lab").ticks("EURUSD", "2024-01-01")
    session = bt.run(CLASS(), ticks, cash=10_000)
    print(session)
    print(session.trades.select("side", "size", "entry_time", "entry_price", "exit_reason", "pnl").tail())
    session.to_html("NAME.html")  # the replay: open it in a browser


if __name__ == "__main__":
    main()
'''


def new(
    name: Annotated[str, typer.Argument(help="Of the file, in small letters, as in my_breakout; the class is then MyBreakout.")],
    as_json: JsonOption = False,
) -> None:
    """Write a strategy to begin from into NAME.py; python NAME.py runs it."""
    path = Path(f"{_checked(name)}.py")
    strategy = "".join(part.capitalize() for part in name.split("_"))
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(TEMPLATE.replace("CLASS", strategy).replace("NAME", name))
    except FileExistsError:
        raise typer.BadParameter(f"{path} is there already, and stays as it is; take another name") from None
    run = f"python {path}"
    give({"file": str(path), "strategy": strategy, "run": run} if as_json else f"{path}: {strategy}. Run it: {run}", as_json)


def _checked(name: str) -> str:
    """The name, where Python can import a file of it, and nothing else is imported by it."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or len(name) > 64:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
        near = "_".join(words).lower().lstrip("0123456789_")
        near = f"my_{near}" if keyword.iskeyword(near) or DEVICES.fullmatch(near) else near
        raise typer.BadParameter(
            f"{name!r} is no name of a file to import; small letters, digits and _, as in {near[:64] or 'my_breakout'}"
        )
    if DEVICES.fullmatch(name):
        raise typer.BadParameter(f"{name!r} is a device on Windows, and no file there; take another name, as in my_{name}")
    if keyword.iskeyword(name) or find_spec(name) is not None:
        raise typer.BadParameter(f"{name!r} means something to Python already; take another name, as in my_{name}")
    return name


def add_to(app: typer.Typer) -> None:
    app.command()(new)
