"""The explorer: sliders, and the whole backtest at each of their positions."""
