"""YAML as texts that know their lines: no types, anchors, aliases, tags or directives, no key twice, nothing large or deep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

LARGEST = 65_536
"""Bytes of a file. PyYAML reads some 200 KB a second; a long strategy has 3 KB."""
DEEPEST = 8
"""Levels of lists and mappings in each other."""


class Complaint(Exception):  # noqa: N818 (an error it becomes in `load_strategy`)
    """What is wrong, and where; `load_strategy` makes the error of it that users see."""

    def __init__(self, rule: str, line: int, key: str = "", value: str | None = None) -> None:
        super().__init__(rule)
        self.rule, self.line, self.key, self.value = rule, line, key, value


class Text(str):
    """A text exactly as it is written: NO, 0700 and 1e3 stay what they are.

    Attributes:
        line: of the file, from 1; quoted: whether it stood in quotes, so that it is meant as a text.
    """

    line: int
    quoted: bool

    @classmethod
    def at(cls, value: str, line: int, quoted: bool) -> Text:
        text = cls(value)
        text.line, text.quoted = line, quoted
        return text


class Series(list[Any]):
    """A list, and the line on which it begins."""

    line: int = 1


class Table(dict[Any, Any]):
    """A mapping of texts, and the line on which it begins."""

    line: int = 1


Node = Text | Series | Table


def decoded(content: bytes) -> str:
    """The text of a file.

    Raises:
        Complaint: too large, or not UTF-8.
    """
    if len(content) > LARGEST:
        raise Complaint(f"a file of {len(content):,} bytes; a strategy has at most {LARGEST:,}", 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Complaint(f"a byte that is not UTF-8 (0x{content[error.start]:02x}); save the file as UTF-8", line) from None


def read(text: str) -> Table:
    """The one mapping that a file is.

    Raises:
        Complaint: no YAML, or YAML of a kind that has no place here.
    """
    events = _events(text)
    try:
        found = _document(events)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Complaint(f"a character that no YAML may hold: {chr(error.character)!r}", line) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Complaint(f"no YAML: {error.problem or error.context}", mark.line + 1 if mark else 1) from None
    if not isinstance(found, Table):
        raise Complaint("a strategy is a mapping: name:, timeframe:, rules: and so on", found.line)
    return found


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=yaml.SafeLoader)


def _document(events: Iterator[Any]) -> Node:
    next(events)
    begin = next(events)
    if not isinstance(begin, yaml.DocumentStartEvent):
        raise Complaint("nothing is in this file; a strategy has a name:, a timeframe: and rules:", 1)
    if begin.version or begin.tags:
        raise Complaint("a directive (%); a strategy has none", begin.start_mark.line + 1)
    found = _node(next(events), events, 1)
    next(events)
    after = next(events)
    if not isinstance(after, yaml.StreamEndEvent):
        raise Complaint("a second document; a file holds one strategy", after.start_mark.line + 1)
    return found


def _node(event: Any, events: Iterator[Any], depth: int) -> Node:
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent):
        raise Complaint(f"an alias, *{event.anchor}; write it out (a text with * goes in quotes)", line, value=event.anchor)
    if event.anchor is not None:
        raise Complaint(f"an anchor, &{event.anchor}; write it out (a text with & goes in quotes)", line, value=event.anchor)
    if event.tag is not None:
        raise Complaint(f"a tag, {event.tag!r}; there are none (a text with ! goes in quotes)", line, value=event.tag)
    if isinstance(event, yaml.ScalarEvent):
        in_block = event.style in ("|", ">")
        return Text.at(event.value.strip() if in_block else event.value, line + in_block, event.style in ("'", '"'))
    if depth > DEEPEST:
        raise Complaint(f"more than {DEEPEST} lists and mappings in each other", line)
    if isinstance(event, yaml.SequenceStartEvent):
        return _series(events, depth, line)
    return _table(events, depth, line)


def _series(events: Iterator[Any], depth: int, line: int) -> Series:
    found = Series()
    found.line = line
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        found.append(_told(_node(event, events, depth + 1), f"item {len(found) + 1}"))
    return found


def _table(events: Iterator[Any], depth: int, line: int) -> Table:
    found = Table()
    found.line = line
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, depth + 1)
        if not isinstance(key, Text):
            raise Complaint("a list or mapping as a key; a key is a word", key.line)
        if key in found:
            before = next(one for one in found if one == key).line
            raise Complaint(f"{key!r} stands twice, on line {before} too; one of them would be lost", key.line, key)
        value = _node(next(events), events, depth + 1)
        if ")" in key and not value:
            raise Complaint(f"{key!r} is no key: inside {{ }} an expression with a comma goes in quotes", key.line, key)
        found[key] = _told(value, key)
    return found


def _told(value: Node, key: str) -> Node:
    if isinstance(value, Text) and not value and not value.quoted:
        raise Complaint(f"{key!r} has no value", value.line, key)
    return value
