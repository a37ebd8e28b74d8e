"""How many bytes a stored tick, or bar, takes: the vendors' real files, and the same rows as CSV and as plain Parquet.

Simulated ticks are read back and compared before any size is told. Real data is looked for where
BTLAB_TEST_DATA points, or in ../shared/data; where there is none, simulated ticks stand in for it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import common
import numpy as np
import polars as pl

import btlab as bt

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("BTLAB_TEST_DATA", ROOT.parent / "shared" / "data"))
VENDORS = (
    ("FXCM EURUSD, 13 days", "lean/forex/fxcm/tick/eurusd", 3.4),
    ("Oanda EURUSD, 13 days", "lean/forex/oanda/tick/eurusd", 4.1),
    ("Dukascopy EURUSD with volumes, 2 days", "dukascopy/EURUSD/2019/01/*/*_ticks.bi5", 5.6),
)
BARS = ("Oanda EURUSD, hours 2007 to 2018", "lean/forex/oanda/hour/eurusd.zip")


def main() -> int:
    """Prints the table; 1 where a tick takes more than is allowed."""
    rows, over = [], False
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        for name, source, most in VENDORS if DATA.is_dir() else ():
            store = bt.Store(base / name)
            store.import_ticks(str(DATA / source), symbol="EURUSD", progress=False)
            each = per_row(store)
            over |= each > most
            rows.append((name, f"{each:.2f}", f"{most:.1f}", *others(base, store.ticks("EURUSD").to_polars())))
        if DATA.is_dir():
            store = bt.Store(base / "bars")
            store.import_bars(str(DATA / BARS[1]), symbol="EURUSD", progress=False)
            rows.append((BARS[0], f"{per_row(store):.2f}", "", *others(base, store.bars("EURUSD", "1h").to_polars())))
        simulated = bt.simulate_ticks("EURUSD", days=5)
        store = bt.Store(base / "simulated")
        store.import_ticks(simulated, progress=False)
        if not np.array_equal(store.ticks("EURUSD").bid, simulated.bid):
            raise SystemExit("what was stored differs from what was written: no figure is worth anything")
        rows.append(("simulated EURUSD, 5 days", f"{per_row(store):.2f}", "", *others(base, simulated.to_polars())))
    common.table("Bytes a row", ("what", "stored", "at most", "CSV", "Parquet, zstd"), rows)
    return int(over)


def per_row(store: bt.Store) -> float:
    """Bytes of day files for each row."""
    table = store.symbols()
    return table["bytes"].sum() / table["rows"].sum()


def others(base: Path, table: pl.DataFrame) -> tuple[str, str]:
    """The same rows as text, and as the columns lie, with polars' zstd."""
    table.write_csv(base / "rows.csv", datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    table.write_parquet(base / "rows.parquet", compression="zstd")
    return tuple(f"{(base / name).stat().st_size / len(table):.1f}" for name in ("rows.csv", "rows.parquet"))  # type: ignore[return-value]


if __name__ == "__main__":
    sys.exit(main())
