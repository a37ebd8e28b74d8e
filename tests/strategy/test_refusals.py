"""A strategy that cannot be compiled is refused in one sentence with its method, its line and the line's text."""

from __future__ import annotations

import inspect
import math
import re
import warnings
from typing import Any

import numba
import numpy as np
import pytest

import btlab as bt
from btlab.errors import BtlabWarning, CompileError, OrderError, StrategyError
from tests.market.streams import random_ticks

TICKS = random_ticks(0, 300, odd=0.0)
REFUSED: list[tuple[type[bt.Strategy], str]] = []


def refused(rule: str) -> Any:
    def remember(kind: type[bt.Strategy]) -> type[bt.Strategy]:
        REFUSED.append((kind, rule))
        return kind

    return remember


def plain_helper(value):
    return value + 1.0


class Parts(bt.Strategy):
    """What the refused ones have in common; each marks its wrong line with `# wrong`."""

    weight: float = 0.5
    unset = 3

    def init(self):
        self.count = 0
        self.value = 0.0
        self.armed = False
        self.window = np.zeros(4)
        self.narrow = np.zeros(3, np.float32)
        self.cube = np.zeros((2, 2, 2))
        self.table: Any = {}
        self.text = "a"

    def helper(self, ctx):
        return ctx.bid


@refused("oco is the number of a group: an int from 1 on; oco is no such number here")
class GroupsByHalves(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, oco=self.weight + 1.0)  # wrong


@refused("tif is one of bt.GTC, bt.DAY, bt.IOC and bt.FOK; tif is no such number here")
class HalfADay(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, tif=1.5)  # wrong


@refused("'7m' is not a timeframe. Did you mean '5m'?")
class UnknownTimeframe(Parts):
    def on_bar(self, ctx):
        self.count += 1
        self.value = ctx.close("7m")  # wrong


@refused("ctx has no 'clse'. Did you mean 'close'?")
class UnknownMethod(Parts):
    def on_bar(self, ctx):
        if self.armed:
            self.value = ctx.clse("5m")  # wrong


@refused("ctx has no 'biid'. Did you mean 'bid'?")
class UnknownAttribute(Parts):
    def on_tick(self, ctx):
        self.value = ctx.biid  # wrong


@refused("ctx.bid can be read, not set")
class SetsTheBid(Parts):
    def on_tick(self, ctx):
        ctx.bid = 1.0  # wrong


@refused("self.wieght is neither a parameter nor set in init. Did you mean 'weight'?")
class UnknownField(Parts):
    def on_bar(self, ctx):
        self.value = self.wieght  # wrong


@refused("self.wieght is neither a parameter nor set in init. Did you mean 'weight'?")
class SetsUnknownField(Parts):
    def on_bar(self, ctx):
        if ctx.close("5m") > 1.0:
            self.wieght = 1.0  # wrong


@refused("self.unset has no annotation, so it is no parameter; write unset: int = 3")
class UnannotatedParameter(Parts):
    def on_bar(self, ctx):
        self.count = self.unset  # wrong


@refused("self.count was set to an int in init and cannot take float64")
class Narrows(Parts):
    def on_bar(self, ctx):
        self.count = ctx.close("5m")  # wrong


@refused("self.count was set to an int in init and cannot take float64")
class NarrowsByAdding(Parts):
    def on_fill(self, ctx):
        self.count += 0.5  # wrong


@refused("self.armed was set to a bool in init and cannot take int64")
class CountsABool(Parts):
    def on_bar(self, ctx):
        self.armed = ctx.count("1m")  # wrong


@refused("self.value was set to a float in init and cannot take 'b'")
class TextIntoFloat(Parts):
    def on_bar(self, ctx):
        self.value = "b"  # wrong


@refused("self.text is a text and cannot be set in a compiled strategy")
class SetsText(Parts):
    def on_bar(self, ctx):
        self.text = "b"  # wrong


@refused("self.window is an array; write into it: self.window[:] = ...")
class ReplacesArray(Parts):
    def on_bar(self, ctx):
        self.window = np.zeros(4)  # wrong


@refused(
    "self.table is a dict; compiled strategies hold floats, ints, bools, texts "
    "and 1- or 2-dimensional arrays of float64, int64 or bool"
)
class ForeignState(Parts):
    def on_bar(self, ctx):
        self.table["a"] = 1  # wrong


@refused("self.narrow is a 1-dimensional array of float32; compiled strategies hold")
class Float32(Parts):
    def on_bar(self, ctx):
        self.narrow[0] = 1.0  # wrong


