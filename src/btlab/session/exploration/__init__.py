"""One strategy, run again and again with other parameters over data that stay prepared."""
