"""The manifest: one small JSON file per symbol that says which day files are its ticks. What it does not name does not exist.

It is replaced whole by each import, so readers see one generation or the next, never a mixture. Its own checksum stands
beside its body; each day file's checksum stands in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from btlab.errors import DamagedError, NewerFormatError, StoreError
from btlab.market.times import iso

FORMAT = 2
"""2 knows bars: a segment and an origin name their timeframe and price. Manifests of format 1 hold ticks alone, and are read."""
NAME = "manifest.json"

Series: TypeAlias = tuple[str, str] | None
"""What of a feed belongs together: bars of one timeframe and price; None: its ticks."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of rows of one feed: of ticks one UTC day, of bars a day, month, year or all, as their timeframe is longer.

    Attributes:
        file: its name in the feed's folder. sha256, bytes: of its content. rows, first, last: of its rows (µs UTC).
        digits: of its price grid; None: float64 prices.
        timeframe, price: of bars; None for ticks.
    """

    file: str
    sha256: str
    bytes: int
    rows: int
    first: int
    last: int
    digits: int | None
    timeframe: str | None = None
    price: str | None = None

    @property
    def series(self) -> Series:
        return None if self.timeframe is None or self.price is None else (self.timeframe, self.price)

    def __str__(self) -> str:
        return f"{iso(self.first)} to {iso(self.last)}"


@dataclass(frozen=True, slots=True)
class Origin:
    """A file that was imported: what tells it from others, and what it brought.

    Attributes:
        key: sha256 over its content and how it was read. name: for people. rows, first, last: None where it had none.
        imported: the day and time, UTC, ISO. timeframe, price: of bars; None for ticks. size: its bytes, or a frame's rows;
            None where format 1 did not say.
    """

    key: str
    name: str
    rows: int
    first: int | None
    last: int | None
    imported: str
    timeframe: str | None = None
    price: str | None = None
    size: int | None = None

    @property
    def series(self) -> Series:
        return None if self.timeframe is None or self.price is None else (self.timeframe, self.price)

    def meets(self, first: int, last: int) -> bool:
        """Whether it brought rows of a range."""
        return self.first is not None and self.last is not None and self.first <= last and first <= self.last


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of a symbol: ticks, or bars of any number of series. The segments of a series ascend and never overlap.

    Attributes:
        kind: "quotes", "trades" or "bars". sizes: ticks come with sizes.
    """

    kind: str
    sizes: bool
    segments: tuple[Segment, ...] = ()
    origins: tuple[Origin, ...] = ()

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)

    @property
    def series(self) -> dict[Series, tuple[Segment, ...]]:
        """The segments of each series, in order of time; ticks are the series None."""
        found = dict[Series, list[Segment]]()
        for segment in self.segments:
            found.setdefault(segment.series, []).append(segment)
        return {series: tuple(parts) for series, parts in found.items()}

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        own = {name: getattr(self, name) for name in ("kind", "sizes")}
        return own | {"segments": [_plain(one) for one in self.segments], "origins": [_plain(one) for one in self.origins]}


@dataclass(frozen=True, slots=True)
class Manifest:
    """All feeds of one symbol, at one generation."""

    symbol: str
    generation: int = 0
    feeds: dict[str, Feed] = field(default_factory=dict)

    def with_feed(self, name: str, feed: Feed) -> Manifest:
        """The next generation."""
        return replace(self, generation=self.generation + 1, feeds=self.feeds | {name: feed})

    def to_bytes(self) -> bytes:
        """The file: JSON with a line for each segment and origin. A feed that grows day by day writes it thousands of times."""
        feeds = {name: feed.plain() for name, feed in self.feeds.items()}
        body = {"symbol": self.symbol, "generation": self.generation, "feeds": feeds}
        text = json.dumps({"format": FORMAT, "sha256": checksum(body), "body": body | {"feeds": {}}})
        inside = ",\n".join(f"{json.dumps(name)}: {_lines(feed)}" for name, feed in feeds.items())
        return (text.removesuffix("{}}}") + "{" + inside + "}}}\n").encode()


def load(folder: Path, symbol: str) -> Manifest | None:
    """The manifest in a symbol's folder; None where nothing was ever imported.

    Raises:
        NewerFormatError: a newer btlab wrote it. DamagedError: its bytes are not those that were written, or it is gone.
    """
    path = folder / NAME
    content = _content(path, symbol)
    if content is None:
        if next(folder.rglob("*.parquet"), None) is None:
            return None
        content = _content(path, symbol)  # It comes before the first day file, and may have come just now.
        if content is None:
            raise _damaged(path, symbol, "it is gone")
    known = _known.get(path)
    if known is None or known[0] != content:
        for oldest in list(_known)[: max(0, len(_known) - _MOST_KNOWN + 1)]:
            _known.pop(oldest, None)
        _known[path] = known = content, _parse(content, path, symbol)
    return known[1]


_known: dict[Path, tuple[bytes, Manifest]] = {}
"""What was read last: ten years of days are half a megabyte of JSON, which takes longer to parse than a hundred bars to read."""
_MOST_KNOWN = 64


def _parse(content: bytes, path: Path, symbol: str) -> Manifest:
    try:
        outer = json.loads(content)
        check_format(outer["format"], path)
        body = outer["body"]
        if outer["sha256"] != checksum(body) or body["symbol"] != symbol:
            raise ValueError("its checksum differs")
        return Manifest(symbol, body["generation"], {name: _feed(part) for name, part in body["feeds"].items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, symbol, error) from None


def _plain(one: Segment | Origin) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def _lines(feed: dict[str, Any]) -> str:
    parts = []
    for name, value in feed.items():
        rows = ",\n".join(map(json.dumps, value)) if isinstance(value, list) else None
        parts.append(f"{json.dumps(name)}: {json.dumps(value) if rows is None else f'[{rows}]'}")
    return "{" + ",\n".join(parts) + "}"


def _content(path: Path, symbol: str) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"the manifest of {symbol!r}, {path}, cannot be read: {error}", symbol=symbol, file=str(path)) from None


def _damaged(path: Path, symbol: str, why: object) -> DamagedError:
    return DamagedError(
        f"the manifest of {symbol!r} is damaged ({why}): {path}. Its day files are untouched; store.doctor(repair=True) "
        "rebuilds it from them",
        symbol=symbol,
        file=str(path),
        why=str(why),
    )


def check_format(found: Any, path: Path) -> None:
    """Refuse what a newer btlab wrote."""
    if not isinstance(found, int) or found < 1:
        raise ValueError(f"format {found!r}")
    if found > FORMAT:
        raise NewerFormatError(
            f"{path} is of format {found}, this btlab reads up to {FORMAT}; update btlab, or use another folder",
            file=str(path),
            format=found,
        )


def overlapping(segments: Iterator[Segment] | tuple[Segment, ...], start: int | None, end: int | None) -> list[Segment]:
    """Segments with a row that may lie in start <= time < end; None is open."""
    return [s for s in segments if (end is None or s.first < end) and (start is None or s.last >= start)]


def _feed(body: dict[str, Any]) -> Feed:
    segments = tuple(Segment(**part) for part in body["segments"])
    return Feed(body["kind"], body["sizes"], segments, tuple(Origin(**part) for part in body["origins"]))


def checksum(body: dict[str, Any]) -> str:
    """sha256 of what stands beside it in a file."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
