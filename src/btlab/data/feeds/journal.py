"""What was asked and answered: a small file a year, so that no hour or day is downloaded twice.

It says of every slot of a day (an hour, or the day itself) whether its rows are stored, or the vendor has none. That rows are
stored is believed only as long as the manifest agrees, so a store put back from a backup is filled up again.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from btlab.data.files.disk import Disk
from btlab.errors import warn

UNKNOWN, STORED, EMPTY = "?", "x", "0"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of a day.

    Attributes:
        slots: a letter for each. first, last: µs UTC of the day's rows that the store held then; None where it held none.
    """

    slots: str
    first: int | None = None
    last: int | None = None

    def with_slot(self, index: int, letter: str) -> Day:
        return Day(self.slots[:index] + letter + self.slots[index + 1 :], self.first, self.last)

    def with_span(self, first: int | None, last: int | None) -> Day:
        return Day(self.slots, first, last)


class Journal:
    """The days of one feed.

    Args:
        folder: where its files are. disk: what writes. slots: of a day.
    """

    def __init__(self, folder: Path, disk: Disk, slots: int) -> None:
        self._folder, self._disk, self._nothing = folder, disk, Day(UNKNOWN * slots)
        self._years: dict[int, dict[str, Day]] = {}

    def day(self, day: date) -> Day:
        return self._year(day.year).get(day.isoformat(), self._nothing)

    def put(self, days: dict[date, Day]) -> None:
        """Know these days; durable when it returns."""
        for day, known in days.items():
            self._year(day.year)[day.isoformat()] = known
        for year in sorted({day.year for day in days}):
            body = {"format": _FORMAT, "days": {name: asdict(known) for name, known in sorted(self._years[year].items())}}
            self._disk.put(self._path(year), json.dumps(body, separators=(",", ":")).encode())

    def _path(self, year: int) -> Path:
        return self._folder / f"{year}.json"

    def _year(self, year: int) -> dict[str, Day]:
        if year not in self._years:
            self._years[year] = self._load(self._path(year))
        return self._years[year]

    def _load(self, path: Path) -> dict[str, Day]:
        """A year's days. A file that cannot be read is set aside: at worst its days are downloaded once more."""
        try:
            body = json.loads(path.read_bytes())
            if body["format"] != _FORMAT:
                raise ValueError(f"format {body['format']!r}")
            return {date.fromisoformat(name).isoformat(): self._known(known) for name, known in body["days"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            aside = path.with_suffix(".damaged")
            os.replace(path, aside)
            warn(f"the journal {path} is damaged ({error}); it is now {aside.name}, and days it knew may be downloaded again")
            return {}

    def _known(self, body: dict[str, Any]) -> Day:
        known = Day(**body)
        if len(known.slots) != len(self._nothing.slots) or set(known.slots) - {UNKNOWN, STORED, EMPTY}:
            raise ValueError(f"slots {known.slots!r}")
        if not all(time is None or isinstance(time, int) for time in (known.first, known.last)):
            raise ValueError(f"times {known.first!r}, {known.last!r}")
        return known
