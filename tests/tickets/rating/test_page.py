"""The page behind the link: whoever has the link rates, and opening it rates nothing."""

import pytest

from tests.tickets import desk
from tickets.choices import EventKind
from tickets.rating.links import link_for, token_of
from tickets.rating.services import LONGEST_COMMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    return desk.ticket()


@pytest.fixture
def page(row):
    return f"/rate/{token_of(row)}/"


def rated(row):
    row.refresh_from_db()
    return row.rating, row.rating_comment


def test_opening_a_link_shows_the_mark_and_stores_nothing(client, row, page):
    answer = client.get(page, {"score": "4"})
    assert answer.status_code == 200
    assert 'value="4" required checked' in answer.text
    assert (answer["Referrer-Policy"], "no-store" in answer["Cache-Control"]) == ("no-referrer", True)
    assert client.head(page).status_code == 200
    assert rated(row) == (None, "")


def test_a_rating_is_stored_shown_and_changed(client, row, page):
    answer = client.post(f"{page}?score=4", {"score": "5", "comment": " Быстро! <b>"}, follow=True)
    assert answer.redirect_chain == [(f"{page}?done", 302)]
    assert "Быстро! &lt;b&gt;" in answer.text and "Thank you!" in answer.text
    client.post(page, {"score": "2", "comment": "Broke again"})
    assert rated(row) == (2, "Broke again")
    data = [event.data for event in row.events.filter(kind=EventKind.RATED).order_by("id")]
    assert data == [
        {"score": 5, "before": None, "commented": True},
        {"score": 2, "before": 5, "commented": True},
    ]


@pytest.mark.parametrize(
    "fields", [{}, {"score": "0"}, {"score": "6"}, {"score": "5", "comment": "x" * 2001}, {"score": "x"}]
)
def test_a_wrong_form_is_shown_again_with_what_is_wrong(client, row, page, fields):
    answer = client.post(page, fields)
    assert (answer.status_code, rated(row)) == (422, (None, ""))
    assert 'role="alert"' in answer.text
    assert LONGEST_COMMENT == 2000


def test_the_page_speaks_the_language_of_the_ticket(client, row, page):
    row.language = "ru"
    row.save()
    assert '<html lang="ru"' in client.get(page).text
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in client.get(page).text
    client.cookies["django_language"] = "../../x"
    assert '<html lang="ru"' in client.get(page).text


def test_without_a_right_link_there_is_no_page(client, row, page):
    other = desk.ticket(customer=desk.customer(address="b@client.example"))
    signature = token_of(row).partition(":")[2]
    for token in ("x", str(row.uuid), row.uuid.hex, f"{other.uuid.hex}:{signature}", token_of(row)[:-1]):
        for method in (client.get, client.post):
            assert method(f"/rate/{token}/", {"score": "1"}).status_code == 404
    assert (rated(row), rated(other)) == ((None, ""), (None, ""))


def test_links_end_after_months(client, row, page, monkeypatch):
    monkeypatch.setattr("tickets.rating.links.SECONDS", -1)
    assert client.get(page).status_code == 404


def test_many_requests_from_one_address_are_slowed_down(client, row, page, monkeypatch):
    monkeypatch.setattr("rest_framework.throttling.ScopedRateThrottle.THROTTLE_RATES", {"rating": "2/min"})
    assert [client.post(page, {"score": "5"}).status_code for _ in range(3)] == [302, 302, 429]


def test_a_link_needs_the_address_of_the_product(row, settings):
    settings.PUBLIC_URL = ""
    assert link_for(row) == ""
    settings.PUBLIC_URL = "https://desk.example"
    assert link_for(row).startswith("https://desk.example/rate/")
