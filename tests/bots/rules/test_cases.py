"""The collected cases: both dialects, and that explaining says what matching does."""

import json
from pathlib import Path

import pytest

from bots.engine.rules import RuleError, compile, validate

CASES = json.loads((Path(__file__).parents[2] / "data" / "rules_cases.json").read_text())


def verdict(rule, data):
    try:
        validate(rule)
        return compile(rule).matches(data)
    except RuleError:
        return "error"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_default_dialect(case):
    assert verdict(case["rule"], case["data"]) == case["expected"]


@pytest.mark.parametrize("case", [case for case in CASES if case["legacy"] != "error"], ids=lambda case: case["id"])
def test_the_dialect_of_imported_bots(case):
    assert compile(case["rule"], "dbcv").matches(case["data"]) == case["legacy"]


@pytest.mark.parametrize("dialect", ["default", "dbcv"])
def test_a_rule_may_come_as_text(dialect):
    for case in CASES:
        if case["expected"] != "error":
            rule = compile(json.dumps(case["rule"]), dialect)
            assert rule.matches(case["data"]) == compile(case["rule"], dialect).matches(case["data"])
