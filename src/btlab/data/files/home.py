"""The folder of a store: what lies where, which format it has, and who may write.

store.json                      the format of the whole
symbols/EURUSD/manifest.json    which files are the symbol's ticks
symbols/EURUSD/~DEFAULT/2014-05-07.0f3a....parquet
rejects/                        rows that were left out
quarantine/                     damaged files that doctor set aside
cache/                          what can be made again
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from btlab.data.files.disk import Disk
from btlab.data.files.lock import writing
from btlab.data.files.manifest import FORMAT, NAME, Manifest, check_format, load
from btlab.data.files.paths import decode_name, encode_name
from btlab.errors import DamagedError, StoreError, warn

MARKER = "store.json"


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
        yield from sorted(name for folder, files in self._folders() if NAME in files for name in _named(folder))

    def places(self) -> Iterator[str]:
        """Everything that has a manifest or a day file, by name."""
        found = set[str]()
        for folder, files in self._folders():
            if NAME in files or any(name.endswith(".parquet") for name in files):
                last = next((k for k, piece in enumerate(folder.parts) if not piece.endswith("+")), len(folder.parts))
                found |= _named(PurePosixPath(*folder.parts[: last + 1]))
        yield from sorted(found)

    def _folders(self) -> Iterator[tuple[PurePosixPath, list[str]]]:
        """Folders below `symbols` and the names of their files; none below a manifest, where there may be many thousands."""
        base = self.path / "symbols"
        for folder, below, files in os.walk(base):
            if NAME in files:
                below.clear()
            yield PurePosixPath(*Path(folder).relative_to(base).parts), files

    def open(self) -> None:
        """Refuse a store that a newer btlab made; warn of a damaged mark, without which everything can be read."""
        try:
            self.check_format()
        except DamagedError as error:
            warn(error.message)

    def check_format(self) -> None:
        """Refuse a store that a newer btlab made, or whose mark is damaged."""
        marker = self.path / MARKER
        try:
            check_format(json.loads(marker.read_bytes())["format"], marker)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise DamagedError(
                f"{marker} is damaged ({error}): nothing is written until store.doctor(repair=True) has made it anew. "
                "What is stored can be read",
                file=str(marker),
                why=str(error),
            ) from None

    def mark(self) -> None:
        """Say which format the store has."""
        self.disk.put(self.path / MARKER, self.mark_bytes())

    def mark_bytes(self) -> bytes:
        return json.dumps({"format": FORMAT}).encode()

    @contextmanager
    def writing(self, symbol: str) -> Iterator[None]:
        """The right to write a symbol, in a folder with a manifest: day files without one are never taken for left-overs.

        Raises:
            LockedError: another process has it. StoreError: the folder cannot be made or written. DamagedError: its manifest.
        """
        with self.usable():
            self.check_format()
            if not (self.path / MARKER).exists():
                self.mark()
        with self.locked(symbol):
            if load(self.folder(symbol), symbol) is None:
                with self.usable():
                    self.disk.put(self.folder(symbol) / NAME, Manifest(symbol).to_bytes())
            yield

    @contextmanager
    def locked(self, symbol: str) -> Iterator[None]:
        """The right to write a symbol, whatever state it is in.

        Raises:
            LockedError: another process has it. StoreError: the folder cannot be made or written.
        """
        with self.usable():
            self.disk.make_folder(self.folder(symbol))
        with writing(self.folder(symbol), symbol, self.patience):
            yield

    @contextmanager
    def usable(self) -> Iterator[None]:
        """What the disk refuses in it is a StoreError."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(f"the store at {self.path} cannot be written: {reason}", path=str(self.path)) from error


def _named(path: PurePosixPath) -> set[str]:
    """The name of a path that a store made: a set of one, or of none for a folder of somebody else."""
    try:
        name = decode_name(path)
    except ValueError:
        return set()
    return {name} if name and encode_name(name) == path else set()
