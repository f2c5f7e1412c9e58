"""From QueryBuilder's JSON to checked groups and questions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.rules.errors import RuleError
from bots.engine.rules.operators import ALIASES, OF_TWO, OPERATORS, WITHOUT_VALUE, Question
from bots.engine.rules.values import TYPES, inferred

MAX_DEPTH = 16
MAX_RULES = 256
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A rule at `path`, asking for `field`."""

    path: str
    field: str
    question: Question


@dataclass(frozen=True, slots=True)
class Group:
    """All (`every`) or any of the parts, or the opposite (`negated`); without parts it is true."""

    parts: "tuple[Group | Leaf, ...]"
    every: bool = True
    negated: bool = False


def decoded(rule: Any) -> Any:
    """The rule as an object; JSON text is read. None for an empty one."""
    if isinstance(rule, str) and rule.strip():
        try:
            rule = json.loads(rule)
        except (ValueError, RecursionError):
            raise RuleError("", "this is not JSON") from None
    if rule is None or rule == {} or rule == [] or (isinstance(rule, str) and not rule.strip()):
        return None
    return rule


def parse(rule: Any) -> Group:
    """Raises RuleError, which says where."""
    rule = decoded(rule)
    if rule is None:
        return Group(())
    part = _part(rule, "", depth=1)
    return part if isinstance(part, Group) else Group((part,))


def _part(value: Any, path: str, *, depth: int) -> Group | Leaf:
    if not isinstance(value, Mapping):
        raise RuleError(path, "a rule or group must be an object")
    if "rules" in value or "condition" in value:
        return _group(value, path, depth=depth)
    return leaf(value, path)


def _group(value: Mapping[str, Any], path: str, *, depth: int) -> Group:
    if depth > MAX_DEPTH:
        raise RuleError(path, f"groups are nested deeper than {MAX_DEPTH}")
    every = _condition(value.get("condition"), at(path, "condition"))
    negated = value.get("not", False)
    if negated is not None and not isinstance(negated, bool):
        raise RuleError(at(path, "not"), "must be true or false")
    rules = value.get("rules")
    if not isinstance(rules, list):
        raise RuleError(at(path, "rules"), "must be a list")
    if len(rules) > MAX_RULES:
        raise RuleError(at(path, "rules"), f"a group may have {MAX_RULES} rules at most")
    parts = tuple(_part(rule, at(path, f"rules[{n}]"), depth=depth + 1) for n, rule in enumerate(rules))
    return Group(parts, every=every, negated=bool(negated))


def _condition(value: Any, path: str) -> bool:
    word = "AND" if value is None else value
    if not isinstance(word, str) or word.strip().upper() not in ("AND", "OR"):
        raise RuleError(path, "must be AND or OR")
    return word.strip().upper() == "AND"


def leaf(value: Mapping[str, Any], path: str) -> Leaf:
    """One rule; raises RuleError."""
    field = value.get("field", value.get("id"))
    if not isinstance(field, str) or not all(name.strip() for name in field.split(".")):
        raise RuleError(at(path, "field"), "must name a field")
    operator = _operator(value.get("operator"), at(path, "operator"))
    wanted = None if operator in WITHOUT_VALUE else _value(value, operator, at(path, "value"))
    return Leaf(path, field, Question(operator, wanted, _type(value, wanted, at(path, "type"))))


def _operator(value: Any, path: str) -> str:
    name = value.strip().lower() if isinstance(value, str) else ""
    name = ALIASES.get(name, name)
    if name not in OPERATORS:
        raise RuleError(path, f"there is no operator {str(value)[:40]!r}")
    return name


def _value(rule: Mapping[str, Any], operator: str, path: str) -> Any:
    value = rule.get("value", _ABSENT)
    if value is _ABSENT:
        raise RuleError(path, "is missing")
    if operator in OF_TWO and not (isinstance(value, list) and len(value) == 2):
        raise RuleError(path, "must be a list of two bounds")
    items = value if isinstance(value, list) else [value]
    if not all(item is None or isinstance(item, str | int | float | bool) for item in items):
        raise RuleError(path, "must be text, a number, true, false, null, or a list of these")
    return value


def _type(rule: Mapping[str, Any], value: Any, path: str) -> str:
    name = rule.get("type")
    if name is None:
        return inferred(value)
    if not isinstance(name, str) or name not in TYPES:
        raise RuleError(path, f"there is no type {str(name)[:40]!r}")
    return name


def at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
