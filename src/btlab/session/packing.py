"""Values as bytes and back, without pickle: what comes from outside names no class and calls nothing.

    magic 8 | version u32 | length of the text u64 | text (JSON) | arrays, one after the other | sha256 of all before it

The text is a tree in which lists stand for themselves and every other container is {kind: ...}; arrays are numbers into
the list of arrays, each with a plain dtype and a shape. Floats are their 64 bits, so that a NaN stays the NaN it was.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections import deque
from typing import Any

import numpy as np

from btlab.errors import DamagedError, FormatError, NewerFormatError, RunError
from btlab.indicators.handle import Handle

MAGIC, VERSION = b"btlabcp\n", 1
HEAD = struct.Struct("<8sIQ")
DIGEST = 32
PLAIN = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f[248]|c8|c16|[Mm]8(?:\[\w+\])?|[SU]\d{1,9})")


def pack(value: Any, what: str) -> bytes:
    """The bytes of a tree of plain values and arrays.

    Raises:
        RunError: something else is in it; `what` and the path to it are named.
    """
    writer = _Writer()
    tree = writer.tree(value, what)
    text = json.dumps({"tree": tree, "arrays": writer.heads}, allow_nan=False, separators=(",", ":")).encode("ascii")
    parts = [HEAD.pack(MAGIC, VERSION, len(text)), text, *writer.bodies]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return b"".join((*parts, digest.digest()))


def unpack(content: bytes, name: str) -> Any:
    """The tree that `pack` wrote.

    Raises:
        FormatError: these bytes are none of ours. NewerFormatError: of a newer version. DamagedError: not as they were written.
    """
    if len(content) < HEAD.size or content[:8] != MAGIC:
        raise FormatError(f"{name} is no checkpoint; bt.run(..., until=...).checkpoint(path) writes one", name=name)
    _, version, length = HEAD.unpack_from(content)
    if version > VERSION:
        raise NewerFormatError(
            f"{name} was written by a newer btlab (format {version}; this one reads up to {VERSION}): update btlab",
            version=version,
        )
    end = len(content) - DIGEST
    if HEAD.size + length > end or hashlib.sha256(memoryview(content)[:end]).digest() != content[end:]:
        raise DamagedError(f"{name} is damaged: its bytes are not those that were written; make the checkpoint anew", name=name)
    try:
        text = json.loads(content[HEAD.size : HEAD.size + length])
        return _Reader(text["arrays"], memoryview(content)[HEAD.size + length : end]).tree(text["tree"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError, struct.error) as error:
        raise FormatError(f"{name} is no checkpoint that btlab wrote: {type(error).__name__}", name=name) from None


class _Writer:
    def __init__(self) -> None:
        self.heads: list[Any] = []
        self.bodies: list[bytes] = []
        self.known: dict[int, tuple[int, Any]] = {}

    def tree(self, value: Any, where: str) -> Any:
        if value is None or isinstance(value, bool | str):
            return value
        if type(value) is int and abs(value).bit_length() < 4096:
            return value
        if type(value) is float:
            return {"f": struct.pack("<d", value).hex()}
        if isinstance(value, bytes):
            return {"b": value.hex()}
        if isinstance(value, np.generic):
            return {"n": self.array(np.asarray(value), where)}
        if type(value) is Handle:
            return {"h": [value.number, value.key, value.timeframe, value.warmup]}
        if type(value) is tuple:
            return {"t": [self.tree(item, f"{where}[{k}]") for k, item in enumerate(value)]}
        return self.shared(value, where)

    def shared(self, value: Any, where: str) -> Any:
        """What can be changed is written once, however many hold it."""
        if id(value) in self.known:
            return {"r": self.known[id(value)][0]}
        self.known[id(value)] = len(self.known), value
        if isinstance(value, np.ndarray):
            return {"a": self.array(value, where)}
        if type(value) is list:
            return {"l": [self.tree(item, f"{where}[{k}]") for k, item in enumerate(value)]}
        if type(value) is dict:
            return {"d": [[self.tree(key, where), self.tree(item, f"{where}[{key!r}]")] for key, item in value.items()]}
        if type(value) is set:
            return {"s": [self.tree(item, where) for item in value]}
        if type(value) is deque:
            return {"q": [value.maxlen, [self.tree(item, f"{where}[{k}]") for k, item in enumerate(value)]]}
        raise RunError(
            f"{where} is a {type(value).__name__}, which a checkpoint cannot hold: it holds numbers, texts, arrays of them, and "
            "lists, tuples, dicts, sets and deques of these",
            where=where,
        )

    def array(self, array: np.ndarray, where: str) -> int:
        if not PLAIN.fullmatch(array.dtype.str):
            raise RunError(f"{where} is an array of {array.dtype}, which a checkpoint cannot hold", where=where)
        self.heads.append([array.dtype.str, list(array.shape)])
        self.bodies.append(np.ascontiguousarray(array).tobytes())
        return len(self.heads) - 1


class _Reader:
    def __init__(self, heads: list[Any], content: memoryview) -> None:
        self.arrays, self.known, begin = [], list[Any](), 0
        for kind, shape in heads:
            if not PLAIN.fullmatch(kind) or not all(type(length) is int and length >= 0 for length in shape):
                raise ValueError("no plain array")
            dtype, count = np.dtype(kind), math.prod(shape)
            end = begin + count * dtype.itemsize
            if end > len(content) or len(shape) > 32:
                raise ValueError("an array beyond the end")
            self.arrays.append(np.frombuffer(content[begin:end], dtype, count).reshape(shape).copy())
            begin = end
        if begin != len(content):
            raise ValueError("bytes of no array")

    def tree(self, node: Any) -> Any:
        if not isinstance(node, dict):
            if isinstance(node, list | float):
                raise ValueError("a bare list or number")
            return node
        ((kind, inside),) = node.items()
        match kind:
            case "f":
                return struct.unpack("<d", bytes.fromhex(inside))[0]
            case "b":
                return bytes.fromhex(inside)
            case "n":
                return self.arrays[inside][()]
            case "h":
                number, key, timeframe, warmup = inside
                if not (type(number) is type(warmup) is int and type(key) is type(timeframe) is str and 0 <= number < 1 << 63):
                    raise ValueError("no handle of an indicator")
                return Handle(number, key, timeframe, warmup)
            case "t":
                return tuple(self.tree(item) for item in inside)
            case "r":
                return self.known[inside]
            case "a":
                return self.keep(self.arrays[inside])
            case "l":
                return self.fill(self.keep([]), inside)
            case "q":
                return self.fill(self.keep(deque(maxlen=inside[0])), inside[1])
            case "s":
                found = self.keep(set())
                found.update(self.tree(item) for item in inside)
                return found
            case "d":
                return self.pairs(self.keep({}), inside)
        raise ValueError(f"no kind {kind!r}")

    def keep(self, value: Any) -> Any:
        self.known.append(value)
        return value

    def fill(self, into: Any, items: list[Any]) -> Any:
        for item in items:
            into.append(self.tree(item))
        return into

    def pairs(self, into: dict[Any, Any], items: list[Any]) -> dict[Any, Any]:
        for key, item in items:
            into[self.tree(key)] = self.tree(item)
        return into
