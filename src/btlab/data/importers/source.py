"""Where rows come from: a file, plain or compressed, or a member of a zip; and what a path, glob, folder or list stands for.

Nothing is ever unpacked to disk: members and compressed files are read as streams, by their content rather than by their
suffix, and no further than `MOST_BYTES` or `MOST_RATIO` times their size. Zstandard is left to Databento's own decoder.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import IO, Any, Protocol

from btlab.errors import FormatError

TABLES = (".csv", ".txt", ".tsv", ".bi5", ".json", ".dbn", ".log", ".fix", ".parquet", ".arrow", ".ipc", ".feather")
PACKED = (".zip", ".gz", ".xz", ".zst")
SUFFIXES = (*PACKED, *TABLES)
HEAD = 1 << 16
MOST_MEMBERS = 10_000
MOST_BYTES = 1 << 38
MOST_RATIO = 500
ZSTANDARD = b"\x28\xb5\x2f\xfd"

_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", b"PK\x03\x04"
_FREELY = 1 << 26
_MEMORY = 1 << 28
_BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, struct.error)
_STUMBLES = (ValueError, OverflowError, IndexError, struct.error)
_SUFFIX = re.compile(r"\.(gz|xz|zst)$", re.IGNORECASE)


class Stream(Protocol):
    """Bytes that can be read onwards."""

    def read(self, size: int = -1, /) -> bytes: ...


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

    @property
    def inner(self) -> str:
        """The name of the table itself: of the member, or of the file without the suffix of its compression.

        >>> Source(Path("a/EURUSD.csv.gz")).inner
        'EURUSD.csv'
        """
        return self.path.name if self.member is None else self.member.replace("\\", "/").rpartition("/")[2]

    @property
    def plain(self) -> bool:
        """Whether the bytes of the file are those of the table: neither compressed nor in a zip."""
        return self.member is None and not _SUFFIX.search(self.path.name)

    @property
    def table(self) -> str:
        """`inner` without what says how it is compressed."""
        return _SUFFIX.sub("", self.inner)

    @property
    def full(self) -> str:
        """The whole path, with slashes, from the root to the member."""
        path = self.path.absolute().as_posix()
        return _SUFFIX.sub("", path if self.member is None else f"{path}/{self.member}".replace("\\", "/"))

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """The bytes, as a stream; of a compressed file those inside.

        Raises:
            FormatError: the file cannot be read, is damaged, or unpacks to more than any honest one does.
        """
        try:
            if self.member is None:
                with open(self.path, "rb") as file:
                    self._place[:] = [(file, 0)]
                    yield self._unpacked(file)
            else:
                with _zip(self.path) as archive:
                    info = archive.getinfo(self.member)
                    self._place[:] = [(archive.fp, info.header_offset)]
                    if info.flag_bits & 1:
                        raise FormatError(f"{self.name} is locked with a password; unpack it first", file=self.name)
                    with _member(archive, info) as member:
                        yield _Capped(member, info.compress_size, self.name)
        except _BROKEN as error:
            raise FormatError(f"{self.name} is damaged or cut off ({error}); fetch it again", file=self.name) from None
        except OSError as error:
            raise FormatError(f"{self.name} cannot be read: {error.strerror or error}", file=self.name) from None
        except KeyError:
            raise FormatError(f"{self.path} holds no {self.member!r} any more", file=self.name) from None

    def _unpacked(self, file: IO[bytes]) -> Stream:
        magic = file.read(6)
        file.seek(0)
        if magic[:2] == _GZIP:
            return _Capped(gzip.GzipFile(fileobj=file), os.fstat(file.fileno()).st_size, self.name)
        if magic == _XZ:
            return _Capped(_Xz(file), os.fstat(file.fileno()).st_size, self.name)
        return file

    @cached_property
    def head(self) -> bytes:
        """The first bytes: what a format is told by."""
        with self.open() as file:
            return file.read(HEAD)

    def content(self, most: int) -> bytes:
        """All bytes.

        Raises:
            FormatError: they are more than `most`.
        """
        with self.open() as file:
            content = file.read(most + 1)
            while 0 < len(content) <= most and (more := file.read(most + 1 - len(content))):
                content += more
        if len(content) > most:
            raise FormatError(f"{self.name} holds over {most:,} bytes; no file of its format does", file=self.name)
        return content

    @cached_property
    def size(self) -> int:
        """Bytes on disk: of the file, or of the member as it lies in its zip; 0 where they cannot be told."""
        try:
            if self.member is None:
                return self.path.stat().st_size
            with _zip(self.path) as archive:
                return archive.getinfo(self.member).compress_size
        except (OSError, KeyError, *_BROKEN):
            return 0

    @property
    def position(self) -> int:
        """How many bytes of `size` the stream that was opened last has read."""
        for file, begin in self._place:
            try:
                return max(0, file.tell() - begin)
            except (OSError, ValueError):  # it is closed, perhaps at this moment: another thread may read it
                return self.size
        return 0

    @cached_property
    def _place(self) -> list[tuple[Any, int]]:
        return []

    @cached_property
    def digest(self) -> str:
        """sha256 of the file's bytes and the member's name."""
        try:
            state = self.path.stat()
            digest = _digest(self.path, state.st_size, state.st_mtime_ns).copy()
        except OSError as error:
            raise FormatError(f"{self.name} cannot be read: {error.strerror or error}", file=self.name) from None
        if self.member is not None:
            digest.update(b"\0" + self.member.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()


@lru_cache(maxsize=4)
def _digest(path: Path, _size: int, _changed: int) -> hashlib._Hash:
    """sha256 over a file as it is now, kept for the other members of a zip."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256")


