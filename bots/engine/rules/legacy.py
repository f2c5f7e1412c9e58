"""The dialect `dbcv`: rules of bots that were written for DBCV mean here what they meant there.

The original's evaluator was strict about shapes and loose about values: only `"AND"` means all, `between` leaves its
bounds out, `in` asks whether the rule's value is in the field's, `not` counts for nothing, an empty OR is false.
Where it raised, a whole connection silently never matched. Here a rule that it could not read at all (the documented
short form, other names of operators, one of several values) means what its author wrote, by the default dialect; a rule
that failed on the data is false, alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pytimeparse.timeparse import timeparse

from bots.engine.rules.errors import RuleError
from bots.engine.rules.parsing import Group, Leaf, at, decoded, leaf
from bots.engine.rules.values import TRUE

KEYS = ("id", "field", "type", "input", "operator", "value")
WORDS = TRUE - {"да"}
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
# What the data can do to a rule.
FAILURES = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError)
# Deeper than anything that was ever drawn; the recursion of Python stays out of reach.
DEEPEST = 200

Operator = Callable[[Any, Any], bool]


class Unanswerable(Exception):
    """The original could not read the rule, whatever the data."""


def _any_of(holds: Operator) -> Operator:
    return lambda left, right: (
        any(holds(item, right) for item in left) if isinstance(left, list) else holds(left, right)
    )


def _not(operator: Operator) -> Operator:
    return lambda left, right: not operator(left, right)


def _is_empty(left: Any, right: Any) -> bool:
    return not left if isinstance(left, list) else not (left and left.strip())


def _outside(left: Any, right: Any) -> bool:
    return bool(left <= right[0] or left >= right[1])


def _not_between(left: Any, right: Any) -> bool:
    return not any(_outside(item, right) for item in left) if isinstance(left, list) else _outside(left, right)


def _not_equal(left: Any, right: Any) -> bool:
    """A list differs from everything but an equal list; an empty one from that, too."""
    return (not left or left != right) if isinstance(left, list) else bool(left != right)


_begins = _any_of(lambda left, right: bool(left.startswith(right)))
_ends = _any_of(lambda left, right: bool(left.endswith(right)))
_contains = _any_of(lambda left, right: right in left)
OPERATORS: dict[str, Operator] = {
    "equal": _any_of(lambda left, right: bool(left == right)),
    "not_equal": _not_equal,
    "less": _any_of(lambda left, right: bool(left < right)),
    "less_or_equal": _any_of(lambda left, right: bool(left <= right)),
    "greater": _any_of(lambda left, right: bool(left > right)),
    "greater_or_equal": _any_of(lambda left, right: bool(left >= right)),
    "between": lambda left, right: bool(right[0] < left < right[1]),
    "not_between": _not_between,
    "contains": _contains,
    "not_contains": _not(_contains),
    "begins_with": _begins,
    "not_begins_with": _not(_begins),
    "ends_with": _ends,
    "not_ends_with": _not(_ends),
    "in": lambda left, right: right in left,
    "not_in": lambda left, right: right not in left,
    "is_empty": _is_empty,
    "is_not_empty": _not(_is_empty),
    "is_null": lambda left, right: left is None,
    "is_not_null": lambda left, right: left is not None,
}


def _cast_moment(value: Any) -> Any:
    return datetime.strptime(value, MOMENT) if isinstance(value, str) else value  # noqa: DTZ007 - as the original


def _cast_boolean(value: Any) -> Any:
    return value.lower() in WORDS if isinstance(value, str) else value


CASTS: dict[str, Callable[[Any], Any]] = {
    "string": str,
    "integer": int,
    "double": float,
    "date": _cast_moment,
    "datetime": _cast_moment,
    "time": lambda value: timeparse(value) if isinstance(value, str) else value,
    "boolean": _cast_boolean,
}


def _cast(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [_cast_one(kind, item) for item in value]
    return _cast_one(kind, value)


def _cast_one(kind: Any, value: Any) -> Any:
    cast = CASTS.get(kind) if isinstance(kind, str) else None
    return value if value is None or cast is None else cast(value)


def find(data: Any, path: str) -> Any:
    """The first element of a list on the way; before the last name, that key of all its objects."""
    names = path.split(".")
    value = data
    for position, name in enumerate(names):
        value = value.get(name)
        if position == len(names) - 2 and isinstance(value, list) and isinstance(value[0], dict):
            return [item[names[-1]] for item in value]
        if isinstance(value, list) and position < len(names) - 1:
            value = value[0]
        if value is None:
            return None
    return value


class LegacyLeaf:
    """A rule in the dialect; `modern` is what it means by the default one, None when it means nothing there."""

    def __init__(self, rule: Any, path: str) -> None:
        self.path = path
        self.rule: Mapping[str, Any] = rule if isinstance(rule, Mapping) else {}
        try:
            self.modern: Leaf | None = leaf(self.rule, path)
        except RuleError:
            self.modern = None
        operator = self.rule.get("operator")
        self.readable = all(key in self.rule for key in KEYS) and isinstance(operator, str) and operator in OPERATORS

    def find(self, data: Any) -> Any:
        """What the rule looks at, for people who want to know why; None also when it cannot be got at."""
        try:
            return _cast(self.rule.get("type"), find(data, str(self.rule.get("field", ""))))
        except FAILURES:
            return None

    def holds(self, data: Any) -> bool:
        """Raises Unanswerable for what the original could not read, and no other error."""
        if not self.readable:
            raise Unanswerable
        kind, operator = self.rule["type"], self.rule["operator"]
        try:
            left, right = _cast(kind, find(data, self.rule["field"])), _cast(kind, self.rule["value"])
            if operator in ("in", "not_in") and isinstance(right, list) and isinstance(left, str | int | float):
                raise Unanswerable
            return bool(OPERATORS[operator](left, right))
        except FAILURES:
            return False


class LegacyGroup:
    """All parts when the condition is exactly AND, else any."""

    def __init__(self, parts: "list[LegacyGroup | LegacyLeaf]", *, every: bool) -> None:
        self.parts = parts
        self.every = every


def parse(rule: Any) -> LegacyGroup | Group:
    """Nothing is refused but text that is no JSON; an empty rule is true."""
    rule = decoded(rule)
    if rule is None:
        return Group(())
    part = _part(rule, "", depth=1)
    return part if isinstance(part, LegacyGroup) else LegacyGroup([part], every=True)


def _part(rule: Any, path: str, *, depth: int) -> LegacyGroup | LegacyLeaf:
    rules = rule.get("rules") if isinstance(rule, Mapping) else None
    if not isinstance(rules, list):
        return LegacyLeaf(rule, path)
    if depth > DEEPEST:
        raise RuleError(path, f"groups are nested deeper than {DEEPEST}")
    parts = [_part(item, at(path, f"rules[{n}]"), depth=depth + 1) for n, item in enumerate(rules)]
    return LegacyGroup(parts, every=rule.get("condition", "AND") == "AND")
