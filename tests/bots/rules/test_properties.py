"""For any data: nothing raises, negations are exact, groups follow logic."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.rules import TYPES, compile, validate
from bots.engine.rules.operators import NEGATIONS, OF_TWO, OPERATORS

ALL, NEGATIVE = sorted(OPERATORS), sorted(NEGATIONS)
few = settings(max_examples=200, deadline=None, derandomize=True, database=None)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["5", " 5.0", "true", "да", "2025-01-02", "2025-01-02T10:00:00Z", "10:30", "", "  ", "Infinity"]),
)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.just("n"), inner))
)
data = st.fixed_dictionaries({}, optional={"x": values, "n": values})


@st.composite
def leaves(draw, operators=ALL):
    operator = draw(st.sampled_from(operators))
    value = draw(
        st.lists(scalars, min_size=2, max_size=2) if operator in OF_TWO else st.one_of(scalars, st.lists(scalars))
    )
    rule = {"field": draw(st.sampled_from(["x", "x.n", "n.n.n", "x.0"])), "operator": operator, "value": value}
    kind = draw(st.sampled_from([None, *TYPES]))
    return rule | ({"type": kind} if kind else {})


rules = st.recursive(
    leaves(),
    lambda inner: st.fixed_dictionaries(
        {"condition": st.sampled_from(["AND", "OR"]), "rules": st.lists(inner, max_size=3), "not": st.booleans()}
    ),
    max_leaves=6,
)


@few
@given(leaves(operators=NEGATIVE), data)
def test_a_negation_says_exactly_the_opposite(rule, facts):
    opposite = rule | {"operator": NEGATIONS[rule["operator"]]}
    assert compile(rule).matches(facts) is not compile(opposite).matches(facts)


@few
@given(rules, data)
def test_nothing_raises_and_not_turns_a_group_around(rule, facts):
    validate(rule)
    holds = compile(rule).matches(facts)
    assert compile({"not": True, "rules": [rule]}).matches(facts) is not holds
    assert compile({"condition": "OR", "rules": [rule, rule]}).matches(facts) is holds
    compile(rule, "dbcv").matches(facts)


@few
@given(leaves(), data)
def test_a_rule_matches_as_it_explains(rule, facts):
    for dialect in ("default", "dbcv"):
        compiled = compile({"condition": "AND", "rules": [rule]}, dialect)
        (tried,) = compiled.explain(facts)
        assert tried.result is compiled.matches(facts)
