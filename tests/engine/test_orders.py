"""Orders by hand: each case is a few quotes, what is done at which tick, and what follows by the rules, with its arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import pytest

import btlab as bt
from btlab.errors import OrderError

SECOND = 1_000_000
HOUR = 3_600 * SECOND
START = 1_704_880_800_000_000  # Wednesday 10 January 2024, 10:00 UTC
NAN = float("nan")
Act = Callable[[Any], object]


class Does(bt.Strategy):
    """Does things after ticks, or before the first one (-1)."""

    def init(self) -> None:
        self.next_tick = 0

    def on_start(self, ctx: Any) -> None:
        self.act(ctx, -1)

    def on_tick(self, ctx: Any) -> None:
        self.act(ctx, self.next_tick)
        self.next_tick += 1

    def act(self, ctx: Any, tick: int) -> None:
        if tick in self.acts:
            self.acts[tick](ctx)


class DoesAtStart(Does):
    """Before the first tick alone, and is told none: the way that spares ticks."""

    on_tick = bt.Strategy.on_tick


def play(
    quotes: list[Any], acts: dict[int, Act], *, told: bool = True, doing: type[Does] | None = None, **options: Any
) -> bt.Session:
    """Quotes a second apart: bids with an ask 2 above, or (bid, ask)."""
    pairs = [quote if isinstance(quote, tuple) else (quote, quote + 2) for quote in quotes]
    bid, ask = np.array(pairs, float).T
    ticks = bt.Ticks.from_arrays(START + SECOND * np.arange(len(pairs)), bid, ask, symbol="TEST")
    strategy = doing() if doing else Does() if told else DoesAtStart()
    strategy.acts = acts
    instrument = bt.Instrument("TEST", tick_size=1.0)
    return bt.run(strategy, ticks, instrument=instrument, mode="interpreted", cash=100_000.0, **options)


def fills(session: bt.Session) -> list[tuple[int, str, float, float, str]]:
    return session.fills.select("tick", "side", "size", "price", "reason").rows()


def endings(session: bt.Session) -> list[tuple[str, str | None]]:
    return [(state, reason and reason.split(":")[0]) for state, reason in session.orders.select("state", "reason").iter_rows()]


def both(quotes: list[Any], act: Act, **options: Any) -> bt.Session:
    """One act before the first tick, told every tick and told none: the same fills and changes."""
    one, other = (play(quotes, {-1: act}, told=told, **options) for told in (True, False))
    assert one.fills.equals(other.fills) and one.orders.equals(other.orders) and one.changes.equals(other.changes)
    return one


# stop-limit: the stop, then a limit from that same tick on


def test_a_stop_limit_fills_at_the_ask_of_the_tick_that_touches_it_within_its_limit() -> None:
    # asks 102, 105, 106: the stop at 105 is touched at tick 1, where 105 <= 106: a limit that just came pays the ask
    session = both([100, 103, 104], lambda ctx: ctx.buy(size=1, stop=105, limit=106))
    assert fills(session) == [(1, "buy", 1.0, 105.0, "stop_limit")]
    assert session.changes["change"].to_list() == ["placed", "triggered", "ended"]


def test_a_stop_limit_jumped_over_waits_at_its_limit() -> None:
    # asks 102, 110, 107, 105: touched by 110, which is over the limit of 106; tick 3 comes under it: filled at 106, not 105
    session = both([100, 108, 105, 103], lambda ctx: ctx.buy(size=1, stop=104, limit=106))
    assert fills(session) == [(3, "buy", 1.0, 106.0, "stop_limit")]
    assert session.changes.select("change", "tick").rows() == [("placed", -1), ("triggered", 1), ("ended", 3)]


def test_a_stop_limit_to_sell_and_one_never_touched() -> None:
    # bids 100, 96, 94: the stop at 95 is touched by 94 >= 93; the other's stop at 90 never is
    session = both([100, 96, 94], lambda ctx: (ctx.sell(size=1, stop=95, limit=93), ctx.sell(size=1, stop=90, limit=90)))
    assert fills(session) == [(2, "sell", 1.0, 94.0, "stop_limit")]
    assert endings(session) == [("filled", None), ("working", None)]


def test_a_stop_limit_the_wrong_way_round_is_rejected() -> None:
    session = both([100, 105], lambda ctx: (ctx.buy(size=1, stop=105, limit=104), ctx.sell(size=1, stop=95, limit=96)))
    assert endings(session) == [("rejected", "order.stop_limit")] * 2


# how long an order works


def test_immediate_or_cancel_fills_at_its_first_tick_or_not_at_all() -> None:
    # ask 102: the limit of 102 fills at once, that of 101 would have at tick 1 (ask 101)
    session = both([100, 99], lambda ctx: (ctx.buy(size=1, limit=102, tif=bt.IOC), ctx.buy(size=1, limit=101, tif=bt.IOC)))
    assert fills(session) == [(0, "buy", 1.0, 102.0, "limit")]
    assert endings(session) == [("filled", None), ("cancelled", "order.tif")]
    assert session.orders["ended_tick"].to_list() == [0, 0]


def test_fill_or_kill_on_a_stop_that_is_not_touched_is_cancelled() -> None:
    session = both([100, 110], lambda ctx: ctx.buy(size=1, stop=110, tif=bt.FOK))
    assert fills(session) == [] and endings(session) == [("cancelled", "order.tif")]


def test_immediate_or_cancel_on_a_side_that_is_missing() -> None:
    session = both([(100, NAN), 100], lambda ctx: ctx.buy(size=1, tif=bt.IOC))
    assert fills(session) == [] and endings(session) == [("cancelled", "order.tif")]


def test_an_order_does_not_work_at_the_very_time_of_its_expiry() -> None:
    # placed at 10:00:00 for 2 s; asks 102, 102, 101 at 0, 1, 2 s: the third comes at 10:00:02
    session = both([100, 100, 99], lambda ctx: ctx.buy(size=1, limit=101, expire="2s"))
    assert fills(session) == [] and endings(session) == [("expired", "order.expired")]
    ended, last = session.orders.select("ended", "ended_tick").row(0)
    assert (ended.second, ended.microsecond, last) == (2, 0, 1)
    session = both([100, 100, 99], lambda ctx: ctx.buy(size=1, limit=101, expire=2 * SECOND + 1))
    assert fills(session) == [(2, "buy", 1.0, 101.0, "limit")]


def test_an_expired_order_is_gone_at_the_close_after_it() -> None:
    seen = []

    class Looks(bt.Strategy):
        timeframe = "1m"

        def on_start(self, ctx):
            self.order = ctx.buy(size=1, limit=50, expire="90s")

        def on_bar(self, ctx):
            seen.append((ctx.open_orders, ctx.status(self.order)))

    ticks = bt.Ticks.from_arrays(START + 20 * SECOND * np.arange(12), np.full(12, 100.0), np.full(12, 102.0), symbol="TEST")
    bt.run(Looks(), ticks, mode="interpreted")
    assert seen == [(1, "working"), (0, "expired"), (0, "expired")]


def test_a_day_order_ends_with_its_trading_day_and_one_of_its_close_with_the_next() -> None:
    class Days(bt.Strategy):
        timeframe = "1d"

        def on_start(self, ctx):
            ctx.buy(size=1, limit=50, tif=bt.DAY)

        def on_bar(self, ctx):
            ctx.buy(size=1, limit=60, tif=bt.DAY)

    # 24x7: days end at 00:00 UTC; hourly ticks from 22:00 on the 10th to 03:00 on the 12th
    hours = START + 12 * HOUR + HOUR * np.arange(30)
    ticks = bt.Ticks.from_arrays(hours, np.full(30, 100.0), np.full(30, 102.0), symbol="TEST")
    session = bt.run(Days(), ticks, mode="interpreted", calendar="24x7")
    ended = ["2024-01-11 00:00:00+00:00", "2024-01-12 00:00:00+00:00", "None"]
    assert [str(moment) for moment in session.orders["ended"].to_list()] == ended
    assert session.orders["state"].to_list() == ["expired", "expired", "working"]


@pytest.mark.parametrize("lifetime", [0, -5])
def test_a_time_to_work_that_is_none_is_rejected(lifetime: int) -> None:
    assert endings(both([100, 100], lambda ctx: ctx.buy(size=1, expire=lifetime))) == [("rejected", "order.expire")]


def test_post_only_is_rejected_where_it_would_fill_at_once_and_rests_elsewhere() -> None:
    # ask 102: a limit of 103 would take it; one of 101 rests and fills at its price when the ask comes down to 100
    def act(ctx: Any) -> None:
        ctx.buy(size=1, limit=103, post_only=True)
        ctx.buy(size=1, limit=101, post_only=True)

    session = both([100, 98], act)
    assert endings(session) == [("rejected", "order.post_only"), ("filled", None)]
    assert fills(session) == [(1, "buy", 1.0, 101.0, "limit")]


# groups


def test_a_fill_cancels_the_rest_of_its_group() -> None:
    # bids 100, 110, 90: the limit at 110 fills at tick 1; the stop at 95 of its group would have at tick 2, that of group 8 does
    def act(ctx: Any) -> None:
        ctx.sell(size=1, limit=110, oco=7)
        ctx.sell(size=1, stop=95, oco=7)
        ctx.sell(size=1, stop=94, oco=8)

    session = both([100, 110, 90], act)
    assert fills(session) == [(1, "sell", 1.0, 110.0, "limit"), (2, "sell", 1.0, 90.0, "stop")]
    assert endings(session) == [("filled", None), ("cancelled", "order.oco"), ("filled", None)]


def test_two_of_a_group_due_at_one_tick_fill_once() -> None:
    # ask 122 at tick 1: both are due, and stops come before limits
    session = both([100, 120], lambda ctx: (ctx.buy(size=1, limit=130, stop=120, oco=1), ctx.buy(size=1, stop=115, oco=1)))
    assert fills(session) == [(1, "buy", 1.0, 122.0, "stop")]


def test_a_number_used_again_is_a_new_group() -> None:
    acts = {-1: lambda ctx: ctx.buy(size=1, oco=1), 1: lambda ctx: (ctx.buy(size=1, limit=90, oco=1), ctx.sell(size=1, oco=1))}
    session = play([100, 100, 100], acts)
    assert endings(session) == [("filled", None), ("cancelled", "order.oco"), ("filled", None)]


# sizes


def test_a_size_by_risk_loses_its_share_of_the_equity_at_the_stop_loss() -> None:
    # 1 % of 100,000 is 1,000; ask 102, stop loss at 92: 10 a unit: 100 units
    session = both([100, 100], lambda ctx: ctx.buy(risk=0.01, stop_loss=92))
    assert fills(session) == [(0, "buy", 100.0, 102.0, "market")]
    # with 1 a unit each way it is 12 a unit: 83; stopped at 92 it has lost 83 x (102 - 92) + 2 x 83 = 996 <= 1,000
    costs = bt.Execution(commission=bt.commission.per_unit(1.0))
    session = both([100, 92, 92], lambda ctx: ctx.buy(risk=0.01, stop_loss=92), execution=costs)
    assert fills(session)[0][2] == 83.0 and session.equity["equity"][-1] == 100_000 - 996


def test_a_size_by_risk_with_its_stop_loss_on_the_wrong_side_is_rejected() -> None:
    assert endings(both([100, 100], lambda ctx: ctx.sell(risk=0.01, stop_loss=92))) == [("rejected", "order.risk")]


def test_target_trades_the_difference_to_the_position_at_its_fill() -> None:
    targets = {-1: 5, 0: -3, 1: -3, 2: 0}
    session = play([100] * 5, {tick: lambda ctx, size=size: ctx.target(size) for tick, size in targets.items()})
    assert [fill[:3] for fill in fills(session)] == [(0, "buy", 5.0), (1, "sell", 8.0), (3, "buy", 3.0)]
    assert endings(session)[2] == ("cancelled", "order.target")
    assert session.orders["kind"].to_list() == ["market"] * 4


# modify


def test_a_modified_limit_begins_anew_and_fills_at_the_quote_beyond_it() -> None:
    # a limit of 90 is raised to 105 after tick 0: at tick 1 the ask of 102 is beyond it, as for a new order
    session = play([100, 100], {-1: lambda ctx: ctx.buy(size=1, limit=90), 0: lambda ctx: ctx.modify(1, limit=105)})
    assert fills(session) == [(1, "buy", 1.0, 102.0, "limit")]
    assert session.changes.select("change", "limit").rows() == [("placed", 90.0), ("modified", 105.0), ("ended", 105.0)]


def test_a_bracket_is_moved_and_meets_the_next_tick() -> None:
    # bought at 102; the stop loss of 90 is raised to 99 after tick 1 (bid 101): tick 2 has a bid of 98: out at 98
    acts = {-1: lambda ctx: ctx.buy(size=2, stop_loss=90), 1: lambda ctx: ctx.modify(1, stop_loss=99, take_profit=150)}
    session = play([100, 101, 98, 80], acts)
    assert fills(session) == [(0, "buy", 2.0, 102.0, "market"), (2, "sell", 2.0, 98.0, "stop_loss")]
    then = [session.at(tick).trades.select("stop_loss", "take_profit").row(0) for tick in (0, 1, 2)]
    assert then == [(90.0, None), (99.0, 150.0), (99.0, 150.0)]


def test_a_moved_take_profit_that_the_market_is_beyond_already_gets_the_quote_as_a_new_one_would() -> None:
    # bought at 102; the take profit is put to 104 after tick 1: tick 2, the first it meets, has a bid of 110
    acts = {-1: lambda ctx: ctx.buy(size=1, take_profit=150), 1: lambda ctx: ctx.modify(1, take_profit=104)}
    assert fills(play([100, 100, 110, 110], acts))[1:] == [(2, "sell", 1.0, 110.0, "take_profit")]
    # put there after tick 0, it rests at tick 1 and is jumped over at tick 2
    acts = {-1: lambda ctx: ctx.buy(size=1), 0: lambda ctx: ctx.modify(1, take_profit=104)}
    assert fills(play([100, 100, 110, 110], acts))[1:] == [(2, "sell", 1.0, 104.0, "take_profit")]


class MovesStopLoss(DoesAtStart):
    """Moves the bracket of order 2 when order 1 is stopped out."""

    levels: ClassVar = {"stop_loss": 97}

    def on_fill(self, ctx: Any) -> None:
        if ctx.fill_reason == "stop_loss" and ctx.fill_order == 1:
            ctx.modify(2, **self.levels)


class MovesTakeProfit(MovesStopLoss):
    levels: ClassVar = {"take_profit": 93}


@pytest.mark.parametrize(("doing", "reason"), [(MovesStopLoss, "stop_loss"), (MovesTakeProfit, "take_profit")])
def test_a_bracket_moved_while_a_tick_is_met_waits_for_the_next_tick(doing: type[Does], reason: str) -> None:
    # both bought at 102; tick 1 (bid 94) stops order 1, whose on_fill moves the bracket of order 2 to where that bid is beyond it
    acts = {-1: lambda ctx: (ctx.buy(size=1, stop_loss=95), ctx.buy(size=1, stop_loss=80))}
    session = play([100, 94, 96, 96], acts, doing=doing)
    assert fills(session)[2:] == [(1, "sell", 1.0, 94.0, "stop_loss"), (2, "sell", 1.0, 96.0, reason)]


def test_the_levels_of_a_modified_stop_limit_are_compared_as_rounded() -> None:
    # placed or modified, a limit of 95.2 is 95: a stop of 95 is not under it
    placed = play([100, 100], {-1: lambda ctx: ctx.sell(size=1, stop=95, limit=95.2)})
    assert endings(placed) == [("working", None)]
    said = []
    acts = {-1: lambda ctx: ctx.sell(size=1, stop=95, limit=95), 0: lambda ctx: said.append(ctx.modify(1, limit=95.2))}
    play([100, 100], acts)
    assert said == [True]


def test_post_only_said_to_be_off_is_off() -> None:
    assert len(fills(play([100, 100], {-1: lambda ctx: ctx.buy(size=1, post_only=False)}))) == 1


def test_what_an_order_was_is_shown_as_it_stood_then() -> None:
    acts = {-1: lambda ctx: ctx.buy(size=4, limit=90), 1: lambda ctx: ctx.modify(1, limit=80, size=3, stop_loss=70)}
    session = play([100, 100, 100], acts)
    shown = [session.at(tick).orders.select("limit", "size", "stop_loss").row(0) for tick in (0, 1, 2)]
    assert shown == [(90.0, 4.0, None), (80.0, 3.0, 70.0), (80.0, 3.0, 70.0)]


@pytest.mark.parametrize(
    "levels", [{"limit": NAN}, {"limit": -1}, {"stop": 95}, {"size": 0.2}, {"size": NAN}, {"limit": 85, "stop_loss": 0.0}]
)
def test_a_change_that_cannot_be_leaves_the_order_as_it_was(levels: dict[str, float]) -> None:
    said = []
    acts = {-1: lambda ctx: ctx.buy(size=1, limit=90), 0: lambda ctx: said.append(ctx.modify(1, **levels))}
    session = play([100, 100, 88], acts)
    assert said == [False] and fills(session) == [(2, "buy", 1.0, 90.0, "limit")]
    refused = session.changes.filter(change="not modified")
    assert len(refused) == 1 and refused["reason"][0].startswith("order.") and refused["limit"].to_list() == [90.0]


@pytest.mark.parametrize(
    "levels", [{"stop_loss": NAN}, {"stop_loss": 95, "take_profit": 0.0}, {"take_profit": -1}, {"limit": 90}, {"size": 2}]
)
def test_a_bracket_that_cannot_be_stays_as_it_was_and_says_so(levels: dict[str, float]) -> None:
    said = []
    acts = {-1: lambda ctx: ctx.buy(size=1, stop_loss=90), 0: lambda ctx: said.append(ctx.modify(1, **levels))}
    session = play([100, 100, 94, 89], acts)
    assert said == [False] and fills(session)[-1] == (3, "sell", 1.0, 89.0, "stop_loss")
    refused = session.changes.filter(change="not modified")
    reason = "order.size" if "size" in levels else "order.level"
    assert refused.select("order", "tick", "state", "stop_loss").rows() == [(1, 0, "filled", 90.0)]
    assert refused["reason"][0].startswith(reason) and session.orders["reason"].to_list() == [None]
    assert "Not modified at tick 0" in str(session.explain(1)) and "Not modified at tick 0" in str(session.explain_at(0))
    assert all(session.at(tick).orders.is_empty() for tick in range(4))  # its order was filled and works no more


def test_there_is_nothing_to_modify() -> None:
    said = []
    acts = {
        -1: lambda ctx: ctx.buy(size=1),
        0: lambda ctx: ctx.close_position(),
        1: lambda ctx: said.extend([ctx.modify(1, stop_loss=90), ctx.modify(9, limit=1), ctx.modify(0, limit=1)]),
    }
    session = play([100, 100, 100], acts)
    assert said == [False] * 3 and len(session.changes) == 4


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda ctx: ctx.buy(size=1, tif=9), "tif is one of bt.GTC, bt.DAY, bt.IOC and bt.FOK"),
        (lambda ctx: ctx.buy(size=1, oco=0), "oco is the number of a group"),
        (lambda ctx: ctx.buy(size=1, tif=1.5), "tif is one of bt.GTC, bt.DAY, bt.IOC and bt.FOK"),
        (lambda ctx: ctx.buy(size=1, tif=True), "tif is one of bt.GTC, bt.DAY, bt.IOC and bt.FOK"),
        (lambda ctx: ctx.buy(size=1, oco=1.5), "oco is the number of a group"),
        (lambda ctx: ctx.buy(size=1, oco=2**70), "oco is the number of a group"),
        (lambda ctx: ctx.buy(size=1, tag=5), "a tag is a text"),
        (lambda ctx: ctx.cancel("1"), "an order is named by its id"),
        (lambda ctx: ctx.modify(1.5, limit=1), "an order is named by its id"),
        (lambda ctx: ctx.status(1.0), "an order is named by its id"),
        (lambda ctx: ctx.position_size(None), "an order is named by its id"),
        (lambda ctx: ctx.buy(risk=0.01), "give stop_loss= too"),
        (lambda ctx: ctx.buy(size=1, post_only=True), "post_only is for limit orders"),
        (lambda ctx: ctx.buy(size=1, tif=bt.DAY, expire="1h"), "not both"),
        (lambda ctx: ctx.modify(1), "what is to change"),
        (lambda ctx: ctx.modify(1, level=2), "ctx.modify has no argument 'level'"),
    ],
)
def test_what_no_data_can_excuse_is_raised(act: Act, message: str) -> None:
    with pytest.raises(OrderError) as caught:
        play([100, 100], {-1: act})
    assert message in str(caught.value)
