"""Indicators: a catalogue of TA-Lib's functions and of our own, on closed and on forming bars, in one graph."""
