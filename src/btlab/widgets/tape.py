"""The tape: what a page is sent so that it can play a session by itself.

First the opening frame: what never changes, all completed bars of six timeframes, and every event with the tick at which it
is known. Then pages of ticks, 12 bytes each: time as int32 since the page's first tick, bid and ask as points; where money is
converted 8 more, its rate then. The page folds the running bars itself, from the completed minutes and the ticks since: at most
1,440 minutes and one minute's ticks, so a seek needs no checkpoints (it takes some 10 µs).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from btlab.errors import MessageError
from btlab.market.calendar import zone_of_calendar
from btlab.market.codes import ENDINGS, KINDS, REASONS, STATES
from btlab.market.hours import open_before, open_hours
from btlab.market.series import Bars, Ticks
from btlab.market.timeframe import LENGTHS, TIMEFRAMES
from btlab.session.result import Session
from btlab.widgets.bars import PART, BarParts
from btlab.widgets.events import Events
from btlab.widgets.frames import pack

PAGE = 1 << 16
MISSING = np.int32(-(2**31))
HOUR = 3_600_000_000
MOST_DECIMALS = 14
Frame = tuple[dict[str, Any], bytes]


class Tape:
    """A session as frames.

    Args:
        session: what is shown.
        mode: "chart" or "replay"; at: the tick to open at, by default the end of a chart and 30 base bars before a replay's
            first trade.
        overlays: what is drawn besides the strategy's own indicators; False for nothing at all.
    """

    def __init__(self, session: Session, *, mode: str = "replay", at: int | None = None, overlays: Any = None) -> None:
        self.session, self.mode, self.data, self.overlays = session, mode, session.data, overlays
        self.count = len(self.data)
        self.at = self.opening() if at is None else min(max(int(at), 0), self.count - 1)

    @property
    def pages(self) -> int:
        """How many pages of ticks there are; none where bars are replayed."""
        return -(-self.count // PAGE) if isinstance(self.data, Ticks) else 0

    def opening(self) -> int:
        """The tick a replay opens at: the close of the 30th base bar before the first trade's; tick 0 where there is none."""
        if self.mode == "chart":
            return self.count - 1
        entries = self.session.records["trade"]["entry_tick"]
        if not len(entries):
            return 0
        timeline = self.session.timeline
        rows = timeline.rows(timeline.base)
        bar = int(np.searchsorted(timeline.first[rows], entries.min(), side="right")) - 1
        return int(timeline.first[rows][max(bar - 30, 0)])

    def open(
        self, header: Mapping[str, Any] | None = None, columns: Mapping[str, np.ndarray] | None = None, *, whole: bool = False
    ) -> Frame:
        """The opening frame; `header` and `columns` are a host's; `whole`: all bars, for none can be asked for."""
        added = dict(header or {})
        parts, bars = self._bars.packed(self._bars.first(None if whole else int(added.get("at", self.at))))
        told = {"kind": "open", **self.info, "part": PART, "parts": parts, "counts": self._bars.counts, **added}
        return pack(told, bars | self._bars.blocks() | self._events.columns() | dict(columns or {}))

    def bars(self, wanted: Any) -> Frame:
        """Parts of bars that a page asks for: [row, part] each.

        Raises:
            MessageError: there are none such.
        """
        parts, columns = self._bars.packed(self._bars.asked(wanted))
        return pack({"kind": "bars", "parts": parts}, columns)

    def page(self, number: int) -> Frame:
        """Ticks number * 65,536 and on.

        Raises:
            MessageError: there is no such page.
        """
        if type(number) is not int or not 0 <= number < self.pages:
            raise MessageError(f"there is no page {number!r}; the tape has {self.pages}", page=number)
        part = self.data[number * PAGE : (number + 1) * PAGE]
        assert isinstance(part, Ticks)  # only ticks have pages
        unit = 1 if (part.time % 1000).any() else 1000
        columns = {"time": _times(part.time, unit), "bid": self._points(part.bid), "ask": self._points(part.ask)}
        if part.bid_size is not None and part.ask_size is not None:
            columns["volume"] = self._volumes(part)
        if self.session.converted:
            columns["rate"] = np.asarray(self.session.rates(np.arange(number * PAGE, number * PAGE + len(part))), np.float64)
        header = {"kind": "page", "page": number, "base": int(part.time[0]), "unit": unit}
        return pack(header, columns)

    @cached_property
    def digits(self) -> int:
        """Decimals of the points that prices travel in; off any grid as many as the closes need or 31 bits hold."""
        if self.data.digits is not None:
            return self.data.digits
        return off_grid(self.session)

    def _points(self, prices: np.ndarray) -> np.ndarray:
        missing = np.isnan(prices)
        points = np.rint(np.where(missing, 0.0, prices) * 10.0**self.digits)
        if self.data.digits is None or np.abs(points).max(initial=0.0) >= 2**31:
            return np.asarray(prices, np.float64)
        return np.where(missing, MISSING, points.astype(np.int32))

    def _volumes(self, part: Ticks) -> np.ndarray:
        if part.trades or self.session.price == "mid":
            return part.bid_size + part.ask_size  # type: ignore[operator]
        return np.asarray(part.bid_size if self.session.price == "bid" else part.ask_size)

    @cached_property
    def info(self) -> dict[str, Any]:
        """What never changes while a widget lives."""
        session, instrument = self.session, self.session.instrument
        tick_size = instrument.tick_size or 10.0**-self.digits
        rows = [TIMEFRAMES.index(name) for name in session.timeframes if name in TIMEFRAMES]
        values = ", ".join(f"{name}={value!r}" for name, value in session.parameters.items())
        closed, holes = self._pauses()
        return {
            "mode": self.mode,
            "at": self.at,
            "symbol": whole(session.symbol),
            "feed": whole(session.feed or ""),
            "strategy": whole(session.name + (f"({values})" if values else "")),
            "currency": session.currency,
            "cash": session.cash,
            "digits": decimals(tick_size),
            "points": self.digits,
            "pip": instrument.pip_size,
            "tickSize": tick_size,
            "contract": instrument.contract_size,
            "price": session.price,
            "spread": session.spread,
            "widen": session.execution.widen,
            "ticks": self.count,
            "pageSize": PAGE,
            "sizes": isinstance(self.data, Bars) or self.data.bid_size is not None,
            "bars": isinstance(self.data, Bars),
            "base": session.timeline.base,
            "rows": rows,
            "lengths": [int(length) for length in LENGTHS],
            "first": self.data.first_time,
            "last": self.data.last_time,
            "calendar": session.timeline.calendar,
            "zones": [zone_of_calendar(session.timeline.calendar).key],
            "closed": closed,
            "holes": holes,
            "names": [whole(name) for name in self._events.names],
            "reasons": list(REASONS),
            "kinds": list(KINDS),
            "states": list(STATES),
            "endings": list(ENDINGS),
        }

    @cached_property
    def _events(self) -> Events:
        return Events(self.session)

    def _pauses(self) -> tuple[list[list[int]], list[int]]:
        """Closed hours ([from, to] in µs) and unexpected pauses (their beginnings): gaps of over an hour between base bars.

        One that holds more than an hour of trading is unexpected; the closed hours in it are closed hours all the same.
        """
        timeline = self.session.timeline
        rows = timeline.rows(timeline.base)
        end, start = timeline.end[rows][:-1], timeline.start[rows][1:]
        longest = max(HOUR, 2 * int(LENGTHS[timeline.base]))
        gaps = np.flatnonzero(start - end > longest)
        if not len(gaps):
            return [], []
        end, start = end[gaps], start[gaps]
        hours = open_hours(timeline.calendar, int(end[0]), int(start[-1]))
        unexpected = open_before(*hours, start) - open_before(*hours, end) > longest
        closed = np.stack([end, start], axis=1)[~unexpected].tolist()
        for begin, stop in zip(end[unexpected].tolist(), start[unexpected].tolist(), strict=True):
            between = np.stack([np.append(begin, hours[1]), np.append(hours[0], stop)], axis=1).clip(begin, stop)
            closed += between[between[:, 1] - between[:, 0] > longest].tolist()
        return sorted(closed), end[unexpected].tolist()

    @cached_property
    def _bars(self) -> BarParts:
        return BarParts(self.session.timeline, self.digits, self.info["sizes"])


def _times(time: np.ndarray, unit: int) -> np.ndarray:
    since = (time - time[0]) // unit
    return since.astype(np.int32) if since[-1] < 2**31 else since.astype(np.float64)


def whole(text: str) -> str:
    """A text whose halves of UTF-16 pairs are replaced: a message that holds one cannot be sent, and nothing would open.

    >>> whole("a\\ud800b")
    'a�b'
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decimals(tick_size: float) -> int:
    """As many as a tick size is written with."""
    return next(
        (digits for digits in range(MOST_DECIMALS) if abs(round(tick_size, digits) - tick_size) < 1e-9 * tick_size), MOST_DECIMALS
    )


def off_grid(session: Session) -> int:
    """Decimals of prices on no grid: what the closes need, at most eight or six that say something, and what 31 bits hold."""
    close = session.timeline.real[3, session.timeline.rows(session.timeline.base)][:10_000]
    size = np.log10(float(close.max()))
    most = int(max(0, min(max(8, 6 - np.floor(size)), np.floor(np.log10(2**31) - size), MOST_DECIMALS)))
    near = (d for d in range(most) if np.allclose(np.round(close, d), close, rtol=1e-12, atol=0.0))
    return next(near, most)
