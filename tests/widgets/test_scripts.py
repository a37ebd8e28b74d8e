"""What a notebook keeps of a widget is a small loader, and the kernel hands out the script of the widget and nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest
from ipywidgets import Widget

import btlab as bt
from btlab.widgets.player import page_of
from btlab.widgets.scripts import STATIC, hash_of, packed

KEPT_KB, KEPT_GZIPPED_KB = 24, 16  # with its picture; the promise is 90, and 30
KEPT_LOADER = 4_200  # bytes
FIRST = {"anywidget.js", "panel.js", "static.js", "explorer.js", "explorer-panel.js"}
"""What a page needs for its first whole picture: the chart's core, all of the explorer."""
MOST_KB, FIRST_GZIPPED_KB, LATER_GZIPPED_KB = 90, 30, 33  # the last: a little more than the tools have, so that growth is noticed


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(Crossing(), bt.simulate_ticks("EURUSD", days=1))


class Crossing(bt.Strategy):
    timeframe = "5m"
    lookback: int = 10

    def on_bar(self, ctx: Any) -> None:
        if ctx.position == 0.0:
            ctx.buy(size=1000, stop_loss=ctx.bid - 0.0005, take_profit=ctx.bid + 0.0005)


@pytest.fixture(params=["chart", "explorer"])
def widget(request: pytest.FixtureRequest, session: bt.Session) -> Any:
    made: Any = (
        session.replay()
        if request.param == "chart"
        else bt.explore(Crossing, bt.simulate_ticks("EURUSD", days=1), lookback=(5, 40))
    )
    yield made
    made.close()


def test_a_notebook_keeps_a_loader_and_a_picture(widget: Any) -> None:
    shown, _ = widget._repr_mimebundle_()
    state = Widget.get_manager_state(widgets=[widget])["state"]
    text = json.dumps(state)
    assert len(text) < KEPT_KB * 1000
    assert len(gzip.compress(text.encode())) < KEPT_GZIPPED_KB * 1000
    (own,) = [each for each in state.values() if each["state"].get("_esm")]
    assert own["state"]["_esm"] == (STATIC / "loader.js").read_text("utf-8")
    (drawn,) = [each["data"] for each in own["buffers"] if each["path"] == ["_picture"]]
    assert zlib.decompress(base64.b64decode(drawn)).decode() == shown["image/svg+xml"]
    assert (STATIC / "loader.js").stat().st_size < KEPT_LOADER


def test_a_blind_replay_keeps_no_picture(session: bt.Session) -> None:
    widget = session.replay()
    widget._repr_mimebundle_()
    widget.blind = True
    shown, _ = widget._repr_mimebundle_()
    assert "image/svg+xml" not in shown
    assert widget._picture == b""
    widget.close()


def test_the_kernel_sends_the_widgets_own_script_and_nothing_else(widget: Any) -> None:
    sent: list[Any] = []
    widget.send = lambda header, buffers=None: sent.append((header, buffers))
    own, other = widget._script, packed("static.js")[0]
    for asked in (other, "", None, 7, ["../chart.py"], {"hash": own}, "../chart.py", own.upper(), f"{own}0"):
        widget._handle_custom_msg({"kind": "script", "hash": asked, "name": "static.js", "path": "/etc/passwd"}, [])
    widget._handle_custom_msg({"kind": "script"}, [])
    assert sent == []
    widget._handle_custom_msg({"kind": "script", "hash": own}, [])
    names = {
        widget._script: widget.SCRIPT,
        widget._tools: widget.TOOLS,
        widget._popups: widget.POPUPS,
        hash_of(widget.OVERLAYS): widget.OVERLAYS,
    }
    for later in list(names)[1:]:
        if later:
            widget._handle_custom_msg({"kind": "script", "hash": later}, [])
    assert [header["hash"] for header, _ in sent] == [each for each in names if each]
    for header, (buffer,) in sent:
        assert header == {"kind": "script", "hash": header["hash"]}
        assert zlib.decompress(buffer) == (STATIC / names[header["hash"]]).read_bytes()


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.glob("*.js")))
def test_no_script_is_longer_than_was_promised(name: str) -> None:
    text = (STATIC / name).read_bytes()
    assert len(text) <= MOST_KB * 1000
    assert len(gzip.compress(text)) < (FIRST_GZIPPED_KB if name in FIRST else LATER_GZIPPED_KB) * 1000


def test_what_a_page_needs_first_is_there() -> None:
    assert FIRST <= {path.name for path in STATIC.glob("*.js")}


def test_a_widget_names_the_script_of_overlays_where_it_has_some(session: bt.Session) -> None:
    """Without one nothing is asked for, and a saved page does not hold it."""
    plain, drawn = session.replay(), session.replay(overlays=[bt.overlays.indicator("RSI")])
    assert (plain._overlays, drawn._overlays) == ("", packed("overlays.js")[0])
    for widget in (plain, drawn):
        widget.close()
    held = [("btlabOverlays=" in page_of(session, overlays=given)) for given in (None, [bt.overlays.indicator("RSI")])]
    assert held == [False, True]
