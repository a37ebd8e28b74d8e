"""The rules that explanations name: stable ids, each with its sentence. Refusals have the code of their reason ("order.margin").

`{...}` are filled from the event or the stretch. What has no sentence of its own is named by its id alone.
"""

from __future__ import annotations

RULES: dict[str, str] = {
    "execution.market": "a market order fills at the first quote it meets",
    "execution.close": "a close fills at the first quote it meets, for what is there",
    "execution.limit.touched": "the quote reached the limit, and it fills at the limit",
    "execution.limit.beyond": "the quote was at the limit or beyond it at the first tick it met, and it fills at the quote",
    "execution.stop.touched": "the quote reached the stop exactly, and it fills there",
    "execution.stop.triggered": "the quote reached the stop: from this tick on it is a market order",
    "execution.stop.gap": "the quote jumped beyond the stop, and it fills at the quote",
    "execution.stop_limit.triggered": "the quote reached the stop: from this tick on it is a limit order",
    "execution.stop_limit.touched": "its stop was met and the quote reached the limit: it fills at the limit",
    "execution.stop_limit.beyond": "its stop was met and the quote was better than the limit: it fills at the quote",
    "execution.stop_loss.touched": "the closing quote reached the stop loss exactly, and the lot leaves there",
    "execution.stop_loss.gap": "the closing quote jumped beyond the stop loss, and the lot leaves at the quote",
    "execution.trailing.touched": "the closing quote reached the trailing stop exactly, and the lot leaves there",
    "execution.trailing.gap": "the closing quote jumped beyond the trailing stop, and the lot leaves at the quote",
    "execution.take_profit.touched": "the closing quote reached the take profit, and the lot leaves at it",
    "execution.take_profit.beyond": "the closing quote was beyond the take profit at its first tick: the lot leaves at the quote",
    "execution.end": "close_at_end closes what is open at the last quotes",
    "execution.liquidation": "the equity no longer carried the position, and it was closed",
    "execution.first_in_first_out": "an opposite fill closes the oldest lots first",
    "execution.reversal": "one fill closed the position and opened the opposite one with what was left",
    "execution.partial_close": "the fill closed a part of the lot, which is a trade of its own; the rest stays",
    "execution.held": "it worked, and the quote did not reach it",
    "execution.no_quote": "it worked, and its side had no quote",
    "execution.no_size": "it worked, and the quote had no size for it that may be taken",
    "execution.latency": "it was on its way and could meet no quote yet",
    "order.placed": "the strategy placed it",
    "order.modified": "the strategy changed it: it begins anew at the next tick",
    "order.not_modified": "the strategy wanted another level, which cannot be; it stayed as it was",
    "order.bracket": "the strategy moved the bracket of its lots",
    "order.partly_filled": "a part of it was filled; the rest goes on working",
    "order.cancelled": "the strategy cancelled it",
}


def rule_of_ending(text: str) -> str:
    """The id of a reason of the table of orders: its code, where it has one."""
    code = text.partition(":")[0]
    return code if code.startswith("order.") else "order.cancelled"


def rule_of_fill(reason: str, *, side: int, price: float, quote: float, level: float) -> str:
    """The id of what filled an order or a lot.

    Args:
        side: +1 buys. price: filled, slippage in it. quote: what it met. level: it waited for; NaN: none.
    """
    if reason in ("stop", "stop_loss", "trailing"):
        return f"execution.{reason}.{'gap' if (quote - level) * side > 0.0 else 'touched'}"
    if reason in ("limit", "stop_limit", "take_profit"):
        return f"execution.{reason}.{'beyond' if price != level else 'touched'}"
    return f"execution.{reason}"
