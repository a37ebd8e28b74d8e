"""What a user meets outside of a notebook: the dashboard, the demo, the command line."""
