"""Mini-pages in the back office: found, looked at in a sandbox, deleted after a question."""

import re

import pytest
from django.utils import timezone

from chat.artifacts.models import Artifact

LIST = "/admin/chat/artifact/"
HOSTILE = '</pre></script><script>alert("taken")</script>'


@pytest.fixture
def page(alice, conversation):
    return Artifact.objects.create(
        owner=alice,
        conversation=conversation,
        task=f"Сделай {HOSTILE}",
        title="Калькулятор",
        html=f"<p>{HOSTILE}</p>",
        css="p { color: red }",
        js="let a = 1;",
        rating=4,
        rated_at=timezone.now(),
        model_key="test-model",
    )


def test_the_list_says_what_whose_from_what_and_how_good(admin, page):
    text = admin.get(LIST).content.decode()
    for part in ("Калькулятор", "alice", "Written by a model", "★★★★☆", "test-model"):
        assert part in text


@pytest.mark.parametrize(("whose", "name"), [("visitor", "Visitor "), (None, "Shared")])
def test_pages_of_visitors_and_of_nobody_are_shown_too(admin, request, whose, name):
    holder = {whose: request.getfixturevalue(whose)} if whose else {}
    page = Artifact.objects.create(task="x", title="Page", html="<p></p>", degraded="no_model", **holder)
    for url in (LIST, f"{LIST}{page.pk}/change/"):
        assert name in admin.get(url).content.decode()


def test_an_empty_list_says_what_it_is_for(admin):
    assert "mini-pages that the assistant has made" in admin.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "калькул"}, True),
        ({"q": "Сделай"}, True),
        ({"q": "nothing"}, False),
        ({"template": "model"}, True),
        ({"template": "tictactoe"}, False),
        ({"rated": "good"}, True),
        ({"rated": "poor"}, False),
        ({"rated": "none"}, False),
        ({"holder": "user"}, True),
        ({"holder": "visitor"}, False),
    ],
)
def test_it_is_searched_and_filtered(admin, page, query, found):
    assert (f"/artifact/{page.pk}/change/" in admin.get(LIST, query).content.decode()) is found


def test_the_detail_shows_the_page_in_a_sandbox_and_its_sources_as_text(admin, client, page):
    text = admin.get(f"{LIST}{page.pk}/change/").content.decode()
    frame = re.search(r"<iframe[^>]*>", text)[0]
    assert 'sandbox="allow-scripts"' in frame
    assert HOSTILE not in text
    assert "&lt;/pre&gt;&lt;/script&gt;" in text
    source = re.search(r'src="([^"]+)"', frame)[1].replace("&amp;", "&")
    assert client.get(source).status_code == 200


def test_deleting_asks_says_what_is_lost_and_leaves_a_trace(admin, page):
    question = admin.get(f"{LIST}{page.pk}/delete/").content.decode()
    assert "stop working" in question
    answer = admin.post(f"{LIST}{page.pk}/erase/", {"_form_submitted": "True"})
    assert answer["HX-Redirect"] == LIST
    assert not Artifact.objects.exists()


def test_it_takes_a_permission_of_its_own(staff, page):
    assert staff("chat.view_conversation").get(LIST).status_code == 403


def test_who_may_only_look_deletes_nothing(staff, page):
    clerk = staff("chat.view_artifact")
    assert clerk.get(f"{LIST}{page.pk}/change/").status_code == 200
    assert clerk.post(f"{LIST}{page.pk}/erase/", {"_form_submitted": "True"}).status_code == 403
    assert clerk.post(f"{LIST}{page.pk}/delete/", {"post": "yes"}).status_code == 403
    assert clerk.get(f"{LIST}add/").status_code == 403
    assert Artifact.objects.exists()
