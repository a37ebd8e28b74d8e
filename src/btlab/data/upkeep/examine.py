"""One symbol, looked at: what is wrong with it, and what putting it right would take. Nothing is changed here."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from btlab.data.files.home import Home
from btlab.data.files.manifest import NAME, Feed, Manifest, Origin, Segment, load
from btlab.data.upkeep.change import files_of, leftovers
from btlab.data.upkeep.diagnosis import Finding, What
from btlab.data.upkeep.rebuild import rebuild
from btlab.errors import DamagedError, NewerFormatError, StoreError


@dataclass
class Look:
    """What was seen of a symbol, and the plan.

    Attributes:
        findings: what is wrong. files: how many were looked at.
        manifest: the one to write; None where the old one is right. aside: what to set aside. remove: what nothing needs.
    """

    home: Home
    symbol: str
    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    manifest: Manifest | None = None
    aside: list[Path] = field(default_factory=list)
    remove: list[Path] = field(default_factory=list)

    def find(
        self, what: What, path: Path, why: str, remedy: str, feed: str | None = None, segment: Segment | None = None
    ) -> None:
        """Take something down."""
        finding = Finding(what, path.relative_to(self.home.path).as_posix(), why, remedy, self.symbol, feed)
        self.findings.append(finding if segment is None else finding.of(segment))


def examine(home: Home, symbol: str) -> Look:
    """Look at one generation of a symbol's files; a writer may be at work meanwhile."""
    folder = home.folder(symbol)
    while True:
        look = Look(home, symbol)
        try:
            manifest = load(folder, symbol)
            if manifest is not None:
                _day_files(look, manifest)
            if load(folder, symbol) != manifest:
                continue
            _leftovers(look, manifest)
        except NewerFormatError as error:
            look.find("newer", folder / NAME, error.message, "it is left alone; update btlab")
        except DamagedError as error:
            _rebuild(look, error.details["why"])
        except StoreError as error:
            look.find("unreadable", folder / NAME, error.message, "it is left alone; see to its permissions")
        return look


def _day_files(look: Look, manifest: Manifest) -> None:
    """Each against its checksum; those that are not what was written leave the manifest."""
    feeds = {}
    for name, feed in manifest.feeds.items():
        lost = [segment for segment in feed.segments if _is_lost(look, name, feed, segment)]
        kept = tuple(segment for segment in feed.segments if segment not in lost)
        origins = tuple(origin for origin in feed.origins if not any(_brought(origin, segment) for segment in lost))
        feeds[name] = replace(feed, segments=kept, origins=origins) if lost else feed
    if feeds != manifest.feeds:
        look.manifest = replace(manifest, generation=manifest.generation + 1, feeds=feeds)


def _is_lost(look: Look, name: str, feed: Feed, segment: Segment) -> bool:
    path = look.home.feed_folder(look.symbol, name) / segment.file
    look.files += 1
    files = ", ".join(origin.name for origin in feed.origins if _brought(origin, segment)) or "the files of that range"
    rest = f'its range is no longer listed; import {files} again with overlap="replace"'
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() == segment.sha256:
            return False
        look.find("damaged", path, "its checksum differs", f"it is set aside, and {rest}", name, segment)
        look.aside.append(path)
    except FileNotFoundError:
        look.find("missing", path, "it is gone", rest, name, segment)
    except OSError as error:
        look.find("unreadable", path, str(error.strerror or error), "it is left alone; see to its permissions", name, segment)
        return False
    return True


def _brought(origin: Origin, segment: Segment) -> bool:
    return origin.series == segment.series and origin.meets(segment.first, segment.last)


def _leftovers(look: Look, manifest: Manifest | None) -> None:
    used = files_of(look.home, manifest) if manifest else {}
    for path in leftovers(look.home.folder(look.symbol), used, time.time()):
        look.find("leftover", path, "no manifest names it, and it is over a day old", "it is removed")
        look.remove.append(path)


def _rebuild(look: Look, why: str) -> None:
    """The manifest is no use: plan a new one from the day files."""
    folder = look.home.folder(look.symbol)
    rebuilt = rebuild(look.home, look.symbol)
    look.manifest = rebuilt.manifest
    taken = files_of(look.home, rebuilt.manifest)
    look.files += len(taken) + len(rebuilt.unfit)
    rest = f"it is set aside, and made anew from {len(taken)} day files; which files were imported before is forgotten"
    if rebuilt.unnamed:
        rest += f". {len(rebuilt.unnamed)} of them it does not name legibly; an import that never finished may have left them"
    look.find("manifest", folder / NAME, why, rest)
    if (folder / NAME).exists():
        look.aside.append(folder / NAME)
    again = 'import the files of that range again with overlap="replace"'
    for path, reason in rebuilt.unfit:
        feed, segment = rebuilt.legible.get(path.name, (None, None))
        look.find("damaged", path, reason, f"it is set aside; {again}" if segment else "it is set aside", feed, segment)
        look.aside.append(path)
    for feed, segment in rebuilt.missing:
        path = look.home.feed_folder(look.symbol, feed) / segment.file
        look.find("missing", path, "the manifest named it, and it is gone", again, feed, segment)
