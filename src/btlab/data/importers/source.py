"""Where rows come from: a file, or a member of a zip; and how a path, glob, folder or list becomes a row of them."""

from __future__ import annotations

import glob
import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from btlab.errors import FormatError

SUFFIXES = (".zip", ".bi5", ".csv", ".txt")
HEAD = 1 << 16
_MOST_MEMBERS = 10_000


@dataclass(frozen=True)
class Source:
    """One file of rows.

    Args:
        path: the file. member: the name inside it, where it is a zip.
        named: the user named this very file; False where a folder or a pattern brought it.
    """

    path: Path
    member: str | None = None
    named: bool = True

    @property
    def name(self) -> str:
        """For people: the file's name and, of a zip, the member's."""
        return str(self.path) if self.member is None else f"{self.path}:{self.member}"

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes, as a stream.

        Raises:
            FormatError: the file cannot be read, or is a broken zip.
        """
        try:
            if self.member is None:
                with open(self.path, "rb") as file:
                    yield file
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    yield file
        except OSError as error:
            raise FormatError(f"{self.name} cannot be read: {error.strerror or error}", file=self.name) from None
        except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
            raise FormatError(f"{self.name} is a damaged or locked zip ({error}); fetch it again", file=self.name) from None

    @cached_property
    def head(self) -> bytes:
        """The first bytes: what a format is told by."""
        with self.open() as file:
            return file.read(HEAD)

    @cached_property
    def digest(self) -> str:
        """sha256 of the file's bytes and the member's name."""
        digest = hashlib.sha256()
        with Source(self.path).open() as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        if self.member is not None:
            digest.update(b"\0" + self.member.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


def expand(source: Any) -> list[Source]:
    """The files that a path, a glob, a folder, a zip or a list of these stands for, sorted by name within each.

    Raises:
        FormatError: nothing is there.
    """
    if isinstance(source, list | tuple):
        found = [one for part in source for one in expand(part)]
        if not found:
            raise FormatError("an empty list of files; name at least one", source=source)
        return list(dict.fromkeys(found))
    if not isinstance(source, str | os.PathLike):
        raise FormatError(
            f"{type(source).__name__} is nothing to import; give a file, a folder, a pattern such as 'data/*.zip', "
            "a list of them, or a frame"
        )
    path = Path(source).expanduser()
    if path.is_file():
        return _members(path, named=True)
    if path.is_dir():
        paths = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        missing = f"the folder {path} holds no {', '.join(SUFFIXES)} file"
    else:
        paths = sorted(p for p in map(Path, glob.glob(str(path), recursive=True)) if p.is_file())
        missing = f"{path} is no file, folder or pattern that fits any"
    if not paths:
        raise FormatError(f"{missing}; the working folder is {Path.cwd()}", source=str(source))
    return [one for p in paths for one in _members(p, named=False)]


def _members(path: Path, *, named: bool) -> list[Source]:
    """The file itself, or the tables inside a zip."""
    if path.suffix.lower() != ".zip":
        return [Source(path, None, named)]
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (OSError, zipfile.BadZipFile) as error:
        raise FormatError(
            f"{path} is not a zip: {error}; fetch it again, or give the file that was inside", file=str(path)
        ) from None
    tables = next(
        (found for suffix in (".csv", ".txt", ".bi5") if (found := [n for n in inside if n.lower().endswith(suffix)])), inside
    )
    if not tables or len(tables) > _MOST_MEMBERS:
        raise FormatError(f"{path} holds {len(tables)} files; a zip to import holds 1 to {_MOST_MEMBERS}", file=str(path))
    return [Source(path, name, named) for name in sorted(tables)]
