"""Websites in a real browser: progress moves by itself, narrow screens, the dialog."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from knowledge.models import WebPage, WebSource
from knowledge.services import publish_document
from knowledge.web.services import add_source
from tests.browser.test_accessibility import findings
from tests.browser.test_back_office import dana, desk, no_broker, office  # noqa: F401 - fixtures

LIST = "/admin/knowledge/websource/"


@pytest.fixture
def website(dana: Any) -> WebSource:  # noqa: F811
    source = add_source(name="Help " + "long name " * 8, url="https://help.example.org/sitemap.xml", kind="sitemap")
    text = publish_document(slug="refunds", title="Refunds", language="en", body="Fourteen days.")
    url = f"https://help.example.org/{'deep/' * 20}refunds.html"
    WebPage.objects.create(source=source, url=url, key="1", document=text, seen_at=timezone.now())
    WebPage.objects.create(source=source, url=f"{url}?old", key="2", error="gone")
    stands(source, state="fetching", done=3, total=40, next_at=timezone.now() + timedelta(hours=1))
    return source


def stands(source: WebSource, **values: Any) -> None:
    WebSource.objects.filter(pk=source.pk).update(**values)


def test_a_visit_moves_on_and_ends_on_the_page_by_itself(desk: Page, website: WebSource) -> None:  # noqa: F811
    for path in (f"{LIST}{website.pk}/change/", LIST):
        stands(website, state="fetching", done=3)
        desk.goto(path)
        state = desk.locator(".bo-website-state")
        expect(state).to_contain_text("3 of 40 pages")
        stands(website, done=17)
        expect(state).to_contain_text("17 of 40 pages")
        stands(website, state="idle", done=40)
        expect(state).to_have_text("Up to date", ignore_case=True)
        expect(state).not_to_have_attribute("hx-get", f"{LIST}{website.pk}/state/")


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_a_phone_never_scrolls_sideways(
    office: Callable[..., Page],  # noqa: F811
    problems: list[str],
    website: WebSource,
    locale: str,
) -> None:
    page = office(problems, viewport={"width": 360, "height": 740}, locale=locale)
    for path in (LIST, f"{LIST}{website.pk}/change/", f"{LIST}add/"):
        page.goto(path)
        page.locator("#content").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    assert problems == []


def test_what_is_ours_on_the_page_is_accessible(desk: Page, website: WebSource) -> None:  # noqa: F811
    desk.goto(f"{LIST}{website.pk}/change/")
    desk.locator(".bo-website-state").wait_for()
    assert findings(desk) == []


def test_deleting_with_documents_asks_in_a_dialog(desk: Page, website: WebSource) -> None:  # noqa: F811
    desk.goto(f"{LIST}{website.pk}/change/")
    desk.get_by_role("link", name="Delete with its documents").click()
    dialog = desk.locator("#dialog")
    expect(dialog).to_contain_text("1 document leaves the search at once.")
    dialog.get_by_role("button", name="Delete").click()
    desk.wait_for_url(f"**{LIST}")
    assert not WebSource.objects.exists()
