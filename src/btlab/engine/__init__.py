"""The clock and the loop: one kernel that runs from one call of the strategy to the next."""
