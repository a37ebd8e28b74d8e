"""What a strategy knows and when: `check_lookahead` gives it other futures, `check_warmup` other beginnings.

worlds      the same data up to a row, and another life after it (or a later beginning)
columns     what a table held by a strategy is of the data: which rows, which prices, labelled how
tables      any table as columns, and back
statistics  numbers that say something of the whole data
holdings    everything a strategy can reach: globals, closures, classes, parameters, containers
changing    puts the altered ones in their places, and everything back after each run
reading     tables read from files and stores while a strategy prepares
runs        one run in one world, and what was decided in it, row by row
places      which line decided, and which line reads
lookahead, warmup   the two checks; report: what they return
"""
