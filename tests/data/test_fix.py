"""FIX logs: random streams of snapshots and refreshes against a slow book in plain Python, and each rule by itself.

The fixtures follow the FIX specification (4.2 and 4.4, volume 3: Market Data Snapshot / Full Refresh, Incremental Refresh).
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from btlab.data.store import Store
from btlab.errors import FormatError, RowError
from btlab.market.times import to_microseconds
from tests.data.formats import SOH, fix_message

Fields = list[tuple[int, object]]


class Oracle:
    """A book as a list of dicts; prices are Decimals, and nothing is clever."""

    def __init__(self, symbol: str) -> None:
        self.symbol, self.book, self.ticks = symbol, list[dict[str, Any]](), list[tuple[Any, ...]]()

    def take(self, fields: Fields) -> None:
        """One message of the log, as its fields."""
        head, groups = self._parted(fields)
        if head.get(35) not in ("W", "X"):
            return
        times, mine = list[int](), False
        if head[35] == "W":
            if head.get(55) != self.symbol:
                return
            mine, self.book = True, []
        symbol = head.get(55)
        for group in groups:
            symbol = group.get(55, symbol) if head[35] == "X" else symbol
            if symbol != self.symbol or group.get(269, "0") not in ("0", "1"):
                continue
            mine = True
            self._entry(group, head[35] == "W")
            if 273 in group:
                times.append(
                    to_microseconds(datetime.strptime(f"{group[272]} {group[273]}", "%Y%m%d %H:%M:%S.%f").replace(tzinfo=UTC))
                )
        if mine:
            self._tell(max(times) if times else self._moment(head.get(60, head[52])))

    @staticmethod
    def _parted(fields: Fields) -> tuple[dict[int, Any], list[dict[int, Any]]]:
        head, groups, first = dict[int, Any](), list[dict[int, Any]](), None
        for tag, value in fields:
            if 268 in head and tag not in (60,):
                first = first or tag
                if tag == first:
                    groups.append({})
                groups[-1][tag] = value
            else:
                head[tag] = value
        return head, groups

    def _entry(self, group: dict[int, Any], snapshot: bool) -> None:
        side, price = group.get(269), None if 270 not in group else Decimal(str(group[270]))
        size = None if 271 not in group else Decimal(str(group[271]))
        new = {"side": side, "price": price, "size": size or Decimal(0), "id": group.get(278), "level": group.get(290)}
        if snapshot:
            if size != 0:
                self.book.append(new)
            return
        found = self._found(group, price)
        action = group[279]
        if action == "2" or size == 0:
            if found is not None:
                self.book.remove(found)
                if found["id"] is None and found["level"] is not None:
                    for other in self.book:
                        if other["side"] == found["side"] and other["id"] is None and (other["level"] or 0) > found["level"]:
                            other["level"] -= 1
        elif action == "0" and 290 in group and 278 not in group:
            for other in self.book:
                if other["side"] == side and other["id"] is None and (other["level"] or 0) >= group[290]:
                    other["level"] += 1
            self.book.append(new)
        elif found is None:
            self.book.append(new)
        else:
            found["price"] = found["price"] if price is None else price
            found["size"] = found["size"] if size is None else size

    def _found(self, group: dict[int, Any], price: Decimal | None) -> dict[str, Any] | None:
        for other in self.book:
            if 269 in group and other["side"] != group[269]:
                continue
            if 278 in group:
                hit = other["id"] == group[278]
            elif 290 in group:
                hit = other["id"] is None and other["level"] == group[290]
            else:
                hit = other["id"] is None and other["price"] == price
            if hit:
                return other
        return None

    def _tell(self, time: int) -> None:
        best: list[float | None] = []
        sizes = []
        for side, pick in (("0", max), ("1", min)):
            prices = [row["price"] for row in self.book if row["side"] == side]
            top = pick(prices) if prices else None
            best.append(None if top is None else float(top))
            sizes.append(float(sum(row["size"] for row in self.book if row["side"] == side and row["price"] == top)))
        told = (*best, *sizes)
        if best != [None, None] and (not self.ticks or self.ticks[-1][1:] != told or self._emptied):
            self.ticks.append((time, *told))
        self._emptied = best == [None, None]

    _emptied = False

    @staticmethod
    def _moment(text: str) -> int:
        return to_microseconds(datetime.strptime(text, "%Y%m%d-%H:%M:%S.%f").replace(tzinfo=UTC))


def stream(dice: random.Random, count: int, key: str) -> list[Fields]:
    """Messages of two symbols and other kinds, told apart by ids, by levels or by prices."""
    at, messages, live = (
        datetime(2023, 6, 23, 23, 59, 58, tzinfo=UTC),
        list[Fields](),
        {"A": dict[Any, str](), "B": dict[Any, str]()},
    )
    for _ in range(count):
        at += timedelta(microseconds=dice.randrange(1, 40_000))
        stamp, symbol, kind = f"{at:%Y%m%d-%H:%M:%S.%f}", dice.choice("AB"), dice.choice("WXXXXXX05D")
        fields: Fields = [(35, kind), (34, len(messages) + 1), (52, stamp)]
        if kind == "W":
            live[symbol] = {}
            fields += [(55, symbol), *_snapshot(dice, live[symbol], key)]
        elif kind == "X":
            fields += _refresh(dice, symbol, live[symbol], key, at)
        else:
            fields.append((58, "Hello 8=FIX world"))
        messages.append(fields)
    return messages


def _price(dice: random.Random, side: str) -> str:
    return f"{1.1 + (-1 if side == '0' else 1) * dice.randrange(1, 8) / 10_000:.5f}"


def _snapshot(dice: random.Random, live: dict[Any, str], key: str) -> Fields:
    entries = list[Fields]()
    for side in dice.choice(("01", "0", "1", "01", "")):
        for level in range(1, dice.randrange(2, 5)):
            entry: Fields = [(269, side), (270, _price(dice, side)), (271, dice.randrange(1, 9))]
            if key == "level":
                entry.append((290, level))
                live[side, level] = side
            elif key == "id":
                entry.append((278, f"{side}{len(live)}"))
                live[entry[-1][1]] = side
            entries.append(entry)
    entries += [[(269, "2"), (270, "1.1"), (271, 5)]] * dice.randrange(2)
    return [(268, len(entries)), *(field for entry in entries for field in entry)]


def _refresh(dice: random.Random, symbol: str, live: dict[Any, str], key: str, at: datetime) -> Fields:
    entries = list[Fields]()
    for number in range(dice.randrange(1, 4)):
        action, side = dice.choice("0012"), dice.choice("01")
        entry: Fields = [(279, action), (269, side)]
        if key == "id":
            name = dice.choice([*live, f"n{dice.randrange(10**6)}"]) if action != "0" and live else f"n{dice.randrange(10**6)}"
            side = live.get(name, side)
            live[name] = side
            entry = [(279, action), (269, side), (278, name)]
        entry += [(55, symbol)] if number == 0 or dice.random() < 0.5 else []
        if action != "2" or key == "price":
            entry += [(270, _price(dice, side)), (271, dice.choice((1, 2, 3, 0)) if action == "1" else dice.randrange(1, 9))]
        if key == "level":
            entry.append((290, dice.randrange(1, 4)))
        if dice.random() < 0.3:
            entry += [(272, f"{at:%Y%m%d}"), (273, f"{at:%H:%M:%S.%f}")]
        entries.append(entry)
    head: Fields = [(60, f"{at:%Y%m%d-%H:%M:%S.%f}")] if dice.random() < 0.5 else []
    return [*head, (268, len(entries)), *(field for entry in entries for field in entry)]


def ours(store: Store, symbol: str) -> list[tuple[Any, ...]]:
    ticks = store.ticks(symbol)
    columns = (ticks.time, ticks.bid, ticks.ask, ticks.bid_size, ticks.ask_size)
    rows = zip(*(column.tolist() for column in columns if column is not None), strict=True)
    return [tuple(None if value != value else value for value in row) for row in rows]


@pytest.mark.parametrize("separator", [SOH, "|", "^A"], ids=["SOH", "bar", "caret"])
@pytest.mark.parametrize("key", ["id", "level", "price"])
@pytest.mark.parametrize("seed", range(3))
def test_random_streams(store: Store, tmp_path: Path, key: str, separator: str, seed: int) -> None:
    messages = stream(random.Random(f"{key} {seed}"), 400, key)
    version = ("FIX.4.2", "FIX.4.4")[seed % 2]
    lines = [
        f"2023-06-23 {n:06d} <in> " + fix_message(*fields, version=version, separator=separator)
        for n, fields in enumerate(messages)
    ]
    path = tmp_path / "a.log"
    path.write_text(("\n", "", "\r\n")[seed].join(lines))
    for symbol in "AB":
        oracle = Oracle(symbol)
        for fields in messages:
            oracle.take([(tag, value) for tag, value in fields])
        report = store.import_ticks(path, symbol=symbol)
        assert len(oracle.ticks) > 50
        assert ours(store, symbol) == oracle.ticks
        assert report.format == "fix"
        assert ("checksums verified" in report.why) == (separator == SOH)


def test_a_small_block_gives_the_same(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are never cut where blocks end, and the book goes on."""
    import functools

    from btlab.data.importers import fix

    path = tmp_path / "a.log"
    path.write_text("\n".join(fix_message(*fields) for fields in stream(random.Random("blocks"), 400, "id")))
    store.import_ticks(path, symbol="A")
    monkeypatch.setattr(fix, "blocks", functools.partial(fix.blocks, size=300))
    whole, store2 = ours(store, "A"), Store(":memory:")
    store2.import_ticks(path, symbol="A")
    assert ours(store2, "A") == whole


