"""How the knowledge base is, and the questions that found nothing, over REST."""

import uuid

import pytest

from knowledge.indexing.versions import begin_build
from knowledge.indexing.work import work_all
from knowledge.models import OpenQuestion
from knowledge.services.questions import note_unanswered
from tests.knowledge.api.conftest import ROOT, as_user

pytestmark = pytest.mark.django_db
STATUS, QUESTIONS = f"{ROOT}/status", f"{ROOT}/questions"


def test_an_empty_knowledge_base_has_no_index_yet(clerk):
    body = as_user(clerk).get(STATUS).json()
    assert (body["live"], body["building"], body["published"]) == (None, None, 0)
    assert body["documents"]["ready"] == 0


def test_the_status_says_what_is_live_and_what_is_built(clerk, borscht):
    body = as_user(clerk).get(STATUS).json()
    assert (body["live"]["passages"], body["live"]["pending"], body["live"]["model"]) == (2, 2, "use")
    assert body["live"]["legs"] == {"lexical": "ok", "dense": "pending"}
    assert body["documents"] == {"ready": 1, "waiting": 0, "reading": 0, "indexing": 0, "failed": 0}
    begin_build("")
    building = as_user(clerk).get(STATUS).json()["building"]
    assert (building["model"], building["documents"], building["documents_done"]) == ("", 1, 0)
    work_all()
    body = as_user(clerk).get(STATUS).json()
    assert body["building"] is None
    assert body["live"]["legs"] == {"lexical": "ok", "dense": "off"}


def test_open_questions_are_listed_and_paged(clerk, django_assert_num_queries):
    for text in ("Где велосипед?", "Как заказать пропуск?", "Как заказать пропуск?"):
        note_unanswered(text, language="ru", scope="assistant")
    note_unanswered("Where is my bicycle?", language="en")
    client = as_user(clerk)
    with django_assert_num_queries(4):
        body = client.get(QUESTIONS, {"limit": 2}).json()
    assert body["total"] == 3
    assert (body["questions"][0]["text"], body["questions"][0]["asked"]) == ("Как заказать пропуск?", 2)
    assert body["questions"][0]["scopes"] == ["assistant"]
    assert client.get(QUESTIONS, {"language": "en"}).json()["total"] == 1


def test_a_question_is_dismissed(staff):
    note_unanswered("Где велосипед?", language="ru")
    question = OpenQuestion.objects.get()
    answer = as_user(staff).post(f"{QUESTIONS}/{question.pk}/dismiss")
    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert as_user(staff).get(QUESTIONS).json()["total"] == 0
    assert as_user(staff).post(f"{QUESTIONS}/9999/dismiss").status_code == 404


def test_a_question_is_answered_by_a_document(staff, borscht):
    note_unanswered("Где велосипед?", language="ru")
    question = OpenQuestion.objects.get()
    url = f"{QUESTIONS}/{question.pk}/answer"
    assert as_user(staff).post(url, {"document": str(borscht.pk)}, format="json").json()["state"] == "answered"
    assert OpenQuestion.objects.get().document == borscht
    for wrong in (str(uuid.uuid4()), "x", None):
        answer = as_user(staff).post(url, {"document": wrong}, format="json")
        assert answer.status_code == 422 and answer.json()["detail"].startswith("document: ")
