"""Everything the store does to a disk, in one small class, so that a test can fail each step of it."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


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
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        try:
            self.write(temporary, content)
            self.rename(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        self.sync_folder(path.parent)

    def write(self, path: Path, content: bytes) -> None:
        with open(path, "xb") as file:
            file.write(content)
            file.flush()
            if self.durable:
                self.sync(file.fileno())

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        os.replace(old, new)

    def remove(self, path: Path) -> None:
        """Gone, if it was there and nobody holds it open (Windows): a left-over file is swept by the next import."""
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        if not path.is_dir():
            missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
            path.mkdir(parents=True, exist_ok=True)
            for folder in missing:
                self.sync_folder(folder.parent)

    def sync_folder(self, path: Path) -> None:
        """Make names in a folder durable; Windows has no such call and needs none."""
        if not self.durable or os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)
