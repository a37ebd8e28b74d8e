"""Several symbols on one account: what a run was asked, and what it left."""
