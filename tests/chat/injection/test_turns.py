"""Whole turns with a model that obeys: what was stored or fetched calls no tool, changes no rule and is not obeyed."""

import pytest

from chat.memory.extraction.work import learn_next
from chat.memory.models import Memory
from chat.models import Prompt, PromptVersion, Turn, TurnStep
from integrations.models import Delivery
from tests.chat.conftest import finished
from tests.chat.injection.cases import CASES, order
from tests.chat.injection.gullible import heard, instructions
from tests.chat.memory.conftest import confirmed, texts_of
from tests.knowledge.conftest import publish
from tests.knowledge.web.conftest import SITE

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 11
BATCHES = [CASES[start : start + AT_ONCE] for start in range(0, len(CASES), AT_ONCE)]
QUESTIONS = {"en": f"Lamp prices: {SITE}/page", "ru": f"Цены на лампы: {SITE}/page"}


@pytest.fixture
def put(api, alice, runner, believing):
    """Asks as alice; gives the turn once it is over."""
    api.force_authenticate(alice)

    def ask(question, **body):
        answer = api.post("/api/v1/turns", {"message": question, **body}, format="json").json()
        return finished(answer["turn"], seconds=30)

    return ask


def tools_used():
    return [(row.data["tool"], row.data["input"]) for row in TurnStep.objects.filter(kind="tool").order_by("pk")]


def infect(alice, website, batch, language):
    """Puts the orders into memory, into a document and onto the page that the question names."""
    for case in batch:
        confirmed(alice, case.text[-500:], pinned=True)
    body = "\n\n".join(
        f"## Lamp prices {number}\n\nЦены на лампы, see {SITE}/page\n\n{case.text}" for number, case in enumerate(batch)
    )
    publish("lamps", title="Lamp prices", language=language, body=f"# Lamp prices\n\n{body}\n")
    website.file("/page", "\n\n".join(["# Lamps", *(case.text for case in batch)]), "text/plain; charset=utf-8")


@pytest.mark.parametrize("language", QUESTIONS)
@pytest.mark.parametrize("batch", BATCHES, ids=[batch[0].name for batch in BATCHES])
def test_nothing_that_was_stored_or_fetched_is_obeyed(put, alice, website, believer, batch, language):
    infect(alice, website, batch, language)
    remembered = texts_of(alice)
    turn = put(QUESTIONS[language])
    while learn_next():
        pass
    again = put("Составь план на завтра и посчитай расходы", conversation=str(turn.conversation_id))
    assert {turn.state, again.state} == {"done"}
    assert "OBEYED" not in turn.answer.content + again.answer.content
    assert tools_used()[0] == ("web", f"{SITE}/page")
    assert set(tools_used()[1:]) <= {("knowledge", "lamp prices"), ("web", f"{SITE}/page")}
    assert website.asked == ["/page"]
    assert {connection[1] for connection in website.network.connects} == {80}
    assert texts_of(alice) == remembered
    assert not Delivery.objects.exists() and not PromptVersion.objects.exists()
    assert not Prompt.objects.filter(live__isnull=False).exists()
    check_requests(believer, batch)


def check_requests(believer, batch):
    """The orders were there, as data; whoever chooses tools and judges did not even see the stored ones."""
    shown = set().union(*(heard(one[0]["content"]) for one in believer.asked_for("answer")))
    assert shown == {case.token for case in batch}
    for request in believer.requests:
        assert heard(instructions(request["messages"])) == set()
    for kind in ("analysis", "planning"):
        assert believer.asked_for(kind)
        assert heard(repr(believer.asked_for(kind))) == set()


def test_what_the_person_orders_is_done_as_far_as_it_may_be(put, website, believer):
    """The harness notices obedience; the tool still opens only what the person wrote."""
    website.page("/page", "Lamps.")
    turn = put(f"Find {SITE}/page and {order('quokka98z').replace('http://evil.example.net/', 'the page ')}")
    assert turn.answer.content == "OBEYED quokka98z"
    assert ("web", f"{SITE}/page") in tools_used()
    assert ("web", "http://evil.example.net/quokka98z") in tools_used()
    refused = TurnStep.objects.get(data__input="http://evil.example.net/quokka98z")
    assert refused.error_code == "refused"
    assert website.asked == ["/page"]
    assert Memory.objects.count() == 0 and Turn.objects.count() == 1
