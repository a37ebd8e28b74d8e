"""Parameters: declared by annotations, checked when they are given."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

import btlab as bt
from btlab.errors import ParameterError, TimeframeError


class Many(bt.Strategy):
    shared: ClassVar[int] = 9
    lookback: int = 20
    risk: float = 0.01
    long_only: bool = True
    label: str = "a"


class More(Many):
    extra: float = 1.0
    risk: float = 0.02


class Needs(bt.Strategy):
    threshold: float


def test_defaults_values_and_inheritance() -> None:
    assert Many().parameters() == {"lookback": 20, "risk": 0.01, "long_only": True, "label": "a"}
    given = More(lookback=np.int64(30), risk=1, label="b", long_only=False)
    assert given.parameters() == {"lookback": 30, "risk": 1.0, "long_only": False, "label": "b", "extra": 1.0}
    assert type(given.lookback) is int and type(given.risk) is float
    assert Needs(threshold=2).parameters() == {"threshold": 2.0}


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Many, {"lookbak": 3}, "Many has no parameter 'lookbak'. Did you mean 'lookback'?"),
        (Many, {"shared": 3}, "Many has no parameter 'shared'"),
        (Many, {"lookback": 1.5}, "Many.lookback is 1.5; it takes a value of kind int"),
        (Many, {"lookback": True}, "Many.lookback is True; it takes a value of kind int"),
        (Many, {"risk": "much"}, "Many.risk is 'much'; it takes a value of kind float"),
        (Many, {"risk": None}, "Many.risk is None; it takes a value of kind float"),
        (Many, {"long_only": 1}, "Many.long_only is 1; it takes a value of kind bool"),
        (Many, {"label": 5}, "Many.label is 5; it takes a value of kind str"),
        (Needs, {}, "Needs wants a value for 'threshold', which has no default"),
    ],
)
def test_what_cannot_be_is_refused(kind: type[bt.Strategy], given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        kind(**given)
    assert caught.value.message.startswith(message)
    assert isinstance(caught.value, TypeError)


def test_an_annotation_of_another_kind_and_a_default_that_does_not_fit() -> None:
    class Listed(bt.Strategy):
        levels: list = []  # noqa: RUF012

    class Wrong(bt.Strategy):
        lookback: int = 2.5  # type: ignore[assignment]

    with pytest.raises(ParameterError, match="a parameter is an int, float, bool or str"):
        Listed()
    with pytest.raises(ParameterError, match=r"Wrong\.lookback is 2\.5"):
        Wrong()


@pytest.mark.parametrize("timeframe", ["7m", "11m", ("1m", "2d"), 5, (), None, ("1m", 5)])
def test_a_timeframe_that_is_none(timeframe: Any) -> None:
    with pytest.raises(TimeframeError, match=r"is not (a timeframe|one of the six timeframes of a run)"):
        type("Wrong", (bt.Strategy,), {"timeframe": timeframe})()
