"""The list of conversations, the transcript, and deleting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AnonymousSubscriber, User
from chat.admin.transcript import PAGE
from chat.choices import Channel, MessageRole, TurnState
from chat.models import Conversation, Message, Turn
from integrations.models import AIModel, AIProvider, UsageRecord
from tests.admin.conftest import ask, bill

LIST = "/admin/chat/conversation/"


def titles(client: Client, **query: str) -> set[str]:
    return {row.title for row in client.get(LIST, query).context["cl"].result_list}


def transcript(client: Client, conversation: Conversation, **query: Any) -> str:
    url = reverse("admin:chat_conversation_change", args=[conversation.pk])
    page: str = client.get(url, query).content.decode()
    return page


def pieces(client: Client, conversation: Conversation, after: Any) -> Any:
    return client.get(reverse("admin:chat_conversation_messages", args=[conversation.pk]), {"after": after})


def test_a_row_says_who_asked_what_it_took_and_how_it_ended(admin: Client, conversation: Conversation) -> None:
    ask(conversation, state=TurnState.FAILED, model_key="house-1", first_token_ms=1500)
    page = admin.get(LIST).content.decode()
    for text in ("Refund for order 12345", "alice@example.com", "house-1", "2,468", "$0.0084", "1.5 s", "Failed"):
        assert text in page, text


def test_the_exact_time_stands_on_hover(admin: Client, conversation: Conversation) -> None:
    page = admin.get(LIST).content.decode()
    assert f'datetime="{timezone.localtime(conversation.last_activity).isoformat()}"' in page
    assert ">now</time>" in page


def test_search_finds_titles_texts_and_people(admin: Client, conversation: Conversation, bob: User) -> None:
    other = Conversation.objects.create(owner=bob, title="Holidays")
    ask(other, question="When does the office close?")
    assert titles(admin, q="refund 12345") == {"Refund for order 12345"}
    assert titles(admin, q="office close") == {"Holidays"}
    assert titles(admin, q="BOB@example") == {"Holidays"}
    assert titles(admin, q="refund holidays") == set()


def test_filters_narrow_by_holder_channel_state_model_and_day(admin: Client, alice: User) -> None:
    visitor = AnonymousSubscriber.objects.create()
    server = AIProvider.objects.create(key="house", name="House", kind="openai", base_url="http://127.0.0.1:9")
    AIModel.objects.create(key="house-1", provider=server, name="one", title="House one")
    ask(Conversation.objects.create(owner=alice, title="own"), model_key="house-1")
    ask(Conversation.objects.create(visitor=visitor, title="visiting", channel=Channel.ASSISTANT), state="failed")
    old = Conversation.objects.create(workflow_key="wf", title="shared", channel=Channel.COPILOT)
    Conversation.objects.filter(pk=old.pk).update(last_activity=timezone.now() - timedelta(days=9))
    assert titles(admin, holder="user") == {"own"}
    assert titles(admin, holder="visitor") == {"visiting"}
    assert titles(admin, holder="shared") == {"shared"}
    assert titles(admin, channel__exact="assistant") == {"visiting"}
    assert titles(admin, state="failed") == {"visiting"}
    assert titles(admin, model="house-1") == {"own"}
    week_ago = timezone.localdate() - timedelta(days=7)
    assert titles(admin, last_activity_from=f"{week_ago:%Y-%m-%d}") == {"own", "visiting"}
    assert titles(admin, last_activity_to=f"{week_ago:%Y-%m-%d}") == {"shared"}


def test_days_are_understood_as_the_readers_calendar_writes_them(admin: Client, conversation: Conversation) -> None:
    admin.cookies["django_language"] = "ru"
    today = timezone.localdate()
    assert titles(admin, last_activity_from=f"{today:%d.%m.%Y}", last_activity_to=f"{today:%d.%m.%Y}")
    tomorrow = today + timedelta(days=1)
    assert not titles(admin, last_activity_from=f"{tomorrow:%d.%m.%Y}")


def test_the_transcript_renders_markdown_and_nothing_dangerous(admin: Client, conversation: Conversation) -> None:
    text = '[x](javascript:alert(1)) ![p](http://evil.example/p.png) <img src=x onerror="alert(1)"> **bold**'
    ask(conversation, question="<b>raw</b>", answer=text)
    page = transcript(admin, conversation)
    assert "<strong>bold</strong>" in page
    assert "&lt;b&gt;raw&lt;/b&gt;" in page
    for danger in ("<img src=x", "<script>alert", 'href="javascript', 'src="http://evil'):
        assert danger not in page


def test_an_answer_says_what_it_took(admin: Client, conversation: Conversation) -> None:
    turn = ask(conversation, usage_estimated=True)
    page = transcript(admin, conversation)
    for text in (
        "openai-gpt-4o · openai",
        "1,200 tokens in, 34 out",
        "≈",
        "$0.0042",
        "first token 320 ms",
        "took 4.0 s",
    ):
        assert text in page, text
    assert reverse("admin:chat_turn_change", args=[turn.pk]) in page


def test_a_failed_answer_says_why_and_keeps_its_text(admin: Client, conversation: Conversation) -> None:
    ask(
        conversation,
        answer="The beginning of",
        state=TurnState.FAILED,
        error_code="provider_unavailable",
        error_text="The provider did not answer.",
    )
    page = transcript(admin, conversation)
    for text in ("The beginning of", "The provider did not answer.", "provider_unavailable", "Failed"):
        assert text in page


def test_sources_are_links_only_when_they_are_harmless(admin: Client, conversation: Conversation) -> None:
    turn = ask(conversation)
    turn.answer.metadata = {
        "sources": [
            {"title": "Guide", "heading": "Keys", "url": "/guide/keys-en#new"},
            {"title": "Evil", "heading": "", "url": "javascript:alert(1)"},
            {"title": "Elsewhere", "heading": "", "url": "//evil.example/"},
            "nonsense",
        ]
    }
    turn.answer.save()
    page = transcript(admin, conversation)
    assert 'href="/guide/keys-en#new"' in page
    assert "Elsewhere" in page
    assert "javascript:alert" not in page
    assert 'href="//evil' not in page


def test_a_long_conversation_is_read_in_pages(admin: Client, conversation: Conversation) -> None:
    Message.objects.bulk_create(
        Message(conversation=conversation, position=number, role=MessageRole.USER, content=f"message {number};")
        for number in range(3, 3 + PAGE)
    )
    newest = transcript(admin, conversation)
    assert "message 102;" in newest
    assert "How?" not in newest
    assert "?before=3" in newest
    earlier = transcript(admin, conversation, before=3)
    assert "How?" in earlier
    assert "message 3;" not in earlier
    assert "message 102;" in transcript(admin, conversation, before="x²")


def test_new_messages_come_as_pieces_of_the_page(admin: Client, conversation: Conversation) -> None:
    assert pieces(admin, conversation, 2).status_code == 204
    turn = ask(conversation, question="And then?", state=TurnState.RUNNING)
    fresh = pieces(admin, conversation, 2)
    body = fresh.content.decode()
    assert "no-store" in fresh.headers["Cache-Control"]
    assert "And then?" in body
    assert f'data-live="{turn.pk}"' in body
    assert "<html" not in body
    assert len(pieces(admin, conversation, "x").content) > len(body.encode())


def test_a_turn_that_is_over_is_not_live(admin: Client, conversation: Conversation) -> None:
    assert "data-live" not in transcript(admin, conversation)


def test_opening_a_transcript_takes_the_same_queries_however_long_it_is(
    admin: Client, conversation: Conversation, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for _ in range(12):
        ask(conversation)
    with django_assert_max_num_queries(10):
        transcript(admin, conversation)


def test_the_text_cannot_be_changed(admin: Client, conversation: Conversation) -> None:
    url = reverse("admin:chat_conversation_change", args=[conversation.pk])
    assert admin.post(url, {"title": "Forged"}).status_code == 403
    conversation.refresh_from_db()
    assert conversation.title == "Refund for order 12345"


def test_deleting_says_what_goes_and_keeps_the_ledger(admin: Client, conversation: Conversation) -> None:
    bill(turn_id=Turn.objects.get().pk)
    url = reverse("admin:chat_conversation_delete_conversation", args=[conversation.pk])
    question = admin.get(url).content.decode()
    assert "Refund for order 12345" in question
    assert "2 messages" in question
    assert Conversation.objects.exists()
    response = admin.post(url, {"_form_submitted": "True"})
    assert response.headers["HX-Redirect"] == LIST
    assert not Conversation.objects.exists()
    assert UsageRecord.objects.count() == 1


def test_deleting_stops_an_answer_in_progress(admin: Client, conversation: Conversation, caplog: Any) -> None:
    ask(conversation, state=TurnState.RUNNING)
    with caplog.at_level("INFO", logger="chat"):
        admin.post(f"{LIST}{conversation.pk}/delete/", {"post": "yes"})
    assert f"conversation {conversation.pk} deleted by dana" in caplog.text


def test_several_are_deleted_after_one_question(admin: Client, conversation: Conversation, bob: User) -> None:
    other = Conversation.objects.create(owner=bob, title="Holidays")
    chosen = {"action": "delete_selected", "_selected_action": [str(conversation.pk), str(other.pk)]}
    question = admin.post(LIST, chosen).content.decode()
    assert "Holidays" in question
    assert "2 messages" in question
    assert Conversation.objects.count() == 2
    admin.post(LIST, {**chosen, "post": "yes"})
    assert not Conversation.objects.exists()


def test_history_records_who_deleted(admin: Client, conversation: Conversation, dana: User) -> None:
    admin.post(
        reverse("admin:chat_conversation_delete_conversation", args=[conversation.pk]), {"_form_submitted": "True"}
    )
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (dana, str(conversation.pk))


@pytest.mark.parametrize("path", ["", "messages/", "erase/"])
def test_outsiders_read_nothing(charlie: User, conversation: Conversation, path: str) -> None:
    client = Client()
    client.force_login(charlie)
    response = client.get(f"{LIST}{conversation.pk}/{path or 'change/'}")
    assert response.status_code == 302
    assert b"Refund" not in response.content
