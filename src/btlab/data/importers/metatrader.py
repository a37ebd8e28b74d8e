"""What MetaTrader 4 and 5 have in common: times in the server's clock, which the weekly gap tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from btlab.data.importers import text
from btlab.data.importers.base import Options
from btlab.data.importers.source import Source
from btlab.data.kernels.faults import GOOD
from btlab.data.weekend import find_zone, gaps_of
from btlab.data.zones import UTC, Zone


class Server(NamedTuple):
    """A server's zone, what tells it, and what the report should say."""

    zone: Zone
    why: str
    warnings: tuple[str, ...] = ()


def server_of(source: Source, layout: text.Layout, step: int, options: Options) -> Server:
    """The zone of a file's times: what the caller says, else what its weekly gaps say, else UTC with a warning.

    Args:
        step: µs; of bars the length, of ticks 0.
    """
    if options.zone is not None:
        return Server(options.zone, f"times in {options.zone.name}, as asked")
    found = find_zone(gaps_of(_local_times(source, layout), step), step)
    if found is None:
        warning = (
            f"{source.name}: no weekend of FX is in it, so the clock of its server cannot be told; its times are taken as UTC. "
            'tz= says what they are: most servers keep "America/New_York+7"'
        )
        return Server(UTC, "times in UTC, for want of a weekend that tells", (warning,))
    many = f"{found.weekends} weekly gaps" if found.weekends > 1 else "one weekly gap"
    return Server(found.zone, f"times in {found.zone.name}, by {many}")


def is_ever_above_zero(source: Source, layout: text.Layout, column: int) -> bool:
    """Whether any number of a column of the whole file is more than 0."""
    only = replace(layout, columns=tuple("volume" if at == column else "" for at in range(len(layout.columns))))
    return any((raw.real > 0).any() for raw in text.raws(source, only))


def _local_times(source: Source, layout: text.Layout) -> Iterator[np.ndarray]:
    only = replace(layout, columns=tuple(role if role in ("time", "day_time") else "" for role in layout.columns))
    for raw in text.raws(source, only):
        yield raw.time[raw.fault == GOOD]
