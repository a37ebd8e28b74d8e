"""`session.findings()`: each rule by a small run whose finding is known by hand, and nothing where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

import btlab as bt
from btlab.market.codes import ENDINGS
from btlab.session import findings as package
from btlab.session.findings.orders import REFUSALS

SECOND = 1_000_000
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
Acts = Mapping[int, Callable[[Any], Any]]


def quotes(*bids: float, spread: float = 0.1, every: int = HOUR, start: int = 0, symbol: str = "ABC") -> bt.Ticks:
    bid = np.array(bids)
    return bt.Ticks.from_arrays(start + np.arange(len(bid)) * every, bid, bid + spread, symbol=symbol)


def bars(*prices: tuple[float, float, float, float]) -> bt.Bars:
    columns = dict(zip(("open", "high", "low", "close"), map(list, zip(*prices))))
    return bt.Bars.from_frame(pl.DataFrame({"time": np.arange(len(prices)) * HOUR, **columns}), symbol="ABC", timeframe="1h")


def played(acts: Acts, data: Any, timeframe: str = "1h", **options: Any) -> Any:
    """A run in which `acts[n]` is called once tick n was taken; -1: before the first."""

    class Script(bt.Strategy):
        def init(self):
            self.tick = -1

        def act(self, ctx):
            if self.tick in acts:
                acts[self.tick](ctx)

        def on_start(self, ctx):
            self.act(ctx)

        def on_tick(self, ctx):
            self.tick += 1
            self.act(ctx)

    Script.timeframe = timeframe
    return bt.run(Script(), data, mode="interpreted", **options)


def order(side: str = "buy", **arguments: Any) -> Callable[[Any], Any]:
    return lambda ctx: getattr(ctx, side)(**({"size": 10} | arguments))


def calls(*acts: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda ctx: [act(ctx) for act in acts]


def close(ctx: Any) -> None:
    ctx.close_position()


class Case(NamedTuple):
    """A run, the rules found in it beside `metrics.few_trades` and `run.no_trades`, and one of them in full."""

    run: Callable[[], Any]
    level: str
    rule: str
    count: int
    tick: int | None
    orders: list[int]
    trades: list[int]
    text: str
    beside: tuple[str, ...] = ()


GRID = bt.Instrument("ABC", tick_size=0.1)
FLAT, EDGE = (100.0,) * 6, (100.0, 100.0, 100.0, 90.0, 90.0)
CASES = [
    Case(
        lambda: played({0: order(size=float("nan")), 1: order(stop_loss=float("nan")), 2: order(size=-1)}, quotes(*FLAT)),
        "error", "order.size", 2, 0, [1, 3], [],
        "2 orders were refused, of 3: a size must be positive and finite.",
        ("order.level",),
    ),
    Case(
        lambda: played({1: order(stop_loss=float("nan"))}, quotes(*FLAT)),
        "error", "order.level", 1, 1, [1], [],
        "1 order was refused, of 1: a level must be positive and finite; NaN is not 'none', leave the argument out for that.",
    ),
    Case(
        lambda: played({1: order(stop=102.0, limit=101.0)}, quotes(*FLAT)),
        "error", "order.stop_limit", 1, 1, [1], [],
        "the stop of a buy lies over its limit",
    ),
    Case(
        lambda: played({1: order(limit=99.0, expire=0)}, quotes(*FLAT)),
        "error", "order.expire", 1, 1, [1], [], "a time to work must be positive",
    ),
    Case(
        lambda: played({0: order(size=0.5)}, quotes(*FLAT)),
        "warning", "order.lot", 1, 0, [1], [], "the size is 0 after rounding down to the lot",
    ),
    Case(
        lambda: played({0: order(size=500)}, quotes(*FLAT)),
        "warning", "order.margin", 1, 1, [1], [], "the position would be larger than equity x leverage",
    ),
    Case(
        lambda: played({0: lambda ctx: ctx.buy(risk=0.01, stop_loss=101.0)}, quotes(*FLAT)),
        "warning", "order.risk", 1, 1, [1], [], "the stop loss is not on the losing side of the price",
    ),
    Case(
        lambda: played({0: order(limit=101.0, post_only=True)}, quotes(*FLAT)),
        "hint", "order.post_only", 1, 1, [1], [], "it would have filled at the first tick it met",
    ),
    Case(
        lambda: played({0: order()}, quotes(*FLAT), account=bt.Account(limits=bt.Limits(position=5))),
        "hint", "order.limit_position", 1, 1, [1], [], "the position would be larger than limits.position",
    ),
    Case(
        lambda: played({0: order()}, quotes(*FLAT), account=bt.Account(limits=bt.Limits(exposure=0.01))),
        "hint", "order.limit_exposure", 1, 1, [1], [], "worth more than limits.exposure x equity",
    ),
    Case(
        lambda: played(
            {0: order(), 3: order()}, quotes(*EDGE), account=bt.Account(limits=bt.Limits(daily_loss=50)), close_at_end=True
        ),
        "hint", "order.limit_daily_loss", 1, 4, [2], [], "the day has lost limits.daily_loss or more",
    ),
    Case(
        lambda: played(
            {0: order(), 3: order()}, quotes(*EDGE), account=bt.Account(limits=bt.Limits(drawdown=0.005)), close_at_end=True
        ),
        "hint", "order.limit_drawdown", 1, 4, [2], [], "the equity lies limits.drawdown or more under its highest",
    ),
    Case(
        lambda: played({0: order(stop_loss=95.0), 2: close}, quotes(*EDGE, spread=1.0)),
        "hint", "order.flat.closed_first", 1, 3, [2], [1],
        "1 close order found the position gone: a stop loss had closed it first.",
        ("execution.gap", "data.coarse"),
    ),
    Case(
        lambda: played({0: order(), 2: calls(close, close)}, quotes(*FLAT)),
        "hint", "order.flat.closed_first", 1, 3, [3], [1], "a close had closed it first",
    ),
    Case(
        lambda: played({1: close, 2: close}, quotes(*FLAT)),
        "hint", "order.flat", 2, 2, [1, 2], [], "2 close orders had no position to close when placed.",
    ),
    Case(
        lambda: played({0: order(limit=90.0, expire="2h"), 1: order(limit=90.0, expire="9h")}, quotes(*FLAT)),
        "hint", "order.expired", 1, 1, [1], [], "1 of 2 orders with a time to work ended unfilled: its time was over.",
    ),
    Case(
        lambda: played({0: order(limit=90.0, tif=bt.IOC), 1: order(limit=90.0, tif=bt.FOK)}, quotes(*FLAT)),
        "hint", "order.tif", 2, 1, [1, 2], [], "2 of 2 orders with a time to work ended unfilled: it did not fill at the first",
    ),
    Case(
        lambda: played({0: order(limit=90.0), 1: lambda ctx: ctx.modify(1, limit=float("nan"))}, quotes(*FLAT)),
        "warning", "order.not_modified", 1, 1, [1], [], "1 ctx.modify changed nothing: a level must be positive and finite",
    ),
    Case(
        lambda: played({0: order(size=19, limit=90.0), 1: order(size=99, limit=90.0), 2: order(size=17, limit=90.0)},
                       quotes(*FLAT), instrument=bt.Instrument("ABC", tick_size=0.01, lot_size=10)),
        "hint", "order.rounded", 2, 0, [1, 3], [],
        "2 orders lost over a tenth of the size to lots of 10; order 1 asked for 19 and was 10.",
    ),
    Case(
        lambda: played({0: order(stop_loss=95.1), 1: order(stop_loss=40.1)}, quotes(*EDGE), close_at_end=True),
        "warning", "execution.gap", 1, 3, [1], [1],
        "1 of 1 stop loss filled beyond the level by a quarter or more of what it risked; trade 1 by 1.02 of it",
    ),
    Case(
        lambda: played({0: order(size=7), 1: order(stop_loss=9.5), 2: order(limit=9.4)}, quotes(*(10.0,) * 5, spread=1.0),
                       close_at_end=True),
        "hint", "data.coarse", 2, 1, [2, 3], [],
        "The data show prices in steps of 1; the levels of 2 orders are rounded to such.",
    ),
    Case(
        lambda: played({0: order(size=900)}, quotes(*EDGE), account=bt.Account(leverage=10, margin_call=2, liquidation=1)),
        "error", "account.liquidation", 1, 3, [1], [1], "1 trade was liquidated: the equity fell under 1 of the used margin.",
        ("account.margin_call",),
    ),
    Case(
        lambda: played({0: order(size=900)}, quotes(*EDGE), account=bt.Account(leverage=10, margin_call=2), close_at_end=True),
        "warning", "account.margin_call", 1, None, [], [], "1 margin call: the equity fell under 2 of the used margin.",
    ),
    Case(
        lambda: played({0: order(size=999)}, quotes(100.0, 100.0, 80.0), account=bt.Account(leverage=10), close_at_end=True),
        "error", "account.ruined", 1, None, [], [], "The equity fell to -10,079.90: from there on",
    ),
    Case(
        lambda: played({0: order(), 30: close}, quotes(*FLAT * 6, symbol="EURUSD"), calendar="24x7"),
        "hint", "account.financing", 1, 1, [1], [1], "1 trade was held over 1 night in all",
    ),
    Case(
        lambda: played({n: close if n % 3 else order() for n in range(1, 36)}, quotes(*FLAT * 12, every=SECOND), "1m"),
        "hint", "execution.latency", 11, 4, [], [], "Half of the trades were held for 1 s or less",
        ("order.flat",),
    ),
    Case(
        lambda: bt.run(Bracketed(), bars(*[(10, 10, 10, 10)] * 2, (10, 11, 9, 10)), spread=0.1, instrument=GRID),
        "warning", "bars.ambiguous", 1, 2, [1], [], "In 1 bar it hangs on which extreme came first what was filled; intrabar='p",
    ),
    Case(
        lambda: coarse(),
        "warning", "bars.not_finer", 2, None, [], [], "2 of 3 bars lack finer ones",
    ),
    Case(
        lambda: played({0: order(), 2: close}, quotes(100.0, 100.0, 100.0, 100.0, spread=-0.1)),
        "hint", "data.crossed", 2, 1, [1, 2], [], "2 of 2 fills met a crossed quote (ask < bid)",
    ),
    Case(
        lambda: played({}, quotes(*FLAT), "1d"),
        "warning", "strategy.no_bars", 1, None, [], [], "No bar of 1d closed in these data.",
    ),
    Case(
        lambda: bt.run(Slow(), quotes(*FLAT * 4)),
        "warning", "strategy.warm_up", 1, None, [], [],
        "1h/EMA(timeperiod=24.0)[close] never had a value: the first needs 24 bars of 1h, and 23 closed.",
    ),
    Case(
        lambda: bt.run(Heavy(), bars(*[(100.0, 101.0, 99.0, 100.0)] * 4)),
        "warning", "data.no_volume", 2, None, [], [],
        "1h/OBV()[close, volume], 1h/SMA(timeperiod=2.0)[volume]: the volume of every 1h bar is 0.",
    ),
    Case(
        lambda: played({0: order(limit=90.0)}, quotes(*FLAT)),
        "warning", "run.no_trades", 1, None, [], [], "None of 1 order filled.",
    ),
    Case(lambda: played({}, quotes(*FLAT)), "warning", "run.no_trades", 1, None, [], [], "Script placed no order."),
    Case(
        lambda: bt.run(bt.Strategy(), quotes(*FLAT), mode="interpreted"),
        "warning", "run.no_trades", 1, None, [], [], "Strategy has no method that the clock calls.",
    ),
    Case(
        lambda: played({0: order()}, quotes(*FLAT)),
        "hint", "run.open_trades", 1, None, [1], [1], "1 trade is open at the end with -1.00",
    ),
    Case(
        lambda: played({0: order(), 2: close}, quotes(*FLAT)),
        "hint", "metrics.few_trades", 1, None, [], [], "1 closed trade: fewer than 30 say little",
    ),
    Case(
        lambda: played({0: order(), 1: close, 3: order(), 4: close}, quotes(100.0, 100.0, 99.0, 99.0, 99.0, 101.0)),
        "warning", "metrics.one_trade", 1, None, [3], [2],
        "Trade 2 won 19.00 of 8.00 net: without it the run had lost 11.00.",
    ),
    Case(
        lambda: played({0: order(), 2: close}, quotes(*FLAT, spread=0.0)),
        "hint", "execution.free", 2, None, [], [], "2 fills cost nothing: no commission, no slippage, no spread in the data.",
    ),
]  # fmt: skip
EVERYWHERE = ("metrics.few_trades", "run.no_trades", "run.open_trades")


class Bracketed(bt.Strategy):
    timeframe = "1h"

    def on_bar(self, ctx):
        if ctx.position == 0:
            ctx.buy(size=1, stop_loss=9.5, take_profit=10.5)


def coarse() -> bt.Session:
    """Bars of which the first alone has minutes."""
    minutes = bt.bars(quotes(10.0, 10.0, every=60 * SECOND, spread=0.0), "1m")
    execution = bt.Execution(intrabar=minutes)
    data = bars(*[(10, 10, 10, 10)] * 3)
    with pytest.warns(bt.errors.BtlabWarning, match="2 of 3 bars lack 1m bars"):
        return bt.run(Bracketed(), data, spread=0.1, close_at_end=True, execution=execution, instrument=GRID)


class Slow(bt.Strategy):
    timeframe = "1h"

    def init(self):
        self.slow = self.indicator("EMA", timeperiod=24)


class Heavy(bt.Strategy):
    timeframe = "1h"

    def init(self):
        self.obv = self.indicator("OBV")
        self.mean = self.indicator("SMA", timeperiod=2, input="volume")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_is_found(case: Case) -> None:
    session = case.run()
    found = session.findings()
    (row,) = (one for one in found.frame.iter_rows(named=True) if one["rule"] == case.rule)
    assert (row["level"], row["count"], row["tick"], row["symbol"]) == (case.level, case.count, case.tick, None)
    assert case.text in row["text"]
    assert row["way_out"].endswith(".")
    assert case.rule == "execution.latency" or (row["orders"], row["trades"]) == (case.orders, case.trades)
    assert set(found.frame["rule"]) - {case.rule, *EVERYWHERE} == set(case.beside)
    if row["tick"] is not None:
        data, time = session.data, int(found.frame.filter(rule=case.rule)["time"].to_physical()[0])
        assert data.time[row["tick"]] <= time <= data.time[row["tick"]] + HOUR, "a time of that tick, or before the next"


def test_every_rule_has_its_case() -> None:
    """The ids written in the sources, and the codes of the reasons to refuse."""
    source = "".join(path.read_text("utf-8") for path in Path(package.__path__[0]).glob("*.py"))
    written = set(re.findall(r'"((?:order|execution|account|bars|data|strategy|run|metrics)\.[a-z_.]+)"', source))
    codes = {ENDINGS[ending].partition(":")[0] for ending in REFUSALS}
    of_several = {"order.rate"}
    assert written | codes == {case.rule for case in CASES} - {"order.expired", "order.tif"} | of_several


def turns(count: int, held: int = 2) -> Acts:
    """So many trades, each held for some ticks."""
    return {4 * n: order() for n in range(count)} | {4 * n + held: close for n in range(count)}


def test_a_clean_run_has_none() -> None:
    """Thirty trades, all closed, whose spread was paid."""
    bids = 100.0 + np.arange(124) % 4
    session = played(turns(30), quotes(*bids))
    assert len(session.trades) == 30
    found = session.findings()
    assert (len(found), len(found.frame), repr(found), found._repr_html_()) == (
        0,
        0,
        "Nothing to point out.",
        "<p>Nothing to point out.</p>",
    )
    assert found.frame.columns == ["level", "rule", "symbol", "count", "time", "tick", "orders", "trades", "text", "way_out"]


def test_one_trade_fewer_is_few() -> None:
    session = played(turns(29), quotes(*(100.0 + np.arange(124) % 4)))
    assert session.findings().frame["rule"].to_list() == ["metrics.few_trades"]


def test_a_profit_that_several_trades_made_is_no_finding() -> None:
    session = played({0: order(), 1: close, 3: order(), 4: close}, quotes(100.0, 100.0, 101.0, 99.0, 99.0, 101.0))
    assert session.trades["pnl"].sum() > session.trades["pnl"].max()
    assert "metrics.one_trade" not in session.findings().frame["rule"]


def test_a_stop_just_beyond_its_level_is_no_gap() -> None:
    """It risked 4.1 and lost 0.9 more."""
    session = played({0: order(stop_loss=96.0)}, quotes(100.0, 100.0, 95.1, 95.1))
    assert session.trades["exit_reason"].to_list() == ["stop_loss"]
    assert "execution.gap" not in session.findings().frame["rule"]


@pytest.mark.parametrize(
    ("symbol", "hours", "account"),
    [("ABC", 30, None), ("EURUSD", 10, None), ("EURUSD", 30, bt.Account(financing=bt.financing.percent(1, 1)))],
    ids=["no currency", "left before the night", "financing is paid"],
)
def test_nights_that_are_no_finding(symbol: str, hours: int, account: bt.Account | None) -> None:
    session = played({0: order(), hours: close}, quotes(*FLAT * 6, symbol=symbol), calendar="24x7", account=account)
    assert "account.financing" not in session.findings().frame["rule"]


def test_a_run_that_halted_is_not_told_of_its_end() -> None:
    ended = played({0: order()}, quotes(*FLAT))
    halted = played({0: order()}, quotes(*FLAT), until=3)
    assert set(ended.findings().frame["rule"]) == {"run.open_trades"}
    assert len(halted.findings()) == 0
    assert len(played({}, quotes(*FLAT), "1d", until=3).findings()) == 0


def test_of_several_symbols_with_the_ids_of_all() -> None:
    """Orders 1, 3 and trade 1 are AAA's, orders 2, 4 and trade 2 are BBB's: there they are 1, 2 and 1."""
    data = {name: quotes(*EDGE, symbol=name, start=start) for start, name in enumerate(("AAA", "BBB"))}

    class Both(bt.Strategy):
        timeframe = "1h"

        def on_start(self, ctx):
            for symbol in range(2):
                if ctx.symbol == 0:
                    ctx.buy(size=10, stop_loss=95.0 if symbol else 80.0, symbol=symbol)
            if ctx.symbol == 0:
                ctx.buy(size=10, stop_loss=float("nan"), symbol=0)
                ctx.buy(size=0.5, symbol=1)

    session = bt.run(Both(), data, mode="interpreted")
    rows = session.findings().frame.select("level", "rule", "symbol", "count", "tick", "orders", "trades").rows()
    assert rows == [
        ("error", "order.level", "AAA", 1, -1, [3], []),
        ("warning", "order.lot", "BBB", 1, -1, [4], []),
        ("warning", "execution.gap", "BBB", 1, 3, [2], [2]),
        ("hint", "run.open_trades", None, 1, None, [1], [1]),
        ("hint", "metrics.few_trades", None, 1, None, [], []),
    ]
    alone = session.of("BBB").findings().frame
    assert alone.select("rule", "orders", "trades").rows() == [
        ("order.lot", [2], []), ("execution.gap", [1], [1]), ("metrics.few_trades", [], []),
    ]  # fmt: skip


def test_an_order_before_the_pair_that_converts_is_quoted() -> None:
    """Yen are dollars by USDJPY, which is quoted from the third hour on. Six bars buy, and the end closes."""
    data = {"GBPJPY": quotes(*FLAT, symbol="GBPJPY"), "USDJPY": quotes(*FLAT, symbol="USDJPY", start=2 * HOUR + 1)}

    class Early(bt.Strategy):
        timeframe = "1h"

        def on_bar(self, ctx):
            if ctx.symbol == 0:
                ctx.buy(size=10, symbol=0)

    session = bt.run(Early(), data, mode="interpreted", account=bt.Account(currency="USD"), close_at_end=True)
    found = session.findings().frame.filter(rule="order.rate")
    assert found.select("level", "symbol", "count", "tick", "orders").rows() == [("warning", "GBPJPY", 2, 1, [1, 2])]
    assert found["text"][0].startswith("2 orders were refused, of 7: a pair that turns its money into the account's currency was")


def test_words_and_html() -> None:
    """A finding in a line; a symbol from outside is escaped."""
    session = played({0: order(size=0.5), 1: order(size=0.5)}, quotes(*FLAT))
    assert repr(session.findings()).splitlines() == [
        "2 findings: 2 warnings",
        "warning: 2 orders were refused, of 2: the size is 0 after rounding down to the lot."
        " First at 1970-01-01 00:00:00, tick 0. (orders 1, 2)"
        " Order more, or say a finer lot: bt.Instrument(lot_size=...). [order.lot]",
        "warning: None of 2 orders filled. session.orders names the reason of each. [run.no_trades]",
    ]
    data = {"<b>A": quotes(*FLAT, symbol="<b>A"), "B": quotes(*FLAT, symbol="B")}

    class Wrong(bt.Strategy):
        timeframe = "1h"

        def on_start(self, ctx):
            ctx.buy(size=0.5)

    html = bt.run(Wrong(), data, mode="interpreted").findings()._repr_html_()
    assert "&lt;b&gt;A: 1 order was refused" in html
    assert "<b>A" not in html


def test_a_compiled_run_has_the_same() -> None:
    class Wanting(bt.Strategy):
        timeframe = "1h"

        def on_bar(self, ctx):
            ctx.buy(size=10, stop_loss=ctx.highest("1h", 3) - 5)
            ctx.close_position()

    found = [bt.run(Wanting(), quotes(*FLAT * 2), mode=mode).findings() for mode in ("compiled", "interpreted")]
    assert found[0].frame.equals(found[1].frame)
    assert "order.level" in found[0].frame["rule"]
