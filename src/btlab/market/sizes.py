"""What a quoted size counts: units, or the millions that FX is quoted in.

Data keep sizes as their vendor states them: Dukascopy's, and those of `bt.simulate_ticks`, are millions of the base currency. An
order counts units. So whoever holds one against the other has to know, and a magnitude tells: nobody quotes FX in hundreds of
units, nor in thousands of millions. A number of the first rows alone is looked at, so that what comes later changes nothing.
"""

from __future__ import annotations

import numpy as np

from btlab.errors import RunError
from btlab.market.instrument import Instrument, family
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import MICROSECONDS

FIRST = 1_000
MILLION = 1e6
LEAST_UNITS = 10_000.0
"""FX that is quoted in units shows this much, a tenth of a lot, in the middle of its quotes; or as the volume of a minute."""


def size_unit_of(data: Ticks | Bars, instrument: Instrument, participation: float | None) -> float:
    """How many units one of the sizes is, for an instrument that does not say it.

    Args:
        participation: the share of a size that orders may take; None: all that they want.

    Raises:
        RunError: the sizes would be less than a lot, so that nothing could ever fill.

    >>> ticks = Ticks.from_arrays([0], [1.1], [1.1001], symbol="EURUSD", bid_size=[1.5], ask_size=[0.75])
    >>> size_unit_of(ticks, Instrument("EURUSD"), 1.0)
    1000000.0
    """
    middle = _middle_of(data)
    if middle is None:
        return 1.0
    if family(instrument.symbol) == "fx" and middle < LEAST_UNITS * _minutes(data):
        return MILLION
    if participation is not None and participation * middle < instrument.lot_size:
        symbol = instrument.symbol
        raise RunError(
            f"half of the first sizes of {symbol} are under {middle:.6g}, and a share of {participation:g} of them is no lot of "
            f"{instrument.lot_size:g}: nothing would fill. Say how many units one of them is, as in "
            f"instrument=bt.Instrument({symbol!r}, size_unit=1e6), or a smaller lot_size=",
            symbol=symbol,
            size=middle,
            lot_size=instrument.lot_size,
        )
    return 1.0


def _middle_of(data: Ticks | Bars) -> float | None:
    """The median of the first sizes, or volumes; None where none is quoted."""
    if isinstance(data, Bars):
        columns = [data.volume[:FIRST]]
    elif data.bid_size is None or data.ask_size is None:
        return None
    else:
        columns = [data.bid_size[:FIRST], data.ask_size[:FIRST]]
    sizes = np.concatenate(columns)
    sizes = sizes[sizes > 0.0]
    return float(np.median(sizes)) if len(sizes) else None


def _minutes(data: Ticks | Bars) -> float:
    """How many minutes a bar has; a tick counts as one."""
    return max(1.0, MICROSECONDS[data.timeframe] / 60e6) if isinstance(data, Bars) else 1.0
