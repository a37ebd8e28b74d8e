"""How orders are executed: when, at what cost, and how much of a quote they may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from btlab.errors import RunError, did_you_mean
from btlab.execution.costs import Commission, Slippage, commission_of, slippage, slippage_of
from btlab.execution.policy import Intrabar
from btlab.market.said import finite, plain, whole
from btlab.market.series import Bars
from btlab.market.times import duration

FILLS = ("next", "current")


@dataclass(frozen=True, slots=True, init=False)
class Execution:
    """How orders are executed. The default is "perfect": the quotes as they are, no slippage, no commission, no latency.

    Args:
        fill: "next": a market order meets the tick (on bars: the open) after it was placed. "current": it fills at once, at
            the last quotes seen (at a bar's close: that close).
        slippage: a price as a plain number, or `bt.slippage.fixed`, `.pips`, `.spread`, `.random`, `.volume`, and their sums.
        commission: a fraction of the notional as a plain number, or `bt.commission.percent`, `.per_unit`, `.per_lot`, `.fixed`,
            `.maker_taker`, `.tiers`, `.function`, and their sums.
        latency: from placing or modifying an order to the first tick it may meet: µs, text ("250ms") or timedelta.
        participation: the share of a quoted size (on bars: of the volume) that the orders of one side may take; what is left of
            an order goes on at the next tick. None: an order is always filled whole. FX is quoted in millions as a rule:
            `bt.Instrument(size_unit=)` says how many units one of a size is.
        widen: a share of the spread that orders meet on top of it: 0.5 makes 1.0 pip 1.5.
        through: tick sizes that a quote must go beyond a limit or a take profit before it fills.
        intrabar: on bars, which extreme comes first where the fills depend on it: "pessimistic" (a stop before a target),
            "optimistic", "path" (the extreme nearer the open), "high_first", "low_first"; or finer bars of the same symbol, which
            know better, or "finer" for the finest that `bt.run(..., store=store)` finds.

    >>> Execution(commission=0.001, latency="250ms").latency
    250000
    """

    fill: str
    slippage: Slippage
    commission: Commission
    latency: int
    participation: float | None
    widen: float
    through: int
    intrabar: Intrabar

    def __init__(
        self,
        *,
        fill: str = "next",
        slippage: float | Slippage = 0.0,
        commission: float | Commission = 0.0,
        latency: int | str | timedelta = 0,
        participation: float | None = None,
        widen: float = 0.0,
        through: int = 0,
        intrabar: str | Bars | Intrabar = "pessimistic",
    ) -> None:
        values = {
            "fill": fill,
            "slippage": slippage_of(slippage),
            "commission": commission_of(commission),
            "latency": duration(latency),
            "participation": plain(participation),
            "widen": plain(widen),
            "through": plain(through),
            "intrabar": Intrabar.of(intrabar),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        _check(self)


def _check(said: Execution) -> None:
    if said.fill not in FILLS:
        raise RunError(f"fill={said.fill!r} is none.{did_you_mean(str(said.fill), FILLS)}", fill=said.fill)
    if said.latency < 0:
        raise RunError(f"latency={said.latency}: an order cannot arrive before it was sent", latency=said.latency)
    share = said.participation
    if share is not None and (finite(share) is None or not 0.0 < share <= 1.0):
        raise RunError(f"participation={share!r}: a share of the quoted size, over 0 and at most 1", participation=share)
    if said.fill == "current" and (said.latency or share is not None):
        raise RunError("fill='current' fills at once and whole: it goes with no latency and no participation", fill=said.fill)
    if finite(said.widen) is None or said.widen < 0:
        raise RunError(f"widen={said.widen!r}: a share of the spread that is not negative", widen=said.widen)
    if whole(said.through) is None or said.through < 0:
        raise RunError(f"through={said.through!r}: a whole number of tick sizes that is not negative", through=said.through)


PROFILES = {
    "perfect": Execution(),
    "realistic": Execution(slippage=slippage.random(0.1, 0.3, pips=True)),
    "worst": Execution(slippage=slippage.random(0.5, 1.0, pips=True), widen=0.5, through=1, participation=1.0),
}
"""Profiles by name. "worst" takes no more than the quoted sizes, where the data have any."""
NO_SIZES = (
    ", or by the volumes of bars, and these data have none (packed ticks never have; volumes that are all 0 are none): give data "
    "that have some, or leave it out"
)


def execution_of(said: str | Execution, sized: bool) -> Execution:
    """The execution that a user named, for data with sizes or without.

    Raises:
        RunError: an unknown name; an execution that wants sizes where the data have none.
    """
    if not isinstance(said, Execution):
        if said not in PROFILES:
            names = ", ".join(repr(name) for name in PROFILES)
            raise RunError(f"execution={said!r} is not known; give {names}, or a bt.Execution(...)", execution=said)
        profile = PROFILES[said]
        return profile if sized else with_changes(profile, participation=None)
    if not sized and said.participation is not None:
        raise RunError(f"participation= is a share of the quoted sizes{NO_SIZES}", participation=said.participation)
    if not sized and said.slippage.volume:
        raise RunError(f"slippage.volume is by the quoted sizes{NO_SIZES}", volume=said.slippage.volume)
    return said


def with_changes(said: Execution, **changes: object) -> Execution:
    """The same execution with other values."""
    values = {name: getattr(said, name) for name in Execution.__slots__}
    return Execution(**(values | changes))
