"""From segments to arrays, bars and answers in SQL."""
