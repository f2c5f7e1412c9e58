"""Rules: conditions as jQuery QueryBuilder writes them, asked of JSON-like data.

A rule is a group `{"condition": "AND"|"OR", "not"?: bool, "rules": [...]}` of rules
`{"field", "operator", "value", "type"?}` and groups, as an object or as JSON text; an empty one is always true.
Two dialects: `default`, and `dbcv` for bots that were written for DBCV (see `legacy`).
"""

from bots.engine.rules.errors import RuleError
from bots.engine.rules.operators import ALIASES, OPERATORS
from bots.engine.rules.parsing import MAX_DEPTH, MAX_RULES
from bots.engine.rules.rule import Dialect, Rule, Tried, compile, validate
from bots.engine.rules.values import TYPES

__all__ = [
    "ALIASES",
    "MAX_DEPTH",
    "MAX_RULES",
    "OPERATORS",
    "TYPES",
    "Dialect",
    "Rule",
    "RuleError",
    "Tried",
    "compile",
    "validate",
]
