"""Checkpoints: where a run stands, kept in a file, put back so that the run goes on as if it had never halted."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from btlab.data.files.disk import Disk
from btlab.engine.state import OF_A_SYMBOL
from btlab.errors import BtlabError, FormatError, RunError
from btlab.market.names import key_of
from btlab.session.kept import Kept, check_data, check_place, hold, met_by, other_version, put_back, seen, texts_in
from btlab.session.packing import pack, unpack
from btlab.session.portfolio.setup import PortfolioSetup
from btlab.session.setup import Setup, Start

OF_ALL = {"strategy", "texts", "state"}
OF_ONE = {"data", "record", "tables"}


class Checkpoint(Kept):
    """Where a run stands: its account, orders, lots, all tables so far, the running bars and the strategy's state.

    Attributes:
        content: the bytes of its file. rows: how many ticks, or bars, the run has met, of all symbols together.

    Raises:
        FormatError: bytes that are no checkpoint. DamagedError: not as they were written. NewerFormatError: of a newer btlab.
    """

    def __init__(self, content: bytes, name: str = "this checkpoint") -> None:
        super().__init__(unpack(content, name), name)
        self.content = content
        if not isinstance(self.parts, dict) or self.parts.keys() not in (OF_ALL | OF_ONE, OF_ALL | {"symbols"}):
            raise FormatError(f"{name} is no checkpoint of a run", name=name)
        assert self.rows >= 0

    @property
    def symbols(self) -> dict[str, Kept]:
        """What was kept of each symbol of several; empty for a run of one."""
        found = self.parts.get("symbols", {})
        if not isinstance(found, dict) or not all(isinstance(one, dict) and one.keys() == OF_ONE for one in found.values()):
            raise FormatError(f"{self.name} is no checkpoint of a run: its symbols are not there", name=self.name)
        return {str(symbol): Kept(parts, self.name) for symbol, parts in found.items()}

    @property
    def rows(self) -> int:
        return sum(kept.rows for kept in self.symbols.values()) if "symbols" in self.parts else super().rows

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Checkpoint:
        """Read a file that `save` wrote."""
        return cls(Path(path).read_bytes(), str(path))

    def save(self, path: str | PathLike[str]) -> None:
        """Write it: the file is there whole, replacing an older one, or not at all."""
        Disk().put(Path(path), self.content)

    def __repr__(self) -> str:
        return f"<checkpoint after {self.rows:,} rows, {len(self.content):,} bytes>"


class Capture:
    """A run as it stood when it halted; `checkpoint` makes the file's bytes of it when they are asked for."""

    def __init__(self, setup: Setup | PortfolioSetup, start: Start) -> None:
        states = start.state.siblings
        self._setups, self._symbols = parts_of(setup), isinstance(setup, PortfolioSetup)
        self._rows = [met_by(state) for state in states]
        self._held = [hold(state, start.initial[k : k + 1], tables_of(state.tables, k)) for k, state in enumerate(states)]
        self._parts = {"strategy": identity(setup, start), "texts": texts_in(states)}
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
        found = [
            {"data": {"fingerprint": seen(setup, rows), "rows": rows}, **held}
            for setup, rows, held in zip(self._setups, self._rows, self._held)
        ]
        names = [setup.data.symbol for setup in self._setups]
        of_symbols = {"symbols": dict(zip(names, found))} if self._symbols else found[0]
        state = {"packed": np.frombuffer(self._state, np.uint8)}
        return Checkpoint(pack(self._parts | of_symbols | {"state": state}, "the run"))


def restore(checkpoint: Checkpoint, setup: Setup | PortfolioSetup, start: Start) -> None:
    """Put a run that has not begun where the checkpoint's stood.

    Raises:
        RunError: other data, another strategy or other rules. FormatError: tables of another version of btlab, or nonsense.
    """
    check_identity(checkpoint, setup, start)
    states, kept = start.state.siblings, list(kept_of(checkpoint, setup))
    for one, part in zip(kept, parts_of(setup)):
        check_data(one, part)
    for k, (one, state) in enumerate(zip(kept, states)):
        put_back(one, state, start.initial[k : k + 1], tables_of(state.tables, k))
        state.set(next_end=0)  # of several: data that have grown may have more bars
    for one, state in zip(kept, states):
        check_place(one, state)
    texts = checkpoint.parts["texts"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise other_version(checkpoint, "a tag")
    for text in texts:
        key_of(text)
    give_back(checkpoint, start)
    start.begun = True


def parts_of(setup: Setup | PortfolioSetup) -> tuple[Setup, ...]:
    """The setup of each symbol."""
    return setup.parts if isinstance(setup, PortfolioSetup) else (setup,)


def kept_of(checkpoint: Checkpoint, setup: Setup | PortfolioSetup) -> Iterator[Kept]:
    """What was kept of each symbol, in the order of their names."""
    if not isinstance(setup, PortfolioSetup):
        yield checkpoint
        return
    found = checkpoint.symbols
    yield from (found[symbol] for symbol in setup.symbols)


def tables_of(tables: dict[str, np.ndarray], place: int) -> list[str]:
    """The tables that are kept with a symbol: the first has those of the account."""
    return list(tables) if place == 0 else list(OF_A_SYMBOL)


def identity(setup: Setup | PortfolioSetup, start: Start) -> dict[str, Any]:
    """What must be the same where a run goes on, beside the numbers of its rules."""
    strategy, first = start.strategy, parts_of(setup)[0]
    said = {
        "symbols": list(setup.symbols) if isinstance(setup, PortfolioSetup) else [],
        "name": type(strategy).__name__,
        "parameters": strategy.parameters(),
        "timeframes": strategy.timeframes(),
        "handlers": strategy.handlers(),
        "price": first.timeline.price,
        "empty_bars": first.timeline.empty_bars,
        "execution": rules_text(first.execution),
        "account": rules_text(first.account),
    }
    calendars = {f"calendar of {part.data.symbol}": part.timeline.calendar for part in parts_of(setup)}
    return said | (calendars if len(calendars) > 1 else {"calendar": first.timeline.calendar})


def rules_text(rules: Any) -> str:
    """Rules as they are written; a function by its name, and finer bars, which may have grown, not at all (`seen` knows them)."""
    values = {field.name: getattr(rules, field.name) for field in dataclasses.fields(rules)}
    written = ", ".join(f"{name}={value!r}" for name, value in values.items() if name != "intrabar")
    return re.sub(r" at 0x[0-9a-fA-F]+", "", written)


def check_identity(checkpoint: Checkpoint, setup: Setup | PortfolioSetup, start: Start) -> None:
    now, then = identity(setup, start), checkpoint.parts["strategy"]
    if not isinstance(then, dict) or "symbols" not in then:
        raise FormatError(f"{checkpoint.name} is no checkpoint of a run: it names no strategy", name=checkpoint.name)
    if then["symbols"] != now["symbols"] or then["symbols"] != list(checkpoint.symbols):
        before, here = (symbols_text(said["symbols"]) for said in (then, now))
        raise RunError(
            f"the run that {checkpoint.name} kept had {before}, this one has {here}; go on with the same", name="symbols"
        )
    if now.keys() != then.keys():
        raise FormatError(f"{checkpoint.name} is no checkpoint of a run: it names no strategy", name=checkpoint.name)
    for name, value in now.items():
        if then[name] != value:
            raise RunError(
                f"the run that {checkpoint.name} kept had another {name}: {then[name]!r}, and now {value!r}; go on with the same",
                name=name,
            )


def symbols_text(symbols: Any) -> str:
    return f"the symbols {', '.join(map(str, symbols))}" if symbols else "one symbol, given without its name"


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
