"""Layouts that are kept for a user, and cells that are run again."""

from __future__ import annotations

import json
import math
import sys
from types import SimpleNamespace

import pytest

import btlab as bt
from btlab.errors import WidgetError
from btlab.widgets import cells, preferences


@pytest.fixture(scope="module")
def session() -> bt.Session:
    return bt.run(bt.Strategy, bt.simulate_ticks("EURUSD", days=1)[:2_000])


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("BTLAB_CONFIG", str(tmp_path / "deep" / "layouts.json"))
    return tmp_path / "deep" / "layouts.json"


def test_a_layout_is_kept_and_new_views_open_with_the_one_named_default(session, file):
    assert session.replay().speed == 300.0
    widget = session.replay(panel="1h", palette="colour-blind", bookmarks=[7], blind=True)
    widget.speed = math.inf
    assert widget.save_layout() == file
    again = session.replay()
    assert (again.panel, again.palette, again.speed) == ("1h", "colour-blind", math.inf)
    assert (again.bookmarks, again.blind) == ([], False), "these belong to a session, not to a layout"
    assert session.replay(panel=None).panel is None, "what is asked for counts more"
    widget.panel = "5m"
    widget.save_layout("small")
    assert (session.replay().panel, session.replay(layout="small").panel, session.chart(layout="small").panel) == (
        "1h",
        "5m",
        "5m",
    )
    again.load_layout("small")
    assert again.panel == "5m"
    preferences.delete("small")
    with pytest.raises(WidgetError, match="there is no layout 'small'; there are default"):
        session.replay(layout="small")


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "7", '{"default": 7}', "\x00", '{"default": {"hidden": false, "panel": {}}}',
        '{"default": {"panel": "7m", "speed": -1, "style": [], "zone": "Mars", "evil": 1}}',
    ],
)  # fmt: skip
def test_a_file_that_is_none_stops_no_chart(session, file, content):
    file.parent.mkdir()
    file.write_text(content)
    widget = session.replay()
    assert (widget.panel, widget.speed, widget.style, widget.zone, widget.hidden) == (None, 300.0, "candles", "UTC", True)
    widget.save_layout()
    assert json.loads(file.read_text())["default"]["panel"] is None


@pytest.mark.parametrize("name", ["", "x" * 61, "a\nb", None, 5])
def test_a_name_that_is_none_is_said(session, name):
    with pytest.raises(WidgetError, match="a layout has a name"):
        session.replay().save_layout(name)


def test_a_cell_run_again_frees_its_widgets_and_no_others(session, monkeypatch):
    place = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(get_parent=lambda: place)))
    monkeypatch.setattr(cells, "_BY_CELL", {})
    closed: list[str] = []

    def opened(name: str, cell: str, run: str) -> None:
        place["metadata"], place["header"] = {"cellId": cell}, {"msg_id": run}
        widget = session.replay()
        monkeypatch.setattr(widget, "close", lambda: closed.append(name))

    opened("first", "a", "1")
    opened("beside", "a", "1")
    opened("other", "b", "2")
    assert closed == []
    opened("again", "a", "3")
    assert closed == ["first", "beside"]
    opened("third", "a", "4")
    assert closed == ["first", "beside", "again"]


def test_marimo_frees_the_widgets_of_a_cell_that_it_runs_again(session, monkeypatch):
    items = []
    context = SimpleNamespace(cell_lifecycle_registry=SimpleNamespace(add=items.append))
    runtime = SimpleNamespace(runtime_context_installed=lambda: True, get_context=lambda: context)
    monkeypatch.setitem(sys.modules, "marimo._runtime.context", runtime)
    first, second = session.replay(), session.replay()
    assert len(items) == 2
    items[0].create(context)
    assert items[0].dispose(context=context, deletion=False) is True
    assert (first.comm is None, second.comm is None) == (True, False)
