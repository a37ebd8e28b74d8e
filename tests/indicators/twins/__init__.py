"""Independent twins of our own indicators, written from their formulas with numpy, pandas and polars over whole columns."""

from tests.indicators.twins import oscillators, sessions, spread, statistics, structure, trend

TWINS = trend.TWINS | oscillators.TWINS | spread.TWINS | statistics.TWINS | sessions.TWINS | structure.TWINS
