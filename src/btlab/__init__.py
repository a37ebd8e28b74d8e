"""btlab: real ticks, six timeframes, strategies of ten lines, and a replay of what they did.

    import btlab as bt

Every public name is reached from here and loaded when it is first used, so the import itself is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from btlab import errors
    from btlab import metrics as stats
    from btlab.data import feeds
    from btlab.data.importers import list_formats
    from btlab.data.simulate import simulate_ticks
    from btlab.data.store import Store
    from btlab.execution.account import Account, Limits, financing
    from btlab.execution.costs import commission, slippage
    from btlab.execution.profile import Execution
    from btlab.indicators.ask import indicator
    from btlab.indicators.catalogue import list_indicators
    from btlab.indicators.custom import custom_indicator
    from btlab.market.codes import DAY, FOK, GTC, IOC
    from btlab.market.instrument import Instrument
    from btlab.market.series import Bars, Ticks
    from btlab.market.state import MultiTimeframe
    from btlab.market.timeframe import TIMEFRAMES
    from btlab.market.timeline import bars
    from btlab.session.exploration.front import explore
    from btlab.session.info import info
    from btlab.session.portfolio.result import PortfolioSession
    from btlab.session.probe.lookahead import check_lookahead
    from btlab.session.probe.report import LookAhead, Warmup
    from btlab.session.probe.warmup import check_warmup
    from btlab.session.result import Session
    from btlab.session.run import resume, run
    from btlab.session.signals import run_signals
    from btlab.strategy import mathematics as math
    from btlab.strategy.base import Strategy
    from btlab.strategy.written import load_strategy
    from btlab.widgets import overlays
    from btlab.widgets.overlays.base import Overlay

__version__ = "0.1.0"

_WHERE = {
    "DAY": "btlab.market.codes",
    "FOK": "btlab.market.codes",
    "GTC": "btlab.market.codes",
    "IOC": "btlab.market.codes",
    "Account": "btlab.execution.account",
    "Bars": "btlab.market.series",
    "Execution": "btlab.execution.profile",
    "Instrument": "btlab.market.instrument",
    "Limits": "btlab.execution.account",
    "LookAhead": "btlab.session.probe.report",
    "MultiTimeframe": "btlab.market.state",
    "Overlay": "btlab.widgets.overlays.base",
    "PortfolioSession": "btlab.session.portfolio.result",
    "Session": "btlab.session.result",
    "Store": "btlab.data.store",
    "Strategy": "btlab.strategy.base",
    "TIMEFRAMES": "btlab.market.timeframe",
    "Ticks": "btlab.market.series",
    "Warmup": "btlab.session.probe.report",
    "bars": "btlab.market.timeline",
    "check_lookahead": "btlab.session.probe.lookahead",
    "check_warmup": "btlab.session.probe.warmup",
    "commission": "btlab.execution.costs",
    "custom_indicator": "btlab.indicators.custom",
    "errors": "btlab.errors",
    "explore": "btlab.session.exploration.front",
    "feeds": "btlab.data.feeds",
    "financing": "btlab.execution.account",
    "indicator": "btlab.indicators.ask",
    "info": "btlab.session.info",
    "list_formats": "btlab.data.importers",
    "list_indicators": "btlab.indicators.catalogue",
    "load_strategy": "btlab.strategy.written",
    "math": "btlab.strategy.mathematics",
    "overlays": "btlab.widgets.overlays",
    "resume": "btlab.session.run",
    "run": "btlab.session.run",
    "run_signals": "btlab.session.signals",
    "simulate_ticks": "btlab.data.simulate",
    "slippage": "btlab.execution.costs",
    "stats": "btlab.metrics",
}

__all__ = [
    "DAY",
    "FOK",
    "GTC",
    "IOC",
    "TIMEFRAMES",
    "Account",
    "Bars",
    "Execution",
    "Instrument",
    "Limits",
    "LookAhead",
    "MultiTimeframe",
    "Overlay",
    "PortfolioSession",
    "Session",
    "Store",
    "Strategy",
    "Ticks",
    "Warmup",
    "bars",
    "check_lookahead",
    "check_warmup",
    "commission",
    "custom_indicator",
    "errors",
    "explore",
    "feeds",
    "financing",
    "indicator",
    "info",
    "list_formats",
    "list_indicators",
    "load_strategy",
    "math",
    "overlays",
    "resume",
    "run",
    "run_signals",
    "simulate_ticks",
    "slippage",
    "stats",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        from btlab.errors import did_you_mean

        raise AttributeError(f"btlab has no {name!r}.{did_you_mean(name, __all__)}")
    module = import_module(_WHERE[name])
    value = module if name in ("errors", "feeds", "math", "overlays", "stats") else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
