"""What commands print: results on stdout, one line for each error on stderr, both as JSON where that was asked for."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

ATTENTION, REFUSED, INTERRUPTED = 1, 2, 130

StoreOption = Annotated[Path | None, typer.Option("--store", help="The store's folder.", show_default="$BTLAB_HOME or ~/.btlab")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def give(result: Any, as_json: bool) -> None:
    """Print a result."""
    text = json.dumps(plain(result), allow_nan=False, indent=1) if as_json else for_people(result)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def plain(value: Any) -> Any:
    """Anything that commands give, out of what JSON has: numbers that are none are null, times are ISO with their offset.

    >>> plain({"first": date(2024, 1, 8), "spread": float("nan"), "rows": (1, 2)})
    {'first': '2024-01-08', 'spread': None, 'rows': [1, 2]}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value) if not one.name.startswith("_")}
    if hasattr(value, "iter_rows"):
        return [plain(row) for row in value.iter_rows(named=True)]
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [plain(one) for one in value]
    return str(value)


def for_people(result: Any) -> str:
    """A result as text that a terminal can be trusted with: control characters, also those of names, are spelled out."""
    return safe(_table(result) if hasattr(result, "iter_rows") else str(result))


def safe(text: str) -> str:
    r"""Text whose every character can be seen.

    >>> print(safe("EUR\x1b[2JUSD"))
    EUR\x1b[2JUSD
    """
    return "".join(one if one.isprintable() or one == "\n" else one.encode("unicode_escape").decode() for one in text)


def _table(frame: Any) -> str:
    import polars as pl

    if not frame.height:
        return f"no rows ({', '.join(frame.columns)})"
    shown: dict[str, Any] = {"tbl_hide_dataframe_shape": True, "tbl_hide_column_data_types": True, "tbl_formatting": "NOTHING"}
    with pl.Config(**shown, tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=120, tbl_width_chars=1000, thousands_separator=","):
        return "\n".join(line.rstrip() for line in str(frame).splitlines())


def fail(code: str, message: str, details: Mapping[str, Any], as_json: bool) -> None:
    """Say on stderr, in one line, what went wrong."""
    line = " ".join(message.split())
    known = {name: one for name, one in details.items() if one is not None}
    text = (
        json.dumps({"error": {"code": code, "message": line, "details": plain(known)}}, allow_nan=False)
        if as_json
        else f"btlab: {safe(line)} [{code}]"
    )
    sys.stderr.write(text + "\n")
