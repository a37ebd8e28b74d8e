"""From a moved slider to new pixels with 10,000,000 ticks in the kernel: in Panel, in JupyterLab, and the kernel's part alone."""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import bench_chart
import common

import btlab as bt
from btlab.session.exploration.prepared import Exploration
from btlab.session.exploration.trials import figures_of
from btlab.widgets.explorer.frames import result_frame

COUNT = 10_000_000
WIDTH, BARS = 740, (0, 600)
RANGES: dict[str, Any] = {"lookback": (5, 120), "away": (0.0005, 0.0100, 0.0005)}
SOURCE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import btlab as bt
import common

class Breakout(bt.Strategy):
    timeframe = "5m"
    lookback: int = 20
    away: float = 0.0020

    def init(self):
        self.mean = self.indicator("SMA", timeperiod=self.lookback)

    def on_bar(self, ctx):
        if ctx.position == 0 and ctx.close("5m") > ctx.value(self.mean):
            ctx.buy(size=1000, stop_loss=ctx.bid - self.away, take_profit=ctx.bid + self.away)

ticks = bt.Ticks.from_arrays(*common.quotes({COUNT}, seed=1))
explorer = bt.explore(Breakout, ticks, cash=100_000.0, **{RANGES!r})
"""
PANEL = """
import panel as pn
component = explorer.panel()
pn.serve(lambda: component, port={port}, address="127.0.0.1", show=False, websocket_origin="127.0.0.1:{port}")
"""
WANTED = 50.0


def kernel() -> list[tuple[str, float]]:
    """Milliseconds of the processor for the parts of one answer; every result is held against `bt.run` before."""
    names: dict[str, Any] = {}
    exec(SOURCE, names)
    exploration: Exploration = names["explorer"].exploration
    parts: dict[str, list[float]] = {"run": [], "equity, metrics": [], "frame": []}
    for place in (10, 60):
        outcome = exploration.calculate((place, 3))
        assert outcome is not None
        own = bt.run(names["Breakout"](**exploration.values_at((place, 3))), names["ticks"], cash=100_000.0)
        assert own.fingerprint == outcome.session.fingerprint and len(own.trades) > 50

    def work() -> None:  # in a thread, as it is done for a page
        for place in range(5, 105, 2):
            times = [time.thread_time()]
            outcome = exploration.calculate((place, 3))
            assert outcome is not None
            times.append(time.thread_time())
            figures_of(outcome)
            times.append(time.thread_time())
            result_frame({}, outcome, WIDTH, BARS, "")
            times.append(time.thread_time())
            for name, begin, end in zip(parts, times, times[1:], strict=False):
                parts[name].append(1e3 * (end - begin))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    names["explorer"].close()
    whole = [sum(each) for each in zip(*parts.values(), strict=True)]
    return [(name, statistics.median(times)) for name, times in (parts | {"all of it": whole}).items()]


def hosts() -> dict[str, Any] | None:
    """What each host took, move by move; None where there is no Node, Chromium or JupyterLab."""
    found = bench_chart.tools()
    if found is None:
        return None
    node, environment = found
    bench_chart.CELLS[:] = [f"{SOURCE}explorer"]
    with socket.socket() as probe, tempfile.TemporaryDirectory() as name, bench_chart.laboratory(Path(name)) as lab:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        application = Path(name) / "application.py"
        application.write_text(SOURCE + PANEL.format(port=port))
        child = subprocess.Popen([sys.executable, str(application)], stdout=subprocess.DEVNULL)
        try:
            bench_chart.wait(child, f"http://127.0.0.1:{port}/")
            command = [node, str(bench_chart.BROWSER / "explorer.mjs"), f"panel=http://127.0.0.1:{port}/"]
            command += [f"lab={lab}"] if lab else []
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        finally:
            child.terminate()
            child.wait(timeout=20)
    if done.returncode:
        print(done.stderr)
        return None
    return dict(json.loads(done.stdout))


def main() -> int:
    """Prints the tables; 1 where a figure asked for is missed."""
    title = f"one answer for {COUNT:,} ticks, time of the processor, median of 50"
    common.table(title, ["part", "ms"], [[name, f"{value:.1f}"] for name, value in kernel()])
    told = hosts()
    if told is None:
        print("no Node, Chromium or server here, so no page was measured")
        return 1
    rows, missed = [], False
    for host, series in told.items():
        for pause, moves in series.items():
            ordered = {name: sorted(move[name] for move in moves) for name in ("total", "kernel", "script")}
            last = ordered["total"][int(0.95 * len(moves))]
            middle = {name: statistics.median(times) for name, times in ordered.items()}
            missed = missed or last > WANTED
            kernel_, script = f"{middle['kernel']:.0f}", f"{middle['script']:.1f}"
            rows.append(
                [host, pause.replace("_", " "), f"{middle['total']:.0f}", f"{last:.0f}", f"{WANTED:.0f}", kernel_, script]
            )
    head = ["host", "moves", "median ms", "95 % ms", "wanted", "kernel's share", "a frame's script"]
    common.table(f"slider to new pixels, {COUNT:,} ticks in the kernel", head, rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
