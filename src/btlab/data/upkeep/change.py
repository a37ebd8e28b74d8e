"""One rewriting of a symbol under its lock: new files first, the manifest last, and nothing left where that fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from btlab.data.files.home import Home
from btlab.data.files.manifest import NAME, Manifest, Segment, load
from btlab.errors import StoreError

SAFE_AGE = timedelta(days=1)
"""What a killed import staged is kept so long for the next one."""


@dataclass
class Change:
    """Collects what is written, so that it can be taken back."""

    home: Home
    symbol: str
    written: list[Path] = field(default_factory=list)

    def put(self, path: Path, content: bytes) -> None:
        self.written.append(path)
        self.home.disk.put(path, content)

    def commit(self, manifest: Manifest) -> None:
        self.home.disk.put(self.home.folder(self.symbol) / NAME, manifest.to_bytes())

    def withdraw(self) -> None:
        """Remove what was written, unless the manifest names it: then the failure came after the change."""
        if not self.written:
            return
        try:
            used = files_of(self.home, load(self.home.folder(self.symbol), self.symbol) or Manifest(self.symbol))
        except StoreError:
            return
        for path in self.written:
            if path not in used:
                self.home.disk.remove(path)


@contextmanager
def changing(home: Home, symbol: str) -> Iterator[Change]:
    """The right to write a symbol, and a change of it that takes back its files where it fails.

    Raises:
        LockedError: another process is writing it. StoreError: the disk.
    """
    with home.locked(symbol):
        change = Change(home, symbol)
        try:
            yield change
        except OSError as error:
            change.withdraw()
            reason = error.strerror or error
            raise StoreError(f"{symbol!r} stays as it was: {reason} ({home.path})", symbol=symbol) from error
        except BaseException:
            change.withdraw()
            raise


def files_of(home: Home, manifest: Manifest) -> dict[Path, Segment]:
    """The day files that a manifest names."""
    return {
        home.feed_folder(manifest.symbol, name) / segment.file: segment
        for name, feed in manifest.feeds.items()
        for segment in feed.segments
    }


def leftovers(folder: Path, used: Collection[Path], now: float) -> list[Path]:
    """Of a symbol's folder: day files that no manifest names, and temporary files, a day old."""
    return [path for path in _old(folder.rglob("*"), now) if path.suffix in (".parquet", ".tmp") and path not in used]


def temporaries(home: Home, now: float) -> list[Path]:
    """Temporary files beside the symbols, a day old."""
    return _old([*home.path.glob("*.tmp"), *home.rejects().glob("*.tmp")], now)


def _old(paths: Iterable[Path], now: float) -> list[Path]:
    found = []
    for path in paths:
        with suppress(FileNotFoundError):
            if now - path.stat().st_mtime > SAFE_AGE.total_seconds():
                found.append(path)
    return sorted(found)
