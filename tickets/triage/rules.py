"""The rules that staff have laid down: checked when they are saved, asked of each mail, and explained."""

import copy
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from bots.engine.rules import Rule, RuleError, compile, validate
from integrations.remember import remembered
from tickets.choices import RuleAction
from tickets.models import DeskRule
from tickets.triage.case import Case
from tickets.triage.facts import FIELDS, based, facts_of, folded

logger = logging.getLogger(__name__)

# Of a value that a rule was asked of, in the explanation.
LONGEST_VALUE = 200
# The strictest first.
STRICTNESS = (RuleAction.ESCALATE, RuleAction.DRAFT, RuleAction.SORT)


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule that can be asked."""

    row: DeskRule
    rule: Rule


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say about a mail; `action` is None when none matches, `broken` names those that fail."""

    matched: list[DeskRule] = field(default_factory=list)
    explanation: list[dict[str, Any]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def action(self) -> RuleAction | None:
        said = {rule.action for rule in self.matched}
        return next((action for action in STRICTNESS if action in said), None)

    @property
    def deciding(self) -> DeskRule | None:
        """The first of those with the strictest action."""
        return next((rule for rule in self.matched if rule.action == self.action), None)


def validate_condition(condition: Any) -> None:
    """Raises RuleError, whose path leads to the place: for shapes, fields, operators, and values that say nothing."""
    validate(condition, fields=FIELDS)
    compile(_prepared(condition))


def ruling_on(case: Case) -> Ruling:
    """Asks the rules for all mailboxes and those of this one, in their order."""
    ready, broken = remembered(("desk-rules",), _load)
    concerned = [one for one in ready if one.row.mailbox_id in (None, case.mailbox.pk)]
    facts = facts_of(case, frozenset().union(*(one.rule.fields for one in concerned)))
    matched = [one for one in concerned if one.rule.matches(facts)]
    return Ruling([one.row for one in matched], [_explained(one, facts) for one in matched], broken)


def trial_of(row: DeskRule) -> Callable[[Case], bool]:
    """Asks one rule, saved or not, of mails; raises RuleError."""
    rule = compile(_prepared(row.condition))
    return lambda case: rule.matches(facts_of(case, rule.fields))


def _load() -> tuple[list[Ready], list[str]]:
    ready, broken = [], []
    for row in DeskRule.objects.filter(enabled=True).select_related("topic").prefetch_related("tags"):
        try:
            ready.append(Ready(row, _compiled(json.dumps(row.condition))))
        except RuleError as error:
            logger.error("rule %s of the desk cannot be asked: %s", row.pk, error)
            broken.append(row.name)
    return ready, broken


@lru_cache(maxsize=200)
def _compiled(condition: str) -> Rule:
    """Rules are looked for anew all the time, and seldom change."""
    return compile(_prepared(json.loads(condition)))


def _explained(ready: Ready, facts: Mapping[str, Any]) -> dict[str, Any]:
    tried = [{**one._asdict(), "value": _cut(one.value), "left": _cut(one.left)} for one in ready.rule.explain(facts)]
    return {"rule": ready.row.pk, "name": ready.row.name, "action": ready.row.action, "explain": tried}


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
    return [_cut(item) for item in value[:20]] if isinstance(value, list) else value


def _prepared(condition: Any) -> Any:
    """The condition with values in the form that the fields `text` and `phrases` have; raises RuleError.

    A value of nothing but small words would match everything.
    """
    prepared = copy.deepcopy(condition)
    for path, leaf in _leaves(prepared, ""):
        form = {"text": _folded_value, "phrases": based}.get(str(leaf.get("field")))
        if form is None or leaf.get("value") is None:
            continue
        values = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
        leaf["value"] = [form(str(value)) for value in values]
        if not all(value.strip() for value in leaf["value"]):
            raise RuleError(f"{path}.value".lstrip("."), "says nothing: these words are in every text")
    return prepared


def _folded_value(value: str) -> str:
    """As `folded`, with the blanks at the ends that the author wrote: they stand for the borders of words."""
    inner = folded(value).strip()
    return f"{' ' if value[:1].isspace() else ''}{inner}{' ' if value[-1:].isspace() else ''}" if inner else ""


def _leaves(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(node, dict):
        return
    rules: Iterable[Any] = node["rules"] if isinstance(node.get("rules"), list) else ()
    if "field" in node:
        yield path, node
    for place, rule in enumerate(rules):
        yield from _leaves(rule, f"{path}.rules[{place}]".lstrip("."))
