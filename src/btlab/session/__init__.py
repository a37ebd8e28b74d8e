"""One run and what it left: the driver, the result, and the state at any tick."""
