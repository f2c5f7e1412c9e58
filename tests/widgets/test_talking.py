"""A visitor's conversation: asking, reading, stopping; and what visitors are not shown."""

import json

import pytest

from chat.choices import Channel, MessageState, TurnState
from chat.models import Conversation, Message, Turn
from chat.widgets.services.asking import place_of
from chat.widgets.services.changes import switch_widget
from integrations.models import AIModel, AIProvider
from knowledge.services import publish_document
from tests.chat.conftest import finished, streamed
from tests.widgets.conftest import SHOP, make_widget

pytestmark = pytest.mark.django_db

SECRETS = {"model": "openai-gpt-4o", "model_title": "GPT-4o", "provider": "openai", "cost": "0.0042", "input_tokens": 9}


def answered(turn_id, **fields):
    """The turn as a worker leaves it, with all that the house knows about it."""
    turn = Turn.objects.get(pk=turn_id)
    values = {"state": TurnState.DONE, "model_key": "openai-gpt-4o", "cost": "0.0042", "last_seq": 9}
    Turn.objects.filter(pk=turn_id).update(**{**values, **fields})
    Message.objects.filter(pk=turn.answer_id).update(
        content="Here.", state=MessageState.COMPLETE, metadata={**SECRETS, "degraded": "no_model", "sources": []}
    )
    return turn


def test_a_question_begins_a_conversation_of_the_widget(visit, widget):
    visitor = visit()
    answer = visitor.ask(page=f"{SHOP}/cart?token=secret#pay")
    assert answer.status_code == 201
    conversation = Conversation.objects.get()
    assert (conversation.channel, conversation.widget) == (Channel.WIDGET, widget)
    assert str(conversation.visitor_id) == str(Turn.objects.get().conversation.visitor_id)
    assert conversation.metadata == {"page": f"{SHOP}/cart", "language": "en"}


def test_the_page_is_noted_only_where_that_is_wanted(visit, widget):
    widget.keeps_pages = False
    widget.save()
    visit().ask(page=f"{SHOP}/cart")
    assert "page" not in Conversation.objects.get().metadata


@pytest.mark.parametrize(
    ("page", "noted"),
    [
        (f"{SHOP}/a?b=c", f"{SHOP}/a"),
        (f"{SHOP}", SHOP),
        ("https://elsewhere.example.org/a", ""),
        ("javascript:alert(1)", ""),
        ("https://user:pass@shop.example.com/a", ""),
        ("http://[broken", ""),
        (f"{SHOP}/{'x' * 5000}", f"{SHOP}/{'x' * (299 - len(SHOP))}"),
    ],
)
def test_pages_are_noted_without_what_may_be_secret(page, noted):
    assert place_of(page, origin=SHOP) == noted


def test_the_next_question_goes_into_the_same_conversation(visit):
    visitor = visit()
    first = visitor.ask().json()
    answered(first["turn"])
    second = visitor.ask("And now?", conversation=first["conversation"])
    assert second.json()["conversation"] == first["conversation"]
    assert Conversation.objects.count() == 1


def test_while_an_answer_is_written_the_next_question_waits(visit):
    visitor = visit()
    first = visitor.ask().json()
    answer = visitor.ask(conversation=first["conversation"])
    assert (answer.status_code, answer.json()["turn"]) == (409, first["turn"])


def test_another_visitors_conversation_is_not_found(visit):
    mine, other = visit(), visit()
    asked = mine.ask().json()
    turn = f"/turns/{asked['turn']}"
    assert other.ask(conversation=asked["conversation"]).status_code == 404
    assert other.get(f"{turn}/events").status_code == 404
    assert other.post(f"{turn}/stop").status_code == 404
    assert other.post(f"{turn}/retry").status_code == 404
    assert other.get("/conversation").json() == {"conversation": None}


def test_a_visitor_of_another_widget_does_not_get_in(visit):
    mine, other = visit(), visit(widget=make_widget(name="Other"))
    asked = mine.ask().json()
    assert other.ask(conversation=asked["conversation"]).status_code == 404
    other.widget = mine.widget
    assert other.get(f"/turns/{asked['turn']}/events").status_code == 403


def test_the_widget_chooses_the_model_and_adds_its_instructions(visit, widget):
    provider = AIProvider.objects.create(key="test", name="Test", kind="openai", base_url="http://127.0.0.1:9/v1")
    widget.model = AIModel.objects.create(key="house", provider=provider, name="house", title="House")
    widget.instructions = "We sell lamps."
    widget.save()
    visit().ask(model="openai-gpt-4o")
    turn = Turn.objects.get()
    assert turn.requested_model == "house"
    assert turn.options["client_note"] == "We sell lamps."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("knows_guide", [True, False])
