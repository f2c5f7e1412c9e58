"""The index versions: which one answers, which one is built, and beginning or cancelling that."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from knowledge.choices import IndexState, RunState
from knowledge.indexing.versions import begin_build, live_version
from knowledge.indexing.work import work_all
from knowledge.models import Document, EvaluationRun, IndexVersion, OpenQuestion
from knowledge.services import publish_document
from knowledge.services.questions import dismiss_questions, note_unanswered
from tests.admin.conftest import logged_in

LIST = "/admin/knowledge/indexversion/"
SUBMITTED = {"_form_submitted": "True"}


@pytest.fixture
def live(settings: object) -> IndexVersion:
    settings.KNOWLEDGE_ENCODER = ""  # type: ignore[attr-defined]
    publish_document(slug="refunds", title="Refunds", language="en", body="Fourteen days.")
    version = live_version()
    assert version is not None
    return version


def test_the_live_one_says_what_it_holds(admin: Client, live: IndexVersion) -> None:
    page = admin.get(LIST).content.decode()
    assert "Answers come from" in page
    assert "1 passage" in page
    assert "None: search by words alone" in page


def test_why_it_is_degraded_is_said_in_words(admin: Client, live: IndexVersion) -> None:
    IndexVersion.objects.update(error="The package <b> is not installed.")
    page = admin.get(LIST).content.decode()
    assert "The embedding model cannot be used: The package &lt;b&gt; is not installed." in page


def test_another_model_is_built_beside_the_present_one(admin: Client, live: IndexVersion) -> None:
    dialog = admin.get(f"{LIST}rebuild/").content.decode()
    assert "Answers keep coming from the present one" in dialog
    assert 'value="use"' in dialog
    assert admin.post(f"{LIST}rebuild/", {**SUBMITTED, "encoder": ""})["HX-Redirect"] == LIST
    page = admin.get(LIST).content.decode()
    assert "0 of 1 documents" in page
    assert "data-busy" in page
    assert f"{LIST}cancel/" in page
    assert f"{LIST}rebuild/" not in page
    work_all()
    assert IndexVersion.objects.get(state=IndexState.LIVE).pk != live.pk


def test_an_unknown_model_is_refused(admin: Client, live: IndexVersion) -> None:
    page = admin.post(f"{LIST}rebuild/", {**SUBMITTED, "encoder": "nonsense"}).content.decode()
    assert "nonsense is not one of the available choices" in page
    assert IndexVersion.objects.count() == 1


def test_one_index_is_built_at_a_time(admin: Client, live: IndexVersion) -> None:
    begin_build("")
    admin.post(f"{LIST}rebuild/", {**SUBMITTED, "encoder": ""})
    assert "An index is being built already." in admin.get(LIST).content.decode()
    assert IndexVersion.objects.filter(state=IndexState.BUILDING).count() == 1


def test_building_is_cancelled(admin: Client, live: IndexVersion) -> None:
    version = begin_build("")
    admin.post(f"{LIST}cancel/", SUBMITTED)
    version.refresh_from_db()
    assert version.state == IndexState.FAILED
    admin.post(f"{LIST}cancel/", SUBMITTED)
    assert "No index is being built any more." in admin.get(LIST).content.decode()
    assert live_version() == live


def test_progress_is_told_as_it_is_now(admin: Client, live: IndexVersion) -> None:
    version = begin_build("")
    url = reverse("admin:knowledge_indexversion_progress")
    answer = admin.get(url, {"id": [str(version.pk), "nonsense", "9" * 30]}).json()
    assert list(answer) == [str(version.pk)]
    assert "data-busy" in answer[str(version.pk)]
    work_all()
    assert "data-busy" not in admin.get(url, {"id": str(version.pk)}).json()[str(version.pk)]


def test_versions_show_their_last_evaluation(admin: Client, live: IndexVersion) -> None:
    for value in (0.5, 0.75):
        EvaluationRun.objects.create(index=live, state=RunState.DONE, metrics={"mrr": {"value": value}})
    EvaluationRun.objects.create(index=live, state=RunState.RUNNING, metrics={"mrr": {"value": 0.1}})
    for path in (LIST, f"{LIST}{live.pk}/change/"):
        assert "MRR 0.75" in admin.get(path).content.decode()


def test_viewers_build_nothing(staff: Callable[..., Client], live: IndexVersion) -> None:
    client = staff("knowledge.view_indexversion")
    assert "rebuild" not in client.get(LIST).content.decode()
    for name in ("rebuild", "cancel"):
        assert client.post(f"{LIST}{name}/", {**SUBMITTED, "encoder": ""}).status_code == 403
    assert client.post(f"{LIST}{live.pk}/delete/", {"post": "yes"}).status_code == 403
    assert IndexVersion.objects.count() == 1


def test_outsiders_see_no_index(client: Client, charlie: User, staff: Callable[..., Client]) -> None:
    paths = [LIST, f"{LIST}progress/", f"{LIST}rebuild/"]
    for who in (client, logged_in(charlie)):
        assert {who.get(path).status_code for path in paths} == {302}
    porter = staff("chat.view_turn")
    assert {porter.get(path).status_code for path in paths} == {403}


# The landing page


def test_the_landing_page_is_quiet_when_all_is_well(admin: Client, live: IndexVersion) -> None:
    note_unanswered("Do you sell hats?", language="en")
    dismiss_questions(OpenQuestion.objects.all())
    page = admin.get("/admin/").content.decode()
    for said in ("could not be read", "no answer", "words alone"):
        assert said not in page.split("What needs you now", 1)[1]


def test_the_landing_page_says_what_knowledge_needs(admin: Client, live: IndexVersion) -> None:
    Document.objects.update(state="failed", error="broken")
    IndexVersion.objects.update(error="no model")
    note_unanswered("Do you sell hats?", language="en")
    note_unanswered("Do you sell hats?", language="en")
    page = admin.get("/admin/").content.decode()
    assert "1 document could not be read" in page
    assert "/admin/knowledge/document/?state=failed" in page
    assert "1 question of this week has no answer" in page
    assert "Asked 2 times in all." in page
    assert "The embedding model cannot be used: no model" in page


def test_the_landing_page_tells_nobody_what_he_may_not_see(staff: Callable[..., Client], live: IndexVersion) -> None:
    Document.objects.update(state="failed", error="broken")
    note_unanswered("Do you sell hats?", language="en")
    assert "could not be read" not in staff("chat.view_turn").get("/admin/").content.decode()
