"""Frames: what is packed comes back, and nothing that a page invents gets through."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from btlab.errors import MessageError
from btlab.widgets.frames import KINDS, pack, unpack
from tests.widgets.test_node import bundles, node  # noqa: F401

columns = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.sampled_from(sorted(KINDS)).flatmap(lambda kind: arrays(np.dtype(kind), st.integers(0, 40))),
    max_size=5,
)


@settings(max_examples=200)
@given(columns)
def test_what_is_packed_comes_back(given_columns: dict[str, np.ndarray]) -> None:
    header, buffer = pack({"kind": "x", "id": 3}, given_columns)
    assert all(place[2] % 8 == 0 for place in header["columns"])
    back = unpack(json.loads(json.dumps(header)), [buffer])
    assert back.keys() == given_columns.keys()
    for name, column in given_columns.items():
        assert back[name].dtype == column.dtype
        assert back[name].tobytes() == column.tobytes()


@settings(max_examples=500)
@given(
    st.lists(
        st.one_of(
            st.integers(),
            st.lists(
                st.one_of(st.text(max_size=3), st.sampled_from([*KINDS, "float32"]), st.integers(-9, 99), st.floats(), st.none()),
                max_size=5,
            ),
        ),
        max_size=3,
    )
)
def test_invented_columns_are_refused_or_inside(places: list[object]) -> None:
    data = bytes(range(64))
    try:
        got = unpack({"columns": places}, [data])
    except MessageError:
        return
    assert all(0 <= column.nbytes <= 64 for column in got.values())


@pytest.mark.parametrize(
    "place",
    [
        ["a", "float64", 0, 9],
        ["a", "float64", 8, 8],
        ["a", "float64", 4, 1],
        ["a", "float64", -8, 1],
        ["a", "int32", 0, True],
        ["a", "object", 0, 1],
        ["a"],
    ],
)
def test_a_column_outside_the_buffer(place: list[object]) -> None:
    with pytest.raises(MessageError):
        unpack({"columns": [place]}, [bytes(64)])


def test_a_column_that_does_not_travel() -> None:
    with pytest.raises(MessageError, match="int64"):
        pack({}, {"a": np.zeros(3, np.int64)})


def test_the_page_packs_the_same_bytes(bundles: Path, tmp_path: Path) -> None:  # noqa: F811
    given_columns = {
        "time": np.array([1.5, -2.0]),
        "flag": np.array([1, 2, 3], np.uint8),
        "price": np.array([7, -9, 2**31 - 1], np.int32),
    }
    header, buffer = pack({"kind": "x", "id": 1}, given_columns)
    (tmp_path / "frame.json").write_text(json.dumps(header))
    (tmp_path / "frame.bin").write_bytes(buffer)
    script = (
        f"import {{ pack, unpack }} from {json.dumps((bundles / 'frames.mjs').as_uri())};"
        "import { readFileSync, writeFileSync } from 'node:fs';"
        "const [json, bin, out] = process.argv.slice(1);"
        "const header = JSON.parse(readFileSync(json, 'utf8')), bytes = readFileSync(bin);"
        "const { columns, ...rest } = header; const [again, buffer] = pack(rest, unpack(header, [bytes]));"
        "writeFileSync(out, Buffer.from(buffer)); console.log(JSON.stringify(again));"
    )
    command = [
        node(),
        "--input-type=module",
        "-e",
        script,
        str(tmp_path / "frame.json"),
        str(tmp_path / "frame.bin"),
        str(tmp_path / "out.bin"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == header
    assert (tmp_path / "out.bin").read_bytes() == buffer