def test_the_products_guide_can_be_left_out(visit, widget, runner, local_only, knows_guide):
    for source in ("guide/en/lamps.md", ""):
        title = "Lamps of the guide" if source else "Lamps of the shop"
        body = f"# {title}\n\nLamps are repaired within three weeks."
        publish_document(slug=title.lower().replace(" ", "-"), title=title, language="en", body=body, source=source)
    widget.knows_guide = knows_guide
    widget.save()
    turn = finished(visit().ask("When are lamps repaired?").json()["turn"], 30)
    assert "Lamps of the shop" in turn.answer.content
    assert ("Lamps of the guide" in turn.answer.content) is knows_guide


@pytest.mark.django_db(transaction=True)
def test_visitors_are_shown_nothing_of_models_and_money(visit):
    visitor = visit()
    turn = answered(visitor.ask().json()["turn"])
    seen = [
        visitor.get("/conversation").content.decode(),
        visitor.get(f"/turns/{turn.pk}/events").content.decode(),
        streamed(visitor.get(f"/turns/{turn.pk}/events", accept="text/event-stream")),
    ]
    for text in seen:
        assert "Here." in text
        assert not [value for value in SECRETS.values() if isinstance(value, str) and value in text]


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"degraded": "no_model", "model": "local-answers"}, "passages"),
        ({"degraded": "fallback", "model": "openai-gpt-4o"}, None),
        ({"degraded": None, "model": "openai-gpt-4o"}, None),
    ],
)
def test_that_no_model_wrote_it_is_told(visit, metadata, told):
    visitor = visit()
    turn = answered(visitor.ask().json()["turn"])
    Message.objects.filter(pk=turn.answer_id).update(metadata=metadata)
    [message] = [m for m in visitor.get("/conversation").json()["conversation"]["messages"] if m["turn"]]
    assert message["turn"]["degraded"] == told


@pytest.mark.django_db(transaction=True)
def test_what_broke_inside_is_not_told(visit):
    visitor = visit()
    turn = answered(visitor.ask().json()["turn"], state=TurnState.FAILED, error_code="invalid_api_key")
    [message] = [m for m in visitor.get("/conversation").json()["conversation"]["messages"] if m["turn"]]
    assert message["turn"]["error_code"] == "unavailable"
    events = visitor.get(f"/turns/{turn.pk}/events").json()["events"]
    assert [event["metadata"] for event in events if event["type"] == "error"] == [{"code": "unavailable"}]
    assert "key" not in json.dumps([event["content"] for event in events])


def test_in_the_widgets_language(visit, widget):
    visitor = visit()
    answered(visitor.ask().json()["turn"], state=TurnState.FAILED, error_code="quota")

    def error(lang):
        body = visitor.get(f"/conversation?lang={lang}").json()
        return body["conversation"]["messages"][-1]["turn"]["error_text"]

    assert error("en").isascii()
    assert not error("ru").isascii()
    widget.language = "en"
    widget.save()
    assert error("ru").isascii()


def test_stop_and_retry(visit):
    visitor = visit()
    asked = visitor.ask().json()
    assert visitor.post(f"/turns/{asked['turn']}/stop").status_code == 202
    assert Turn.objects.get().stop_requested
    assert visitor.post(f"/turns/{asked['turn']}/retry").status_code == 201


@pytest.mark.parametrize(
    ("limit", "people"),
    [("visitor_per_minute", 1), ("visitor_per_day", 1), ("address_per_minute", 2), ("address_per_day", 2)],
)
def test_each_limit_holds(visit, widget, limit, people):
    setattr(widget, limit, 2)
    widget.save()
    visitors = [visit() for _ in range(people)]
    answers = [visitors[number % people].ask() for number in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_limits_of_one_widget_are_not_those_of_another(visit, widget):
    widget.address_per_minute = 1
    widget.save()
    assert visit().ask().status_code == 201
    assert visit(widget=make_widget(name="Other")).ask().status_code == 201


@pytest.mark.parametrize("message", ["", "   ", None, 5, ["x"]])
def test_a_blank_or_odd_question_is_named(visit, message):
    answer = visit().ask(message)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("message")


def test_the_summary_counts_answers_and_names_the_one_being_written(visit):
    visitor = visit()
    first = visitor.ask().json()
    answered(first["turn"])
    second = visitor.ask(conversation=first["conversation"]).json()
    summary = visit(resume=visitor.body["resume"]).body["conversation"]
    assert summary == {"id": first["conversation"], "answers": 1, "active_turn": second["turn"]}


@pytest.mark.django_db(transaction=True)
def test_a_stream_ends_when_the_widget_is_switched_off(visit, widget):
    visitor = visit()
    turn = answered(visitor.ask().json()["turn"])
    response = visitor.get(f"/turns/{turn.pk}/events", accept="text/event-stream")
    switch_widget(widget, enabled=False, actor=None)
    text = streamed(response)
    assert "access_lost" in text
    assert "Here." not in text
