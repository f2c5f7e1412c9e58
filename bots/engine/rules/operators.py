"""What the operators of rules mean.

An operator asks elements: a list field matches when any of its elements does, a list as the rule's value when any of
its values does. `not_x` is the exact negation of `x`. Null equals null alone and is never ordered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bots.engine.rules.values import TYPES, Uncastable, to_text

Pair = Callable[[Any, Any], bool]

ALIASES = {
    "equals": "equal",
    "eq": "equal",
    "==": "equal",
    "===": "equal",
    "=": "equal",
    "not_equals": "not_equal",
    "neq": "not_equal",
    "ne": "not_equal",
    "!=": "not_equal",
    "!==": "not_equal",
    "<>": "not_equal",
    "less_than": "less",
    "lt": "less",
    "<": "less",
    "less_than_or_equal": "less_or_equal",
    "less_or_equals": "less_or_equal",
    "less_than_or_equals": "less_or_equal",
    "lte": "less_or_equal",
    "<=": "less_or_equal",
    "greater_than": "greater",
    "gt": "greater",
    ">": "greater",
    "greater_than_or_equal": "greater_or_equal",
    "greater_or_equals": "greater_or_equal",
    "greater_than_or_equals": "greater_or_equal",
    "gte": "greater_or_equal",
    ">=": "greater_or_equal",
    "starts_with": "begins_with",
    "not_starts_with": "not_begins_with",
    "is_not_in": "not_in",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One rule, ready to be asked: the values and the type are those of the rule."""

    operator: str
    value: Any
    type: str

    @property
    def values(self) -> Sequence[Any]:
        return self.value if isinstance(self.value, list) else (self.value,)


def _elements(field: Any) -> Sequence[Any]:
    return field if isinstance(field, list | tuple) else (field,)


def _same(left: Any, right: Any) -> bool:
    return bool(left == right)


def _any_pair(question: Question, field: Any, holds: Pair, *, cast: Callable[[Any], Any]) -> bool:
    return any(_holds(left, right, holds, cast) for left in _elements(field) for right in question.values)


def _holds(left: Any, right: Any, holds: Pair, cast: Callable[[Any], Any]) -> bool:
    if left is None or right is None:
        return holds is _same and left is None and right is None
    try:
        return holds(cast(left), cast(right))
    except Uncastable:
        return False


def _comparing(holds: Pair) -> Callable[[Question, Any], bool]:
    """Values of the rule's type."""

    def ask(question: Question, field: Any) -> bool:
        return _any_pair(question, field, holds, cast=TYPES[question.type])

    return ask


def _in_text(holds: Pair) -> Callable[[Question, Any], bool]:
    """Texts, whatever the type."""

    def ask(question: Question, field: Any) -> bool:
        return _any_pair(question, field, holds, cast=to_text)

    return ask


def _contains(question: Question, field: Any) -> bool:
    """A part of a text; of a list, any element that has it, or that is it when the type is not text."""
    if isinstance(field, list | tuple) and question.type != "string":
        return _any_pair(question, field, _same, cast=TYPES[question.type])
    return _any_pair(question, field, lambda left, right: right in left, cast=to_text)


def _between(question: Question, field: Any) -> bool:
    """Both bounds belong to it; bounds in the wrong order have nothing between them."""
    cast = TYPES[question.type]
    low, high = question.values
    return any(
        _holds(element, low, lambda left, right: bool(left >= right), cast)
        and _holds(element, high, lambda left, right: bool(left <= right), cast)
        for element in _elements(field)
    )


def _is_empty(question: Question, field: Any) -> bool:
    """Nothing, blank text, an empty list or object; 0 and false are something."""
    return not field.strip() if isinstance(field, str) else field is None or field in ([], (), {})


def _is_null(question: Question, field: Any) -> bool:
    return field is None


_PLAIN: dict[str, Callable[[Question, Any], bool]] = {
    "equal": _comparing(_same),
    "in": _comparing(_same),
    "between": _between,
    "contains": _contains,
    "begins_with": _in_text(str.startswith),
    "ends_with": _in_text(str.endswith),
    "is_empty": _is_empty,
    "is_null": _is_null,
}
_ORDERING: dict[str, Callable[[Question, Any], bool]] = {
    "less": _comparing(lambda left, right: bool(left < right)),
    "less_or_equal": _comparing(lambda left, right: bool(left <= right)),
    "greater": _comparing(lambda left, right: bool(left > right)),
    "greater_or_equal": _comparing(lambda left, right: bool(left >= right)),
}
NEGATIONS = {
    **{f"not_{name}": name for name in ("equal", "in", "between", "contains", "begins_with", "ends_with")},
    "is_not_empty": "is_empty",
    "is_not_null": "is_null",
}
OPERATORS = frozenset({*_PLAIN, *_ORDERING, *NEGATIONS})
WITHOUT_VALUE = frozenset({"is_empty", "is_not_empty", "is_null", "is_not_null"})
OF_TWO = frozenset({"between", "not_between"})


def ask(question: Question, field: Any) -> bool:
    """Whether the field's value meets the question; never raises for any JSON-like value."""
    if plain := NEGATIONS.get(question.operator):
        return not _PLAIN[plain](question, field)
    return (_PLAIN.get(question.operator) or _ORDERING[question.operator])(question, field)
