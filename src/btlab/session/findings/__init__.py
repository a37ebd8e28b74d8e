"""What a careful reviewer would point out in a run, found in what the run left."""
