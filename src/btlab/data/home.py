"""The folder of a store: what lies where, which format it has, and who may write.

store.json                      the format of the whole
symbols/EURUSD/manifest.json    which files are the symbol's ticks
symbols/EURUSD/~DEFAULT/2014-05-07.0f3a....parquet
rejects/                        rows that were left out
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from btlab.data.disk import Disk
from btlab.data.lock import writing
from btlab.data.manifest import FORMAT, NAME, check_format
from btlab.data.paths import decode_name, encode_name
from btlab.errors import DamagedError, StoreError

_MARKER = "store.json"


@dataclass
class Home:
    """A store's folder; it need not be there yet.

    Args:
        path: absolute. disk: what writes. patience: seconds to wait for another writer of a symbol.
    """

    path: Path
    disk: Disk
    patience: float

    def folder(self, symbol: str) -> Path:
        return self.path / "symbols" / encode_name(symbol)

    def feed_folder(self, symbol: str, feed: str) -> Path:
        return self.folder(symbol) / encode_name(feed)

    def rejects(self) -> Path:
        return self.path / "rejects"

    def symbols(self) -> Iterator[str]:
        """Everything with a manifest, by name."""
        base = self.path / "symbols"
        for path in sorted(base.rglob(NAME)):
            yield decode_name(PurePosixPath(*path.parent.relative_to(base).parts))

    def check_format(self) -> None:
        """Refuse a store that a newer btlab made, or whose mark is damaged."""
        marker = self.path / _MARKER
        try:
            check_format(json.loads(marker.read_bytes())["format"], marker)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise DamagedError(
                f'{marker} is damaged ({error}); it should read {{"format": {FORMAT}}}: write that into it', file=str(marker)
            ) from None

    @contextmanager
    def writing(self, symbol: str) -> Iterator[None]:
        """The right to write a symbol, in a folder that is there.

        Raises:
            LockedError: another process has it. StoreError: the folder cannot be made or written.
        """
        try:
            self.check_format()
            if not (self.path / _MARKER).exists():
                self.disk.put(self.path / _MARKER, json.dumps({"format": FORMAT}).encode())
            self.disk.make_folder(self.folder(symbol))
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(f"the store at {self.path} cannot be written: {reason}", path=str(self.path)) from error
        with writing(self.folder(symbol), symbol, self.patience):
            yield
