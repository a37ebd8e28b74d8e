"""What every importer is: a name, a way to recognise its files, and a reader of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, Protocol

from btlab.data.importers.source import Source
from btlab.data.rows import Batch
from btlab.data.zones import Zone
from btlab.errors import FormatError
from btlab.market.times import Moment, to_datetime, to_microseconds


@dataclass(frozen=True)
class Options:
    """What the caller said about the files.

    Args:
        symbol: whose rows they are. zone: of their times; None: the format's own. price_scale: prices are numbers x this.
        date: of rows that carry none; None: the path says it.
        bars: bars are wanted (`import_bars`), not ticks.
        timeframe, stamp, price: of bars; None: as the file or the format says.
        columns, unit, dates: of tables: what each column is, the unit of times that are counts, the order of dates ("ymd", "dmy",
            "mdy"); None: as the first rows tell.
    """

    symbol: str
    zone: Zone | None = None
    price_scale: float | None = None
    date: Moment | None = None
    bars: bool = False
    timeframe: str | None = None
    stamp: Literal["start", "end"] | None = None
    price: Literal["bid", "ask", "mid", "last"] | None = None
    columns: tuple[str, ...] | None = None
    unit: str | None = None
    dates: str | None = None

    def moment(self) -> datetime | None:
        """`date` as a datetime, in the file's own clock."""
        if self.date is None:
            return None
        return to_datetime(to_microseconds(self.date)).replace(tzinfo=UTC)


class Verdict(NamedTuple):
    """A file is of this format, and why; what it holds; `sure` is False where the layout is another format's too.

    What it holds is None where only the reader finds out.

    Where several importers are not sure of a file, the caller is asked which it is.
    """

    why: str
    holds: Literal["ticks", "bars"] | None = "ticks"
    sure: bool = True


@dataclass(frozen=True)
class Reader:
    """One file, ready to be read.

    Attributes:
        how: everything but the bytes that the rows depend on: what tells one reading of a file from another.
        start: µs UTC near the first row, by which files are put in order; None: nothing in it.
        whose: the symbol, and the market, that the path names; None where it names none.
        warnings: what the report should say.
        timeframe, price: of bars; None for ticks.
        zone: of its times, where FX's weekly gap may contradict it; None: nothing to contradict.
    """

    source: Source
    why: str
    how: dict[str, str | float | None]
    start: int | None
    whose: str | None
    batches: Callable[[], Iterator[Batch]]
    warnings: tuple[str, ...] = field(default=())
    timeframe: str | None = None
    price: str | None = None
    zone: Zone | None = None


class Importer(Protocol):
    """A module of this package with these names."""

    NAME: str
    TAKES_DATE: bool

    @staticmethod
    def recognise(source: Source) -> Verdict | None: ...

    @staticmethod
    def reader(source: Source, options: Options) -> Reader: ...


def day_of(text: str, source: Source) -> date:
    """The date that eight digits of a path say.

    Raises:
        FormatError: there is no such day.
    """
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        raise FormatError(f"{source.name}: {text} in its path is no date; give date=", file=source.name) from None
