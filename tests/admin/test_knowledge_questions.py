"""Questions without an answer: an article is written, a document linked, a question dismissed."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from knowledge.choices import QuestionState
from knowledge.models import Document, OpenQuestion
from knowledge.services import publish_document
from knowledge.services.questions import note_unanswered
from tests.admin.conftest import logged_in

LIST = "/admin/knowledge/openquestion/"
ADD = "/admin/knowledge/document/add/"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def question(db: None) -> OpenQuestion:
    note_unanswered("Do you sell hats?", language="en", scope="assistant")
    found = note_unanswered("Do you sell hats?", language="en", scope="widget")
    assert found is not None
    found.refresh_from_db()
    return found


def state(question: OpenQuestion) -> str:
    question.refresh_from_db()
    return question.state


def article(**values: str) -> dict[str, str]:
    text = {"title": "Hats", "slug": "hats", "language": "en", "body": "We sell hats of felt.", "position": "5"}
    return {**text, "published": "on", **values}


def test_the_list_says_how_often_and_where_it_was_asked(admin: Client, question: OpenQuestion) -> None:
    page = admin.get(LIST).content.decode()
    assert "Do you sell hats?" in page
    assert "Assistant, Widgets" in page
    assert f"{ADD}?question={question.pk}" in page
    assert f"{LIST}{question.pk}/dismiss/" in page


def test_open_ones_come_first(admin: Client, question: OpenQuestion) -> None:
    OpenQuestion.objects.filter(pk=question.pk).update(state=QuestionState.DISMISSED, asked=99)
    note_unanswered("Where is the museum?", language="en")
    rows = admin.get(LIST).context["cl"].result_list
    assert [row.text for row in rows] == ["Where is the museum?", "Do you sell hats?"]


def test_an_article_begins_with_the_question_and_answers_it(admin: Client, question: OpenQuestion) -> None:
    url = f"{ADD}?question={question.pk}"
    assert 'value="Do you sell hats?"' in admin.get(url).content.decode()
    assert admin.post(url, article())["Location"] == LIST
    assert state(question) == QuestionState.ANSWERED
    assert question.document == Document.objects.get(slug="hats")


def test_a_draft_answers_once_it_is_published(admin: Client, question: OpenQuestion) -> None:
    form = article()
    del form["published"]
    admin.post(f"{ADD}?question={question.pk}", form)
    assert state(question) == QuestionState.OPEN
    document = Document.objects.get(slug="hats")
    admin.post(f"/admin/knowledge/document/{document.pk}/publish/", {"_form_submitted": "True"})
    assert state(question) == QuestionState.ANSWERED


@pytest.mark.parametrize("key", ["", "0", "nonsense", "²", "9" * 30])
def test_an_unknown_question_is_no_obstacle(admin: Client, key: str) -> None:
    assert admin.get(f"{ADD}?question={key}").status_code == 200
    assert admin.post(f"{ADD}?question={key}", article()).status_code == 302
    assert Document.objects.filter(slug="hats").exists()


def test_a_document_is_linked(admin: Client, question: OpenQuestion) -> None:
    document = publish_document(slug="caps", title="Caps and hats", language="en", body="We have hats made of felt.")
    url = f"{LIST}{question.pk}/link/"
    assert "Caps and hats" in admin.get(url).content.decode()
    assert "Caps and hats" in admin.get(url, {"q": "caps"}).content.decode()
    assert "No document fits" in admin.get(url, {"q": "zebra"}).content.decode()
    assert admin.post(url, {"document": "nonsense"}).status_code == 404
    assert admin.post(url, {}).status_code == 404
    assert admin.post(url, {"document": str(document.pk)})["Location"] == LIST
    assert state(question) == QuestionState.ANSWERED
    assert question.document == document


def test_a_dismissed_question_can_be_taken_back(admin: Client, question: OpenQuestion) -> None:
    page = admin.post(f"{LIST}{question.pk}/dismiss/", follow=True).content.decode()
    assert state(question) == QuestionState.DISMISSED
    assert f'formaction="{LIST}{question.pk}/reopen/"' in page
    admin.post(f"{LIST}{question.pk}/reopen/")
    assert state(question) == QuestionState.OPEN


def test_several_are_dismissed_and_erased(admin: Client, question: OpenQuestion) -> None:
    chosen = {"_selected_action": [str(question.pk)]}
    admin.post(LIST, {"action": "dismiss_selected", **chosen})
    assert state(question) == QuestionState.DISMISSED
    admin.post(LIST, {"action": "delete_selected", "post": "yes", **chosen})
    assert not OpenQuestion.objects.exists()


def test_texts_are_shown_as_texts(admin: Client) -> None:
    question = note_unanswered(f"Hats {EVIL}?", language="en", scope=EVIL)
    assert question is not None
    for path in (LIST, f"{LIST}{question.pk}/change/", f"{LIST}{question.pk}/link/", f"{ADD}?question={question.pk}"):
        assert EVIL not in admin.get(path).content.decode()


def test_viewers_decide_nothing(staff: Callable[..., Client], question: OpenQuestion) -> None:
    client = staff("knowledge.view_openquestion")
    page = client.get(LIST).content.decode()
    assert "Do you sell hats?" in page
    assert "formaction" not in page
    assert "Write an article" not in page
    for action in ("dismiss", "reopen", "link"):
        assert client.post(f"{LIST}{question.pk}/{action}/").status_code == 403
    assert state(question) == QuestionState.OPEN


def test_outsiders_see_no_questions(
    client: Client, charlie: User, staff: Callable[..., Client], question: OpenQuestion
) -> None:
    paths = [LIST, f"{LIST}{question.pk}/link/", f"{LIST}{question.pk}/change/"]
    for who in (client, logged_in(charlie)):
        assert {who.get(path).status_code for path in paths} == {302}
        assert who.post(f"{LIST}{question.pk}/dismiss/").status_code == 302
    porter = staff("chat.view_turn")
    assert {porter.get(path).status_code for path in paths} == {403}
    assert state(question) == QuestionState.OPEN


def test_changes_are_posted(admin: Client, question: OpenQuestion) -> None:
    assert admin.get(f"{LIST}{question.pk}/dismiss/").status_code == 405
    assert admin.post(f"{LIST}0/dismiss/").status_code == 404
