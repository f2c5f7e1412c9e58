"""The knowledge base and memory as tools: in the asker's scope, of the asker alone."""

import pytest

from chat.memory.services import set_enabled
from tests.chat.memory.conftest import confirmed, holding
from tests.chat.tools.conftest import context, failure, use
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db

LAMPS = "# Lamps\n\n## Prices\n\nA desk lamp costs twenty euros.\n"


def lamps(**values):
    return publish("lamps", title="Lamps", language="en", body=LAMPS, **values)


def test_passages_are_found_with_other_words():
    lamps()
    result = use("knowledge", "desk lamp price", context())
    assert result.text == "Lamps › Prices\nA desk lamp costs twenty euros."
    assert [passage.document for passage in result.passages] == ["lamps"]
    assert result.summary == "1 passage was found."


def test_an_empty_find_is_no_failure():
    assert use("knowledge", "volcanoes", context()).summary == "The knowledge base has nothing about it."


def test_only_documents_of_the_scope_are_found():
    lamps(scopes=["widget:7"])
    assert use("knowledge", "desk lamp", context(scope="assistant")).passages == []
    assert use("knowledge", "desk lamp", context(scope="widget:8")).passages == []
    assert len(use("knowledge", "desk lamp", context(scope="widget:7")).passages) == 1


def test_what_the_turn_leaves_out_stays_out():
    lamps(source="shop/en/lamps.md")
    assert use("knowledge", "desk lamp", context(without="shop")).passages == []
    assert len(use("knowledge", "desk lamp", context(without="other")).passages) == 1


@pytest.mark.parametrize("value", ['"', "' OR 1=1 --", "AND OR NOT (", "%s {x}", "a" * 2000, "\ud800 лампа"])
def test_any_words_are_safe(value):
    lamps()
    use("knowledge", value, context())


def test_memories_of_the_person_are_found(alice):
    confirmed(alice, "Alice drinks green tea", category="preference")
    result = use("memory", "green tea", context(alice))
    assert result.text.startswith("Alice drinks green tea (preference, 20")
    assert result.summary == "1 memory was found."
    assert use("memory", "volcanoes", context(alice)).summary == "Nothing about it is remembered."


def test_nobody_finds_what_is_remembered_of_another(alice, bob, visitor):
    confirmed(alice, "Alice drinks green tea")
    for actor in (bob, visitor):
        assert use("memory", "Alice green tea", context(actor)).text == ""
    assert failure("memory", "Alice green tea", context(None)).code == "refused"


def test_who_switched_memory_off_is_not_remembered(alice):
    confirmed(alice, "Alice drinks green tea", pinned=True)
    set_enabled(holding(alice), enabled=False, actor=alice)
    assert use("memory", "green tea", context(alice)).text == ""


@pytest.mark.parametrize("key", ["knowledge", "memory"])
def test_the_number_of_queries_is_constant(alice, key, django_assert_max_num_queries):
    for number in range(20):
        publish(f"lamp-{number}", title=f"Lamp {number}", language="en", body=LAMPS)
    confirmed(alice, *[f"Alice likes lamp number {number}" for number in range(20)])
    use(key, "desk lamp", context(alice))
    with django_assert_max_num_queries(8):
        use(key, "desk lamp number", context(alice))
