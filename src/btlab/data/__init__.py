"""Data: files of any known format in, ticks and bars out; the store that keeps them; simulated ticks."""
