"""Saying whether a found passage helped."""

import uuid

import pytest

from knowledge.models import Chunk, Feedback
from tests.knowledge.api.conftest import ROOT, as_user, restricted
from tests.knowledge.conftest import publish

pytestmark = pytest.mark.django_db
URL = f"{ROOT}/feedback"


def say(user, **values):
    body = {"query": "сколько варить", "document": "borscht", "helpful": True} | values
    return as_user(user).post(URL, body, format="json")


def test_what_somebody_says_is_kept_without_personal_data(borscht, charlie):
    passage = Chunk.objects.filter(document=borscht).latest("position")
    answer = say(charlie, query="я ivan@example.com", passage=passage.pk, comment="звоните +7 999 123-45-67")
    assert answer.status_code == 201
    kept = Feedback.objects.get()
    assert (kept.query, kept.comment) == ("я [e-mail]", "звоните [number]")
    assert (kept.heading, kept.author, kept.helpful, kept.document) == ("Время варки", charlie, True, borscht)
    assert answer.json()["document"] == str(borscht.pk)


def test_a_document_is_named_by_its_id_or_its_slug(borscht, charlie):
    assert say(charlie, document=str(borscht.pk)).status_code == 201
    assert say(charlie, document="borscht", helpful=False).status_code == 201


def test_documents_that_one_does_not_see_are_not_there(borscht, charlie, clerk):
    restricted("desk-only", "desk")
    for name in ("desk-only", "nothing", str(uuid.uuid4())):
        assert say(charlie, document=name).status_code == 404
    assert say(clerk, document="desk-only").status_code == 201
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [({"query": ""}, "query"), ({"helpful": "often"}, "helpful"), ({"passage": -1}, "passage"),
     ({"comment": "x" * 1001}, "comment")],
)  # fmt: skip
def test_nonsense_is_refused_with_the_fields_name(borscht, charlie, values, field):
    answer = say(charlie, **values)
    assert answer.status_code == 422 and answer.json()["detail"].startswith(f"{field}: ")


def test_another_documents_passage_is_refused(borscht, charlie):
    other = publish("other")
    answer = say(charlie, passage=Chunk.objects.filter(document=other).latest("pk").pk)
    assert answer.status_code == 422 and answer.json()["detail"].startswith("passage: ")
    assert not Feedback.objects.exists()
