"""Everything the store does to a disk, in one small class, so that a test can fail each step of it."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_WINDOWS = os.name == "nt"
_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Disk:
    """Writes whole files: under a temporary name first, made durable, then renamed.

    Args:
        durable: fsync files and folders, so that what was acknowledged survives a crash of the system.
    """

    def __init__(self, *, durable: bool = True) -> None:
        self.durable = durable

    def put(self, path: Path, content: bytes) -> None:
        """The file appears at `path` whole, replacing an older one, or not at all."""
        self.make_folder(path.parent)
        with self.appearing(path) as temporary:
            self.write(temporary, content)

    @contextmanager
    def appearing(self, path: Path) -> Iterator[Path]:
        """A name to make a file or a folder under; it is at `path` when all went well, and nowhere when not."""
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            yield temporary
            self.rename(temporary, path)
        except BaseException:
            self.remove(temporary)
            raise
        self.sync_folder(path.parent)

    def write(self, path: Path, content: bytes) -> None:
        with self.file(path) as file:
            file.write(content)

    @contextmanager
    def file(self, path: Path) -> Iterator[BinaryIO]:
        """A new file to write piece by piece, durable at the end."""
        with open(path, "xb") as file:
            yield file
            file.flush()
            if self.durable:
                self.sync(file.fileno())

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Windows refuses while a reader has the old file of that name open, which is never for long."""
        for pause in _PAUSES if _WINDOWS else ():
            with contextlib.suppress(PermissionError):
                os.replace(old, new)
                return
            time.sleep(pause)
        os.replace(old, new)

    def move(self, old: Path, new: Path) -> None:
        """To another folder, both made durable."""
        self.make_folder(new.parent)
        self.rename(old, new)
        self.sync_folder(new.parent)
        self.sync_folder(old.parent)

    def remove(self, path: Path) -> None:
        """A file or a folder goes, if it is there and nobody holds it open (Windows): the next import sweeps what is left."""
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            return
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
            path.mkdir(parents=True, exist_ok=True)
            for folder in missing:
                self.sync_folder(folder.parent)

    def sync_tree(self, path: Path) -> None:
        """Make the names in a folder and in all below it durable."""
        if self.durable:
            for folder in (path, *(below for below in path.rglob("*") if below.is_dir())):
                self.sync_folder(folder)

    def sync_folder(self, path: Path) -> None:
        """Make names in a folder durable; Windows has no such call and needs none."""
        if not self.durable or _WINDOWS:
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)
