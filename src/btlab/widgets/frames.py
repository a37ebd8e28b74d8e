"""Frames: a small JSON header and one buffer of columns, each beginning at a multiple of eight bytes.

`widgets/src/frames.ts` is the twin; both are tested with the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from btlab.errors import MessageError

KINDS: dict[str, np.dtype[Any]] = {name: np.dtype(name).newbyteorder("<") for name in ("uint8", "int32", "float64")}


def pack(header: Mapping[str, Any], columns: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], bytes]:
    """(header with the columns' places, buffer).

    Raises:
        MessageError: a column of a kind that does not travel.

    >>> pack({"kind": "x"}, {"a": np.array([1, 2, 3], np.int32)})[0]["columns"]
    [['a', 'int32', 0, 3]]
    """
    places, parts, offset = [], [], 0
    for name, column in columns.items():
        kind = column.dtype.name
        if kind not in KINDS:
            raise MessageError(f"column {name!r} is {kind}; columns are {', '.join(KINDS)}", column=name)
        data = np.ascontiguousarray(column, KINDS[kind]).tobytes()
        places.append([name, kind, offset, len(column)])
        parts += [data, bytes(-len(data) % 8)]
        offset += len(data) + -len(data) % 8
    return {**header, "columns": places}, b"".join(parts)


def unpack(header: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, np.ndarray]:
    """The columns of a frame. Whoever sent it is not trusted: kinds, offsets and lengths are checked.

    Raises:
        MessageError: a column that is not wholly inside the buffer, or is described wrongly.
    """
    places = header.get("columns", [])
    data = memoryview(buffers[0]).cast("B") if buffers else memoryview(b"")
    columns = {}
    if not isinstance(places, list):
        raise MessageError(f"columns are {type(places).__name__}, not a list")
    for place in places:
        if not (isinstance(place, list) and len(place) == 4 and isinstance(place[0], str) and place[1] in KINDS):
            raise MessageError(f"{place!r} describes no column")
        name, kind, offset, length = place
        if type(offset) is not int or type(length) is not int or offset < 0 or length < 0 or offset % 8:
            raise MessageError(f"column {name!r} begins at {offset!r} and has {length!r} rows")
        if offset + length * KINDS[kind].itemsize > len(data):
            raise MessageError(f"column {name!r} ends beyond the {len(data)} bytes that came")
        columns[name] = np.frombuffer(data, KINDS[kind], length, offset)
    return columns
