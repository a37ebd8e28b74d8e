"""Checkpoints: where a run stands, kept in a file, put back so that the run goes on as if it had never halted.

What is kept follows the dtypes of `market.records` and no field of theirs by name: a field that the run changed since it began is
kept, one that it did not change is what a run over these data begins with (lengths, addresses, rules). So data may have grown.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from btlab.data.files.disk import Disk
from btlab.engine.state import State
from btlab.errors import BtlabError, FormatError, RunError
from btlab.market.fingerprint import fingerprint_of
from btlab.market.names import key_of, known_texts
from btlab.market.records import REASONS
from btlab.market.series import Bars
from btlab.session.packing import pack, unpack
from btlab.session.setup import Setup, Start

LENGTHS = {"ticks", "minutes", "sizes", "bars", "offset", "steps"}
HALTS = {"until", "until_time", "stop"}
KEYS = {"strategy", "data", "record", "tables", "texts", "state"}


class Checkpoint:
    """Where a run stands: its account, orders, lots, all tables so far, the running bars and the strategy's state.

    Attributes:
        content: the bytes of its file. rows: how many ticks, or bars, the run has met.

    Raises:
        FormatError: bytes that are no checkpoint. DamagedError: not as they were written. NewerFormatError: of a newer btlab.
    """

    def __init__(self, content: bytes, name: str = "this checkpoint") -> None:
        self.content, self.name = content, name
        self.parts: dict[str, Any] = unpack(content, name)
        if not isinstance(self.parts, dict) or self.parts.keys() != KEYS:
            raise FormatError(f"{name} is no checkpoint of a run", name=name)
        self.rows: int = self.part("data", "rows", int)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Checkpoint:
        """Read a file that `save` wrote."""
        return cls(Path(path).read_bytes(), str(path))

    def save(self, path: str | PathLike[str]) -> None:
        """Write it: the file is there whole, replacing an older one, or not at all."""
        Disk().put(Path(path), self.content)

    def part(self, group: str, name: str, kind: type) -> Any:
        """A value of the file, of the kind it must have.

        Raises:
            FormatError: it is of another kind, or missing.
        """
        values = self.parts[group]
        value = values.get(name) if isinstance(values, dict) else None
        if type(value) is not kind:
            raise FormatError(f"{self.name} is no checkpoint of a run: {group} has no {name}", name=self.name)
        return value

    def __repr__(self) -> str:
        return f"<checkpoint after {self.rows:,} rows, {len(self.content):,} bytes>"


class Capture:
    """A run as it stood when it halted; `checkpoint` makes the file's bytes of it when they are asked for."""

    def __init__(self, setup: Setup, start: Start) -> None:
        state, run = start.state, start.state.run
        self._setup, self._rows = setup, max(int(run["tick"]), int(run["taken"]) + 1)
        self._parts: dict[str, Any] = {
            "strategy": identity(setup, start),
            "record": {"fields": fields_of(state.record.dtype), "initial": raw(start.initial), "now": raw(state.record)},
            "tables": {name: [fields_of(table.dtype), raw(rows_of(state, name))] for name, table in state.tables.items()},
            "texts": texts_in(state),
        }
        self._state: bytes | BtlabError
        try:
            self._state = pack(dict(vars(start.strategy)), f"{type(start.strategy).__name__}'s state")
        except BtlabError as error:
            self._state = error

    def checkpoint(self) -> Checkpoint:
        """
        Raises:
            RunError: the strategy holds what a file cannot.
        """
        if isinstance(self._state, BtlabError):
            raise self._state
        known = {"fingerprint": seen(self._setup, self._rows), "rows": self._rows}
        state = np.frombuffer(self._state, np.uint8)
        return Checkpoint(pack(self._parts | {"data": known, "state": {"packed": state}}, "the run"))