class _Capped:
    """A stream that stops where a file unpacks to more than an honest one can."""

    def __init__(self, stream: Stream, packed: int, name: str) -> None:
        self._stream, self._name, self._read = stream, name, 0
        self._most = min(MOST_BYTES, max(_FREELY, packed * MOST_RATIO))

    def read(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(min(size, self._most + 1) if size >= 0 else self._most + 1)
        self._read += len(chunk)
        if self._read > self._most:
            raise FormatError(
                f"{self._name} unpacks to over {self._most:,} bytes; no table of prices of its size does. "
                "Unpack it by hand if you trust it",
                file=self._name,
            )
        return chunk


class _Xz:
    """What `lzma.LZMAFile` is, with a limit of memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._decoder, self._rest = file, self._new(), b""

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)

    def read(self, size: int = -1, /) -> bytes:
        parts, wanted = list[bytes](), size
        while wanted and (part := self._next(wanted)):
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _next(self, size: int) -> bytes:
        """Some bytes; none at the end of the last stream of the file."""
        out = b""
        while not out:
            if self._decoder.eof:
                self._rest = (self._decoder.unused_data + self._file.read(1 << 16)).lstrip(b"\0")
                if not self._rest:
                    return b""
                self._decoder = self._new()
            elif self._decoder.needs_input:
                self._rest = self._rest or self._file.read(1 << 16)
                if not self._rest:
                    raise EOFError("it ends before its end mark")
            out, self._rest = self._decoder.decompress(self._rest, size), b""
        return out


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
    if path.suffix.lower() != ".zip" and not _is_zip(path):
        return [Source(path, None, named)]
    try:
        with _zip(path) as archive:
            inside = [info.filename for info in archive.infolist() if info.filename and not info.filename.endswith("/")]
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise FormatError(
            f"{path} is not a zip: {error}; fetch it again, or give the file that was inside", file=str(path)
        ) from None
    tables = next((found for suffix in TABLES if (found := [n for n in inside if n.lower().endswith(suffix)])), inside)
    if not tables or len(tables) > MOST_MEMBERS:
        raise FormatError(f"{path} holds {len(tables)} files; a zip to import holds 1 to {MOST_MEMBERS}", file=str(path))
    if len(set(tables)) < len(tables):
        raise FormatError(f"{path} holds two files of one name; which of them is meant cannot be told", file=str(path))
    return [Source(path, name, named) for name in sorted(tables)]


def _zip(path: Path) -> zipfile.ZipFile:
    """An open zip; what `zipfile` stumbles over in its directory is damage."""
    try:
        return zipfile.ZipFile(path)
    except _STUMBLES as error:
        raise zipfile.BadZipFile(f"its directory makes no sense: {error}") from None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(info)
    except _STUMBLES as error:
        raise zipfile.BadZipFile(f"its header makes no sense: {error}") from None


def _is_zip(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(4) == _ZIP
    except OSError:
        return False
