"""The market's own words: timeframes, calendars, instruments, ticks, bars and the arithmetic from one to the other."""