@refused("self.cube is a 3-dimensional array of float64; compiled strategies hold")
class ThreeDimensions(Parts):
    def on_bar(self, ctx):
        self.cube[0, 0, 0] = 1.0  # wrong


@refused("an import inside a method; import at the top instead")
class ImportsInside(Parts):
    def on_bar(self, ctx):
        import math  # wrong

        self.value = math.floor(ctx.bid)


@refused('a timeframe must be written out, as in ctx.close("5m")')
class LoopsOverTimeframes(Parts):
    def on_bar(self, ctx):
        for name in ("1m", "5m"):
            self.value = ctx.close(name)  # wrong


@refused('a tag must be written out, as in ctx.buy(size=1000, tag="breakout")')
class ComposesATag(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, tag=str(self.count))  # wrong


@refused("ctx.buy wants a size in units, a fraction of the equity or a risk: one of them, as in size=1_000")
class SizeAndFraction(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, fraction=0.5)  # wrong


@refused("ctx.sell wants a size in units, a fraction of the equity or a risk: one of them, as in size=1_000")
class NoSize(Parts):
    def on_bar(self, ctx):
        ctx.sell(limit=1.1)  # wrong


@refused("ctx.buy takes a tif or a time to expire, not both")
class TwoLifetimes(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, tif=bt.DAY, expire="2h")  # wrong


@refused("ctx.sell finds a size by risk from the stop loss: give stop_loss= too")
class RiskOfNothing(Parts):
    def on_bar(self, ctx):
        ctx.sell(risk=0.01)  # wrong


@refused("'2 hours' is no length of time; write it as 250ms, 30s, 5m, 2h or 1d")
class UnknownLength(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, limit=1.0, expire="2 hours")  # wrong


@refused("ctx.modify wants what is to change, as in ctx.modify(order, stop_loss=1.09)")
class ModifiesNothing(Parts):
    def on_bar(self, ctx):
        ctx.modify(1)  # wrong


@refused("ctx.buy takes keywords only, as in ctx.buy(size=1000)")
class Positional(Parts):
    def on_bar(self, ctx):
        ctx.buy(100)  # wrong


@refused("ctx.buy has no argument 'stop_los'. Did you mean 'stop_loss'?")
class UnknownArgument(Parts):
    def on_bar(self, ctx):
        ctx.buy(size=1, stop_los=1.0)  # wrong


@refused("ctx.buy cannot take a limit that is None in one branch; place the order in each branch")
class MaybeALimit(Parts):
    def on_bar(self, ctx):
        limit = None
        if self.armed:
            limit = ctx.bid
        ctx.buy(size=1, limit=limit)  # wrong


@refused("ctx.close cannot take ('1m', float64)")
class FractionOfABar(Parts):
    def on_bar(self, ctx):
        self.value = ctx.close("1m", 1.5)  # wrong


@refused("plain_helper is a plain Python function, which compiled code cannot use; put @numba.njit above it")
class PlainHelper(Parts):
    def on_bar(self, ctx):
        self.value = plain_helper(self.value)  # wrong


@refused("self.helper is a method; compiled code calls functions only: move it out of the class and put @numba.njit above it")
class HelperMethod(Parts):
    def on_bar(self, ctx):
        self.value = self.helper(ctx)  # wrong


@refused("super is a type, which compiled code cannot use")
class CallsSuper(Parts):
    def on_bar(self, ctx):
        super().on_bar(ctx)  # wrong


@refused("self.context is neither a parameter nor set in init")
class KeepsContext(Parts):
    def on_bar(self, ctx):
        self.context = ctx  # wrong


@refused("Cannot modify readonly array")
class WritesBars(Parts):
    def on_bar(self, ctx):
        ctx.closes("1m", 2)[0] = 1.0  # wrong


@refused("could not convert string to float: 'many'")
class TextAsSize(Parts):
    def on_bar(self, ctx):
        ctx.buy(size="many")  # wrong


@refused("NameError: name 'undefined_name' is not defined")
class UndefinedName(Parts):
    def on_bar(self, ctx):
        self.value = undefined_name  # noqa: F821  # wrong


def wrong_line(kind: type[bt.Strategy]) -> tuple[str, int, str]:
    """Method, number and text of the line that is marked."""
    for name in ("on_bar", "on_tick", "on_fill"):
        if name in vars(kind):
            lines, first = inspect.getsourcelines(vars(kind)[name])
            for number, line in enumerate(lines, first):
                if line.rstrip().endswith("# wrong"):
                    return name, number, line.strip()
    raise AssertionError(kind)


