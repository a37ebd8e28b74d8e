"""What can be made again: mapped copies of ticks, and bars. A cache is never wrong and never in the way."""
