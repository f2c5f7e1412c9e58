"""The stages of an answer: what each was told, found, took and said, and who may see which of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.choices import TurnState
from chat.memory.models import Memory
from chat.memory.services import erase_all, remember
from chat.memory.writing import Draft
from chat.models import Conversation, Turn
from chat.pipeline.models import TurnStep
from knowledge.models import Chunk
from tests.admin.conftest import ask, bill
from tests.chat.memory.conftest import holding
from tests.knowledge.conftest import publish

Staff = Callable[..., Client]
BEGIN = timezone.now()


@pytest.fixture
def turn(conversation: Conversation) -> Turn:
    return ask(conversation, "What do lamps cost?")


def step(turn: Turn, kind: str, data: dict[str, Any], **fields: Any) -> TurnStep:
    number = turn.steps.count() + 1
    values = {"started_at": BEGIN + timedelta(seconds=number - 1), "duration_ms": 1000, **fields}
    return TurnStep.objects.create(turn=turn, number=number, kind=kind, data=data, **values)


def page_of(client: Client, turn: Turn) -> str:
    return client.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()


def test_every_stage_is_told_with_what_it_said(admin: Client, turn: Turn) -> None:
    analysis = {
        "task_type": "search",
        "complexity": 3,
        "subject": "lamps",
        "confidence": 0.85,
        "source": "model",
        "reasoning": "asks for a price",
    }
    step(turn, "analysis", analysis, model_key="small", provider_key="house", calls=1, input_tokens=1200, cost="0.003")
    step(turn, "planning", {"steps": [{"text": "Look at the shop", "tool": "web", "input": "https://shop.example"}]})
    tool = {"tool": "web", "input": "https://shop.example", "summary": "Read it.", "source": "https://shop.example/a"}
    step(turn, "tool", tool | {"characters": 4321})
    step(turn, "execution", {"role": "reason", "chosen": False, "answer": "A poor answer.", "score": 3}, attempt=1)
    verdict = {"verdict": "needs_work", "score": 3, "problems": ["too short", "no price"], "comment": "Say the price."}
    step(turn, "verification", verdict)
    step(turn, "execution", {"chosen": True, "failed_models": [{"model": "big", "error": "timeout"}]}, attempt=2)
    page = page_of(admin, turn)
    for text in ("Search", "lamps", "85%", "asks for a price", "a model", "small · house", "1 call", "$0.003"):
        assert text in page, text
    for text in ("Tool: Web page", "Look at the shop", "Read it.", "4,321", 'href="https://shop.example/a"'):
        assert text in page, text
    for text in ("not given", "A poor answer.", "3 of 10", "too short; no price", "Say the price.", "Needs work"):
        assert text in page, text
    for text in ("attempt 2", "big: timeout"):
        assert text in page, text


def test_bars_share_one_axis(admin: Client, turn: Turn) -> None:
    step(turn, "analysis", {}, duration_ms=1000)
    step(turn, "execution", {}, duration_ms=3000)
    page = page_of(admin, turn)
    assert '<rect x="0.00" width="25.00"' in page
    assert '<rect x="25.00" width="75.00"' in page


def test_stages_that_took_no_time_are_drawn(admin: Client, turn: Turn) -> None:
    step(turn, "analysis", {}, duration_ms=0)
    assert '<rect x="0.00" width="0.50"' in page_of(admin, turn)


def test_a_stage_that_failed_says_why(admin: Client, turn: Turn) -> None:
    step(turn, "execution", {}, error_code="rate_limited")
    step(turn, "tool", {"tool": "gone"}, error_code="refused_by_us")
    page = page_of(admin, turn)
    assert "The model&#x27;s provider is busy right now." in page
    assert "<code>rate_limited</code>" in page and "<code>refused_by_us</code>" in page
    assert "Tool: gone" in page


def found(turn: Turn, alice: Any) -> TurnStep:
    publish("lamps", title="Price list", language="en", body="# Lamps\n\nA lamp costs 20.\n")
    (kept,) = remember(holding(alice), [Draft("Alice likes green lamps")])
    passages = [Chunk.objects.get().pk, 999_999]
    assert kept.memory is not None
    memories = [str(kept.memory.pk), "00000000-0000-4000-8000-000000000000", "nonsense"]
    return step(turn, "retrieval", {"passages": passages, "memories": memories, "lessons": [77], "degraded": ""})


def test_what_was_found_is_linked(admin: Client, turn: Turn, alice: Any) -> None:
    row = found(turn, alice)
    page = page_of(admin, turn)
    assert reverse("admin:chat_memory_change", args=[row.data["memories"][0]]) in page
    assert reverse("admin:knowledge_document_change", args=[Chunk.objects.get().document_id]) in page
    assert "Alice likes green lamps" in page and "Price list › " in page
    assert page.count("erased") == 3
    assert page.count("replaced since") == 1


def test_an_erased_memory_is_gone_from_the_page(admin: Client, turn: Turn, alice: Any) -> None:
    found(turn, alice)
    erase_all(holding(alice), actor=alice)
    assert "Alice likes green lamps" not in page_of(admin, turn)


def test_who_may_see_neither_sees_counts_alone(staff: Staff, turn: Turn, alice: Any) -> None:
    found(turn, alice)
    step(turn, "execution", {}, prompt="You are the assistant.")
    bill(turn_id=turn.pk, model_key="secret-model")
    page = page_of(staff("chat.view_turn"), turn)
    for text in ("Alice likes green lamps", "Price list", "erased", "You are the assistant.", "secret-model"):
        assert text not in page, text
    assert "<strong>Memories</strong>: 3" in page and "<strong>Passages</strong>: 2" in page


def test_what_the_model_was_told_needs_the_right_to_read_prompts(staff: Staff, turn: Turn) -> None:
    step(turn, "execution", {}, prompt="You are <b>the</b> assistant.")
    client = staff("chat.view_turn", "chat.view_prompt")
    assert "You are &lt;b&gt;the&lt;/b&gt; assistant." in page_of(client, turn)


def test_the_calls_are_those_of_the_ledger(admin: Client, turn: Turn) -> None:
    row = bill(turn_id=turn.pk, purpose="analysis", model_key="small", estimated=True)
    bill(turn_id=turn.pk, model_key="big", outcome="failed", error_code="timeout")
    bill(model_key="of-another-turn")
    page = page_of(admin, turn)
    assert reverse("admin:integrations_usagerecord_change", args=[row.pk]) in page
    assert "Analysis" in page and "≈ 1,200 / 34" in page and "<code>timeout</code>" in page
    assert "of-another-turn" not in page


def test_old_turns_look_as_before_and_running_ones_say_so(admin: Client, turn: Turn) -> None:
    assert "bo-stages" not in page_of(admin, turn)
    Turn.objects.filter(pk=turn.pk).update(state=TurnState.RUNNING)
    assert "Its stages are shown here once it has ended." in page_of(admin, turn)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"passages": "x", "memories": {"a": 1}, "lessons": None},
        {"passages": [None, [], "x", -1, 10**30, True], "memories": [1], "steps": ["x", {"text": 3}], "problems": "x"},
        {"task_type": ["x"], "confidence": "high", "verdict": [], "score": "9", "source": "javascript:alert(1)"},
        {"tool": {}, "failed_models": [1, {}], "artifact": 5, "answer": [], "first_token_ms": "x"},
    ],
)
def test_data_of_another_shape_breaks_nothing(admin: Client, turn: Turn, data: Any) -> None:
    for kind in ("analysis", "retrieval", "planning", "tool", "execution", "verification", "generation", "new-kind"):
        step(turn, kind, data)
    page = page_of(admin, turn)
    assert "new-kind" in page and 'href="javascript:' not in page


def test_texts_are_escaped(admin: Client, turn: Turn) -> None:
    step(turn, "tool", {"tool": "<b>", "input": "<img src=x>", "summary": "<script>"})
    page = page_of(admin, turn)
    assert "<img src=x>" not in page and "Tool: &lt;b&gt;" in page


def queries_of(client: Client, turn: Turn) -> int:
    page_of(client, turn)
    with CaptureQueriesContext(connection) as queries:
        page_of(client, turn)
    return len(queries)


def test_the_number_of_queries_is_constant(admin: Client, turn: Turn, alice: Any) -> None:
    few = queries_of(admin, turn) + 3
    for _number in range(12):
        step(turn, "execution", {})
    found(turn, alice)
    for text in ("Has a cat", "Lives in Kazan", "Works as a nurse"):
        remember(holding(alice), [Draft(text)])
    step(turn, "retrieval", {"memories": [str(pk) for pk in alice_memories(alice)], "passages": [1, 2, 3]})
    for _number in range(5):
        bill(turn_id=turn.pk)
    assert queries_of(admin, turn) == few <= 16


def alice_memories(alice: Any) -> list[Any]:
    return list(Memory.objects.visible_to(alice).values_list("pk", flat=True))
