"""What a user writes, and the two ways to run it: compiled through function pointers, or interpreted."""
