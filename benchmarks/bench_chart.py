"""The chart's script time a frame in a Chromium without a GPU: `benchmarks/browser/frames.mjs` checks, measures, prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Installs what the page is built with where it is not there; the exit code of the measurement."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        print("Node 20 or newer is not on the PATH; the chart is measured with it")
        return 1
    if not (ROOT / "widgets" / "node_modules" / "playwright-core").is_dir():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--silent"], cwd=ROOT / "widgets", check=True)
    found = subprocess.run([str(ROOT / ".ci" / "chromium"), sys.executable], capture_output=True, text=True, check=False)
    if found.returncode:
        print(found.stderr)
        return 1
    chromium = os.environ.get("BTLAB_CHROMIUM") or found.stdout.strip()
    return subprocess.run(
        [node, "benchmarks/browser/frames.mjs"], cwd=ROOT, env=os.environ | {"CHROMIUM": chromium}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
