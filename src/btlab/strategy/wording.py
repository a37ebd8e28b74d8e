"""What both kinds of `ctx` say of an order's arguments: which there are, and what contradicts itself whatever the data."""

from __future__ import annotations

from btlab.errors import did_you_mean

ORDER_ARGUMENTS = (
    "size", "fraction", "risk", "limit", "stop", "stop_loss", "take_profit", "trailing", "trailing_percent",
    "tif", "expire", "post_only", "oco", "tag",
)  # fmt: skip
MODIFY_ARGUMENTS = ("limit", "stop", "stop_loss", "take_profit", "size")
TOO_MANY_ORDERS = "more than 4,096 orders were placed in one call of the strategy"
TOO_MANY_CHANGES = "more than 4,096 orders were modified in one call of the strategy"
TOO_MANY_FILLS = "more orders were filled at once in one call of the strategy than the tables have room for"
TOO_MANY_MARKS = "more than 4,096 marks and logs were left in one call of the strategy"
NO_TIF = "tif is one of bt.GTC, bt.DAY, bt.IOC and bt.FOK"
NO_LIMIT = "post_only is for limit orders: give limit= alone"
NO_TARGET = "ctx.target wants a netting account; with bt.Account(mode='hedging') each entry is a position of its own"
NO_HEDGING = "ctx.close_by_id wants positions of their own: bt.Account(mode='hedging'); netted lots close first in, first out"
NO_POSITION = "no position has that number: they count from 0 to ctx.positions - 1"
NO_GROUP = "oco is the number of a group: an int from 1 on"
NO_ID = "an order is named by its id, the int that ctx.buy and its like gave"
NO_TEXT = 'what is marked or logged has a text, as in ctx.mark("signal", value) and ctx.log("no trend", value)'
NO_NUMBER = "{} is a number, as in {}; it was given {!r}"
NO_TAG = 'a tag is a text, as in ctx.buy(size=1000, tag="breakout")'


def keywords_only(name: str) -> str:
    return f"ctx.{name} takes keywords only, as in ctx.{name}(size=1000)"


def unknown_argument(name: str, argument: str) -> str:
    known = MODIFY_ARGUMENTS if name == "modify" else ORDER_ARGUMENTS
    return f"ctx.{name} has no argument {argument!r}.{did_you_mean(argument, known)}"


def contradiction(name: str, given: set[str]) -> str:
    """What is wrong with the arguments that an order was given; '' when nothing is."""
    if len(given & {"size", "fraction", "risk"}) != 1:
        return f"ctx.{name} wants a size in units, a fraction of the equity or a risk: one of them, as in size=1_000"
    if "risk" in given and "stop_loss" not in given:
        return f"ctx.{name} finds a size by risk from the stop loss: give stop_loss= too"
    if {"trailing", "trailing_percent"} <= given:
        return f"ctx.{name} takes a trailing distance or a trailing percent, not both"
    if {"tif", "expire"} <= given:
        return f"ctx.{name} takes a tif or a time to expire, not both"
    return ""
