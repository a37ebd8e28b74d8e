"""The commands together, and what happens when one of them fails.

Exit codes: 0 done; 1 done, and something is left to do (doctor); 2 refused, or a wrong command line; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import typer

from btlab.app.cli import data, demo, new, upkeep
from btlab.app.cli.output import INTERRUPTED, REFUSED, fail, safe
from btlab.errors import BtlabError

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="btlab: real ticks, six timeframes, replay."
)
for module in (demo, new, data, upkeep):
    module.add_to(app)


@app.callback()
def _root() -> None:
    """btlab: real ticks, six timeframes, replay."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command that was asked for and exit. What btlab or the system refuses is one line on stderr and exit code 2."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    warnings.showwarning = _warn
    sys.exit(_run(given, "--json" in given))


def _run(given: list[str], as_json: bool) -> int:
    try:
        code = int(app(args=given, prog_name="btlab", standalone_mode=False) or 0)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code
    except BtlabError as error:
        fail(error.code, error.message, error.details, as_json)
    except BrokenPipeError:  # Whoever read the output has enough; nothing is left that could be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        fail("system", str(error), {"file": error.filename}, as_json)
    except (KeyboardInterrupt, typer.Abort):
        fail("interrupted", "interrupted; what was finished is stored", {}, as_json)
        return INTERRUPTED
    except Exception as error:
        usage = getattr(error, "format_message", None)
        if usage is None:
            raise
        if usage():  # Without arguments help was printed, and there is nothing to say.
            said = usage().rstrip(".")
            fail("usage", f"{said}{'' if said.endswith('?') else '.'} btlab --help lists what there is", {}, as_json)
    return REFUSED


def _warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """A warning is one line too."""
    sys.stderr.write(f"btlab: {safe(' '.join(str(message).split()))} [{category.__name__}]\n")
