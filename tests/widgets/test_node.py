"""The page's modules under Node's own test runner, against files that Python wrote."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

import btlab as bt
from tests.market.streams import in_units
from tests.widgets.fixtures import Entries, Everything, Watching, dump, odd_ticks, off_grid

WIDGETS = Path(__file__).parents[2] / "widgets"
run = partial(bt.run, mode="interpreted")  # the same bits, and to compile five strategies takes ten times as long as their runs


def node() -> str:
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("Node is not on the PATH; CI must have it")
        pytest.skip("Node is not on the PATH; it is needed only to change the widgets")
    return found


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests of `widgets/tests`, bundled into a folder of this worker's own: another one's build would take them away."""
    run_node, folder = node(), tmp_path_factory.mktemp("bundles") / "tests"
    with FileLock(tmp_path_factory.getbasetemp().parent / "node_modules.lock"):
        if not (WIDGETS / "node_modules" / "esbuild").is_dir():
            npm = shutil.which("npm")
            assert npm, "npm is not on the PATH beside Node"
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=WIDGETS, check=True, capture_output=True)
    subprocess.run([run_node, "build.mjs", "--tests", folder], cwd=WIDGETS, check=True)
    return folder


@pytest.fixture(scope="session")
def fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions")
    for seed, (calendar, price) in enumerate((("fx", "mid"), ("24x7", "bid"))):
        session = run(Entries(), odd_ticks(seed, 15_000), calendar=calendar, price=price)
        assert len(session.trades) > 15
        dump(session, folder / f"odd-{calendar}-{price}")
        if price == "mid":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("btlab.widgets.bars.PART", 128)
                patch.setattr("btlab.widgets.tape.PART", 128)
                patch.setattr("btlab.widgets.bars.WHOLE", 100)
                dump(session, parts_of(folder), expected=False, parts=True)
    quiet = bt.simulate_ticks("EURUSD", days=1, seed=3)
    plain = bt.Ticks.from_arrays(quiet.time, quiet.bid, quiet.ask, symbol="EURUSD")
    dump(run(Entries(), plain[:70_000]), folder / "simulated-without-sizes")
    dump(run(Watching(), off_grid(odd_ticks(5, 6_000)), price="ask"), folder / "off-grid-fx-ask")
    dump(run(Entries(), bt.bars(odd_ticks(6, 30_000), "1m"), spread=1e-4), folder / "bars-1m")
    dump(run(Hourly(), bt.bars(odd_ticks(7, 60_000), "15m")), folder / "bars-15m")
    dump(run(Entries(), odd_ticks(8, 4_000), empty_bars="flat", calendar="XNYS"), folder / "flat-ticks")
    dump(run(OneByOne(), bt.bars(odd_ticks(9, 20_000), "15m"), empty_bars="flat"), folder / "flat-bars-15m")
    for name, session in accounts().items():
        dump(session, folder / name)
    return folder


def accounts() -> dict[str, bt.Session]:
    """Between them everything that moves an account: both sides, nights, parts, wider spreads, trails, fills at closes."""
    steep = bt.financing.percent(20_000.0, -9_000.0)  # a night is worth more than a price's last digits
    hedging, netting = (bt.Account(mode=mode, leverage=20, financing=steep) for mode in ("hedging", "netting"))
    at_once, ticks = bt.Execution(fill="current", commission=1e-4), slower(odd_ticks(10, 800))
    strategy, minutes = Everything(ticks=len(ticks)), bt.bars(ticks, "1m")
    return {
        "hedged-nights": run(strategy, ticks, account=hedging),
        "parts-widened": run(strategy, ticks, account=netting, execution="worst", instrument=in_units(ticks)),
        "filled-at-closes": run(strategy, ticks, account=netting, execution=at_once),
        "hedged-bars": run(Everything(ticks=len(minutes)), minutes, account=hedging, spread=1e-4),
    }


def slower(ticks: bt.Ticks) -> bt.Ticks:
    """The same ticks over days rather than hours."""
    time = ticks.time[0] + (ticks.time - ticks.time[0]) * 120
    return bt.Ticks.from_arrays(time, ticks.bid, ticks.ask, symbol="EURUSD", bid_size=ticks.bid_size, ask_size=ticks.ask_size)


class Hourly(Entries):
    timeframe = "1h"

    def on_bar(self, ctx: Any) -> None:
        self.seen += 1
        if self.seen % 5 == 3:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.002, take_profit=ctx.bid + 0.003)


class OneByOne(Entries):
    """Entries that wait for one another: many at closes of empty bars would all fill at one time."""

    timeframe = "1h"

    def on_bar(self, ctx: Any) -> None:
        if ctx.position == 0.0 and ctx.open_orders == 0:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.002, take_profit=ctx.bid + 0.003)


def parts_of(sessions: Path) -> Path:
    """Where the session is whose bars come in parts."""
    return sessions.with_name(f"{sessions.name}-parts")


def passed(tests: list[Path], sessions: Path) -> str:
    done = subprocess.run(
        [node(), "--test", *map(str, tests)],
        env=os.environ | {"BTLAB_FIXTURES": str(sessions), "BTLAB_PARTS": str(parts_of(sessions))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_modules(bundles: Path, fixtures: Path) -> None:
    tests = sorted(bundles.glob("*.test.mjs"))
    assert tests
    said = passed(tests, fixtures)
    assert np.all([name in said for name in ("six running bars", "undo each other", "as the bars that had closed by then say")])


def test_real_days(bundles: Path, real_data: Path, tmp_path: Path) -> None:
    """A day with crossed quotes and a day with sizes: the page's bars at every tick."""
    store = bt.Store(":memory:")
    store.import_ticks(real_data / "lean/forex/fxcm/tick/eurusd/20140507_quote.zip", symbol="EURUSD", feed="FXCM")
    store.import_ticks(real_data / "dukascopy/EURUSD/2019/01/04/*_ticks.bi5", symbol="EURUSD", feed="Dukascopy")
    for feed in ("FXCM", "Dukascopy"):
        dump(run(Entries(), store.ticks("EURUSD", feed=feed)), tmp_path / feed)
    said = passed([bundles / "fold.test.mjs"], tmp_path)
    assert all(re.search(rf"^ok \d+ - {feed}: six running bars", said, re.M) for feed in ("Dukascopy", "FXCM"))
