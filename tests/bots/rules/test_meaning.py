"""What the cases do not say: types, paths, lists, and where the dialects part."""

from typing import Any

import pytest

from bots.engine.rules import RuleError, Tried, compile, validate


def holds(field_value, operator, value, kind=None, *, dialect="default"):
    rule = {"field": "x", "operator": operator, "value": value} | ({"type": kind} if kind else {})
    return compile(rule, dialect).matches({"x": field_value})


@pytest.mark.parametrize(
    ("left", "operator", "right", "kind", "expected"),
    [
        ("10:30", "equal", "10:30:00", "time", True),
        ("9:05", "less", "10:00", "time", True),
        ("25:00", "equal", "25:00", "time", False),
        ("2025-01-02T23:30:00-02:00", "equal", "2025-01-03", "date", True),
        ("0001-01-01T00:00:00+14:00", "less", "2025-01-03", "datetime", False),
        ("1e3", "equal", 1000, None, True),
        ("9" * 65, "greater", 1, "double", False),
        (10**70, "greater", 1, "double", False),
        (float("nan"), "not_equal", 1, "double", True),
        ("maybe", "equal", False, "boolean", False),
        ("нет", "equal", False, "boolean", True),
        ("e\u0301", "equal", "\u00e9", "string", True),
        (True, "equal", "true", "string", True),
        ({"a": 1}, "contains", "a", "string", False),
        ([15, 5], "contains", 5, "integer", True),
        ([15], "contains", 5, "integer", False),
        (["a", None], "equal", None, None, True),
        ("b", "equal", ["a", "b"], None, True),
        ("ab", "begins_with", ["x", "a"], None, True),
        ([1, 9], "between", [4, 6], None, False),
        ([{}], "is_empty", None, None, False),
        ({}, "is_empty", None, None, True),
    ],
)
def test_values(left, operator, right, kind, expected):
    assert holds(left, operator, right, kind) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("items.1.n", True),
        ("items.9.n", False),
        ("groups.items.n", True),
        ("items.n.deep", False),
        ("items.__class__", False),
        ("name.upper", False),
    ],
)
def test_paths_follow_keys_and_indexes_alone(path, expected):
    data = {"name": "x", "items": [{"n": 1}, {"n": 7}], "groups": [{"items": [{"n": 7}]}, {}, 3]}
    rule = {"field": path, "operator": "equal", "value": 7}
    assert compile(rule).matches(data) is expected


def test_conditions_may_be_nested_and_negated():
    part = {"condition": "or", "not": True, "rules": [{"field": "x", "operator": "is_null"}]}
    rule = compile({"rules": [part, {"field": "x", "operator": "in", "value": ["a", "b"]}]})
    assert [rule.matches({"x": value}) for value in ("a", "c", None)] == [True, False, False]


def test_every_rule_explains_itself():
    inner = {"condition": "OR", "rules": [{"field": "y.z", "operator": ">", "value": 3}]}
    rule = compile({"condition": "AND", "rules": [{"field": "x", "operator": "equals", "value": "a"}, inner]})
    assert rule.fields == {"x", "y.z"}
    assert rule.explain({"x": "b", "y": {"z": 4}}) == [
        Tried("rules[0]", "x", "equal", "a", "b", False),
        Tried("rules[1].rules[0]", "y.z", "greater", 3, 4, True),
    ]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("{", ""),
        ([1], ""),
        (7, ""),
        ({"condition": "XOR", "rules": []}, "condition"),
        ({"condition": "AND"}, "rules"),
        ({"not": "yes", "rules": []}, "not"),
        ({"rules": [{}]}, "rules[0].field"),
        ({"rules": [{"field": "a..b", "operator": "equal", "value": 1}]}, "rules[0].field"),
        ({"rules": [{"field": "a", "operator": "matches", "value": 1}]}, "rules[0].operator"),
        ({"rules": [{"field": "a", "value": 1}]}, "rules[0].operator"),
        ({"rules": [{"field": "a", "operator": "equal"}]}, "rules[0].value"),
        ({"rules": [{"field": "a", "operator": "equal", "value": {"a": 1}}]}, "rules[0].value"),
        (
            {"rules": [{"rules": [{"field": "a", "operator": "less", "value": 1, "type": []}]}]},
            "rules[0].rules[0].type",
        ),
    ],
)
def test_an_error_says_where_it_is(rule, path):
    with pytest.raises(RuleError) as caught:
        validate(rule)
    assert caught.value.path == path
    assert caught.value.message


def test_depth_is_limited():
    rule: Any = {"field": "a", "operator": "is_null"}
    for _ in range(16):
        rule = {"rules": [rule]}
    validate(rule)
    with pytest.raises(RuleError, match="deeper"):
        validate({"rules": [rule]})
    with pytest.raises(RuleError):
        validate("[" * 100_000)


def test_fields_that_nobody_gives_are_refused_where_they_are_known():
    rule = {"rules": [{"field": "subjekt", "operator": "is_null"}]}
    validate(rule)
    with pytest.raises(RuleError) as caught:
        validate(rule, fields={"subject"})
    assert caught.value.path == "rules[0].field"


@pytest.mark.parametrize(
    ("rule", "data", "expected"),
    [
        # What the original could not read means what its author wrote.
        ({"field": "x", "operator": "equals", "value": "a"}, {"x": "a"}, True),
        ({"id": "x", "input": "", "field": "x", "type": "string", "operator": "in", "value": ["a"]}, {"x": "a"}, True),
        ("{}", {}, True),
        # What failed on the data is false, alone.
        ({"id": "x", "input": "", "field": "x", "type": "string", "operator": "not_contains", "value": "a"}, {}, False),
        ({"id": "x", "input": "", "field": "x", "type": "integer", "operator": "less", "value": 5}, {"x": "q"}, False),
        (
            {"id": "x", "input": "", "field": "x", "type": "time", "operator": "equal", "value": 630},
            {"x": "10:30"},
            True,
        ),
        ({"rules": [{"id": "x", "operator": []}, 5]}, {"x": 1}, False),
    ],
)
def test_where_the_original_gave_no_answer(rule, data, expected):
    assert compile(rule, "dbcv").matches(data) is expected
    compile(rule, "dbcv").explain(data)
