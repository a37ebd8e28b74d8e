"""The graph: keys, order, names that refer to each other, circles."""

from __future__ import annotations

import pytest

from btlab.errors import IndicatorError, TimeframeError
from btlab.indicators.graph import Graph


def test_inputs_stand_before_what_reads_them_whatever_the_order_of_names():
    specs = {
        "band": {"indicator": "BBANDS", "input": "smooth", "timeperiod": 20},
        "smooth": {"indicator": "EMA", "input": "line.macdsignal", "timeperiod": 9},
        "line": {"indicator": "MACD"},
        "slow": {"indicator": "SMA", "timeframe": "4h", "input": "hl2"},
    }
    for names in (list(specs), list(reversed(specs))):
        graph = Graph()
        made = graph.add_all({name: specs[name] for name in names}, timeframe="1h")
        order = [node.entry.name for node in graph.nodes.values()]
        assert order.index("MACD") < order.index("EMA") < order.index("BBANDS")
        assert [len(made[name]) for name in specs] == [3, 1, 3, 1]
        (smooth,) = made["smooth"]
        assert smooth.key == (
            "1h/EMA(timeperiod=9.0)[1h/MACD(fastperiod=12.0, slowperiod=26.0, signalperiod=9.0)[close]#macdsignal]"
        )
        assert graph.node_of(smooth).depth == 1 and graph.node_of(made["band"][2]).depth == 2
        assert graph.warmup() == {"1h": 33 + 8 + 19, "4h": 29}


@pytest.mark.parametrize(
    ("specs", "text"),
    [
        ({"a": {"indicator": "EMA", "input": "a"}}, "a reads a"),
        ({n: {"indicator": "EMA", "input": m} for n, m in ("ab", "bc", "ca")}, "a circle of inputs: . reads . reads . reads ."),
        ({"a": {"indicator": "EMA", "input": "clos"}}, "Did you mean 'close'"),
        ({"a": {"input": "close"}}, "a: which indicator"),
        ({"a": {"indicator": "MACD"}, "b": {"indicator": "EMA", "input": "a.signal"}}, "Did you mean 'macdsignal'"),
        ({"a": {"indicator": "EMA", "timeperod": 3}}, "Did you mean 'timeperiod'"),
    ],
)
def test_circles_and_unknown_names_are_refused(specs, text):
    with pytest.raises(IndicatorError, match=text):
        Graph().add_all(specs, timeframe="1h")


def test_handles_of_elsewhere_are_refused():
    one, other = Graph(), Graph()
    handle = one.add("RSI", timeframe="1h")[0]
    with pytest.raises(IndicatorError, match="no handle of this graph"):
        other.add("EMA", timeframe="1h", input=handle)
    other.add("RSI", timeframe="1h")
    with pytest.raises(IndicatorError, match="of another graph"):
        other.add("EMA", timeframe="1h", input=handle)
    with pytest.raises(TimeframeError):
        one.add("EMA", timeframe="7m")


def test_nothing_is_made_of_what_was_refused():
    graph = Graph()
    with pytest.raises(IndicatorError):
        graph.add("EMA", timeframe="1h", timeperiod=-1)
    assert not len(graph) and graph.handles == [] and graph.warmup() == {}
