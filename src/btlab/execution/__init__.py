"""Orders, how they meet a quote or a bar, what they cost, and the lots and money they leave."""
