"""Texts as numbers: tags and marks are written out in a strategy and kept as keys while it runs."""

from __future__ import annotations

import hashlib

_TEXTS: dict[int, str] = {0: ""}


def key_of(text: str) -> int:
    """A number that is the same in every process; 0 is no text."""
    if not text:
        return 0
    key = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6], "little") + 1
    _TEXTS[key] = text
    return key


def text_of(key: int) -> str:
    """The text of a key that `key_of` gave in this process."""
    return _TEXTS[int(key)]


def known_texts() -> dict[int, str]:
    """The texts that have a key in this process, by their keys; the text that is none left out."""
    return {key: text for key, text in _TEXTS.items() if key}