SENT = "20230623-05:39:26.897"
W = [(35, "W"), (52, SENT), (55, "EUR/USD"), (268, 2), (269, 0), (270, "1.1"), (269, 1), (270, "1.2")]


def written(tmp_path: Path, *messages: str) -> Path:
    path = tmp_path / "a.log"
    path.write_text("\n".join(messages))
    return path


def entry(*fields: tuple[int, object], head: Fields | None = None) -> str:
    return fix_message((35, "X"), (52, "20230624-00:00:00.100"), *(head or []), (268, 1), (279, "0"), (269, "0"), *fields)


@pytest.mark.parametrize(
    ("message", "time"),
    [
        (entry((55, "EUR/USD"), (270, "1.15")), "2023-06-24 00:00:00.100"),
        (entry((55, "EUR/USD"), (270, "1.15"), head=[(60, "20230623-23:59:59.5")]), "2023-06-23 23:59:59.500"),
        (entry((55, "EUR/USD"), (270, "1.15"), (272, "20230623"), (273, "23:59:58.123456789")), "2023-06-23 23:59:58.123456"),
        (entry((55, "EUR/USD"), (270, "1.15"), (273, "23:59:59")), "2023-06-23 23:59:59"),
        (entry((55, "EUR/USD"), (270, "1.15"), (273, "00:00:00.05")), "2023-06-24 00:00:00.050"),
    ],
    ids=["52", "60", "272 and 273", "273 of yesterday", "273 of today"],
)
def test_times(store: Store, tmp_path: Path, message: str, time: str) -> None:
    store.import_ticks(written(tmp_path, fix_message(*W), message), symbol="EURUSD")
    assert store.ticks("EURUSD").time.tolist() == [to_microseconds("2023-06-23 05:39:26.897"), to_microseconds(time)]


