"""What the keys of a replay do, in Python: every key that moves the head or chooses something has a method or an attribute here.

Keys that only look have none: + - , . < > zoom and pan the panel in hand. Where a panel looks is each view's own, so that two
views of one widget can look at different places; of that Python knows whether all panels follow the head (`follow`). = fits that
panel and follows the head again, which is `follow`; ? opens the sheet of keys, Esc closes what is open.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from btlab.widgets.answers import Forked
from btlab.widgets.conditions import Condition
from btlab.widgets.controller import Controller
from btlab.widgets.viewstate import checked

if TYPE_CHECKING:
    from btlab.session.result import Session


class Choice:
    """Something of the view that is read and set by its name, or by `key` where the view calls it so."""

    def __init__(self, says: str, key: str = "") -> None:
        self.__doc__ = says
        self.name = key

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = self.name or name

    def __get__(self, widget: Any, _owner: type | None = None) -> Any:
        return self if widget is None else widget._controller.state[self.name]

    def __set__(self, widget: Any, value: Any) -> None:
        widget._choose(**{self.name: value})


class Twins:
    """Mixed into a widget that has a `_controller`, can `_go` to a tick and can `_choose`."""

    _controller: Controller

    hidden = Choice("Whether the future is hidden (H).")
    panel = Choice("The enlarged panel: a timeframe (1-6), None for all of them (0).")
    unit = Choice('What a step is: "tick", "1m" ... "1d" (U).')
    pace = Choice('"time": real time; "bars": bars a second (the toggle Pace).')
    follow = Choice("Whether all panels follow the head; True brings back those that do not, False lets them stay (F).")
    locked = Choice("Whether all panels zoom together (L).")
    blind = Choice("Blind mode: no symbol, no date, no price level anywhere in the view.")
    palette = Choice('"default" or "colour-blind".')
    theme = Choice('"auto" (as the page is), "light" or "dark".')
    style = Choice('How bars are drawn: "candles", "bars", "line" or "heikin".')
    zone = Choice("The time zone of all labels, by its name: Europe/Berlin.")
    pause_when = Choice("The condition at which playing pauses, as `run_until` reads it; empty for none.")
    seed = Choice("Where the series of random starts is, which R and `random_start` go through together.")

    def _go(self, tick: int) -> None:
        raise NotImplementedError

    def _choose(self, **given: Any) -> None:
        raise NotImplementedError

    def _show_fork(self, forked: Forked) -> None:
        raise NotImplementedError

    def goto(self, moment: int | str | date) -> None:
        """To a tick (int), to the last tick at or before a datetime or an ISO text, or to what G reads (G).

        A text without an offset is meant as the view shows times: in `zone`. A datetime without one is UTC. "trade 3" is gone to
        also where it is ahead and the future is hidden: G knows of no such trade, but Python has them all in `session.trades`.

        >>> import btlab as bt
        >>> widget = bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)).replay()
        >>> widget.goto("#4711")
        >>> widget.goto("+3h")
        >>> widget.position > 4711
        True

        Raises:
            WidgetError: no moment of this session; for a time, its range is named. SeriesError: no time.
        """
        self._go(self._controller.tick_of(moment))

    def step(self, count: int = 1, unit: str | None = None) -> None:
        """`count` steps on (negative: back) of "tick", "1m" ... "1d"; by default of the unit that is chosen, `unit` (→, ←)."""
        self._go(self._controller.stepped(count, unit))

    def start(self) -> None:
        """To the first tick (Home)."""
        self._go(0)

    def end(self) -> None:
        """To the last tick (End)."""
        self._go(self._controller.tape.count - 1)

    def next_trade(self, *, other_end: bool = False) -> None:
        """To the entry of the next trade (N), or to the exit of the one the head is at (Shift+N)."""
        self._to_trade(1, other_end)

    def previous_trade(self, *, other_end: bool = False) -> None:
        """To the entry of the trade before (P), or to the other end of the one the head is at (Shift+P)."""
        self._to_trade(-1, other_end)

    def _to_trade(self, way: int, other_end: bool) -> None:
        controller = self._controller
        tick, trade = controller.places.trade(controller.position, way, other_end=other_end, selected=controller.selected)
        self._go(tick)
        self._choose(selected=trade)

    def worst_trade(self) -> None:
        """To the entry of the trade that lost most (W)."""
        tick, trade = self._controller.places.worst()
        self._go(tick)
        self._choose(selected=trade)

    def next_mark(self) -> None:
        """To the next mark, bookmark or tick at which the strategy placed or changed an order (J)."""
        self._to_mark(1)

    def previous_mark(self) -> None:
        """To the one before (K)."""
        self._to_mark(-1)

    def _to_mark(self, way: int) -> None:
        controller = self._controller
        self._go(controller.places.mark(controller.position, way, controller.state["bookmarks"]))

    def random_start(self, seed: int | None = None) -> None:
        """To a tick by chance (R). The same seed leads to the same tick; without one, R and this go through one series, `seed`.

        Raises:
            WidgetError: no such seed.
        """
        controller = self._controller
        given = {} if seed is None else checked(controller.tape, {"seed": seed})
        tick, seed = controller.places.random({**controller.state, **given}["seed"])
        self._go(tick)
        self._choose(seed=seed)

    def bookmark(self) -> None:
        """Set a bookmark where the head is, or take it away (B); `bookmarks` has them all."""
        marks, here = self._controller.state["bookmarks"], self._controller.position
        self._choose(bookmarks=[tick for tick in marks if tick != here] if here in marks else [*marks, here])

    def run_until(self, condition: str) -> int | None:
        """On to the next tick at which a condition turns true; returns it, or None where that never happens (the head stays).

        Playing pauses at the same ticks (`pause_when`). Where a condition can only hold at ticks of something that happens, as
        "fill" or "exit and drawdown > 0.05" can, each of them is one, also where one follows at the next tick.

        Args:
            condition: such as "drawdown > 0.05 and position != 0". Names: tick, bid, ask, spread, price, position (signed units),
                open_profit, equity, cash, drawdown (a share), trades, closed; entry, exit, fill, refused, mark, decision are true
                at ticks of one. Numbers, + - * /, comparisons, and, or, not, abs(), min(,), max(,).

        Raises:
            WidgetError: what a condition cannot be.
        """
        controller = self._controller
        hits = controller.answers.searcher.hits(Condition(condition), controller.position + 1, most=1)
        if not len(hits):
            return None
        self._go(int(hits[0]))
        return int(hits[0])

    def fork(self, **parameters: Any) -> Session:
        """What would have come if these parameters had held from the head on: a `Session`; the view shows both equities.

        Raises:
            ParameterError: no such parameter, or a value it cannot take. WidgetError: the head is at the end.
        """
        controller = self._controller
        with controller.lock:
            forked = controller.answers.fork(controller.position, parameters)
            self._show_fork(forked)
        return forked.session

    @property
    def forked(self) -> Session | None:
        """The fork that the view shows beside the run, made here or in the page; None where there is none."""
        forked = self._controller.answers.forked
        return forked.session if forked else None

    def play(self) -> None:
        """Plays from here, in the page that shows the widget (Space)."""
        raise NotImplementedError

    def pause(self) -> None:
        """Stops where the head is (Space)."""
        raise NotImplementedError
