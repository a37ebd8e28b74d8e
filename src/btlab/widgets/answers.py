"""What a page may ask the kernel: why something happened, where a condition turns true, what other parameters would have done."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from btlab.errors import BtlabError, MessageError, WidgetError
from btlab.widgets.conditions import Condition, Searcher
from btlab.widgets.frames import pack
from btlab.widgets.overlays.layers import Layers
from btlab.widgets.overlays.running import running
from btlab.widgets.places import Places
from btlab.widgets.tape import Frame, whole
from btlab.widgets.viewstate import short
from btlab.widgets.why import why

if TYPE_CHECKING:
    from btlab.session.result import Session

EQUITY_AT_MOST = 100_000
LARGEST = 1e9
TEXT_AT_MOST = 200
FAULT_AT_MOST = 400


class Forked(NamedTuple):
    """A fork, and the frame that shows it beside the run."""

    session: Session
    frame: Frame


class Answers:
    """Answers questions about a session. A question that cannot be answered is answered with the reason."""

    def __init__(self, places: Places, layers: Layers) -> None:
        self._places, self.tape, self.session = places, places.tape, places.session
        self.searcher, self._layers = Searcher(places), layers
        self.forked: Forked | None = None
        self._kinds = {"why": self._why, "until": self._until, "fork": self._fork, "running": self._running}

    @property
    def parameters(self) -> list[list[Any]]:
        """[name, kind, value] of each of the strategy's parameters that a fork can change."""
        kinds = {bool: "bool", int: "int", float: "float", str: "str"}
        values = self.session.parameters
        return [
            [whole(name), kinds[type(value)], whole(value) if isinstance(value, str) else value]
            for name, value in values.items()
            if value == value
        ]

    def to(self, message: Mapping[str, Any]) -> Frame:
        """The answer to a question.

        Raises:
            MessageError: what is no question.
        """
        number, what = message.get("id"), message.get("what")
        if type(number) is not int or not 0 <= number < 2**53 or not isinstance(what, str) or what not in self._kinds:
            raise MessageError(f"{short(what)} with id {short(number)} is no question")
        try:
            header, columns = self._kinds[what](message)
        except MessageError:
            raise
        except (BtlabError, MemoryError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            said = getattr(error, "message", "") or f"{type(error).__name__}: {error}"
            header, columns = {"reason": whole(said[:FAULT_AT_MOST])}, {}
        return pack({"kind": "answer", "id": number, **header}, columns)

    def _tick(self, message: Mapping[str, Any]) -> int:
        tick = message.get("tick")
        if type(tick) is not int or not 0 <= tick < self.tape.count:
            raise MessageError(f"there is no tick {short(tick)} among {self.tape.count}")
        return tick

    def _why(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        trade = message.get("trade")
        if trade is not None and (type(trade) is not int or not 1 <= trade <= len(self.session.records["trade"])):
            raise MessageError(f"there is no trade {short(trade)}")
        title, lines, seconds = why(self.session, self._tick(message), trade)
        return {"title": title, "lines": [[sign, whole(text)] for sign, text in lines], "seconds": seconds}, {}

    def _running(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        begun, tick = time.perf_counter(), self._tick(message)
        values = running(self.session, self._layers.layers, tick)
        columns = {f"l{number}": np.array(each, np.float64) for number, each in enumerate(values)}
        return {"seconds": time.perf_counter() - begun}, columns

    def _until(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        hits, more = self.searcher.pauses(Condition(message.get("condition")))
        return {"more": more}, {"hits": hits.astype(np.float64)}

    def _fork(self, message: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        given, tick = message.get("parameters"), self._tick(message)
        if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
            raise MessageError(f"a fork names parameters, not {short(given)}")
        self.fork(tick, {name: self._parameter(name, value) for name, value in given.items()})
        return {}, {}

    def _parameter(self, name: str, value: Any) -> Any:
        kind = type(self.session.parameters.get(name))
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or kind not in (bool, int, float, str):
            raise WidgetError(f"{short(name)} is {short(value)}; it takes a value of kind {kind.__name__}")
        if (kind is str and len(value) > TEXT_AT_MOST) or (kind in (int, float) and not abs(value) <= LARGEST):
            raise WidgetError(f"{name} is {short(value)}, which is too large")
        return value

    def fork(self, tick: int, parameters: dict[str, Any]) -> Forked:
        """Forks at a tick; it is kept for pages that open later.

        Raises:
            WidgetError: at the last tick. ParameterError: no such parameter, or a value it cannot take.
        """
        if tick >= self.tape.count - 1:
            raise WidgetError("this is the end: there is nothing left for a fork to do otherwise")
        fork = self.session.fork(tick, **parameters)
        events = type(self._places.events)(fork)
        rows = fork.equity
        known = events.known(rows["time"].to_physical().to_numpy(), rows["tick"].to_numpy())
        kept = np.flatnonzero(known >= tick)
        if len(kept) > EQUITY_AT_MOST:
            kept = kept[np.unique(np.linspace(0, len(kept) - 1, EQUITY_AT_MOST).round().astype(np.int64))]
        columns = {
            "known": known[kept],
            "time": rows["time"].to_physical().to_numpy()[kept],
            "equity": rows["equity"].to_numpy()[kept],
        }
        name = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
        header = {"kind": "do", "action": "fork", "tick": tick, "name": whole(name)}
        self.forked = Forked(fork, pack(header, {key: np.asarray(column, np.float64) for key, column in columns.items()}))
        return self.forked
