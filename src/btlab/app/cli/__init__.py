"""The command line: what the library does, said in lines for people or, with --json, in one document for programs."""

from btlab.app.cli.main import app, main

__all__ = ["app", "main"]
