"""Why: a trade from the values that the strategy saw to the tick that filled it, and everything that is true at one tick."""

from __future__ import annotations

from btlab.session.explain.moments import explain_moment
from btlab.session.explain.schema import MomentExplanation, TradeExplanation
from btlab.session.explain.trades import explain_trade

__all__ = ["MomentExplanation", "TradeExplanation", "explain_moment", "explain_trade"]
