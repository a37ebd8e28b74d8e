"""Independent computations that the library is compared with. Nothing here imports the rooms it checks."""

from .ledger import Command, Result, Rules, Tick, command, play, tick
from .scenarios import Scenario, bar_closes, random_scenario

__all__ = ["Command", "Result", "Rules", "Scenario", "Tick", "bar_closes", "command", "play", "random_scenario", "tick"]
