"""Websites in the back office: what is said of them, and what can be done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from knowledge.choices import WebSourceState
from knowledge.models import Document, WebPage, WebSource
from knowledge.services import publish_document, unpublish_document
from knowledge.web.services import add_source

LIST = "/admin/knowledge/websource/"


@pytest.fixture
def website(db: None) -> Any:
    source = add_source(name="Help <b>", url="https://help.example.org/sitemap.xml", kind="sitemap", tags=["a", "b"])
    text = publish_document(slug="refunds", title="Refunds <b>", language="en", body="Fourteen days.")
    url = "https://help.example.org/refunds"
    WebPage.objects.create(source=source, url=url, key="1", document=text, seen_at=timezone.now())
    WebPage.objects.create(source=source, url=f"{url}/old", key="2", error="gone")
    return stands(source, state="idle", next_at=timezone.now() + timedelta(hours=5))


def stands(source: WebSource, **values: Any) -> WebSource:
    WebSource.objects.filter(pk=source.pk).update(**values)
    source.refresh_from_db()
    return source


def form(**changes: Any) -> dict[str, Any]:
    values = {
        "name": "Help",
        "url": "https://help.example.org/a",
        "kind": "page",
        "language": "",
        "every_hours": "24",
        "most_pages": "100",
        "enabled": "on",
        "tag_names": " one, two ,one,",
        "audience": ["assistant"],
        "pages-TOTAL_FORMS": "0",
        "pages-INITIAL_FORMS": "0",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def page_of(client: Client, source: WebSource) -> str:
    return client.get(f"{LIST}{source.pk}/change/").content.decode()


def state_of(client: Client, source: WebSource) -> str:
    return client.get(f"{LIST}{source.pk}/state/").content.decode()


def test_a_new_website_is_saved_whole_and_due(admin: Client, db: None) -> None:
    assert admin.post(f"{LIST}add/", form()).status_code == 302
    source = WebSource.objects.get()
    assert source.next_at is not None and source.next_at <= timezone.now()
    assert (source.scopes, sorted(tag.name for tag in source.tags.all())) == (["assistant"], ["one", "two"])
    assert LogEntry.objects.get().object_id == str(source.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", "http://192.168.1.1/"), ("url", "x"), ("every_hours", "0"), ("most_pages", "99999"), ("audience", ["x"])],
)
def test_what_is_wrong_is_said_at_its_field(admin: Client, db: None, field: str, value: Any) -> None:
    response = admin.post(f"{LIST}add/", form(**{field: value}))
    assert response.status_code == 200
    assert set(response.context["adminform"].errors) == {field}
    assert not WebSource.objects.exists()


def test_a_change_makes_the_next_visit_due(admin: Client, website: WebSource) -> None:
    assert admin.post(f"{LIST}{website.pk}/change/", form(kind="sitemap")).status_code == 302
    website.refresh_from_db()
    assert (website.name, website.url) == ("Help", "https://help.example.org/a")
    assert website.next_at is not None and website.next_at <= timezone.now()
    assert Document.objects.get().restricted


def test_the_form_shows_what_is_set_also_for_what_exists_no_longer(admin: Client, website: WebSource) -> None:
    stands(website, scopes=["widget:vanished"])
    page = page_of(admin, website)
    assert 'value="a, b"' in page
    assert 'value="widget:vanished"' in page


def test_pages_are_listed_with_state_and_document(admin: Client, website: WebSource) -> None:
    page = page_of(admin, website)
    assert 'href="https://help.example.org/refunds"' in page
    assert f"/admin/knowledge/document/{Document.objects.get().pk}/change/" in page
    assert "Refunds &lt;b&gt;" in page and "Refunds <b>" not in page
    assert "The page is gone; its document has been withdrawn." in page
    unpublish_document(Document.objects.get())
    assert "Withdrawn by staff" in page_of(admin, website)


def test_the_list_tells_errors_and_times(admin: Client, website: WebSource) -> None:
    stands(website, state="failed", error="timeout")
    page = admin.get(LIST).content.decode()
    assert "help.example.org did not answer in time." in page
    assert "Help &lt;b&gt;" in page and "Help <b>" not in page
    assert "from now" in page


def test_progress_is_shown_while_pages_are_fetched(admin: Client, website: WebSource) -> None:
    stands(website, state=WebSourceState.FETCHING, total=0)
    assert "looking for pages" in state_of(admin, website)
    stands(website, done=3, total=1200)
    shown = state_of(admin, website)
    assert "3 of 1,200 pages" in shown
    assert f'hx-get="{LIST}{website.pk}/state/"' in shown
    assert shown in page_of(admin, website)
    assert "hx-get" in admin.get(LIST).content.decode()


def test_the_page_stops_asking_when_the_visit_is_over(admin: Client, website: WebSource) -> None:
    assert "hx-get" not in state_of(admin, website)
    stands(website, next_at=timezone.now())
    assert "hx-get" in state_of(admin, website)
    stands(website, enabled=False)
    assert "hx-get" not in state_of(admin, website)
    assert "Paused" in state_of(admin, website)


def test_a_visit_is_asked_for_by_button_and_for_many(admin: Client, website: WebSource) -> None:
    assert admin.post(f"{LIST}{website.pk}/visit/").status_code == 302
    website.refresh_from_db()
    assert website.next_at is not None and website.next_at <= timezone.now()
    off = add_source(name="Off", url="https://off.example.org/", enabled=False)
    chosen = {"action": "visit_selected", "_selected_action": [str(website.pk), str(off.pk)]}
    page = admin.post(LIST, chosen, follow=True).content.decode()
    assert "1 website is being visited." in page
    assert "Paused websites are not visited." in page


def test_deleting_a_website_says_that_its_documents_stay(admin: Client, website: WebSource) -> None:
    url = f"{LIST}{website.pk}/delete/"
    assert "1 document stays as it is" in admin.get(url).content.decode()
    admin.post(url, {"post": "yes"})
    assert not WebSource.objects.exists()
    assert Document.objects.get().published


def test_deleting_it_with_its_documents_asks_and_does(admin: Client, website: WebSource) -> None:
    url = f"{LIST}{website.pk}/erase/"
    assert "1 document leaves the search at once." in admin.get(url).content.decode()
    assert WebSource.objects.exists()
    response = admin.post(url, {"_form_submitted": "True"})
    assert response.headers["HX-Redirect"] == LIST
    assert not WebSource.objects.exists()
    assert not Document.objects.exists()


def test_documents_go_only_by_who_may_delete_them(staff: Callable[..., Client], website: WebSource) -> None:
    clerk = staff("knowledge.view_websource", "knowledge.delete_websource")
    assert clerk.post(f"{LIST}{website.pk}/erase/", {"_form_submitted": "True"}).status_code == 403
    assert Document.objects.exists()


def test_readers_see_and_outsiders_do_not(staff: Callable[..., Client], website: WebSource) -> None:
    clerk = staff("knowledge.view_websource")
    assert clerk.get(f"{LIST}{website.pk}/change/").status_code == 200
    assert clerk.get(f"{LIST}{website.pk}/state/").status_code == 200
    assert clerk.post(f"{LIST}{website.pk}/visit/").status_code == 403


def test_the_state_is_for_who_may_view_it(staff: Callable[..., Client], website: WebSource, charlie: Any) -> None:
    url = f"{LIST}{website.pk}/state/"
    assert staff().get(url).status_code == 403
    assert Client().get(url).status_code == 302
    outsider = Client()
    outsider.force_login(charlie)
    assert outsider.get(url).status_code == 302


def test_an_unknown_website_has_no_state(admin: Client, db: None) -> None:
    assert admin.get(f"{LIST}00000000-0000-0000-0000-000000000000/state/").status_code == 404
