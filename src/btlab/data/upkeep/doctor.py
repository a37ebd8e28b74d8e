"""Doctor: looks at every file of a store, says what is wrong with it, and puts right what can be, without deleting any data.

Damaged files are renamed into `quarantine/`, and their range is no longer listed; a damaged manifest is rebuilt from its day
files; what killed imports left is removed. Everything else of the store can be read and written meanwhile.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from btlab.data.files.home import MARKER, Home
from btlab.data.files.manifest import NAME
from btlab.data.upkeep.change import changing, temporaries
from btlab.data.upkeep.diagnosis import Diagnosis, Finding
from btlab.data.upkeep.examine import Look, examine
from btlab.errors import DamagedError, StoreError


def doctor(home: Home, *, repair: bool) -> Diagnosis:
    """Look at everything; with `repair`, put right what can be."""
    began = time.perf_counter()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    quarantine = home.path / "quarantine" / f"{stamp}-{secrets.token_hex(2)}"
    symbols = list(home.places())
    findings, files = _mark(home, quarantine, bool(symbols), repair), 0
    for symbol in symbols:
        look = examine(home, symbol)
        files += look.files
        findings += _repaired(look, quarantine) if repair and look.findings else look.findings
    findings += _temporaries(home, repair)
    aside = quarantine if quarantine.exists() else None
    return Diagnosis(tuple(findings), len(symbols), files, aside, time.perf_counter() - began)


def _mark(home: Home, quarantine: Path, used: bool, repair: bool) -> list[Finding]:
    """store.json, which can always be made anew: each manifest says its own format."""
    path = home.path / MARKER
    try:
        home.check_format()
        if path.exists() or not used:
            return []
        why = "it is gone"
    except DamagedError as error:
        why = error.details["why"]
    if repair:
        with home.usable():
            if path.exists():
                home.disk.move(path, quarantine / MARKER)
            home.mark()
    return [Finding("mark", MARKER, why, "it is made anew", repaired=repair)]


def _repaired(look: Look, quarantine: Path) -> list[Finding]:
    """Carry a plan out, made again under the lock."""
    home, symbol = look.home, look.symbol
    try:
        with changing(home, symbol) as change:
            look = examine(home, symbol)
            for path in look.aside:
                place = quarantine / path.relative_to(home.path)
                if path.name == NAME:  # It is replaced, so that there is one at any time.
                    home.disk.put(place, path.read_bytes())
                else:
                    home.disk.move(path, place)
            if look.manifest is not None:
                change.commit(look.manifest)
            for path in look.remove:
                home.disk.remove(path)
    except StoreError as error:
        folder = home.folder(symbol).relative_to(home.path).as_posix()
        return [*look.findings, Finding("unrepaired", folder, error.message, "run doctor again", symbol)]
    return [replace(finding, repaired=finding.what not in ("newer", "unreadable")) for finding in look.findings]


def _temporaries(home: Home, repair: bool) -> list[Finding]:
    """What killed processes left beside the symbols."""
    found = temporaries(home, time.time())
    if repair:
        for path in found:
            home.disk.remove(path)
    return [
        Finding("leftover", path.relative_to(home.path).as_posix(), "it is over a day old", "it is removed", repaired=repair)
        for path in found
    ]
