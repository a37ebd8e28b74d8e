"""The explorer in a notebook: a declaration over the host-neutral controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from btlab import views
from btlab.session.exploration.prepared import Exploration
from btlab.session.exploration.trials import figures_of
from btlab.widgets import cells
from btlab.widgets.explorer.controller import ExplorerController
from btlab.widgets.explorer.frames import in_full_packets
from btlab.widgets.explorer.snapshot import snapshot
from btlab.widgets.scripts import Loaded
from btlab.widgets.tape import Frame

if TYPE_CHECKING:
    from btlab.session.result import Session


class Explorer(Loaded):
    """Sliders, and the whole backtest at each of their positions: what `bt.explore` gives.

    Attributes:
        exploration: the strategy, the data and the ranges.
    """

    SCRIPT = "explorer.js"

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        first = exploration.calculate(exploration.begin)
        assert first is not None  # nobody can halt it
        self._controller = ExplorerController(exploration, first, self._emit)
        super().__init__()
        cells.opened(self)

    @property
    def session(self) -> Session:
        """The session that was kept last ("Keep this session"), and before that the one that is shown."""
        return self._controller.kept or self._controller.current.session

    @property
    def values(self) -> dict[str, Any]:
        """Where the sliders are, by name."""
        return self.exploration.values_at(self._controller.current.position)

    @property
    def trials(self) -> int:
        """How many positions were tried, those on the map and over the sliders included: what a deflated Sharpe wants to know."""
        return len(self._controller.trials)

    def move(self, **values: Any) -> None:
        """The sliders to values, the others where they are.

        Raises:
            RunError: no such slider, or a value that is not on it.
        """
        self._controller.move(self.exploration.position_of(values, self._controller.current.position))

    def keep(self) -> Session:
        """Keeps the session that is shown, as the button does."""
        self._controller.receive({"kind": "keep"})
        return self.session

    def code(self) -> str:
        """The values that are shown as code: `Breakout(lookback=30)`."""
        return self.exploration.code_at(self._controller.current.position)

    def panel(self) -> Any:
        """The same for a Panel page: `.servable()` in an app; each visitor has sliders of their own."""
        return views.render("explorer_page", self.exploration)

    def close(self) -> None:
        """Takes the widget from its pages and ends its thread."""
        self._controller.close()
        super().close()

    def _answer(self, message: Any, _buffers: Any) -> None:
        for frame in self._controller.receive(message):
            self._emit(frame)

    def _emit(self, frame: Frame) -> None:
        header, buffer = in_full_packets(frame)
        self.send(header, [buffer])

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and a picture for readers without a browser or a kernel."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        current = self._controller.current
        return self._kept(bundle, snapshot(self.exploration, current, figures_of(current), self.trials))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        session = self._controller.current.session
        return f"<explorer of {session.name} on {session.symbol}: {values}>"


def explorer(exploration: Exploration) -> Explorer:
    """The widget of an exploration."""
    return Explorer(exploration)
