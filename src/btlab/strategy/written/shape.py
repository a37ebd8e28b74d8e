"""What a strategy's file holds, key by key: the sections, a rule, an order. An unknown key is an error that says what was meant.

Further kinds of things to read in rules are further sections of `Document`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, ValidationError

from btlab.errors import did_you_mean
from btlab.strategy.written.reading import Complaint, Series, Table, Text

Word = InstanceOf[Text]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class Order(Part):
    """What `ctx.buy` and `ctx.sell` take, save what only a program knows."""

    size: Word | None = None
    fraction: Word | None = None
    risk: Word | None = None
    limit: Word | None = None
    stop: Word | None = None
    stop_loss: Word | None = None
    take_profit: Word | None = None
    trailing: Word | None = None
    trailing_percent: Word | None = None
    tif: Word | None = None
    expire: Word | None = None
    post_only: Word | None = None
    oco: Word | None = None
    tag: Word | None = None


class Rule(Part):
    """When, and what is done then, in the order in which it is written."""

    on: Word | None = None
    when: Word | None = None
    buy: Annotated[Order | None, Field(description="a mapping, as in {size: 1000}")] = None
    sell: Annotated[Order | None, Field(description="a mapping, as in {size: 1000}")] = None
    target: Word | None = None
    close_position: Word | None = None
    cancel_all: Word | None = None
    mark: Annotated[dict[Word, Word] | None, Field(description="a mapping of a mark's name to its value")] = None
    log: Annotated[Word | InstanceOf[Table] | None, Field(description="a text, or a mapping of texts to their values")] = None


class Document(Part):
    """A strategy."""

    name: Word
    description: Word | None = None
    timeframe: Annotated[Word | InstanceOf[Series], Field(description="a timeframe, or a list of them")]
    parameters: Annotated[dict[Word, Word], Field(description="a mapping of names to their values")] = {}
    indicators: Annotated[
        dict[Word, Word | InstanceOf[Table]], Field(description="a mapping of names to indicators, as in rsi: RSI(timeperiod=14)")
    ] = {}
    rules: Annotated[list[Rule], Field(min_length=1, description="a list of rules, each with when: and what is done then")]


ACTS = tuple(name for name in Rule.model_fields if name not in ("on", "when"))
KINDS: dict[Any, str] = {Text: "a text", Series: "a list", Table: "a mapping"}


def check_shape(document: Table) -> None:
    """That every key is known, every section there and of its kind.

    Raises:
        Complaint: the first fault in the order of the file; what is missing comes last, for it may be what is misspelt.
    """
    try:
        Document.model_validate(document)
    except ValidationError as error:
        found = [(one["type"] == "missing", _complaint(document, one)) for one in error.errors()]
        raise min(found, key=lambda one: (one[0], one[1].line))[1] from None


def _complaint(document: Table, error: Any) -> Complaint:
    """What pydantic found, in words that name the way out."""
    about, line, path = "a text", document.line, ""
    node: Any = document
    model: Any = Document
    within: Any = Document
    for step in error["loc"]:
        if isinstance(node, Table) and step in node:
            line, node = next(key.line for key in node if key == step), node[step]
            path += f".{step}" if path else str(step)
        elif isinstance(node, Series) and isinstance(step, int):
            node = node[step]
            line, path = node.line, f"{path}[{step + 1}]"
        else:
            break
        if within is not None and step in within.model_fields:
            about = within.model_fields[step].description or "a text"
            within = {"rules": Rule, "buy": Order, "sell": Order}.get(step)
            model = within or model
        elif not isinstance(step, int):
            about = "a text"
    last = error["loc"][-1]
    if error["type"] == "extra_forbidden":
        return Complaint(f"there is no key {last!r} here.{did_you_mean(last, model.model_fields)}", line, path)
    if error["type"] == "missing":
        return Complaint(f"{last}: is missing; it is {Document.model_fields[str(last)].description or 'a text'}", line, str(last))
    if error["type"] == "too_short":
        return Complaint("rules: has none, so nothing would ever be done", line, path)
    return Complaint(f"{path}: is {KINDS[type(node)]}; {about} is wanted", line, path)
