"""The explanations that a file holds, for it has no kernel to ask: of the ends of its trades, of refusals, of other decisions.

They are a text of their own in the file, at most 200 KB before it is deflated, and a page reads it when it is first asked why.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from btlab.errors import BtlabError
from btlab.market.codes import REJECTED
from btlab.widgets.cut import Part
from btlab.widgets.frames import pack
from btlab.widgets.places import Places
from btlab.widgets.tape import Frame, Tape, whole
from btlab.widgets.why import why

if TYPE_CHECKING:
    from btlab.session.result import Session

MOMENTS_AT_MOST = 64
BYTES_AT_MOST = 200_000
WORK_AT_MOST = 20_000_000
"""Ticks that may be run again for all of them together: each moment is explained by the run up to it, once more."""


def told(tape: Tape) -> Frame | None:
    """The frame of the explanations; None where there are none.

    By tick the text has a title and lines; by "#" and a trade's number the tick that explains its entry.
    """
    shown: object = tape.session
    session: Session = shown.whole if isinstance(shown, Part) else tape.session
    begin = session.data.count_by(tape.data.first_time, "left") if session is not tape.session else 0
    known: dict[str, Any] = {}
    size = 0
    for tick, trade in moments(tape, begin):
        try:
            title, lines, _ = why(session, tick + begin, trade)
        except (BtlabError, ArithmeticError, LookupError, TypeError, ValueError):
            continue  # what a kernel could not explain either
        said = [title if trade is not None else f"tick {tick + 1:,}", [[sign, whole(text)] for sign, text in lines]]
        size += len(json.dumps(said))
        if size > BYTES_AT_MOST:
            break
        known[str(tick)] = said
        if trade is not None:
            known.setdefault(f"#{trade}", tick)
    text = json.dumps(known, separators=(",", ":"), sort_keys=True).encode()
    return pack({"kind": "told"}, {"text": np.frombuffer(text, np.uint8)}) if known else None


def moments(tape: Tape, begin: int) -> list[tuple[int, int | None]]:
    """(tick, trade or None) of what is explained, the most telling first, as many as there is room and time for."""
    places = Places(tape)
    columns = places.events.all
    found: dict[int, int | None] = {}
    trades = zip(columns["trade_id"], columns["trade_entry_tick"], columns["trade_exit_tick"], columns["trade_parent"])
    for number, entry, left, parent in trades:
        for tick in (entry, left):
            if tick == tick and 0 <= tick < tape.count and not parent:
                found.setdefault(int(tick), int(number))
    refused = columns["order_over"][columns["order_state"] == REJECTED]
    for tick in [*refused.tolist(), *places.decisions.tolist()]:
        if tick == tick and 0 <= tick < tape.count:
            found.setdefault(int(tick), None)
    kept, work = list[tuple[int, int | None]](), 0
    for tick, trade in found.items():
        work += tick + begin
        if len(kept) >= MOMENTS_AT_MOST or work > WORK_AT_MOST:
            break
        kept.append((tick, trade))
    return kept
