"""Ten years of 1m bars, and 100 M ticks, behind one widget: what its kernel takes to open, to seek and to step, and holds.

The ticks are packed, twelve bytes each, and mapped from files: weeks of simulated ones, one after the other. Memory is what the
process holds of its own (what is mapped can be given back at any time), beside what the run itself holds. A seek that is not
cached asks for a page of ticks and the parts of bars about it; the page of the first picture is counted against what it shows.

The page is one of JupyterLab, in which a person types moments from all over the data. What its scripts hold, buffers included, is
bounded by what is kept of ticks (96 pages, 75 MB) and bars (128 parts, 20 MB); its process keeps more, freed and not given back.

    python benchmarks/bench_long_session.py [millions of ticks]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import bench_chart
import common
import numpy as np

import btlab as bt
from btlab.market.packed import PackedTicks
from btlab.widgets.chart import replay
from btlab.widgets.tape import PAGE

MILLIONS = 100
WEEK = 7 * 86_400_000_000
OPEN_MS, SEEK_MS, OWN_MB, PAGE_MB = 300.0, 100.0, 400.0, 140.0
PAGE_SEEKS = 200


class Hourly(bt.Strategy):
    """A trade every third hour, with stop and target."""

    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0.0 and ctx.count("1h") % 3 == 0:
            ctx.buy(size=1_000, stop_loss=ctx.bid - 0.0020, take_profit=ctx.bid + 0.0020)


def mapped(folder: Path, count: int) -> PackedTicks:
    """At least so many ticks: a simulated week again and again, in files."""
    week = bt.simulate_ticks("EURUSD", days=5)
    week = bt.Ticks.from_arrays(week.time, week.bid, week.ask, symbol="EURUSD").packed()
    weeks = -(-count // len(week))
    columns = {}
    for name, column in (("offset", week.offset), ("bid", week.bid_points), ("ask", week.ask_points)):
        file = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.int32, (weeks * len(column),))
        for number in range(weeks):
            file[number * len(column) : (number + 1) * len(column)] = column
        file.flush()
        columns[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
    starts = np.concatenate([week.minute_start + number * WEEK for number in range(weeks)])
    firsts = np.concatenate([week.minute_tick[:-1] + number * len(week) for number in range(weeks)])
    return PackedTicks(
        **columns, minute_start=starts, minute_tick=np.append(firsts, weeks * len(week)), digits=5, symbol="EURUSD"
    )


def page_megabytes(folder: Path, count: int) -> dict[str, Any] | None:
    """What the page holds before, opened, and after every 50 seeks; None where there is no browser, Node or JupyterLab."""
    found = bench_chart.tools()
    if found is None:
        return None
    node, environment = found
    bench_chart.CELLS[:] = [
        f"import sys\nfrom pathlib import Path\nimport btlab as bt\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import bench_long_session as long\nticks = long.mapped(Path({str(folder)!r}), {count})\n"
        "session = bt.run(long.Hourly(), ticks, progress=False)",
        "session.replay(at=len(ticks) // 2)",
    ]
    with tempfile.TemporaryDirectory() as name, bench_chart.laboratory(Path(name)) as lab:
        if lab is None:
            return None
        command = [node, str(bench_chart.BROWSER / "memory.mjs"), lab, str(PAGE_SEEKS)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def own_megabytes() -> float:
    """What the process holds that is not mapped from files."""
    with open("/proc/self/status") as told:
        return next(int(line.split()[1]) / 1_000 for line in told if line.startswith("RssAnon"))


def timed(call: Any) -> tuple[float, Any]:
    """(ms of the processor, what it gave)."""
    begun = time.process_time()
    gave = call()
    return (time.process_time() - begun) * 1e3, gave


def main() -> int:
    """Prints the table; 1 where a figure is not reached."""
    millions = int(sys.argv[1]) if len(sys.argv) > 1 else MILLIONS
    with tempfile.TemporaryDirectory() as folder:
        ticks = mapped(Path(folder), millions * 1_000_000)
        session = bt.run(Hourly(), ticks, progress=False)
        session.equity, session.trades  # noqa: B018  the run's own tables
        before = own_megabytes()
        made, widget = timed(lambda: replay(session, at=len(ticks) // 2))
        controller = widget._controller
        first, frames = timed(lambda: controller.receive({"kind": "ready"}))
        assert frames[0][0]["ticks"] == len(ticks) and frames[0][0]["at"] == len(ticks) // 2
        shown, bundle = timed(widget._repr_mimebundle_)
        assert bundle is not None and "<svg" in bundle[0]["image/svg+xml"]
        opened = own_megabytes()
        random = np.random.default_rng(5)
        seeks, steps, jumps = [], [], []
        for tick in random.integers(PAGE, len(ticks) - PAGE, 200).tolist():
            number = tick // PAGE
            took, answer = timed(lambda number=number: controller.receive({"kind": "pages", "pages": [number]}))
            assert len(answer[0][1]) >= PAGE * 12
            bar = int(np.searchsorted(session.timeline.closer[session.timeline.rows(0)], tick, side="right")) // 4_096
            more, _ = timed(lambda bar=bar: controller.receive({"kind": "bars", "parts": [[0, bar]]}))
            seeks.append(took + more)
            controller.position = tick
            steps.append(timed(lambda: controller.stepped(-1, "1m"))[0])
            jumps.append(timed(lambda: controller.tick_of("+1h"))[0])
        held = own_megabytes()
        bars = int(session.timeline.offset[1])
        page = page_megabytes(Path(folder), millions * 1_000_000)
    rows = [
        ("the widget made", f"{made:,.0f} ms", ""),
        ("its opening frame", f"{first:,.0f} ms, {len(frames[0][1]) / 1e6:,.1f} MB", f"{OPEN_MS:,.0f} ms with the widget"),
        ("the picture of its output", f"{shown:,.0f} ms", ""),
        ("a seek not cached: ticks and bars, median", f"{statistics.median(seeks):,.1f} ms", f"{SEEK_MS:,.0f} ms"),
        ("a step back in Python, median", f"{statistics.median(steps):,.1f} ms", ""),
        ("'+1h' in Python, median", f"{statistics.median(jumps):,.2f} ms", ""),
        ("held beside the run, opened", f"{opened - before:,.0f} MB", ""),
        ("after 200 seeks", f"{held - before:,.0f} MB", f"{OWN_MB:,.0f} MB"),
    ]
    if page is None:
        print("no Node, Chromium or JupyterLab here, so no page was measured")
    else:
        before_it, after = page["before"]["scripts"], [each["scripts"] for each in page["after"]]
        most = max(after) - before_it
        rows += [
            (
                f"the page's scripts, beside {before_it:,.0f} MB of JupyterLab's, opened",
                f"{page['opened']['scripts'] - before_it:,.0f} MB",
                "",
            ),
            (
                f"in {PAGE_SEEKS} seeks and steps, each 50",
                ", ".join(f"{each - before_it:,.0f}" for each in after),
                f"{PAGE_MB:,.0f} MB",
            ),
            (
                "its process, opened and in the end",
                f"{page['opened']['process']:,.0f}, {page['after'][-1]['process']:,.0f} MB",
                "",
            ),
        ]
    title = f"A widget over {len(ticks):,} ticks, {bars:,} bars of 1m, {len(session.trades):,} trades"
    common.table(title, ("what", "took", "at most"), rows)
    slow = made + first > OPEN_MS or statistics.median(seeks) > SEEK_MS
    large = held - before > OWN_MB or (page is not None and most > PAGE_MB)
    return int(slow or large)


if __name__ == "__main__":
    sys.exit(main())
