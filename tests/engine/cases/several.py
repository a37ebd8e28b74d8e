"""Several symbols in one account: who comes first, what is converted when, and what counts together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from tests.oracles.records import Command, Rules, Tick, command
from tests.oracles.several import Market
from tests.oracles.several.scenarios import Several

from .case import SECOND, START, WORDS, moment

OF_MARKETS = {each.name for each in fields(Market)}


@dataclass(frozen=True)
class SeveralCase:
    """What is asked and what follows: `Case` with a symbol in front of each fill, calls of on_bar and rows of equity."""

    scenario: Several
    why: str
    fills: list[tuple[str, int, int, str, Decimal, Decimal, str]]
    equity: Decimal | None
    ends: list[tuple[str, str]] | None
    commissions: list[Decimal] | None
    financing: list[Decimal] | None
    margin_calls: list[tuple[str, int]] | None
    told: list[tuple[int, str, str]] | None
    rows: list[tuple[int, Decimal]] | None
    moments: list[int] | None


def several(
    quotes: str,
    *script: Command,
    why: str,
    fills: str = "",
    equity: Any = None,
    ends: str | None = None,
    commissions: str | None = None,
    financing: str | None = None,
    margin_calls: list[tuple[str, int]] | None = None,
    told: str | None = None,
    rows: str | None = None,
    moments: str | None = None,
    currency: str | None = None,
    timeframes: tuple[str, ...] = ("1m",),
    markets: dict[str, dict[str, Any]] | None = None,
    **rules: Any,
) -> SeveralCase:
    """A case from text.

    Args:
        quotes: "A@0=100/102 B@10T22:01=-/50": symbol, seconds after 10:00 (or day and time of January 2024), bid and ask.
        script: what is done.
        why: the arithmetic in words.
        fills: "A 1@0 buy 10 102 market; ...": symbol, order, tick of the symbol, side, size, price, reason.
        equity: at the end, of 100,000.
        ends, commissions, financing: as in `case`.
        margin_calls: symbol and tick.
        told: calls of on_bar, "60 1m A; ...", the end in seconds.
        rows: of the equity table, "0 100000; ...", the time in seconds.
        moments: times of the fills in seconds.
        currency, timeframes: of the account, of the strategy.
        markets: what differs from a plain market, by symbol.
        rules: what differs from Rules(), `night` being its financing; the tick size is 1.
    """
    ticks: dict[str, list[Tick]] = {}
    for each in quotes.split():
        symbol, _, rest = each.partition("@")
        at, _, sides = rest.partition("=")
        bid, ask = (None if side == "-" else Decimal(side) for side in sides.split("/"))
        ticks.setdefault(symbol, []).append(Tick(bid, ask, moment(at) if "T" in at else START + int(at) * SECOND))
    if "night" in rules:
        rules["financing"] = rules.pop("night")
    plain = Rules(cash=Decimal(100_000), **{n: v if n in WORDS else Decimal(v) for n, v in rules.items()})
    return SeveralCase(
        Several(
            0, plain, currency, tuple(_market(n, t, (markets or {}).get(n, {})) for n, t in ticks.items()), timeframes, script
        ),
        why,
        [_fill(each) for each in fills.split(";") if each.strip()],
        None if equity is None else Decimal(equity),
        None if ends is None else [(each.split()[0], (each.split() + [""])[1]) for each in ends.split(";")],
        None if commissions is None else [Decimal(each) for each in commissions.split()],
        None if financing is None else [Decimal(each) for each in financing.split()],
        margin_calls,
        None if told is None else [_told(each) for each in told.split(";")],
        None if rows is None else [(START + int(t) * SECOND, Decimal(e)) for t, e in map(str.split, rows.split(";"))],
        None if moments is None else [START + int(each) * SECOND for each in moments.split()],
    )


def _market(name: str, ticks: list[Tick], values: dict[str, Any]) -> Market:
    numbers = {n: Decimal(v) if n.endswith("_size") else v for n, v in values.items()}
    return Market(name, tuple(ticks), **{"quote": name[3:] or "USD", "tick_size": Decimal(1), "pip_size": Decimal(1)} | numbers)


def _fill(text: str) -> tuple[str, int, int, str, Decimal, Decimal, str]:
    symbol, where, side, size, price, reason = text.split()
    order, at = where.split("@")
    return symbol, int(order), int(at), side, Decimal(size), Decimal(price), reason


def _told(text: str) -> tuple[int, str, str]:
    at, timeframe, symbol = text.split()
    return START + int(at) * SECOND, timeframe, symbol


def start(action: str, symbol: str, **values: Any) -> Command:
    """In on_start."""
    return command("start", 0, action, symbol=symbol, **values)


def bar(at: int, action: str, **values: Any) -> Command:
    """In this call of on_bar, counted from 0."""
    return command("bar", at, action, **values)


def tick(at: int, action: str, **values: Any) -> Command:
    """In on_tick of this tick of all, counted from 0."""
    return command("tick", at, action, **values)


def on_fill(at: int, action: str, **values: Any) -> Command:
    """In on_fill of this fill, counted from 1."""
    return command("fill", at, action, **values)


CASES = {
    "equal times come by name": several(
        "B@0=50/50 A@0=100/100",
        start("buy", "B", size=10),
        start("buy", "A", size=10),
        why="Both ticks have one time: A's is first, and with it the second order, though B's was placed first.",
        fills="A 2@0 buy 10 100 market; B 1@0 buy 10 50 market",
        equity=100_000,
    ),
    "both have closed before either is told, by timeframe and then by name": several(
        "A@10=1/1 B@250=2/2 A@300=1/1",
        why="A's minute ends at 60 and is found by B's tick at 250. At 300 the minute of B ends, and the five minutes of both.",
        told="60 1m A; 300 1m B; 300 5m A; 300 5m B",
        timeframes=("1m", "5m"),
        rows="10 100000; 60 100000; 300 100000; 300 100000",
    ),
    "two minutes that end together": several(
        "B@10=2/2 A@20=1/1 B@60=3/3",
        bar(0, "buy", symbol="B", size=1),
        bar(1, "buy", symbol="A", size=1),
        why="At 60 A is told, then B; what is ordered there on B meets the tick at 60, what is ordered on A no tick any more.",
        told="60 1m A; 60 1m B",
        fills="B 1@1 buy 1 3 market",
        ends="filled; working",
    ),
    "an order on the other symbol at a close": several(
        "A@0=100/100 B@30=50/51 A@60=102/102 B@90=52/53",
        bar(0, "buy", symbol="B", size=5),
        why="At 60, where A is told, B is bought: B's next tick is at 90, its second, 53.",
        fills="B 1@1 buy 5 53 market",
        equity=99_995,
    ),
    "an order on the other symbol at a fill, its tick of that time still to come": several(
        "A@0=100/100 B@0=50/52 B@1=60/60",
        start("buy", "A", size=10),
        on_fill(1, "sell", symbol="B", size=10),
        why="A's tick comes first; B's of the same time is a next tick for what was ordered at A's fill. 10 x (50 - 60).",
        fills="A 1@0 buy 10 100 market; B 2@0 sell 10 50 market",
        equity=99_900,
    ),
    "an order on the other symbol at a fill, its tick of that time gone": several(
        "A@0=100/100 B@0=50/52 A@1=110/112",
        start("buy", "B", size=10),
        on_fill(1, "buy", symbol="A", size=10),
        why="A's tick of that time has been taken: it is bought at the next, 112, worth 110; B costs 2 x 10.",
        fills="B 1@0 buy 10 52 market; A 2@1 buy 10 112 market",
        equity=99_960,
    ),
    "money through one pair, at the rate of the moment": several(
        "GBPUSD@0=2/2 EURGBP@1=10/10 GBPUSD@2=3/3 EURGBP@3=12/12 EURGBP@4=11/11 GBPUSD@5=4/4",
        start("buy", "EURGBP", size=100),
        tick(2, "sell", symbol="EURGBP", size=150),
        why="100 bought at 10. Sold 150 at 12 with the pound at 3: 100 x 2 x 3 = 600, and 50 short at 12. At 11 with the pound "
        "at 4 they have earned 50 x 1 x 4 = 200.",
        fills="EURGBP 1@0 buy 100 10 market; EURGBP 2@1 sell 150 12 market",
        equity=100_800,
        currency="USD",
    ),
    "a pair's own money, the other way round": several(
        "USDJPY@0=99/101 USDJPY@1=124/126",
        start("buy", "USDJPY", size=1_000),
        tick(0, "close"),
        why="Bought at 101, sold at 124: 23,000 yen, at the mid of the tick that sells, 125: 184 dollars.",
        fills="USDJPY 1@0 buy 1000 101 market; USDJPY 2@1 sell 1000 124 close",
        equity=100_184,
        currency="USD",
    ),
    "money through two pairs": several(
        "EURUSD@0=1.25/1.25 NZDUSD@0=0.5/0.5 AUDNZD@1=1/1 AUDNZD@2=2/2 NZDUSD@3=1/1",
        start("sell", "AUDNZD", size=100),
        tick(2, "buy", symbol="AUDNZD", size=300),
        why="Sold at 1, bought at 2: -100 New Zealand dollars, x 0.5 / 1.25 = -40 euros. The 200 bought at 2 earn nothing.",
        fills="AUDNZD 1@0 sell 100 1 market; AUDNZD 2@1 buy 300 2 market",
        equity=99_960,
        currency="EUR",
        markets={name: {"tick_size": "0.25"} for name in ("EURUSD", "NZDUSD", "AUDNZD")},
    ),
    "a commission is a share of converted money, and a fraction counts it so": several(
        "USDJPY@0=99/101 USDJPY@1=99/101",
        start("buy", "USDJPY", size=1_000),
        tick(0, "buy", fraction="0.5"),
        why="1,000 x 101 yen at 100 are 1,010 dollars: 1 % is 10.10. Equity then 100,000 - 10.10 - 1,000 x 2 / 100 = 99,969.90; "
        "half of it, 49,984.95, buys 1.01 x 1.01 = 1.0201 dollars a unit: 49,000.04, so 49,000, for 494.90.",
        fills="USDJPY 1@0 buy 1000 101 market; USDJPY 2@1 buy 49000 101 market",
        commissions="10.10 494.90",
        equity="98495",
        percent=1,
        currency="USD",
    ),
    "margin counts what is held of the other": several(
        "A@0=100/100 B@1=50/50 B@2=50/50",
        start("buy", "A", size=600),
        start("buy", "B", size=900),
        tick(1, "buy", size=800),
        why="60,000 in A. 900 x 50 = 45,000 more are too many; 40,000 fit to the cent.",
        fills="A 1@0 buy 600 100 market; B 3@1 buy 800 50 market",
        ends="filled; rejected margin; filled",
    ),
    "the other counts at the side it would be closed at": several(
        "A@0=90/100 B@1=50/50 B@2=50/50",
        start("buy", "A", size=500),
        start("buy", "B", size=1_001),
        tick(1, "buy", size=1_000),
        why="500 x 100 bought are 45,000 at the bid, and the equity is 95,000: 50,050 for B are too many, 50,000 fit.",
        fills="A 1@0 buy 500 100 market; B 3@1 buy 1000 50 market",
        ends="filled; rejected margin; filled",
        equity=95_000,
    ),
    "what makes one position smaller needs no margin, whatever the other is worth": several(
        "A@0=100/100 B@0=100/100 A@1=10/10 B@2=100/100",
        start("buy", "A", size=5_000),
        start("buy", "B", size=4_000),
        tick(2, "sell", symbol="B", size=1_000),
        why="A has lost 450,000, far more than there is; a part of B is sold all the same.",
        fills="A 1@0 buy 5000 100 market; B 2@0 buy 4000 100 market; B 3@1 sell 1000 100 market",
        equity=-350_000,
        leverage=10,
    ),
    "the weaker symbol leaves, at its last quotes": several(
        "A@0=100/100 B@0=50/50 B@1=35/35 A@2=94/94",
        start("buy", "A", size=2_000),
        start("buy", "B", size=4_000),
        why="B at 35: 40,000 against 0.9 x (200,000 + 140,000) / 10 = 30,600. A at 94: 28,000 under 0.9 x (188,000 + 140,000) / "
        "10 = 29,520. B has lost 60,000, A 12,000: B leaves at 35, now. 28,000 over 0.9 x 18,800: A stays.",
        fills="A 1@0 buy 2000 100 market; B 2@0 buy 4000 50 market; B 2@1 sell 4000 35 liquidation",
        moments="0 0 2",
        equity=28_000,
        leverage=10,
        liquidation="0.9",
    ),
    "of two that lost the same the first by name": several(
        "B@0=100/100 A@0=100/100 A@1=54/54 B@2=54/54",
        start("buy", "B", size=1_000),
        start("buy", "A", size=1_000),
        why="Both at 54: 8,000 under 0.9 x 108,000 / 10 = 9,720. A leaves: 8,000 over 0.9 x 5,400.",
        fills="A 2@0 buy 1000 100 market; B 1@0 buy 1000 100 market; A 2@1 sell 1000 54 liquidation",
        equity=8_000,
        leverage=10,
        liquidation="0.9",
    ),
    "both leave where one is not enough": several(
        "A@0=100/100 B@0=100/100 A@1=70/70 B@2=35/35",
        start("buy", "A", size=1_000),
        start("buy", "B", size=1_000),
        why="B at 35: 5,000 under 0.9 x 105,000 / 10 = 9,450. B leaves: 5,000 under 0.9 x 7,000 = 6,300: A too.",
        fills="A 1@0 buy 1000 100 market; B 2@0 buy 1000 100 market; B 2@1 sell 1000 35 liquidation; "
        "A 1@1 sell 1000 70 liquidation",
        equity=5_000,
        leverage=10,
        liquidation="0.9",
    ),
    "what has no side to leave by stays until it is quoted": several(
        "A@0=-/100 B@0=100/100 B@1=5/5 A@2=90/90",
        start("buy", "A", size=1_000),
        start("buy", "B", size=1_000),
        why="A has no bid yet and counts with the 100 paid. B at 5: 5,000 under 0.9 x 105,000 / 10 = 9,450, so B leaves; 5,000 "
        "are still under 0.9 x 100,000 / 10 = 9,000, but nobody bids for A. At its first bid of 90 it leaves: 5,000 - 10,000.",
        fills="A 1@0 buy 1000 100 market; B 2@0 buy 1000 100 market; B 2@1 sell 1000 5 liquidation; "
        "A 1@1 sell 1000 90 liquidation",
        moments="0 0 1 2",
        equity=-5_000,
        leverage=10,
        liquidation="0.9",
    ),
    "in hedging, too, what has no side to leave by stays": several(
        "A@0=-/100 B@0=100/100 B@1=5/5 A@2=90/90",
        start("buy", "A", size=1_000),
        start("buy", "B", size=1_000),
        why="As before: lots are positions.",
        fills="A 1@0 buy 1000 100 market; B 2@0 buy 1000 100 market; B 2@1 sell 1000 5 liquidation; "
        "A 1@1 sell 1000 90 liquidation",
        moments="0 0 1 2",
        equity=-5_000,
        leverage=10,
        liquidation="0.9",
        mode="hedging",
    ),
    "in hedging the worst lot of all symbols leaves": several(
        "A@0=100/100 B@0=100/100 A@1=60/60 B@2=50/50",
        start("buy", "A", size=1_000),
        start("buy", "B", size=500),
        start("buy", "B", size=600),
        why="B at 50: 100,000 - 40,000 - 25,000 - 30,000 = 5,000 under 0.9 x 115,000 / 10 = 10,350. A's lot has lost most: 5,000 "
        "over 0.9 x 55,000 / 10 = 4,950.",
        fills="A 1@0 buy 1000 100 market; B 2@0 buy 500 100 market; B 3@0 buy 600 100 market; A 1@1 sell 1000 60 liquidation",
        moments="0 0 0 2",
        equity=5_000,
        leverage=10,
        liquidation="0.9",
        mode="hedging",
    ),
    "a margin call is of the tick that brought it": several(
        "A@0=100/100 B@0=50/50 B@1=40/40 A@2=87/87",
        start("buy", "A", size=3_000),
        why="B is not held: its ticks bring nothing. A at 87: 61,000 against 1.5 x 26,100 = 39,150; no call.",
        fills="A 1@0 buy 3000 100 market",
        margin_calls=[],
        equity=61_000,
        leverage=10,
        margin_call="1.5",
    ),
    "a margin call counts both": several(
        "A@0=100/100 B@0=100/100 A@1=90/90 B@2=79/79",
        start("buy", "A", size=3_000),
        start("sell", "B", size=2_000),
        tick(2, "close", symbol="B"),
        why="At once: 100,000 over 1.2 x 50,000. A at 90: 70,000 over 1.2 x (270,000 + 200,000) / 10 = 56,400. B is bought "
        "back at 79 before the account is looked at: 112,000 over 1.2 x 27,000.",
        fills="A 1@0 buy 3000 100 market; B 2@0 sell 2000 100 market; B 3@1 buy 2000 79 close",
        margin_calls=[],
        equity=112_000,
        leverage=10,
        margin_call="1.2",
    ),
    "a margin call at the other's tick": several(
        "A@0=100/100 B@0=100/100 A@1=90/90 B@2=105/105 B@3=110/110",
        start("buy", "A", size=3_000),
        start("sell", "B", size=2_000),
        why="B at 105: 60,000 over 1.2 x (270,000 + 210,000) / 10 = 57,600. At 110: 50,000 under 1.2 x 49,000 = 58,800: called.",
        fills="A 1@0 buy 3000 100 market; B 2@0 sell 2000 100 market",
        margin_calls=[("B", 2)],
        equity=50_000,
        leverage=10,
        margin_call="1.2",
    ),
    "exposure is of all symbols": several(
        "A@0=100/100 B@1=60/60 B@2=60/60",
        start("sell", "A", size=1_000),
        start("buy", "B", size=1_000),
        tick(1, "buy", size=800),
        why="100,000 of A, once the equity. 60,000 of B make it 1.6, more than 1.5; 48,000 make it 1.48.",
        fills="A 1@0 sell 1000 100 market; B 3@1 buy 800 60 market",
        ends="filled; rejected limit_exposure; filled",
        leverage=10,
        limit_exposure="1.5",
    ),
    "the limit of position is of one symbol": several(
        "A@0=100/100 B@0=50/50 A@1=100/100",
        start("buy", "A", size=10),
        start("buy", "B", size=10),
        tick(0, "buy", size=1),
        why="Ten of each are allowed; an eleventh A is not.",
        fills="A 1@0 buy 10 100 market; B 2@0 buy 10 50 market",
        ends="filled; filled; rejected limit_position",
        limit_position=10,
    ),
    "the rate is not known yet": several(
        "EURGBP@0=10/10 GBPUSD@1=2/- EURGBP@2=10/10 GBPUSD@3=-/2 EURGBP@4=10/10",
        start("buy", "EURGBP", size=10),
        tick(0, "buy", size=10),
        tick(2, "buy", size=10, limit=10),
        why="The pound has no price at the first tick, and no mid at the second; at the third both its sides were quoted.",
        fills="EURGBP 3@2 buy 10 10 limit",
        ends="rejected rate; rejected rate; filled",
        equity=100_000,
        currency="USD",
    ),
    "an order expires while the other ticks": several(
        "A@0=100/100 B@3=50/50",
        start("buy", "A", size=10, limit=90, expire=2 * SECOND),
        tick(1, "buy", symbol="A", size=10),
        why="It works for two seconds. That is over when B ticks at 3, though A never ticks again.",
        ends="expired expired; working",
    ),
    "the day of each is its own": several(
        "A@0=100/100 B@0=50/50 A@10T23:00=90/90 B@10T23:00=40/40",
        start("buy", "A", size=10, limit=95, tif="DAY"),
        start("buy", "B", size=10, limit=45, tif="DAY"),
        why="At 23:00 UTC the FX day has been over since 17:00 in New York, 22:00 UTC; that of A lasts until midnight.",
        fills="A 1@1 buy 10 95 limit",
        ends="filled; expired expired",
        equity=99_950,
        markets={"B": {"calendar": "fx"}},
    ),
    "each pays its nights by its own day": several(
        "A@0=100/100 B@0=50/50 A@10T23:00=100/100 B@10T23:00=50/50 A@11T00:00=100/100",
        start("buy", "A", size=10),
        start("sell", "B", size=10),
        why="B is short over the FX day's end at 22:00 UTC: 10 x 3. A is long over midnight: 10 x 2.",
        fills="A 1@0 buy 10 100 market; B 2@0 sell 10 50 market",
        financing="20 30",
        equity=99_950,
        night="price",
        financing_long=2,
        financing_short=3,
        markets={"B": {"calendar": "fx"}},
    ),
    "a weekend begins no day of theirs": several(
        "A@12T21:59=100/100 B@12T21:59=50/50 B@12T22:00=40/40 B@14T22:01=40/40 A@14T22:02=100/100",
        start("buy", "B", size=10),
        tick(3, "buy", symbol="A", size=1),
        why="Monday begins as Friday ends, before B's tick of that moment loses 100: A is refused on Sunday.",
        fills="B 1@0 buy 10 50 market",
        ends="filled; rejected limit_daily_loss",
        equity=99_900,
        limit_daily_loss=100,
        markets={"A": {"calendar": "fx"}, "B": {"calendar": "fx"}},
    ),
    "nights are paid at the rate of the day's end": several(
        "USDJPY@0=100/100 USDJPY@10T21:00=200/200 USDJPY@10T23:00=100/100",
        start("buy", "USDJPY", size=10),
        why="10 x 40 yen for the night at 200 yen a dollar: 2 dollars. The position itself is worth what it was.",
        fills="USDJPY 1@0 buy 10 100 market",
        financing="2",
        equity=99_998,
        night="price",
        financing_long=40,
        currency="USD",
        markets={"USDJPY": {"calendar": "fx"}},
    ),
    "rows of the equity while a symbol has no quote yet": several(
        "A@0=100/102 A@61=104/106 B@150=50/50",
        start("buy", "A", size=10),
        start("buy", "B", size=1),
        why="The start, A's fill at 102 worth 100, its minute's end; at 120 the next, at 104. B fills at 150, where all ends.",
        fills="A 1@0 buy 10 102 market; B 2@0 buy 1 50 market",
        rows="0 100000; 0 99980; 60 99980; 120 100020; 150 100020; 150 100020",
    ),
    "five minutes that end where no minute does make no row": several(
        "A@10=100/100 B@20=50/50 A@400=100/100",
        start("buy", "A", size=1),
        why="The start, A's fill, the minute's end of both at 60; at 300 five minutes end and are told; the end.",
        fills="A 1@0 buy 1 100 market",
        told="60 1m A; 60 1m B; 300 5m A; 300 5m B",
        rows="10 100000; 10 100000; 60 100000; 400 100000",
        timeframes=("1m", "5m"),
    ),
    "a side that the other's last tick lacks is as it was": several(
        "A@0=100/100 B@0=100/100 A@1=-/80 B@2=75/75 B@3=1/1",
        start("buy", "A", size=1_000),
        start("buy", "B", size=3_000),
        why="A's bid is missing at its second tick: nothing is said then. At B's tick A counts with its last, 100: 25,000 under "
        "0.9 x (100,000 + 225,000) / 10 = 29,250. B leaves.",
        fills="A 1@0 buy 1000 100 market; B 2@0 buy 3000 100 market; B 2@1 sell 3000 75 liquidation",
        equity=25_000,
        leverage=10,
        liquidation="0.9",
    ),
    "groups are of one symbol": several(
        "A@0=100/100 B@0=50/50 B@1=40/40",
        start("buy", "A", size=1, oco=1),
        start("buy", "B", size=1, limit=45, oco=1),
        start("buy", "A", size=1, limit=90, oco=1),
        why="A's fill ends the other order of its group on A; the group of that number on B is another.",
        fills="A 1@0 buy 1 100 market; B 2@1 buy 1 45 limit",
        ends="filled; filled; cancelled oco",
    ),
    "all of one symbol is cancelled, and by its number any": several(
        "A@0=100/100 B@1=50/50 A@2=80/80 B@3=30/30",
        start("buy", "A", size=1, limit=90),
        start("buy", "B", size=1, limit=40),
        start("buy", "B", size=1, limit=35),
        tick(0, "cancel_all"),
        tick(2, "cancel", order=2),
        why="At A's tick all of A's go, which is the first; the second goes by its number, told of A; the third fills.",
        fills="B 3@1 buy 1 35 limit",
        ends="cancelled cancel; cancelled cancel; filled",
    ),
    "latency is counted to the other's ticks": several(
        "A@0=100/100 B@1=50/50 B@2=51/51 B@3=52/52",
        tick(0, "buy", symbol="B", size=1),
        why="Placed at 0, on its way for two seconds: the first tick of B from 2 on.",
        fills="B 1@1 buy 1 51 market",
        equity=100_001,
        latency=2 * SECOND,
    ),
    "at once, at the other's last quotes": several(
        "A@0=100/100 B@1=50/52 A@5=100/100 B@6=60/62",
        tick(2, "buy", symbol="B", size=10),
        tick(2, "close", symbol="B", part="0.5"),
        why="At A's tick at 5 ten of B are bought at 52, what was asked last, and five sold at 50; five are worth 60 in the end.",
        fills="B 1@0 buy 10 52 market; B 2@0 sell 5 50 close",
        moments="5 5",
        equity=100_030,
        fill="current",
    ),
    "a stop loss of one is not met by the other's prices": several(
        "A@0=100/100 B@1=50/50 A@2=95/95",
        start("buy", "A", size=10, stop_loss=90),
        start("buy", "B", size=10, take_profit=51),
        why="B at 50 is under A's stop loss, and A at 95 over B's target: each looks at its own.",
        fills="A 1@0 buy 10 100 market; B 2@0 buy 10 50 market",
        equity=99_950,
    ),
}
