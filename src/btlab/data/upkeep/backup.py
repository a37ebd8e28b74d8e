"""Backup: a copy of every symbol at one generation, while others import.

It is a folder that can be opened as a store, or the same in a .zip. `backup.json` in it lists each file's sha256, and has one of
its own. It appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from btlab.data.files.disk import Disk
from btlab.data.files.home import MARKER, Home
from btlab.data.files.manifest import NAME, Segment, checksum, load
from btlab.data.reading.ticks import damaged
from btlab.data.upkeep.change import files_of
from btlab.data.upkeep.outcome import BackupReport
from btlab.errors import StoreError

LIST = "backup.json"
VERSION = 1


class Listed(NamedTuple):
    """A file of a backup: its path with "/", and what it must hold."""

    path: str
    sha256: str
    bytes: int


class Folder:
    """Puts files into a folder."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self._path, self._disk = path, disk
        disk.make_folder(path)

    def put(self, name: str, content: bytes) -> None:
        path = self._path / name
        self._disk.make_folder(path.parent)
        self._disk.write(path, content)

    def drop(self, name: str) -> None:
        self._disk.remove(self._path / name)


class Archive:
    """Puts files into a zip, as they are: they are compressed already."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def put(self, name: str, content: bytes) -> None:
        self._archive.writestr(name, content)

    def drop(self, name: str) -> None:
        """It stays, unlisted: nobody will ask for it."""


def backup(home: Home, path: Path) -> BackupReport:
    """Copy a store into a new folder, or into a new archive where the name ends with .zip.

    Raises:
        StoreError: there is something at `path`, or the disk. DamagedError: a file of the store is not what was written.
    """
    began = time.perf_counter()
    _check_place(home, path)
    try:
        home.disk.make_folder(path.parent)
        with home.disk.appearing(path) as temporary, _sink(temporary, path.suffix.lower() == ".zip", home.disk) as sink:
            copy = _Copy(home, sink)
            symbols = copy.all()
            sink.put(LIST, listing(list(copy.listed.values())))
    except OSError as error:
        raise StoreError(f"no backup was made: {error.strerror or error} ({path})", path=str(path)) from error
    files = copy.listed.values()
    return BackupReport(path, symbols, len(files), sum(file.bytes for file in files), time.perf_counter() - began)


def listing(files: list[Listed]) -> bytes:
    """The content of `backup.json`."""
    body = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "files": [file._asdict() for file in files]}
    return (json.dumps({"format": VERSION, "sha256": checksum(body), "body": body}, indent=1) + "\n").encode()


@contextmanager
def _sink(path: Path, archive: bool, disk: Disk) -> Iterator[Folder | Archive]:
    if archive:
        with disk.file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
            yield Archive(zipped)
    else:
        yield Folder(path, disk)
        disk.sync_tree(path)


def _check_place(home: Home, path: Path) -> None:
    if path.exists():
        raise StoreError(f"there is something at {path}; a backup is a new folder, or a new .zip: name another", path=str(path))
    if path.resolve().is_relative_to(home.path.resolve()):
        raise StoreError(f"{path} lies inside the store; a backup must not share its fate: name another place", path=str(path))
    if not home.path.is_dir():
        raise StoreError(f"there is no store at {home.path} yet, so there is nothing to copy", path=str(home.path))


class _Copy:
    """The files of a store, one after the other."""

    def __init__(self, home: Home, sink: Folder | Archive) -> None:
        self._home, self._sink = home, sink
        self.listed: dict[str, Listed] = {}

    def all(self) -> int:
        """Every symbol, and the lists of rejected rows; how many symbols there were."""
        self._put(self._home.path / MARKER, self._home.mark_bytes())
        symbols = list(self._home.symbols())
        for symbol in symbols:
            self._symbol(symbol)
        for path in sorted(self._home.rejects().glob("*.csv")):
            self._put(path, path.read_bytes())
        return len(symbols)

    def _symbol(self, symbol: str) -> None:
        """All files of one generation. A newer one may take files away meanwhile: then on with that one."""
        folder, seen, before = self._home.folder(symbol), -1, set(self.listed)
        while (manifest := load(folder, symbol)) is not None:
            wanted = files_of(self._home, manifest)
            try:
                for path, segment in wanted.items():
                    if self._name(path) not in self.listed:
                        self._put(path, self._read(path, segment, symbol))
                break
            except FileNotFoundError as error:
                if manifest.generation == seen:
                    gone = Path(error.filename)
                    raise damaged(gone, wanted[gone], symbol, "the file is gone") from None
                seen = manifest.generation
        else:
            return
        for name in self.listed.keys() - before - {self._name(path) for path in wanted}:
            del self.listed[name]
            self._sink.drop(name)
        self._put(folder / NAME, manifest.to_bytes())

    def _read(self, path: Path, segment: Segment, symbol: str) -> bytes:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != segment.sha256:
            raise damaged(path, segment, symbol, "its checksum differs")
        return content

    def _put(self, path: Path, content: bytes) -> None:
        name = self._name(path)
        self._sink.put(name, content)
        self.listed[name] = Listed(name, hashlib.sha256(content).hexdigest(), len(content))

    def _name(self, path: Path) -> str:
        return path.relative_to(self._home.path).as_posix()
