"""Names as paths: any symbol or feed becomes a relative path that Linux, macOS and Windows all accept, and comes back from it.

Capital letters, digits, "-" and "_" stand for themselves; "~" switches between capital and small letters, which are written
as capitals too, so no two names differ by case alone; every other byte of the UTF-8 text is %XX. Names that Windows keeps
for devices have their first letter escaped; a long one goes on in folders below: "...+/...+/...=".
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_DEVICES = re.compile(r"(CON|PRN|AUX|NUL|(COM|LPT)[0-9])")
_PIECE = 120


def encode_name(name: str) -> PurePosixPath:
    """The path of a name.

    >>> [str(encode_name(name)) for name in ("EURUSD", "eurusd", "../a", "NUL")]
    ['EURUSD', '~EURUSD', '%2E%2E%2F~A', '%4EUL']
    """
    text, small = "", False
    for byte in name.encode("utf-8", "surrogatepass"):
        letter = chr(byte)
        if byte < 128 and letter.isalpha() and letter.islower() != small:
            text, small = text + "~", not small
        text += letter.upper() if (byte < 128 and letter.isalpha()) or byte in _PLAIN else f"%{byte:02X}"
    if _DEVICES.fullmatch(text):
        text = f"%{ord(text[0]):02X}" + text[1:]
    pieces = [text[begin : begin + _PIECE] for begin in range(0, len(text), _PIECE)]
    return PurePosixPath(*(piece + "+" for piece in pieces[:-1]), pieces[-1] + ("=" if len(pieces) > 1 else ""))


def decode_name(path: PurePosixPath) -> str:
    """The name of a path that `encode_name` made.

    >>> decode_name(encode_name("BRK.b/é"))
    'BRK.b/é'
    """
    text = "".join(piece.rstrip("+=") for piece in path.parts)
    out, small, at = bytearray(), False, 0
    while at < len(text):
        if text[at] == "%":
            out.append(int(text[at + 1 : at + 3], 16))
            at += 3
            continue
        if text[at] == "~":
            small = not small
        else:
            out += (text[at].lower() if small else text[at]).encode()
        at += 1
    return out.decode("utf-8", "surrogatepass")