@pytest.mark.parametrize(("kind", "rule"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_refused_with_method_line_source_and_one_sentence(kind: type[bt.Strategy], rule: str) -> None:
    method, number, text = wrong_line(kind)
    with pytest.raises(CompileError) as caught:
        bt.run(kind(), TICKS, mode="compiled")
    first, second = caught.value.message.splitlines()
    assert first.startswith(f"{kind.__name__}.{method}, line {number}: {rule}")
    assert second.strip() == text
    assert caught.value.details["line"] == number and caught.value.details["source"] == text
    assert str(caught.value).endswith("[strategy.compile]")


def test_auto_warns_with_the_same_text_and_runs_interpreted() -> None:
    for kind, rule in (
        (HelperMethod, "move it out of the class"),
        (PlainHelper, "put @numba.njit above it"),
        (ForeignState, "is a dict"),
    ):
        with pytest.warns(BtlabWarning, match=re.escape(rule)) as told:
            session = bt.run(kind(), TICKS)
        assert session.mode == "interpreted"
        _, number, text = wrong_line(kind)
        message = str(told[0].message)
        assert f"line {number}" in message and text in message and message.endswith("It runs interpreted.")
        assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bt.run(Narrows(), TICKS, mode="interpreted").mode == "interpreted"


def test_interpreted_says_the_same_of_orders_and_names() -> None:
    cases = {SizeAndFraction: OrderError, TwoLifetimes: OrderError, Positional: OrderError, UnknownArgument: OrderError}
    cases |= {UnknownMethod: AttributeError, UnknownTimeframe: bt.errors.TimeframeError}
    rules = dict(REFUSED)
    for kind, error in cases.items():
        strategy = kind()
        strategy.armed = True
        if kind is UnknownMethod:
            strategy = type("Armed", (kind,), {"init": lambda self: (Parts.init(self), setattr(self, "armed", True))[0]})()
        with pytest.raises(error, match=re.escape(rules[kind])):
            bt.run(strategy, TICKS, mode="interpreted")


NOTE = "another"


class Raw(Parts):
    def on_bar(self, ctx):
        closes = ctx.closes("1m", 3)
        self.value = np.sum(closes)  # sum
        self.value = closes.mean()  # mean
        self.value = self.value**2  # **
        self.value = round(self.value, 3)  # round
        self.value = math.log(1.0 + self.value)  # log
        self.value = np.std(closes)  # std
        self.value = sum(closes)  # sum
        other = ctx.of(0)
        other.log("a note, no logarithm", self.value)
        ctx.of(0).log(NOTE, self.value)
        self.value = bt.math.sum(closes) + bt.math.exp(0.0) + math.sqrt(2.0) + abs(-1.0)


def test_raw_functions_are_named_with_their_lines() -> None:
    with pytest.warns(BtlabWarning) as told:
        bt.run(Raw(), TICKS, mode="compiled")
    lines, first = inspect.getsourcelines(Raw.on_bar)
    expected = {(n, line.split("# ")[1].strip()) for n, line in enumerate(lines, first) if "# " in line}
    found = set()
    for warning in told:
        match = re.match(r"Raw\.on_bar, line (\d+): (\S+) may differ in its last bits .* bt\.math", str(warning.message))
        assert match, warning.message
        found.add((int(match.group(1)), match.group(2)))
    assert found == expected


def test_a_method_that_does_not_take_ctx_is_refused_in_every_mode() -> None:
    class NoContext(bt.Strategy):
        def on_bar(self):
            pass

    class TooMany(bt.Strategy):
        def on_tick(self, ctx, more):
            pass

    for kind, name in ((NoContext, "on_bar"), (TooMany, "on_tick")):
        for mode in ("auto", "compiled", "interpreted"):
            with pytest.raises(
                StrategyError, match=rf"{kind.__name__}\.{name} is called with ctx alone: def {name}\(self, ctx\)"
            ):
                bt.run(kind(), TICKS, mode=mode)


def test_a_strategy_without_source_is_refused_with_its_line() -> None:
    made: dict[str, Any] = {"bt": bt}
    exec("class Made(bt.Strategy):\n    def on_bar(self, ctx):\n        self.nothing = ctx.close('5m')\n", made)
    with pytest.raises(CompileError, match=r"Made\.on_bar, line 3: self\.nothing is neither a parameter nor set in init"):
        bt.run(made["Made"](), TICKS, mode="compiled")


@numba.njit
def stops_at(ctx_bid, away):
    return ctx_bid - away


def test_a_jitted_helper_runs_in_both_modes() -> None:
    class Jitted(Parts):
        def on_bar(self, ctx):
            self.value = stops_at(ctx.bid, 0.001)

    values = {bt.run(Jitted(), TICKS, mode=mode).strategy.value for mode in ("compiled", "interpreted")}
    assert len(values) == 1
