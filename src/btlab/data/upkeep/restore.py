"""Restore: a store from a backup, when every file of it is what was written; else nothing appears.

A backup may come from anywhere: names must be those that a store has, and an archive must be no larger than it says.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from btlab.data.files.disk import Disk
from btlab.data.files.home import MARKER, Home
from btlab.data.files.manifest import checksum, load
from btlab.data.upkeep.backup import LIST, VERSION, Listed
from btlab.data.upkeep.change import files_of
from btlab.errors import DamagedError, NewerFormatError, StoreError

_LARGEST_LIST = 1 << 28
_BROKEN = (ValueError, RuntimeError, EOFError, struct.error, zipfile.BadZipFile)
"""What zipfile makes of a broken archive."""
_PIECE = re.compile(r"[A-Za-z0-9%~+=_-]+(\.[A-Za-z0-9-]+)*")
_TOPS = ("symbols", "rejects")


class Source(Protocol):
    """Where a backup's files are read."""

    def read(self, name: str, most: int) -> bytes:
        """At most so many bytes of a file."""
        ...


class Folder:
    """A backup that is a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str, most: int) -> bytes:
        with open(self._path / name, "rb") as file:
            return file.read(most)


class Archive:
    """A backup that is a zip: of files as they are, so that it never unpacks to more than itself."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def read(self, name: str, most: int) -> bytes:
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise FileNotFoundError(name) from None
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"{name} was packed by another program; unpack the archive and restore from the folder")
        with self._archive.open(member) as file:
            return file.read(most)


def restore(backup: Path, home: Home) -> None:
    """Write a backup's files into a store's folder, which is not there yet, or empty.

    Raises:
        StoreError: there is something at `path`, or no backup at `backup`, or the disk. DamagedError: a file is not what was
        written. NewerFormatError: a newer btlab wrote it.
    """
    path, disk = home.path, home.disk
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise StoreError(f"there is something at {path}; restore into a new folder, or move that one away", path=str(path))
    try:
        with _opened(backup) as source:
            files = listed(source, backup)
            disk.make_folder(path.parent)
            with disk.appearing(path) as temporary:
                _write(source, files, temporary, disk, backup)
                if path.is_dir():
                    path.rmdir()
    except OSError as error:
        raise StoreError(f"nothing was restored: {error.strerror or error} ({path})", path=str(path)) from error


@contextmanager
def _opened(backup: Path) -> Iterator[Source]:
    if backup.is_dir():
        yield Folder(backup)
        return
    try:
        archive = zipfile.ZipFile(backup)
    except (OSError, *_BROKEN) as error:
        raise StoreError(f"{backup} is no backup: neither a folder nor a zip ({error})", path=str(backup)) from None
    with archive:
        yield Archive(archive)


def listed(source: Source, backup: Path) -> list[Listed]:
    """The files that a backup says it has.

    Raises:
        StoreError, DamagedError, NewerFormatError: it is none, or not what was written, or newer.
    """
    try:
        content = source.read(LIST, _LARGEST_LIST)
    except FileNotFoundError:
        raise StoreError(f"{backup} is no backup: it has no {LIST}", path=str(backup)) from None
    except _BROKEN as error:
        raise _damaged(backup, LIST, error) from None
    try:
        outer = json.loads(content)
        if isinstance(outer["format"], int) and outer["format"] > VERSION:
            raise NewerFormatError(
                f"{backup} is of format {outer['format']}, this btlab reads up to {VERSION}; update btlab", path=str(backup)
            )
        if outer["sha256"] != checksum(outer["body"]):
            raise ValueError("its checksum differs")
        files = [Listed(file["path"], file["sha256"], file["bytes"]) for file in outer["body"]["files"]]
        for file in files:
            _check_name(file.path)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(backup, LIST, error) from None
    return files


def _check_name(name: str) -> None:
    """Only names that a store writes: a backup cannot reach out of the folder."""
    pieces = name.split("/")
    known = name == MARKER or (len(pieces) > 1 and pieces[0] in _TOPS)
    if not (known and all(_PIECE.fullmatch(piece) for piece in pieces)):
        raise ValueError(f"{name!r} is no file of a store")


def _write(source: Source, files: list[Listed], path: Path, disk: Disk, backup: Path) -> None:
    """All files, each compared with the list, and every manifest with the files that it names."""
    disk.make_folder(path)
    for file in files:
        try:
            content = source.read(file.path, file.bytes + 1)
        except (FileNotFoundError, *_BROKEN) as error:
            raise _damaged(backup, file.path, "it is gone" if isinstance(error, FileNotFoundError) else error) from None
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise _damaged(backup, file.path, "its checksum differs")
        disk.make_folder((path / file.path).parent)
        disk.write(path / file.path, content)
    home, sums = Home(path, disk, 0.0), {path / file.path: file.sha256 for file in files}
    home.check_format()
    for symbol in home.symbols():
        manifest = load(home.folder(symbol), symbol)
        for day_file, segment in files_of(home, manifest).items() if manifest else ():
            if sums.get(day_file) != segment.sha256:
                raise _damaged(backup, day_file.relative_to(path).as_posix(), "the manifest names another content")
    disk.sync_tree(path)


def _damaged(backup: Path, name: str, why: object) -> DamagedError:
    return DamagedError(
        f"{name} of the backup {backup} is damaged ({why}); nothing was restored. Restore from another backup", file=name
    )
