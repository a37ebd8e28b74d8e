"""What a checkpoint keeps of one symbol: its record, its tables, what it has met of its data; and how that is put back.

What is kept follows the dtypes of `market.records` and `market.run_record` and no field of theirs by name: a field that the run
changed since it began is kept, one that it did not change is what a run over these data begins with (lengths, addresses, rules).
So data may have grown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from btlab.engine.state import State
from btlab.errors import FormatError, RunError
from btlab.market.codes import REASONS
from btlab.market.fingerprint import fingerprint_of
from btlab.market.names import known_texts
from btlab.market.series import Bars
from btlab.session.setup import Setup

LENGTHS = {"ticks", "minutes", "sizes", "bars", "offset", "steps"}
OF_THIS_RUN = {"until", "until_time", "stop", "packed", "scale"}


class Kept:
    """The parts of a checkpoint that are of one symbol, or of all of it.

    Attributes:
        parts: as they were read. name: of the file, for errors.
    """

    def __init__(self, parts: dict[str, Any], name: str) -> None:
        self.parts, self.name = parts, name

    @property
    def rows(self) -> int:
        """How many ticks, or bars, the run has met."""
        rows: int = self.part("data", "rows", int)
        return rows

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


def hold(state: State, initial: np.ndarray, tables: Iterable[str]) -> dict[str, Any]:
    """A symbol's record and tables as they stand now."""
    return {
        "record": {"fields": fields_of(state.record.dtype), "initial": raw(initial), "now": raw(state.record)},
        "tables": {name: [fields_of(state.tables[name].dtype), raw(rows_of(state, name))] for name in tables},
    }


def met_by(state: State) -> int:
    """How many ticks, or bars, a symbol has met."""
    return max(int(state.run["tick"]), int(state.run["taken"]) + 1)


def put_back(kept: Kept, state: State, begun: np.ndarray, tables: Iterable[str]) -> None:
    """Put a symbol of a run that has not begun where the checkpoint's stood; `begun` is its record before anything happened.

    Raises:
        RunError: other rules. FormatError: tables of another version of btlab, or nonsense.
    """
    initial, now = (record_of(kept, name, state) for name in ("initial", "now"))
    check_rules(initial, state, begun)
    put_tables(kept, state, now, set(tables))
    for name in now.dtype.names or ():
        fixed = name in OF_THIS_RUN or name.endswith("_room") or is_address(name, state)
        if not fixed and now[name].tobytes() != initial[name].tobytes():
            state.record[name] = now[name]


