"""`bt.info()`: what this btlab runs on, for a report of a fault."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

from btlab.indicators import streams
from btlab.indicators.cache import VALUES
from btlab.market.jit import INDICATOR_ROOMS, cache_folder

LIBRARIES = ("numpy", "numba", "llvmlite", "polars", "duckdb", "TA-Lib", "anywidget", "panel")


class Info(dict[str, Any]):
    """What `info` says: a mapping, one line an entry."""

    def __repr__(self) -> str:
        width = max(map(len, self))
        return "\n".join(f"{name:<{width}}  {value}" for name, value in self.items())


def info() -> Info:
    """Versions, cores, where compiled code is kept, and how indicators are valued on running bars.

    Returns:
        A mapping: "btlab", "python", "system", "cores" (those that this process may use), a version for each library, "kernels"
        and "indicator kernels" (folders; None: compiled anew in each process), "indicators" (C streams, or Python handles, which
        are some hundred times as slow and say the same), "indicator cache" (what is kept of values on closed bars).

    >>> info()["indicators"].split(",")[0]
    'C streams'
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    made = Info(btlab=version("btlab"), python=platform.python_version(), system=platform.platform(), cores=cores)
    made |= {name: version(name) for name in LIBRARIES}
    made["kernels"], made["indicator kernels"] = cache_folder(), cache_folder(INDICATOR_ROOMS)
    made["indicators"] = streams.path()
    kept = f"{len(VALUES)} series sets, {VALUES.bytes / 1e6:.0f} of {VALUES.limit / 1e6:.0f} MB"
    made["indicator cache"] = f"{kept}, {VALUES.hits} found, {VALUES.misses} made"
    return made