def test_ticks_without_sizes_and_with_one_side(store: Store, tmp_path: Path) -> None:
    gone = fix_message((35, "X"), (52, "20230623-05:39:27"), (268, 1), (279, 2), (269, 1), (55, "EUR/USD"), (270, "1.2"))
    report = store.import_ticks(written(tmp_path, fix_message(*W), gone), symbol="EURUSD")
    ticks = store.ticks("EURUSD")
    assert ticks.bid_size is None
    assert ticks.ask[0] == 1.2
    assert ticks.ask[1] != ticks.ask[1]
    assert any("one side only" in warning for warning in report.warnings)


def test_a_security_id_names_what_has_no_symbol(store: Store, tmp_path: Path) -> None:
    message = fix_message((35, "W"), (52, SENT), (48, "4001"), (22, "8"), (268, 1), (269, 0), (270, "1.1"))
    store.import_ticks(written(tmp_path, message), symbol="4001")
    assert len(store.ticks("4001")) == 1


WRONG = {
    "checksum": (fix_message(*W).replace("1.1", "1.3"), "the message is not what its checksum says"),
    "cut off": (fix_message(*W)[:-20], "the message is cut off"),
    "fewer entries than said": (
        fix_message(*((268, 3) if field[0] == 268 else field for field in W)),
        "its groups make no sense",
    ),
    "no price": (entry((55, "EUR/USD")), "its groups make no sense"),
    "an unknown action": (
        fix_message((35, "X"), (52, SENT), (268, 1), (279, 7), (269, 0), (55, "EUR/USD"), (270, 1)),
        "groups make no",
    ),
    "a price that is none": (entry((55, "EUR/USD"), (270, "1.1o")), "a cell is no number"),
    "a negative price": (fix_message(*((270, -5) if field[1] == "1.2" else field for field in W)), "a price is not"),
    "a time that is none": (fix_message((35, "W"), (52, "yesterday"), *W[2:]), "the time cannot be read"),
    "no time": (fix_message((35, "W"), *W[2:5], (270, "1.15"), *W[6:]), "the time cannot be read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_messages_are_named(store: Store, tmp_path: Path, case: str) -> None:
    message, reason = WRONG[case]
    path = written(tmp_path, "", fix_message(*W), message, fix_message((35, 0), (52, SENT)))
    with pytest.raises(RowError, match=rf"line 3: .*{reason}"):
        store.import_ticks(path, symbol="EURUSD")
    report = store.import_ticks(path, symbol="EURUSD", on_error="skip")
    assert (report.rows_stored, report.rows_rejected) == (1, 1)


def test_wrong_messages_of_others_do_not_matter(store: Store, tmp_path: Path) -> None:
    other = fix_message(*((55, "GBP/USD") if field[0] == 55 else field for field in W)).replace("1.1", "9.9")
    path = written(tmp_path, fix_message(*W), other)
    assert store.import_ticks(path, symbol="EURUSD").rows_read == 1
    with pytest.raises(FormatError, match=r"2 symbols \(EUR/USD, GBP/USD\); symbol= must be one of them, not 'USDJPY'"):
        store.import_ticks(path, symbol="USDJPY")


def test_raw_data_may_hold_anything(store: Store, tmp_path: Path) -> None:
    """96 is as long as 95 says, separators and all."""
    raw = f"x{SOH}269=0{SOH}270=7"
    message = fix_message(*W[:3], (95, len(raw)), (96, raw), *W[3:])
    store.import_ticks(written(tmp_path, message), symbol="EURUSD")
    assert store.ticks("EURUSD").bid.tolist() == [1.1]
