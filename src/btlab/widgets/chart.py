"""The six-panel chart and its replay in a notebook: a declaration over the host-neutral controller."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import traitlets

from btlab.errors import WidgetError
from btlab.market.times import to_datetime
from btlab.widgets import cells, preferences
from btlab.widgets.answers import Forked
from btlab.widgets.controller import Controller, command
from btlab.widgets.cut import cut
from btlab.widgets.picture import picture
from btlab.widgets.scripts import Loaded
from btlab.widgets.tape import Frame, Tape
from btlab.widgets.twins import Twins
from btlab.widgets.viewstate import wire

if TYPE_CHECKING:
    from pathlib import Path

    from btlab.session.result import Session


class SessionWidget(Twins, Loaded):
    """A session's six panels. Every key has a twin here; `position` is the last tick taken.

    Attributes:
        position: int, sent at once at a pause, step or jump and four times a second while playing; set it to seek.
        playing: bool; set it to play or pause. speed: how many times real time, `math.inf` for as fast as it goes.
        selection: the id of the selected trade, or None. bookmarks: ticks.
        view: what else is chosen, by name: panel, unit, pace, follow, locked, hidden, blind, palette, theme, style, zone,
            pause_when, seed; each of them is an attribute, too.

    >>> import btlab as bt
    >>> widget = replay(bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)), at=1000)
    >>> widget.step(10, "tick")
    >>> widget.position
    1010
    """

    SCRIPT = "anywidget.js"
    TOOLS = "tools.js"
    POPUPS = "popups.js"
    OVERLAYS = "overlays.js"

    _key = traitlets.Unicode().tag(sync=True)
    position = traitlets.Int(0).tag(sync=True, echo_update=False)
    playing = traitlets.Bool(False).tag(sync=True, echo_update=False)
    speed = traitlets.Float(300.0)
    selection = traitlets.Int(None, allow_none=True)
    bookmarks = traitlets.List(traitlets.Int())
    view = traitlets.Dict()

    def __init__(self, session: Session, *, mode: str, at: Any = None, overlays: Any = None, **chosen: Any) -> None:
        self._controller = controller = Controller(Tape(session, mode=mode, overlays=overlays), self._heard, self._chosen)
        self._hearing = False
        controller.choose(**preferences.first(controller.tape) | chosen)
        if at is not None:
            controller.position = controller.tick_of(at)
        super().__init__(overlays=bool(controller.layers.layers), position=controller.position, _key=secrets.token_hex(8))
        self._show_state()
        cells.opened(self)

    def play(self) -> None:
        """Plays from here, in the page that shows the widget (Space)."""
        self.playing = True

    def pause(self) -> None:
        """Stops where the head is (Space)."""
        self.playing = False

    def save_layout(self, name: str = preferences.DEFAULT) -> Path:
        """Keep how this view looks, for this user; the layout named "default" is what new views open with. Returns the file."""
        return preferences.save(name, self._controller.state)

    def load_layout(self, name: str = preferences.DEFAULT) -> None:
        """Look as a layout that was kept.

        Raises:
            WidgetError: there is no such layout.
        """
        self._choose(**preferences.layout(name, self._controller.tape))

    def to_html(self, path: Any, **options: Any) -> Path:
        """The replay as it stands here in one file: its head and all that is chosen. `session.to_html` has the options."""
        from btlab.widgets.player import write_player

        session, state = self._controller.tape.session, self._controller.state
        return write_player(session, path, **{"at": self._head_in(options), **state, **options})

    def _head_in(self, part: dict[str, Any]) -> Any:
        """Where the head is, or comes nearest to, in the part of the session that `start` and `end` leave."""
        start, end = part.get("start"), part.get("end")
        session, tick = self._controller.tape.session, self.position
        if start is None and end is None:
            return tick
        data = cut(session, start, end).data
        return to_datetime(min(max(session.data.time_at(tick), data.first_time), data.last_time))

    def _go(self, tick: int) -> None:
        self.playing = False
        self.position = tick

    def _show_fork(self, forked: Forked) -> None:
        self._say(forked.frame)

    def _say(self, frame: Frame) -> None:
        self.send(frame[0], [frame[1]] if frame[1] else [])

    def _choose(self, **given: Any) -> None:
        with self._controller.lock:
            values = self._controller.choose(**given)
            self._show_state()
            self._say(command("state", state=wire(values)))

    def _show_state(self) -> None:
        """The traits that say what is chosen follow it."""
        state, self._hearing = self._controller.state, True
        try:
            others = {name: value for name, value in state.items() if name not in ("speed", "selected", "bookmarks")}
            self.set_trait("speed", state["speed"])
            self.set_trait("selection", state["selected"])
            self.set_trait("bookmarks", list(state["bookmarks"]))
            self.set_trait("view", others)
        finally:
            self._hearing = False

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

    def _chosen(self, _state: dict[str, Any]) -> None:
        self._show_state()

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

    @traitlets.observe("speed", "selection", "bookmarks", "view")
    def _wished(self, change: Any) -> None:
        if self._hearing:
            return
        name, value = change["name"], change["new"]
        try:
            self._choose(**value if name == "view" else {{"selection": "selected"}.get(name, name): value})
        except WidgetError:
            self._show_state()
            raise

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a picture for readers without a browser or a kernel."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        return self._kept(bundle, "" if self.blind else self._drawn())

    def _drawn(self) -> str:
        controller = self._controller
        view = {name: controller.state[name] for name in ("palette", "style", "zone")}
        theme = "dark" if controller.state["theme"] == "dark" else "light"
        return picture(controller.tape.session, at=self.position, layers=controller.layers, theme=theme, **view)

    def __repr__(self) -> str:
        tape = self._controller.tape
        what = "" if self.blind else f" of {tape.session.name} on {tape.session.symbol}"
        return f"<{tape.mode}{what}, tick {self.position + 1:,} of {tape.count:,}>"


def chart(session: Session, *, layout: str | None = None, overlays: Any = None, **chosen: Any) -> SessionWidget:
    """The six panels at the end of the session, everything shown.

    Args:
        layout: the name of one that `save_layout` kept. chosen: what else is chosen, as for `replay`.
        overlays: a list of `bt.Overlay`, drawn besides the indicators that the strategy asked for; False for nothing at all.

    Raises:
        WidgetError: an overlay that cannot be drawn, or looks ahead; a layout, a name or a value that is none.
    """
    return _opened(session, "chart", None, layout, overlays, chosen)


def replay(session: Session, *, at: Any = None, layout: str | None = None, overlays: Any = None, **chosen: Any) -> SessionWidget:
    """The six panels with the future hidden, 30 base bars before the first trade.

    Args:
        at: opens elsewhere: a tick's index, a datetime or an ISO text, or anything else that `goto` reads, in the same zone.
        layout: the name of one that `save_layout` kept; by default the one named "default", if there is one.
        overlays: a list of `bt.Overlay`, drawn besides the indicators that the strategy asked for; False for nothing at all.
        chosen: what is shown, by name: panel, unit, speed, pace, follow, locked, hidden, blind, palette, theme, style, zone,
            bookmarks, pause_when, seed.

    Raises:
        WidgetError: `at` is no moment of this session, a layout that is not there, a name or a value that is none, or an overlay
            that cannot be drawn, or looks ahead.
    """
    return _opened(session, "replay", at, layout, overlays, chosen)


def _opened(session: Session, mode: str, at: Any, layout: str | None, overlays: Any, chosen: dict[str, Any]) -> SessionWidget:
    kept = preferences.layout(layout, Tape(session, mode=mode)) if layout is not None else {}
    return SessionWidget(session, mode=mode, at=at, overlays=overlays, **kept | chosen)
