"""Errors are pages of the product too, also when next to nothing works."""

import pytest
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils.translation import override
from django.views.defaults import permission_denied, server_error


@pytest.mark.parametrize(("language", "words"), [("en", "There is nothing at this address"), ("ru", "ничего нет")])
@pytest.mark.django_db
def test_not_found_is_a_page_in_the_readers_language(client: Client, language: str, words: str) -> None:
    response = client.get("/nothing/here", headers={"accept-language": language})
    assert response.status_code == 404
    assert words in response.content.decode()


def test_the_page_for_broken_servers_needs_neither_request_nor_database() -> None:
    with override("ru"):
        response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "У нас что-то сломалось" in response.content.decode()


@pytest.mark.django_db
def test_forbidden_is_a_page(rf: RequestFactory) -> None:
    with override("en"):
        response = permission_denied(rf.get("/"), PermissionError())
    assert response.status_code == 403
    assert "This page is not yours to open" in response.content.decode()


@pytest.mark.parametrize(("minutes", "words"), [(1, "через 1 минуту"), (3, "через 3 минуты"), (15, "через 15 минут")])
def test_the_waiting_time_is_counted_in_russian(minutes: int, words: str) -> None:
    with override("ru"):
        assert words in get_template("429.html").render({"wait_minutes": minutes})
