"""Good bytes made bad, in every way that files go wrong, from a fixed seed."""

from __future__ import annotations

import random

_NUMBERS = [
    b"0",
    b"-1",
    b"",
    b"nan",
    b"inf",
    b"1e999",
    b"9" * 30,
    b"0.0000001",
    b"99999999999999999999.5",
    b"1_0",
    b"0x10",
    b"1,5",
]
_WORDS = [
    b"\n",
    b"\r\n",
    b"\0",
    b",",
    b'"',
    b"{",
    b"[" * 50,
    b"\x01",
    b"8=FIX.4.4\x019=5\x0135=W\x01",
    b"=",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b";",
]
_WORDS += [b"20200101", b"\x00" * 40, b"\xff" * 40, b"19691231 235959", b"268=99999999", b"True", b"null", b"PK\x03\x04"]


def broken(content: bytes, dice: random.Random) -> bytes:
    """One to four faults."""
    data = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        _FAULTS[dice.randrange(len(_FAULTS))](data, dice)
    return bytes(data)


def _cut(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data) + 1) :]


def _drop(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    del data[at : at + dice.choice((1, 2, 4, 16, 64))]


def _flip(data: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 1, 3, 10))):
        if data:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _noise(data: bytearray, dice: random.Random) -> None:
    at, count = dice.randrange(len(data) + 1), dice.choice((1, 4, 8, 50))
    data[at : at + count] = dice.randbytes(count)


def _insert(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice(_NUMBERS + _WORDS)


def _replace(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    word = dice.choice(_NUMBERS + _WORDS)
    data[at : at + dice.choice((len(word), 1, 5))] = word


def _repeat(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data) + 1)
    part = bytes(data[at : at + dice.choice((1, 10, 100))])
    data[at:at] = part * dice.choice((1, 2, 50))


def _swap(data: bytearray, dice: random.Random) -> None:
    half = dice.randrange(len(data) + 1)
    data[:] = data[half:] + data[:half]


def _all(data: bytearray, dice: random.Random) -> None:
    keep = dice.choice((0, 3, 6, 16))
    data[keep:] = dice.randbytes(dice.choice((0, 1, 10, 200, 1000)))


_FAULTS = (_cut, _drop, _flip, _flip, _noise, _insert, _insert, _replace, _replace, _repeat, _swap, _all)
