"""A compiled rule: asked of data, and asked why."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from bots.engine.rules import legacy, parsing
from bots.engine.rules.errors import RuleError
from bots.engine.rules.legacy import LegacyGroup, LegacyLeaf, Unanswerable
from bots.engine.rules.operators import ask
from bots.engine.rules.parsing import Group, Leaf
from bots.engine.rules.paths import find

Dialect = Literal["default", "dbcv"]
Node = Group | Leaf | LegacyGroup | LegacyLeaf


class Tried(NamedTuple):
    """One rule that was asked: where it stands, what it asks for, what the data had there (`left`), and the result."""

    path: str
    field: str
    operator: str
    value: Any
    left: Any
    result: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that may be asked any number of times, by any thread."""

    root: Group | LegacyGroup

    def matches(self, data: Any) -> bool:
        """Whether the rule holds for JSON-like data. Never raises for such data."""
        return _holds(self.root, data)

    def explain(self, data: Any) -> list[Tried]:
        """All rules in it, in their order, each asked by itself: also those that `matches` need not ask."""
        return [_tried(node, data) for node in _leaves(self.root)]

    @property
    def fields(self) -> frozenset[str]:
        """The paths that the rule asks for."""
        return frozenset(_asked(node)[0] for node in _leaves(self.root))


def validate(rule: Any, *, fields: Collection[str] | None = None) -> None:
    """Raises RuleError for a rule that may not be saved; with `fields`, also for one that asks for another field."""
    for node in _leaves(parsing.parse(rule)):
        name = _asked(node)[0]
        if fields is not None and name not in fields:
            raise RuleError(parsing.at(node.path, "field"), f"there is no field {name[:80]!r}")


def compile(rule: Any, dialect: Dialect = "default") -> Rule:
    """Raises RuleError; in the dialect `dbcv` only for text that is no JSON, and absurd depths."""
    return Rule(legacy.parse(rule) if dialect == "dbcv" else parsing.parse(rule))


def _holds(node: Node, data: Any) -> bool:
    if isinstance(node, Leaf | LegacyLeaf):
        return _tried(node, data).result
    if isinstance(node, LegacyGroup):
        return (all if node.every else any)(_holds(part, data) for part in node.parts)
    if not node.parts:
        return not node.negated
    return (all if node.every else any)(_holds(part, data) for part in node.parts) != node.negated


def _leaves(node: Node) -> "Iterator[Leaf | LegacyLeaf]":
    if isinstance(node, Leaf | LegacyLeaf):
        yield node
        return
    for part in node.parts:
        yield from _leaves(part)


def _asked(node: Leaf | LegacyLeaf) -> tuple[str, str, Any]:
    if isinstance(node, Leaf):
        return node.field, node.question.operator, node.question.value
    return str(node.rule.get("field", "")), str(node.rule.get("operator", "")), node.rule.get("value")


def _tried(node: Leaf | LegacyLeaf, data: Any) -> Tried:
    if isinstance(node, Leaf):
        left = find(data, node.field)
        return Tried(node.path, *_asked(node), left, ask(node.question, left))
    try:
        return Tried(node.path, *_asked(node), node.find(data), node.holds(data))
    except Unanswerable:
        return _modern(node, data)


def _modern(node: LegacyLeaf, data: Any) -> Tried:
    if node.modern is None:
        return Tried(node.path, *_asked(node), None, False)
    return _tried(node.modern, data)
