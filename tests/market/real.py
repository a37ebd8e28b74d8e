"""A real day of ticks, decoded here and not by btlab's importers: 20-byte big-endian records behind LZMA, one file an hour."""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

import numpy as np

import btlab as bt

RECORD = np.dtype([("ms", ">u4"), ("ask", ">u4"), ("bid", ">u4"), ("ask_size", ">f4"), ("bid_size", ">f4")])
MONDAY = 1_549_238_400_000_000  # 2019-02-04


@cache
def dukascopy_day(folder: Path) -> bt.Ticks:
    """EURUSD of Dukascopy, 2019-02-04."""
    hours = [
        np.frombuffer(lzma.decompress(path.read_bytes()), RECORD)
        for path in sorted((folder / "dukascopy/EURUSD/2019/01/04").glob("*h_ticks.bi5"))
    ]
    assert len(hours) == 24
    time = [MONDAY + hour * 3_600_000_000 + rows["ms"].astype(np.int64) * 1_000 for hour, rows in enumerate(hours)]
    rows = np.concatenate(hours)
    sizes = {name: rows[name].astype(np.float64) for name in ("bid_size", "ask_size")}
    return bt.Ticks.from_arrays(np.concatenate(time), rows["bid"] / 1e5, rows["ask"] / 1e5, symbol="EURUSD", **sizes)
