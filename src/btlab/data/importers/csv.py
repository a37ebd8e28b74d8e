"""Ticks or bars in any table of text: a time and bid and ask, with or without their sizes; a time, a price and a size; or a time,
open, high, low, close and volume.

What is found out, and how, is said in the report:
- the delimiter is the first of tab ; | , that parts most of the first lines equally, and gives a cell that is a time;
- the first line is a header where no cell is a number or a time, and names the columns (`csv_columns.NAMES`); lines before it
  that have another number of cells are passed over;
- without a header, two numbers are bid and ask where those of each of the first rows lie within 5 % of each other, else price and
  size; four or five are open, high, low, close and volume where the second is never exceeded and the third never undercut, four
  others are bid, ask and their sizes; what may be two things is asked: `columns="time,bid,ask,-"`;
- numbers have a decimal comma where some have a comma and none has a point;
- times are counts or dates by the rules of `csv_times`; a date and a time of the day may stand in two columns;
- bars are as long as the greatest step that all of the first rows are multiples of.
"""

from __future__ import annotations

from btlab.data.importers import text
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.blocks import is_text
from btlab.data.importers.csv_columns import columns_of
from btlab.data.importers.csv_table import DELIMITERS, Table, table_of
from btlab.data.importers.csv_times import EARLIEST_TICK, Clock, clock_of
from btlab.data.importers.source import Source
from btlab.data.importers.tables import Said, bars_reader, check_holds, shown, ticks_reader
from btlab.data.zones import UTC
from btlab.errors import FormatError, counted

NAME = "csv"
TAKES_DATE = False


def recognise(source: Source) -> Verdict | None:
    """Anything that is text."""
    if not is_text(source):
        return None
    try:
        table = table_of(source)
        holds = columns_of(source, table).holds
    except FormatError:
        return Verdict("a table of text", None)
    by = "its header" if table.header else "its numbers"
    return Verdict(f"a table of {holds}, by {by}", "bars" if holds == "bars" else "ticks")


def reader(source: Source, options: Options) -> Reader:
    """A table of any length.

    Raises:
        FormatError: its delimiter, columns or times cannot be told, or may be read in two ways.
    """
    table = table_of(source)
    columns = columns_of(source, table, options.symbol, options.columns)
    check_holds(source, columns.holds, options, "a table of these columns")
    clock = clock_of(source, table.column(columns.roles.index("time")), options.unit, options.dates)
    layout = text.Layout(
        columns=columns.roles,
        delimiter=table.delimiter.encode(),
        decimal=table.decimal.encode(),
        skip=table.skip,
        order=clock.order,
        unit=clock.unit,
        bounds=clock.bounds,
        earliest=text.LEAST if options.bars or clock.unit else EARLIEST_TICK,
        zone=options.zone or UTC,
        scale=options.price_scale,
        name=columns.name,
        symbol=options.symbol,
    )
    why, how = _why(table, columns.roles, clock, layout.zone.name), {"format": NAME}
    if options.bars:
        return bars_reader(source, layout, options, Said(), why, how, columns.warnings)
    return ticks_reader(source, layout, why, how, columns.warnings)


def _why(table: Table, roles: tuple[str, ...], clock: Clock, zone: str) -> str:
    parted = f"a table parted by {DELIMITERS[table.delimiter]}, {'a header' if table.header else 'no header'}"
    passed = (
        f"{counted(len(table.preamble), 'line')} before it passed over ({table.preamble[0][:60]!r})" if table.preamble else ""
    )
    more = [passed] if passed else []
    more += ["a decimal comma"] if table.decimal == "," else []
    times = clock.why if clock.unit else f"{clock.why} in {zone} unless they carry an offset"
    return f"{', '.join([parted, *more])}; columns {shown(roles)}; times are {times}"
