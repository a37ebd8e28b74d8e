"""A manifest from the day files alone: their footers say what they are, and their names hold the head of their checksum.

Several files may claim one range, as killed imports and unswept generations leave them. Those whose checksums can still be read
in the damaged manifest come first, then the youngest; what overlaps them is unfit.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from btlab.data.files.home import Home
from btlab.data.files.manifest import NAME, Feed, Manifest, Segment
from btlab.data.files.paths import decode_name, encode_name
from btlab.market.times import iso

_BLOCK = re.compile(r'"((?:[^"\\]|\\.)*)": ?\{\s*"kind"|(\{[^{}]*"file"[^{}]*\})')
_GENERATION = re.compile(r'"generation": ?(\d{1,15})\b')


class Candidate(NamedTuple):
    """A day file that is what was written."""

    path: Path
    feed: str
    kind: str
    sizes: bool
    segment: Segment
    named: bool
    changed: float


@dataclass
class Rebuilt:
    """What could be had.

    Attributes:
        manifest: the new one. legible: what can be read of the old one: feed and segment by the name of the file.
        unfit: day files that cannot be in the new one, and why.
        unnamed: day files in it that the damaged manifest cannot be read to name. missing: named there, and gone.
    """

    manifest: Manifest
    legible: dict[str, tuple[str, Segment]]
    unfit: list[tuple[Path, str]]
    unnamed: list[Path]
    missing: list[tuple[str, Segment]]


def rebuild(home: Home, symbol: str) -> Rebuilt:
    """The manifest that the day files make."""
    text = _text(home.folder(symbol) / NAME)
    legible = _legible(text)
    found, unfit = _candidates(home.folder(symbol), symbol, {_head(segment.sha256) for _, segment in legible.values()})
    there, spoiled = {_head(one.segment.sha256) for one in found}, {path.name for path, _ in unfit}
    taken = _choose(found, unfit)
    feeds = {name: _feed([one for one in taken if one.feed == name]) for name in sorted({one.feed for one in taken})}
    number = _GENERATION.search(text)
    manifest = Manifest(symbol, (int(number[1]) if number else int(time.time())) + 1, feeds)
    missing = [said for name, said in legible.items() if _head(said[1].sha256) not in there and name not in spoiled]
    return Rebuilt(manifest, legible, unfit, [one.path for one in taken if not one.named], missing)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""


def _legible(text: str) -> dict[str, tuple[str, Segment]]:
    """What a damaged manifest says of day files, feed and segment by the file's name, where name and checksum agree."""
    found, feed = dict[str, tuple[str, Segment]](), ""
    for name, block in _BLOCK.findall(text):
        try:
            if not block:
                feed = json.loads(f'"{name}"')
                continue
            segment = Segment(**json.loads(block))
            iso(segment.first), iso(segment.last)
            if _head(segment.sha256) in segment.file and PurePosixPath(segment.file).name == segment.file:
                found[segment.file] = feed, segment
        except (ValueError, TypeError, OverflowError):
            continue
    return found


def _candidates(folder: Path, symbol: str, named: Container[str]) -> tuple[list[Candidate], list[tuple[Path, str]]]:
    found, unfit = [], []
    for path in sorted(folder.rglob("*.parquet")):
        try:
            found.append(_candidate(path, symbol, path.parent.relative_to(folder), named))
        except (OSError, ValueError, KeyError, IndexError) as error:
            unfit.append((path, str(error)))
    return found, unfit


def _candidate(path: Path, symbol: str, inside: Path, named: Container[str]) -> Candidate:
    """What a day file says it is.

    Raises:
        ValueError and its like: it is not what was written, or lies where it does not belong.
    """
    import polars as pl

    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if _head(sha256) not in path.name:
        raise ValueError("its checksum is not that of its name")
    try:
        said = pl.read_parquet_metadata(io.BytesIO(content))
        steps = pl.read_parquet(io.BytesIO(content), columns=["time"], use_statistics=False)["time"].to_numpy()
        columns = pl.read_parquet_schema(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"it is no Parquet: {error}") from None
    where = PurePosixPath(*inside.parts)
    if (said["symbol"], said["feed"]) != (str(encode_name(symbol)), str(where)):
        raise ValueError(f"it says that it belongs to {said['symbol']}/{said['feed']}")
    first, digits, timeframe = int(said["first"]), said["digits"], said.get("timeframe")
    kind = "bars" if timeframe is not None else "trades" if said["trades"] == "True" else "quotes"
    last = first + int(np.sum(steps, dtype=np.int64))
    grid = None if digits == "None" else int(digits)
    segment = Segment(path.name, sha256, len(content), len(steps), first, last, grid, timeframe, said.get("price"))
    return Candidate(path, decode_name(where), kind, "bid_size" in columns, segment, _head(sha256) in named, path.stat().st_mtime)


def _head(sha256: str) -> str:
    """As much of a checksum as a file's name holds."""
    return sha256[:16]


def _choose(found: list[Candidate], unfit: list[tuple[Path, str]]) -> list[Candidate]:
    """The files that make a manifest; the others become unfit."""
    taken = list[Candidate]()
    for one in sorted(found, key=lambda one: (not one.named, -one.changed)):
        others = [other for other in taken if other.feed == one.feed]
        if others and (one.kind, one.sizes) != (others[0].kind, others[0].sizes):
            unfit.append((one.path, f"it holds {one.kind}, and the feed {others[0].kind}"))
        elif any(_overlap(one.segment, other.segment) for other in others):
            unfit.append((one.path, "it overlaps what comes before it"))
        else:
            taken.append(one)
    return taken


def _overlap(a: Segment, b: Segment) -> bool:
    return a.series == b.series and a.first <= b.last and b.first <= a.last


def _feed(files: list[Candidate]) -> Feed:
    ordered = sorted((one.segment for one in files), key=lambda segment: segment.first)
    return Feed(files[0].kind, files[0].sizes, tuple(ordered))
