"""`python -m btlab.app.cli`."""

from btlab.app.cli import main

main()
