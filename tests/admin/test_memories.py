"""What the assistant remembers, seen and corrected by staff who may."""

import pytest
from django.urls import reverse
from django.utils import timezone

from chat.admin.memory.memories import MemoryAdmin
from chat.memory import tasks
from chat.memory.choices import ExtractionState
from chat.memory.holders import holder_of
from chat.memory.models import Memory, MemoryExtraction
from chat.memory.recall import recall
from chat.memory.services import remember
from chat.memory.writing import Draft
from chat.models import Conversation
from tests.admin.conftest import ask

pytestmark = pytest.mark.django_db

LIST = reverse("admin:chat_memory_changelist")
RECALL = reverse("admin:chat_memory_recall")


@pytest.fixture(autouse=True)
def words_alone(settings, monkeypatch):
    settings.KNOWLEDGE_ENCODER = ""
    monkeypatch.setattr(tasks.work_on_memory, "delay", lambda *_: None)


def told(actor, text, **fields):
    (kept,) = remember(holder_of(actor), [Draft(text, **fields)])
    return kept.memory


def page_of(memory):
    return reverse("admin:chat_memory_change", args=[memory.pk])


def run(client, action, *rows):
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def test_memory_needs_a_permission_of_its_own(staff, alice):
    memory = told(alice, "Likes green tea")
    clerk = staff("chat.view_conversation", "chat.view_turn")
    for address in (LIST, page_of(memory), RECALL):
        assert clerk.get(address).status_code == 403
    assert "Likes green tea" not in clerk.get("/admin/").content.decode()


def test_who_may_only_look_changes_nothing(staff, alice):
    memory = told(alice, "Likes green tea")
    clerk = staff("chat.view_memory")
    assert "Likes green tea" in clerk.get(LIST).content.decode()
    assert clerk.get(RECALL).status_code == 200
    clerk.post(page_of(memory), {"text": "Likes coffee", "category": "fact", "memory_type": "long_term"})
    run(clerk, "reject_selected", memory)
    memory.refresh_from_db()
    assert (memory.text, memory.validation) == ("Likes green tea", "validated")


def test_an_empty_list_says_what_it_is_for(admin):
    assert str(MemoryAdmin.empty_list_text) in admin.get(LIST).content.decode()


def test_the_list_is_searched_by_text_and_person(admin, alice, bob):
    told(alice, "Likes green tea")
    told(bob, "Has a dog")
    for term, shown, hidden in (("ALICE", "green tea", "a dog"), ("dog", "a dog", "green tea")):
        page = admin.get(LIST, {"q": term}).content.decode()
        assert shown in page and hidden not in page
    page = admin.get(LIST, {"validation__exact": "pending"}).content.decode()
    assert "green tea" not in page


def test_a_pending_one_is_validated_and_then_recalled(admin, alice):
    memory = told(alice, "Has 3 cats", validation="pending", confidence=0.3)
    assert not recall(alice, "my cats", language="en").memories
    assert "1 memory is validated" in run(admin, "validate_selected", memory).content.decode()
    assert recall(alice, "my cats", language="en").ids == [memory.pk]
    assert "1 memory is rejected" in run(admin, "reject_selected", memory).content.decode()
    assert not recall(alice, "my cats", language="en").memories


def test_pinning(admin, alice):
    memory = told(alice, "Has a cat")
    run(admin, "pin_selected", memory)
    assert recall(alice, "photosynthesis", language="en").ids == [memory.pk]
    run(admin, "unpin_selected", memory)
    assert not recall(alice, "photosynthesis", language="en").memories


def form_of(**values):
    fields = {"text": "Likes green tea", "category": "preference", "memory_type": "long_term", "importance": "0.5"}
    return {**fields, **values}


def test_the_text_is_corrected_through_the_service(admin, alice):
    memory = told(alice, "Likes green tea", category="preference")
    assert admin.post(page_of(memory), form_of(text="Likes  black tea")).status_code == 302
    memory.refresh_from_db()
    assert (memory.text, memory.validation) == ("Likes black tea", "validated")
    assert recall(alice, "black", language="en").ids == [memory.pk]


@pytest.mark.parametrize("text", ["", "?!", "The password is owl42", "x" * 501, "HAS a cat"])
def test_a_text_that_may_not_be_is_refused_in_the_form(admin, alice, text):
    memory = told(alice, "Likes green tea", category="preference")
    told(alice, "Has a cat")
    response = admin.post(page_of(memory), form_of(text=text))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["text"]
    memory.refresh_from_db()
    assert memory.text == "Likes green tea"


def test_deleting_asks_and_then_it_is_gone_from_prompts(admin, alice, bob):
    rows = [told(alice, "Likes green tea"), told(alice, "Has a cat"), told(bob, "Has a dog")]
    recall(alice, "cat", language="en")
    question = run(admin, "delete_selected", *rows)
    assert "cannot be undone" in question.content.decode()
    keys = [row.pk for row in rows]
    admin.post(LIST, {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert not Memory.objects.exists()
    assert not recall(alice, "cat", language="en").memories


def test_recall_as_somebody_shows_the_block_and_counts_nothing(admin, alice, bob, visitor):
    memory = told(alice, "Likes green <b>tea</b>", category="preference")
    told(alice, "Answers in short", category="instruction")
    told(bob, "Likes green apples")
    page = admin.get(RECALL, {"who": "alice@example.com", "q": "green tea"}).content.decode()
    assert "Enters the prompt" in page
    assert "Likes green &lt;b&gt;tea&lt;/b&gt;" in page
    assert "Answers in short" in page
    assert "apples" not in page
    assert "Nothing comes to mind" in admin.get(RECALL, {"who": str(visitor.pk), "q": "x"}).content.decode()
    memory.refresh_from_db()
    assert memory.access_count == 0


@pytest.mark.parametrize("who", ["nobody", "", "bf5950d8-dc61-4b02-807e-2efcb9446d73", "x" * 300, "\x00"])
def test_recall_as_nobody_is_refused_in_words(admin, who):
    response = admin.get(RECALL, {"who": who, "q": "tea"})
    assert response.status_code == 200
    assert response.context["form"].errors


def test_an_extraction_that_was_given_up_is_tried_again(admin, staff, alice):
    turn = ask(Conversation.objects.create(owner=alice, title="Cats"))
    row = MemoryExtraction.objects.create(turn=turn, state=ExtractionState.FAILED, error="quota", attempts=5)
    url = reverse("admin:chat_memoryextraction_changelist")
    assert "no credit left" in admin.get(url).content.decode()
    clerk = staff("chat.view_memoryextraction")
    clerk.post(url, {"action": "try_selected_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.state == "failed"
    admin.post(url, {"action": "try_selected_again", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)
    assert row.next_at <= timezone.now()
