"""What may be wrong with a row, as the codes that compiled code hands over, and in words."""

from __future__ import annotations

GOOD, CELLS, TIME, NUMBER, UNIT, NO_LOCAL_TIME, PRICE, SIZE, BACKWARDS, FILLER, SYMBOL, HIGH_LOW, TWICE = range(13)
MESSAGE, CHECKSUM = 13, 14
REPEAT = 254
"""No fault: the row says what the row before said, and is dropped."""

REASONS = {
    CELLS: "the number of cells is not that of the format",
    TIME: "the time cannot be read",
    NUMBER: "a cell is no number",
    UNIT: "the time lies outside what the format, or the unit of the first row, allows",
    NO_LOCAL_TIME: "this local time does not exist: clocks were put forward over it",
    PRICE: "a price is not positive and finite",
    SIZE: "a size is negative or not finite",
    BACKWARDS: "the time is older than a row before it",
    FILLER: "filler",
    HIGH_LOW: "high and low do not enclose open and close",
    TWICE: "another bar begins at the time of the row before it",
    SYMBOL: "the row names another symbol than the first",
    MESSAGE: "the message is cut off, or its groups make no sense",
    CHECKSUM: "the message is not what its checksum says",
}
