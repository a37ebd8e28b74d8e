"""The chart in a Chromium without a GPU: script time a frame, first paint, and the round trip of a question to the kernel.

The frames are those of the view alone: their model is a mock that brings a tick a frame (`browser/frames.ts`). What a session's
own model takes to fold ticks, to step back and to seek is timed without a page, and so without drawing what it came to.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import common

ROOT = Path(__file__).resolve().parent.parent
BROWSER = ROOT / "benchmarks" / "browser"
DAY = 100_000  # ticks
FOLD, BACK_MS, SEEK_MS, PAINT_MS, POKE_MS = 20, 1, 5, 300, 16
"""What is wanted: M ticks a second at least; ms at most."""
CELLS = [
    "import btlab as bt\nday = bt.simulate_ticks('EURUSD', days=2)[:100_000]\n"
    "class Often(bt.Strategy):\n    timeframe = '5m'\n\n    def on_bar(self, ctx):\n        if ctx.position == 0.0:\n"
    "            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0005, take_profit=ctx.bid + 0.0005)\n\n"
    "session, small = bt.run(Often(), day), bt.run(Often(), day[: 65_536 + 4_000])",
    "session.replay()",
    "small.replay()",
]


def main() -> int:
    """Installs what the page is built with where it is not there; 0 where all was measured and reaches what is wanted."""
    found = tools()
    if found is None:
        print("Node 20 or newer and a Chromium are not here; the chart is measured with them")
        return 1
    node, environment = found
    frames = subprocess.run([node, str(BROWSER / "frames.mjs")], cwd=ROOT, env=environment, check=False).returncode
    return max(model(node), first_paint(node, environment), int(frames != 0))


def tools() -> tuple[str, dict[str, str]] | None:
    """Node, with what it drives a browser by, and the environment that names a Chromium; None where one of them is not there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    found = subprocess.run([str(ROOT / ".ci" / "chromium"), sys.executable], capture_output=True, text=True, check=False)
    chromium = os.environ.get("BTLAB_CHROMIUM") or found.stdout.strip()
    if not node or not npm or not chromium:
        return None
    if not (ROOT / "widgets" / "node_modules" / "playwright-core").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=ROOT / "widgets", check=True)
    return node, os.environ | {"CHROMIUM": chromium}


FRAMES = """
import json, pathlib, sys
import btlab as bt
from btlab.widgets.tape import Tape
folder, tape = pathlib.Path(sys.argv[1]), Tape(bt.run(bt.Strategy(), bt.simulate_ticks('EURUSD', days=10)))
frames = {'frame': tape.open(whole=True)} | {f'page-{number}': tape.page(number) for number in range(tape.pages)}
for name, (header, buffer) in frames.items():
    (folder / f'{name}.json').write_text(json.dumps(header))
    (folder / f'{name}.bin').write_bytes(buffer)
"""


