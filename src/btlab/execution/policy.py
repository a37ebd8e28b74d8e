"""What a user says of the path inside a bar, and what a run makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from btlab.errors import RunError, did_you_mean
from btlab.market.codes import POLICIES
from btlab.market.series import Bars

STORED = "finer"
"""The word for the finest bars of a store."""


@dataclass(frozen=True, slots=True)
class Intrabar:
    """Which way the path inside a bar takes where open, high, low and close do not say it.

    Attributes:
        policy: "pessimistic", "optimistic", "path", "high_first" or "low_first".
        finer: bars of a finer timeframe, inside which alone the policy decides; "finer": those of the store; None.

    >>> Intrabar("path")
    Intrabar(policy='path', finer=None)
    """

    policy: str = "pessimistic"
    finer: Bars | str | None = field(default=None)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise RunError(
                f"intrabar={self.policy!r} is none.{did_you_mean(self.policy, (*POLICIES, STORED))} Finer bars may be given, too",
                intrabar=self.policy,
            )

    @classmethod
    def of(cls, said: Any) -> Intrabar:
        """What `Execution(intrabar=)` was given: the name of a policy, finer bars, "finer", or an Intrabar.

        Raises:
            RunError: it is none of these.
        """
        if isinstance(said, Intrabar):
            return said
        return cls(finer=said) if isinstance(said, Bars) or said == STORED else cls(said)
