"""The rows that an import left out, as a table that a person opens: written as they come, named when the import is done."""

from __future__ import annotations

import csv
import io
import secrets
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from btlab.data.files.disk import Disk
from btlab.data.rows import Reject

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEAD = ",".join(Reject._fields) + "\r\n"


class Rejects:
    """The list of one import. Text that a spreadsheet would run as a formula gets an apostrophe before it.

    Args:
        folder: where it grows, under a name that ends in .tmp. disk: what writes; None counts only.
    """

    def __init__(self, folder: Path, disk: Disk | None) -> None:
        self.reasons = Counter[str]()
        self._name = secrets.token_hex(6)
        self._disk, self._path = disk, folder / f"rejects.{self._name}.tmp"
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return self.reasons.total()

    def add(self, reject: Reject) -> None:
        self.reasons[reject.reason] += 1
        if self._disk is None:
            return
        if self._file is None:
            self._disk.make_folder(self._path.parent)
            self._file = open(self._path, "w+b", buffering=1 << 16)  # noqa: SIM115
            self._file.write(_HEAD.encode())
        self._file.write(_row(reject))

    def mark(self) -> tuple[int, Counter[str]]:
        """A place to go `back` to."""
        return 0 if self._file is None else self._file.tell(), self.reasons.copy()

    def back(self, mark: tuple[int, Counter[str]]) -> None:
        """Forget what came after a mark."""
        at, self.reasons = mark
        if self._file is not None:
            self._file.truncate(max(at, len(_HEAD)))
            self._file.seek(0, io.SEEK_END)

    def keep(self, folder: Path) -> Path | None:
        """Make the list durable in a folder, under a name of its own; None where nothing is listed."""
        if self._file is None or self._disk is None or not self.reasons:
            self.drop()
            return None
        file, self._file = self._file, None
        with file:
            file.flush()
            if self._disk.durable:
                self._disk.sync(file.fileno())
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{self._name}.csv"
        self._disk.make_folder(folder)
        self._disk.rename(self._path, path)
        self._disk.sync_folder(folder)
        return path

    def drop(self) -> None:
        """Take back what was written."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._disk is not None:
            self._disk.remove(self._path)


def _row(reject: Reject) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow("'" + cell if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in reject)
    return out.getvalue().encode("utf-8", "replace")