def model(node: str) -> int:
    """Folding, stepping back and seeking without a page; 1 where one is slower than wanted."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", FRAMES, folder], check=True)
        done = subprocess.run([node, str(BROWSER / "model.mjs"), folder], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        return 1
    told = json.loads(done.stdout)
    fold = statistics.median(told["fold"])
    rows = [[f"fold {told['ticks']:,} ticks", f"{fold:.0f} M ticks/s of processor time", f"{FOLD} M ticks/s at least"]]
    slow = fold < FOLD
    for name, what, most in (
        ("tick", "one tick back", BACK_MS),
        ("1m", "one minute back", BACK_MS),
        ("1d", "one day back", BACK_MS),
        ("seek", "seek, cached", SEEK_MS),
    ):
        values = sorted(told[name])
        late = values[len(values) * 95 // 100]
        rows.append([what, f"{statistics.median(values):.3f} ms (95 % under {late:.3f})", f"{most} ms at most"])
        slow = slow or late > most
    common.table("a session's model, without drawing", ["what", "measured", "wanted, of 95 %"], rows)
    return told_of(slow, "the model")


def first_paint(node: str, environment: dict[str, str]) -> int:
    """Times the file and, where there is a JupyterLab, the notebook; 1 where a median is over what is wanted."""
    with tempfile.TemporaryDirectory() as name, laboratory(Path(name)) as address:
        file = Path(name) / "replay.html"
        subprocess.run([sys.executable, "-c", f"{CELLS[0]}\nsession.to_html({str(file)!r})"], check=True)
        command = [node, str(BROWSER / "paint.mjs"), str(file), *([address] if address else [])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        return 1
    told = json.loads(done.stdout)
    rows = [[f"first paint, file of {DAY:,} ticks, from its opening", milliseconds(told["file"]), f"{PAINT_MS} ms"]]
    lab, slow = told["lab"], statistics.median(told["file"]) > PAINT_MS
    if lab:
        slow = slow or statistics.median(lab["again"]) > PAINT_MS or statistics.median(lab["poked"]) > POKE_MS
        rows += [
            [f"first paint, JupyterLab, {DAY:,} ticks, after the cell's end", milliseconds(lab["again"]), f"{PAINT_MS} ms"],
            ["   the first widget of a page: ipywidgets and the script load too", f"{lab['first']:.0f} ms", ""],
            ["question to the kernel and its page of 4,000 ticks", milliseconds(lab["poked"]), f"{POKE_MS} ms"],
            ["   without the poke behind it", milliseconds(lab["silent"]), ""],
        ]
    common.table("the replay opens", ["what", "median (all)", "wanted at most"], rows)
    common.table("what of the page's script is kept and sent", ["what", "bytes", "gzipped"], sizes())
    if not lab:
        print("no JupyterLab here, so the notebook was not measured; make test installs one")
    return told_of(slow, "the opening")


def told_of(slow: bool, what: str) -> int:
    """What a benchmark ends with."""
    if slow:
        print(f"{what} is slower than wanted", file=sys.stderr)
    return int(slow)


def sizes() -> list[list[str]]:
    """How long the loader is, which a notebook keeps of each widget, and the scripts that it fetches once for a page."""
    static = ROOT / "src" / "btlab" / "widgets" / "static"
    named = {
        "loader.js": "kept with each widget (90 KB wanted at most)",
        "anywidget.js": "the chart's first whole picture, once (90 KB wanted at most, 30 gzipped)",
        "tools.js": "the chart's tools, once, a moment later (90 KB wanted at most)",
        "popups.js": "what pops up in it, once, beside the tools (90 KB wanted at most)",
        "overlays.js": "what draws overlays, once, beside the tools, where there are some (90 KB wanted at most)",
        "explorer.js": "the explorer's, once (90 KB wanted at most, 30 gzipped)",
    }
    texts = {about: (static / name).read_bytes() for name, about in named.items()}
    return [[about, f"{len(text):,}", f"{len(gzip.compress(text)):,}"] for about, text in texts.items()]


def milliseconds(values: list[float]) -> str:
    """The median, and from where to where the values lie."""
    return f"{statistics.median(values):.0f} ms ({min(values):.0f} to {max(values):.0f})"


@contextmanager
def laboratory(folder: Path) -> Iterator[str | None]:
    """The address of a notebook in a JupyterLab of this environment, or of the one for tests; None where neither has one."""
    candidates = [sys.executable] if importlib.util.find_spec("jupyterlab") else [str(ROOT / ".venv" / "bin" / "python")]
    if not Path(candidates[0]).exists():
        yield None
        return
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [cell | {"id": f"c{number}", "source": source} for number, source in enumerate(CELLS)]
    text = json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
    (folder / "paint.ipynb").write_text(text, "utf-8")
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # all cells are in the page, seen or not
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = [f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}"]
    command = [
        candidates[0],
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--LabApp.news_url=None",
        f"--LabApp.user_settings_dir={folder / 'settings'}",
        *options,
    ]
    with (folder / "server.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait(child, f"http://127.0.0.1:{port}/lab")
        yield f"http://127.0.0.1:{port}/lab/tree/paint.ipynb?reset"
    finally:
        child.terminate()
        child.wait(timeout=20)


def wait(child: subprocess.Popen[bytes], address: str) -> None:
    """Until a server answers."""
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if child.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{address} does not answer") from None
            time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