def check_data(kept: Kept, setup: Setup) -> None:
    """That data begin with what a run has met."""
    data, rows = setup.data, kept.rows
    unit = "bars" if isinstance(data, Bars) else "ticks"
    if not 0 <= rows <= len(data):
        raise RunError(f"the run that {kept.name} kept has met {rows:,} {unit}; these are {len(data):,}", rows=rows)
    if seen(setup, rows) != kept.part("data", "fingerprint", str):
        raise RunError(
            f"these data do not begin with the {rows:,} {unit} that the run of {kept.name} has met; "
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


def check_rules(initial: np.ndarray, state: State, begun: np.ndarray) -> None:
    """Every number that the run began with is the same, but for lengths and addresses."""
    lengths = LENGTHS | set(state.arrays) | {name + "s" for name in state.arrays}
    for name in initial.dtype.names or ():
        before, now = initial[name][0], begun[name][0]
        if name in lengths | OF_THIS_RUN or is_address(name, state) or name.endswith("_room"):
            continue
        if name.endswith("_function"):
            before, now = bool(before), bool(now)
        if np.asarray(before).tobytes() != np.asarray(now).tobytes():
            raise RunError(f"the run began with other rules: {name} was {before} and is {now}; give the same options", name=name)


def put_tables(kept: Kept, state: State, now: np.ndarray, names: set[str]) -> None:
    tables = kept.parts["tables"]
    if not isinstance(tables, dict) or tables.keys() != names:
        raise other_version(kept, "the tables")
    found = {name: rows_in(kept, f"table {name}", state.tables[name].dtype, *saved) for name, saved in tables.items()}
    while state.run["order_room"] < now["order_room"][0] and any(
        2 * len(rows) > len(state.tables[name]) for name, rows in found.items()
    ):
        state.grow()
    for name, rows in found.items():
        if len(rows) != count_of(now[0], name, len(rows)) or len(rows) > len(state.tables[name]):
            raise other_version(kept, f"the length of table {name}")
        state.tables[name][: len(rows)] = rows


def check_place(kept: Kept, state: State) -> None:
    """That a record which nobody wrote by running points nowhere outside its arrays."""
    run, arrays = state.run, state.arrays
    orders, trades = (state.siblings[0].rows(name) for name in ("order", "trade"))
    closed = run["counts"] > 0
    last = (run["offset"][:-1] + run["counts"] - 1)[closed]
    sound = (
        0 <= run["minute"] < run["minutes"]
        and kept.rows == met_by(state)
        and arrays["minute_tick"][run["minute"]] <= run["tick"] <= run["ticks"]
        and run["tick"] <= arrays["minute_tick"][run["minute"] + 1]
        and all(0 <= run[name] < run["symbols"] for name in ("holder", "active", "acting"))
        and run["spoken"] >= 0
        and 0 <= run["scan"] <= run["ticks"]
        and 0 <= run["scan_minute"] < run["minutes"]
        and 0 <= run["timeframe"] < len(run["counts"])
        and 0 <= run["fill_reason"] < len(REASONS)
        and (run["counts"] >= 0).all()
        and (run["offset"][:-1] + run["counts"] <= run["offset"][1:]).all()
        and within(rows_of(state, "working"), len(orders))
        and within(rows_of(state, "lot"), len(trades))
        and within(trades["entry_order"] - 1, len(orders))
    )
    if not sound:
        raise other_version(kept, "the place it names")
    if (arrays["bar_closer"][last] > run["tick"]).any():
        raise RunError("these data have ticks in bars that had ended where the run halted; give the data it halted on")


def fields_of(dtype: np.dtype) -> list[list[Any]]:
    """A dtype as plain values, to be compared."""
    if not dtype.names or dtype.fields is None:
        return [["", dtype.str, 0]]
    return [[name, str(dtype.fields[name][0]), int(dtype.fields[name][1])] for name in dtype.names]


def raw(rows: np.ndarray) -> np.ndarray:
    return np.frombuffer(np.ascontiguousarray(rows).tobytes(), np.uint8)


def rows_in(kept: Kept, what: str, dtype: np.dtype, fields: Any = None, content: Any = None) -> np.ndarray:
    """Rows of a known dtype from the bytes of a file."""
    fits = fields == fields_of(dtype) and isinstance(content, np.ndarray) and content.dtype == np.uint8 and content.ndim == 1
    if not fits or len(content) % dtype.itemsize:
        raise other_version(kept, what)
    return np.frombuffer(content.tobytes(), dtype)


def record_of(kept: Kept, name: str, state: State) -> np.ndarray:
    saved = kept.part("record", name, np.ndarray)
    found = rows_in(kept, "the record", state.record.dtype, kept.part("record", "fields", list), saved)
    if found.shape != state.record.shape:
        raise other_version(kept, "the record")
    return found


def other_version(kept: Kept, what: str) -> FormatError:
    return FormatError(f"{what} in {kept.name} is not as this version of btlab has it; run from the start again", name=kept.name)


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


def texts_in(states: list[State]) -> list[str]:
    """The texts whose keys stand in some table: another process knows none of them."""
    state, found, texts = states[0], list[str](), known_texts()
    for name in state.tables:
        rows = rows_of(state, name)
        for column in rows.dtype.names or ():
            if rows.dtype[column] == np.int64:
                there = [key for key in texts if (rows[column] == key).any()]
                found += [texts.pop(key) for key in there]
    return found
