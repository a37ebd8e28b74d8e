"""Small cases worked out by hand: their quotes, what the strategy does, what follows, and the arithmetic in words."""

from .case import Case
from .costs import CASES as COSTS
from .current import CASES as CURRENT
from .financing import CASES as FINANCING
from .hedging import CASES as HEDGING
from .latency import CASES as LATENCY
from .limits import CASES as LIMITS
from .margin import CASES as MARGIN
from .plain import CASES as PLAIN
from .sizes import CASES as SIZES
from .trailing import CASES as TRAILING

THEMES = {
    "plain": PLAIN,
    "trailing": TRAILING,
    "current": CURRENT,
    "latency": LATENCY,
    "participation": SIZES,
    "costs": COSTS,
    "financing": FINANCING,
    "hedging": HEDGING,
    "margin": MARGIN,
    "limits": LIMITS,
}
__all__ = ["THEMES", "Case"]
