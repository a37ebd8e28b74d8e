"""What is easily got wrong in a first run, told before it begins."""

from __future__ import annotations

from btlab.errors import TimeframeError, did_you_mean, warn
from btlab.market.timeline import Timeline
from btlab.strategy.base import HANDLERS, Strategy


def check_methods(strategy: Strategy) -> None:
    """Warn of methods that look as if the clock called them: an `on_bra` would do nothing and say nothing."""
    owner = type(strategy)
    for name in dir(owner):
        if name.startswith("on_") and name not in HANDLERS and callable(getattr(owner, name)):
            warn(f"{owner.__name__}.{name} is called by nobody.{did_you_mean(name, HANDLERS)}")


def check_timeframes(strategy: Strategy, timeline: Timeline) -> None:
    """That the data have the bars which the strategy is called for.

    Raises:
        TimeframeError: they are finer than the data.
    """
    for timeframe in strategy.timeframes():
        try:
            timeline.rows(timeframe)
        except TimeframeError as error:
            owner, base = type(strategy), timeline.names[0]
            said = "is so where a class says nothing" if "timeframe" not in vars(owner) else "says it"
            error.add_note(f"{owner.__name__}.timeframe = {timeframe!r} {said}; write timeframe = {base!r} into the class")
            raise