def restore(checkpoint: Checkpoint, setup: Setup, start: Start) -> None:
    """Put a run that has not begun where the checkpoint's stood.

    Raises:
        RunError: other data, another strategy or other rules. FormatError: tables of another version of btlab, or nonsense.
    """
    check_identity(checkpoint, setup, start)
    check_data(checkpoint, setup)
    state = start.state
    initial, now = (record_of(checkpoint, name, state) for name in ("initial", "now"))
    check_rules(initial, start)
    put_tables(checkpoint, state, now)
    for name in now.dtype.names or ():
        fixed = name in HALTS or name.endswith("_room") or is_address(name, state)
        if not fixed and now[name].tobytes() != initial[name].tobytes():
            state.record[name] = now[name]
    check_place(checkpoint, state)
    texts = checkpoint.parts["texts"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise other_version(checkpoint, "a tag")
    for text in texts:
        key_of(text)
    give_back(checkpoint, start)
    start.begun = True


def identity(setup: Setup, start: Start) -> dict[str, Any]:
    """What must be the same where a run goes on, beside the numbers of its rules."""
    strategy = start.strategy
    return {
        "name": type(strategy).__name__,
        "parameters": strategy.parameters(),
        "timeframes": strategy.timeframes(),
        "handlers": strategy.handlers(),
        "price": setup.timeline.price,
        "calendar": setup.timeline.calendar,
        "empty_bars": setup.timeline.empty_bars,
        "execution": rules_text(setup.execution),
        "account": rules_text(setup.account),
    }


def rules_text(rules: Any) -> str:
    """Rules as they are written; a function by its name, and finer bars, which may have grown, not at all (`seen` knows them)."""
    values = {field.name: getattr(rules, field.name) for field in dataclasses.fields(rules)}
    written = ", ".join(f"{name}={value!r}" for name, value in values.items() if name != "intrabar")
    return re.sub(r" at 0x[0-9a-fA-F]+", "", written)


def check_identity(checkpoint: Checkpoint, setup: Setup, start: Start) -> None:
    now, then = identity(setup, start), checkpoint.parts["strategy"]
    if not isinstance(then, dict) or now.keys() != then.keys():
        raise FormatError(f"{checkpoint.name} is no checkpoint of a run: it names no strategy", name=checkpoint.name)
    for name, value in now.items():
        if then[name] != value:
            raise RunError(
                f"the run that {checkpoint.name} kept had another {name}: {then[name]!r}, and now {value!r}; go on with the same",
                name=name,
            )


def check_data(checkpoint: Checkpoint, setup: Setup) -> None:
    data, rows = setup.data, checkpoint.rows
    unit = "bars" if isinstance(data, Bars) else "ticks"
    if not 0 < rows <= len(data):
        raise RunError(f"the run that {checkpoint.name} kept has met {rows:,} {unit}; these are {len(data):,}", rows=rows)
    if seen(setup, rows) != checkpoint.part("data", "fingerprint", str):
        raise RunError(
            f"these data do not begin with the {rows:,} {unit} that the run of {checkpoint.name} has met; "
            "give the same data, or the same with more after them",
            rows=rows,
        )


def seen(setup: Setup, rows: int) -> str:
    """What stands for all that a run has met of its data, the finer bars inside of them too."""
    digest = hashlib.sha256(fingerprint_of(setup.data, rows).encode())
    if setup.finer is not None:
        digest.update(setup.finer.first[: rows + 1].tobytes())
        digest.update(setup.finer.prices[:, : setup.finer.first[rows]].tobytes())
    return digest.hexdigest()


def check_rules(initial: np.ndarray, start: Start) -> None:
    """Every number that the run began with is the same, but for lengths and addresses."""
    lengths = LENGTHS | set(start.state.arrays) | {name + "s" for name in start.state.arrays}
    for name in initial.dtype.names or ():
        before, now = initial[name][0], start.initial[name][0]
        if name in lengths | HALTS or is_address(name, start.state) or name.endswith("_room"):
            continue
        if name.endswith("_function"):
            before, now = bool(before), bool(now)
        if np.asarray(before).tobytes() != np.asarray(now).tobytes():
            raise RunError(f"the run began with other rules: {name} was {before} and is {now}; give the same options", name=name)


def put_tables(checkpoint: Checkpoint, state: State, now: np.ndarray) -> None:
    tables = checkpoint.parts["tables"]
    if not isinstance(tables, dict) or tables.keys() != state.tables.keys():
        raise other_version(checkpoint, "the tables")
    found = {name: rows_in(checkpoint, f"table {name}", state.tables[name].dtype, *saved) for name, saved in tables.items()}
    while state.run["order_room"] < now["order_room"][0] and any(
        2 * len(rows) > len(state.tables[name]) for name, rows in found.items()
    ):
        state.grow()
    for name, rows in found.items():
        if len(rows) != count_of(now[0], name, len(rows)) or len(rows) > len(state.tables[name]):
            raise other_version(checkpoint, f"the length of table {name}")
        state.tables[name][: len(rows)] = rows


def check_place(checkpoint: Checkpoint, state: State) -> None:
    """That a record which nobody wrote by running points nowhere outside its arrays."""
    run, arrays = state.run, state.arrays
    orders, trades = state.rows("order"), state.rows("trade")
    closed = state.run["counts"] > 0
    last = (run["offset"][:-1] + run["counts"] - 1)[closed]
    sound = (
        0 <= run["minute"] < run["minutes"]
        and checkpoint.rows == max(run["tick"], run["taken"] + 1)
        and arrays["minute_tick"][run["minute"]] <= run["tick"] <= run["ticks"]
        and run["tick"] <= arrays["minute_tick"][run["minute"] + 1]
        and 0 <= run["timeframe"] < len(run["counts"])
        and 0 <= run["fill_reason"] < len(REASONS)
        and (run["counts"] >= 0).all()
        and (run["offset"][:-1] + run["counts"] <= run["offset"][1:]).all()
        and within(rows_of(state, "working"), len(orders))
        and within(rows_of(state, "lot"), len(trades))
        and within(trades["entry_order"] - 1, len(orders))
    )
    if not sound:
        raise other_version(checkpoint, "the place it names")
    if (arrays["bar_closer"][last] > run["tick"]).any():
        raise RunError("these data have ticks in bars that had ended where the run halted; give the data it halted on")


def give_back(checkpoint: Checkpoint, start: Start) -> None:
    """The state that the strategy had."""
    strategy, packed = start.strategy, checkpoint.part("state", "packed", np.ndarray)
    values = unpack(packed.tobytes(), checkpoint.name)
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise other_version(checkpoint, "the strategy's state")
    missing = sorted(vars(strategy).keys() - values.keys())
    if missing:
        raise RunError(
            f"the {type(strategy).__name__} that {checkpoint.name} kept had no {missing[0]!r}, which init sets now: "
            "go on with the strategy as it was",
            name=missing[0],
        )
    vars(strategy).clear()
    vars(strategy).update(values)


def fields_of(dtype: np.dtype) -> list[list[Any]]:
    """A dtype as plain values, to be compared."""
    if not dtype.names or dtype.fields is None:
        return [["", dtype.str, 0]]
    return [[name, str(dtype.fields[name][0]), int(dtype.fields[name][1])] for name in dtype.names]


def raw(rows: np.ndarray) -> np.ndarray:
    return np.frombuffer(np.ascontiguousarray(rows).tobytes(), np.uint8)


def rows_in(checkpoint: Checkpoint, what: str, dtype: np.dtype, fields: Any = None, content: Any = None) -> np.ndarray:
    """Rows of a known dtype from the bytes of a file."""
    fits = fields == fields_of(dtype) and isinstance(content, np.ndarray) and content.dtype == np.uint8 and content.ndim == 1
    if not fits or len(content) % dtype.itemsize:
        raise other_version(checkpoint, what)
    return np.frombuffer(content.tobytes(), dtype)


def record_of(checkpoint: Checkpoint, name: str, state: State) -> np.ndarray:
    saved = checkpoint.part("record", name, np.ndarray)
    found = rows_in(checkpoint, "the record", state.record.dtype, checkpoint.part("record", "fields", list), saved)
    if found.shape != state.record.shape:
        raise other_version(checkpoint, "the record")
    return found


def other_version(checkpoint: Checkpoint, what: str) -> FormatError:
    return FormatError(
        f"{what} in {checkpoint.name} is not as this version of btlab has it; run from the start again", name=checkpoint.name
    )


def is_address(name: str, state: State) -> bool:
    if name in ("address", "runs_at") or name.endswith(("_door", "_function")):
        return True
    return name.endswith("_at") and (name[:-3] in state.tables or name[:-3] in state.arrays or name == "forming_at")


def count_of(run: Any, name: str, otherwise: int) -> int:
    """How many rows of a table are in use."""
    names = run.dtype.names
    return int(run[name + "s"]) if name + "s" in names else int(run[name]) if name in names else otherwise


def rows_of(state: State, name: str) -> np.ndarray:
    table = state.tables[name]
    return table[: count_of(state.run, name, len(table))]


def within(rows: np.ndarray, count: int) -> bool:
    return not len(rows) or bool(rows.min() >= 0 and rows.max() < count)


def texts_in(state: State) -> list[str]:
    """The texts whose keys stand in some table: another process knows none of them."""
    found, texts = list[str](), known_texts()
    for name in state.tables:
        rows = rows_of(state, name)
        for column in rows.dtype.names or ():
            if rows.dtype[column] == np.int64:
                there = [key for key in texts if (rows[column] == key).any()]
                found += [texts.pop(key) for key in there]
    return found
