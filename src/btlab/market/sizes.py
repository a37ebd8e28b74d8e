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
ROUNDING = 1e-9
LEAST_UNITS = 10_000.0
"""FX that is quoted in units shows this much, a tenth of a lot, in the middle of its quotes; or as the volume of a minute."""


def has_sizes(data: Ticks | Bars, instrument: Instrument) -> bool:
    """Whether the data say how much there was. Bars always have volumes: where all are 0, nobody counted any, unless the
    instrument says how they count, as for a beginning whose volumes come later.
    """
    if isinstance(data, Bars):
        return instrument.size_unit is not None or bool(data.volume.any())
    return data.bid_size is not None


def size_unit_of(data: Ticks | Bars, instrument: Instrument, participation: float | None) -> float:
    """How many units one of the sizes is: as the instrument says, or else by what the first of them look like.

    Args:
        participation: the share of a size that orders may take; None: all that they want.

    Raises:
        RunError: none of the sizes makes a lot, or, where their unit is but a guess, half of them make none.

    >>> ticks = Ticks.from_arrays([0], [1.1], [1.1001], symbol="EURUSD", bid_size=[1.5], ask_size=[0.75])
    >>> size_unit_of(ticks, Instrument("EURUSD"), 1.0)
    1000000.0
    """
    sizes, said, symbol = _first_sizes(data), instrument.size_unit, instrument.symbol
    if not len(sizes):
        return said or 1.0
    middle = float(np.median(sizes))
    in_millions = family(symbol) == "fx" and middle < LEAST_UNITS * _minutes(data)
    unit = said or (MILLION if in_millions else 1.0)
    known = bool(said) or in_millions
    counted = unit * (float(sizes.max()) if known else middle)
    if said and len(data) < FIRST:
        return unit  # more may come: what begins as other data do is run as they are
    if participation is not None and participation * counted < instrument.lot_size * (1.0 - ROUNDING):
        which = f"no first size of {symbol} is over" if known else f"half of the first sizes of {symbol} are under"
        raise RunError(
            f"{which} {counted:.6g}, and a share of {participation:g} of that is no lot of {instrument.lot_size:g}: nothing "
            f"would fill. Say how many units one of them is, as in instrument=bt.Instrument({symbol!r}, size_unit=1e6), or take "
            "a smaller lot_size= or a larger participation=",
            symbol=symbol,
            size=counted,
            lot_size=instrument.lot_size,
            participation=participation,
        )
    return unit


def _first_sizes(data: Ticks | Bars) -> np.ndarray:
    """The first sizes, or volumes, of those that are any."""
    if isinstance(data, Bars):
        columns = [data.volume[:FIRST]]
    elif data.bid_size is None or data.ask_size is None:
        return np.empty(0)
    else:
        columns = [data.bid_size[:FIRST], data.ask_size[:FIRST]]
    sizes = np.concatenate(columns)
    return sizes[sizes > 0.0]


def _minutes(data: Ticks | Bars) -> float:
    """How many minutes a bar has; a tick counts as one."""
    return max(1.0, MICROSECONDS[data.timeframe] / 60e6) if isinstance(data, Bars) else 1.0
