"""What a vendor's archive looks like to the run that downloads from it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import ClassVar, NamedTuple

from btlab.data.feeds.wire import Wire
from btlab.data.importers.base import Options

DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


class Slot(NamedTuple):
    """The smallest range that is downloaded or not: an hour or a day. `number` counts those of a day, from 0."""

    day: date
    number: int


@dataclass(frozen=True)
class File:
    """A file of an archive.

    Attributes:
        label: for people. url: where it is. path: below the folder of what arrived. slots: the ranges whose rows it holds.
    """

    label: str
    url: str
    path: Path
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Call:
    """Files that are imported together, or not at all; `instead`: what to ask for where the vendor has none of them."""

    label: str
    files: tuple[File, ...]
    instead: tuple[Call, ...] = ()

    @property
    def slots(self) -> list[Slot]:
        return [slot for one in self.files for slot in one.slots]


class Vendor(ABC):
    """One archive, as one download sees it.

    Attributes:
        NAME: of the vendor, and of the importer of its files. SLOTS: of a day. SLOT: what one is called, in the plural.
        SETTLED: µs after its end when a slot is asked for first. BELIEVED: µs after its end when it is believed to be empty.
        options: how its files are read.
    """

    NAME: ClassVar[str]
    SLOTS: ClassVar[int]
    SLOT: ClassVar[str]
    SETTLED: ClassVar[int]
    BELIEVED: ClassVar[int]
    options: Options

    @property
    @abstractmethod
    def folder(self) -> tuple[str, ...]:
        """What tells this archive from others of the same symbol and feed, as names."""

    @abstractmethod
    def calls(self, missing: Sequence[Slot]) -> list[Call]:
        """What to ask for, in order of time."""

    @abstractmethod
    def fetch(self, file: File, path: Path, wire: Wire) -> bool:
        """The file at `path`, verified; False where the vendor has nothing for its slots.

        Raises:
            ExhaustedError, FeedError, StoppedError, StoreError.
        """

    def start(self, slot: Slot) -> int:
        """µs UTC."""
        return (slot.day - _EPOCH).days * DAY + slot.number * (DAY // self.SLOTS)

    def end(self, slot: Slot) -> int:
        return self.start(slot) + DAY // self.SLOTS

    def slots(self, start: int, end: int) -> list[Slot]:
        """All that meet a range."""
        length = DAY // self.SLOTS
        numbers = range(start // length, -(-end // length))
        return [Slot(_EPOCH + timedelta(days=number // self.SLOTS), number % self.SLOTS) for number in numbers]


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC)
