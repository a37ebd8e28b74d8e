"""The six-panel chart and its replay in a notebook: a declaration over the host-neutral controller."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from btlab.errors import WidgetError
from btlab.widgets.controller import Controller, command
from btlab.widgets.picture import picture
from btlab.widgets.tape import Tape

if TYPE_CHECKING:
    from btlab.session.result import Session

STATIC = Path(__file__).parent / "static"


class SessionWidget(anywidget.AnyWidget):
    """A session's six panels. Every key has a twin here; `position` is the last tick taken.

    Attributes:
        position: int, sent at once at a pause, step or jump and four times a second while playing; set it to seek.
        playing: bool; set it to play or pause.

    >>> import btlab as bt
    >>> widget = replay(bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)), at=1000)
    >>> widget.step(10, "tick")
    >>> widget.position
    1010
    """

    _esm = STATIC / "anywidget.js"
    position = traitlets.Int(0).tag(sync=True, echo_update=False)
    playing = traitlets.Bool(False).tag(sync=True, echo_update=False)

    def __init__(self, session: Session, *, mode: str, at: Any = None) -> None:
        self._controller = Controller(Tape(session, mode=mode), self._heard)
        self._hearing = False
        if at is not None:
            self._controller.position = self._controller.tick_of(at)
        super().__init__(position=self._controller.position)
        self.on_msg(lambda _widget, message, buffers: self._answer(message, buffers))

    def goto(self, moment: Any) -> None:
        """To a tick (int), or to the last tick at or before a datetime or an ISO text."""
        self.playing = False
        self.position = self._controller.tick_of(moment)

    def step(self, count: int = 1, unit: str | None = None) -> None:
        """`count` steps on (negative: back) of "tick", "1m" ... "1d"; by default of the strategy's timeframe."""
        self.playing = False
        self.position = self._controller.stepped(count, unit)

    def play(self) -> None:
        """Plays from here, in the page that shows the widget."""
        self.playing = True

    def pause(self) -> None:
        """Stops where the head is."""
        self.playing = False

    def _answer(self, message: Any, buffers: Any) -> None:
        for header, buffer in self._controller.receive(message, buffers):
            self.send(header, [buffer])

    def _heard(self, tick: int, playing: bool) -> None:
        """The page moved its head: the traits follow, and nothing goes back to the page."""
        self._hearing = True
        try:
            self.set_state({"position": tick, "playing": playing})
        finally:
            self._hearing = False

    @traitlets.validate("position")
    def _inside(self, proposal: Any) -> int:
        count = self._controller.tape.count
        if not 0 <= proposal["value"] < count:
            raise WidgetError(
                f"position={proposal['value']}: this session has ticks 0 to {count - 1}", position=proposal["value"]
            )
        return int(proposal["value"])

    @traitlets.observe("position", "playing")
    def _asked(self, change: Any) -> None:
        with self._controller.lock:
            if self._hearing or change["old"] is traitlets.Undefined:
                return
            setattr(self._controller, change["name"], change["new"])
            action = (
                command("seek", tick=change["new"])
                if change["name"] == "position"
                else command("play" if change["new"] else "pause")
            )
            self.send(action[0], [])

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a picture for readers without a browser or a kernel."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        drawn = picture(self._controller.tape.session, at=self.position)
        return {**data, "text/plain": repr(self), "image/svg+xml": drawn}, metadata

    def __repr__(self) -> str:
        tape = self._controller.tape
        return f"<{tape.mode} of {tape.session.name} on {tape.session.symbol}, tick {self.position + 1:,} of {tape.count:,}>"


def chart(session: Session) -> SessionWidget:
    """The six panels at the end of the session, everything shown."""
    return SessionWidget(session, mode="chart")


def replay(session: Session, *, at: Any = None) -> SessionWidget:
    """The six panels with the future hidden, 30 base bars before the first trade.

    Args:
        at: opens elsewhere: a tick's index, a datetime or an ISO text.

    Raises:
        WidgetError: `at` is no moment of this session.
    """
    return SessionWidget(session, mode="replay", at=at)
