"""The trades of a recorded Binance stream that holds quotes too: what format="binance-trades" asks for."""

from __future__ import annotations

from btlab.data.importers import binance_stream
from btlab.data.importers.base import Options, Reader, Verdict
from btlab.data.importers.source import Source

NAME = "binance-trades"
TAKES_DATE = False


def recognise(source: Source) -> Verdict | None:
    """Where quotes are there as well; what holds trades alone is of the format "binance"."""
    return binance_stream.recognise(source, trades=True)


def reader(source: Source, options: Options) -> Reader:
    """All trades of one symbol."""
    return binance_stream.reader(source, options, trades=True, name=NAME)
