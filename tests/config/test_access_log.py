"""One line per request: who asked for what, and how it went."""

import logging

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog):
    """What the requests of the test left: (level, message) pairs."""
    caplog.set_level(logging.DEBUG, "switchboard.access")

    def read():
        return [
            (record.levelname, record.getMessage()) for record in caplog.records if record.name == "switchboard.access"
        ]

    return read


def test_a_visit_without_log_in_is_one_line_without_its_query(client, lines):
    client.get("/api/v1/auth/me?question=private")
    ((level, line),) = lines()
    assert level == "INFO"
    assert line.startswith("GET /api/v1/auth/me 401 ")
    assert line.endswith(" ms - 127.0.0.1")


def test_the_person_is_named_by_her_id(api, alice, lines):
    api.force_authenticate(alice)
    api.get("/api/v1/auth/me")
    assert f" user {alice.pk} " in lines()[-1][1]


def test_the_session_of_a_page_names_its_person(client, dana, lines):
    client.force_login(dana)
    client.get("/admin/")
    assert f" user {dana.pk} " in lines()[-1][1]


@pytest.mark.parametrize("path", ["/health", "/metrics", "/static/none.css"])
def test_probes_and_files_are_for_those_who_debug(client, lines, path):
    client.get(path)
    assert lines()[-1][0] == "DEBUG"


def test_the_address_is_the_one_that_the_trusted_proxy_saw(client, lines, settings):
    client.get("/api/v1/", headers={"x-forwarded-for": "203.0.113.7"})
    settings.TRUSTED_PROXY_COUNT = 1
    client.get("/api/v1/", headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"})
    assert [line.rsplit(" ", 1)[-1] for _, line in lines()] == ["127.0.0.1", "203.0.113.7"]
