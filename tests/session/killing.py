"""kill -9 of a run that keeps checkpoints, again and again, until it is through: and then once more from the start."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

import btlab as bt
from btlab.session.checkpoint import Checkpoint
from tests.market.streams import random_ticks
from tests.session.gambler import GamblerByTick

STEP = 800


def keep_on(path: Path, done: Path, ticks: bt.Ticks, seed: int) -> None:
    """Go on from the last checkpoint, if there is one, with a new one every so many ticks, to the end."""
    strategy, at = GamblerByTick(seed=seed), 0
    while at < len(ticks):
        at = Checkpoint.load(path).rows if path.exists() else 0
        until = min(at + STEP, len(ticks) - 1) if at + 1 < len(ticks) else None
        session = bt.resume(path, strategy, ticks, until=until) if at else bt.run(strategy, ticks, until=until)
        if until is None:
            done.write_text(session.fingerprint)
            return
        session.checkpoint(path)


def kill_runs(folder: Path, kills: int, seed: int) -> int:
    """Kill runs that many times, at random moments. Returns how many were through in the end, each as if never killed."""
    random, killed, through = np.random.default_rng(seed), 0, 0
    while killed < kills:
        path, done = folder / f"run-{through}", folder / f"done-{through}"
        ticks, rows = random_ticks(seed + through, 20 * STEP, pace=2e6), 0
        whole = bt.run(GamblerByTick(seed=through), ticks)
        while not done.exists():
            child = os.fork()
            if child == 0:
                try:
                    keep_on(path, done, ticks, through)
                finally:
                    os._exit(0)
            if killed < kills:
                time.sleep(random.uniform(0.0, 0.3))
                os.kill(child, signal.SIGKILL)
                killed += 1
            os.waitpid(child, 0)
            kept = Checkpoint.load(path).rows if path.exists() else 0
            assert kept >= rows, "a checkpoint that was there is there"
            rows = kept
        assert done.read_text() == whole.fingerprint
        through += 1
    return through
