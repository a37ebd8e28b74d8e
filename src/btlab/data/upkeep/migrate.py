"""Migrate: every manifest in the newest format. Older ones are read without it; what writes does it on the way."""

from __future__ import annotations

import json
from pathlib import Path

from btlab.data.files.home import MARKER, Home
from btlab.data.files.manifest import FORMAT, NAME, load
from btlab.data.upkeep.change import changing
from btlab.data.upkeep.outcome import MigrateReport
from btlab.errors import StoreError


def migrate(home: Home) -> MigrateReport:
    """Rewrite what is of an older format, one symbol after the other; each is of the old format or of the new one."""
    migrated, skipped = [], dict[str, str]()
    home.check_format()
    for symbol in home.symbols():
        try:
            with changing(home, symbol) as change:
                manifest = load(home.folder(symbol), symbol)
                if manifest is not None and _format(home.folder(symbol) / NAME) < FORMAT:
                    change.commit(manifest)
                    migrated.append(symbol)
        except StoreError as error:
            skipped[symbol] = error.message
    if (home.path / MARKER).exists() and _format(home.path / MARKER) < FORMAT and not skipped:
        home.mark()
    return MigrateReport(FORMAT, migrated, skipped)


def _format(path: Path) -> int:
    return int(json.loads(path.read_bytes())["format"])
