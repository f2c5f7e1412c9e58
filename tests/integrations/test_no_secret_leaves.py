"""A marked secret in every place that holds secrets, and then all that could show it: pages, API, errors, logs."""

import json
import logging

import pytest
from django.apps import apps
from django.contrib import admin as back_office
from django.test import Client
from django.urls import reverse

from integrations.credentials.catalog import KINDS
from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential
from integrations.models import AIProvider
from integrations.sealing import sealed_fields
from integrations.services.credentials.access import access_token
from integrations.services.credentials.changes import create_credential
from integrations.services.providers import set_api_key
from tests.canary import MARK, Canary, LogWatcher, canary
from tests.integrations.credentials.conftest import rsa_key, token_authority, tokens  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def marked(kind, pem):
    """A payload of this kind whose every secret holds the mark."""
    values = {"pem": pem, "url": "https://tokens.example.net/token", "host": "company.amocrm.ru", "header": "X-Key"}
    return {
        field.name: values.get(field.kind) or (f"{MARK}-{field.name}" if field.secret else f"open-{field.name}")
        for field in kind.fields
    }


@pytest.fixture
def full(dana, rsa_key):  # noqa: F811 - the fixture
    """Every kind of credential and a provider, each with the mark."""
    for kind in KINDS:
        payload = marked(kind, rsa_key[1])
        create_credential(name=kind.key, provider=kind.provider, strategy=kind.strategy, payload=payload, actor=dana)
    provider = AIProvider.objects.create(key="house", name="House", kind="openai", base_url="http://127.0.0.1:9/v1")
    set_api_key(provider, MARK, actor=dana)
    return provider


@pytest.fixture
def browser(dana):
    client = Client(raise_request_exception=False)
    client.force_login(dana)
    return client


@pytest.fixture
def unseen():
    """Fails the test at whose end the whole run would fail."""
    before = len(canary.findings)
    yield
    assert canary.findings[before:] == []


def test_nothing_is_stored_in_clear(full):
    for model in apps.get_models():
        assert MARK not in json.dumps(list(model._base_manager.values()), default=str), model


def test_every_sealed_field_belongs_to_a_model_that_these_tests_know(full):
    assert {str(field) for field in sealed_fields()} >= {
        "chat.Turn.sealed_key",
        "integrations.AIProvider.sealed_api_key",
        "integrations.Credential.sealed_access",
        "integrations.Credential.sealed_payload",
    }


def test_pages_and_api(full, browser, unseen):
    for row in [full, *Credential.objects.all()]:
        name = f"admin:integrations_{type(row)._meta.model_name}"
        for page in ("change", "history", "delete"):
            assert browser.get(reverse(f"{name}_{page}", args=[row.pk])).status_code == 200
        browser.get(reverse(f"{name}_changelist"), {"q": MARK[:6]})
    for model in back_office.site._registry:
        assert (
            browser.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code
            == 200
        )
    assert browser.get("/api/v1/credentials/").status_code == 200
    assert browser.get("/health/ready").status_code in {200, 503}


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_while_a_secret_is_at_hand(full, browser, unseen, settings, monkeypatch, debug):
    settings.DEBUG = debug

    def broken(*args, **kwargs):
        raise RuntimeError(f"api_key={MARK} did not fit")

    monkeypatch.setattr("integrations.services.credentials.changes.record", broken)
    form = {"name": "x", "allowed_hosts": "", "scopes": "", "payload_api_key": MARK}
    page = browser.post("/admin/integrations/credential/add/?kind=openai.api_key", form)
    body = {"name": "x", "provider": "openai", "strategy": "api_key", "payload": {"api_key": MARK}}
    answer = browser.post("/api/v1/credentials/", json.dumps(body), content_type="application/json")
    assert (page.status_code, answer.status_code) == (500, 403 if answer.status_code == 403 else 500)
    assert ("RuntimeError" in page.content.decode()) is debug


def test_an_error_page_of_debug_hides_settings_and_variables(browser, unseen, settings, monkeypatch):
    settings.DEBUG, settings.OPENAI_API_KEY = True, MARK
    settings.CELERY_BROKER_URL = f"redis://:{MARK}@redis/0"

    def broken(request, *args):
        api_key = token = MARK  # noqa: F841 - shown on the page
        headers = {"Authorization": f"Bearer {MARK}", "X-Api-Key": MARK}  # noqa: F841 - shown on the page
        address = f"https://api.telegram.org/bot12345:{MARK}/getMe"  # noqa: F841 - shown on the page
        raise RuntimeError(f"Bearer {MARK}")

    monkeypatch.setattr("integrations.admin.credentials.CredentialAdmin.get_queryset", broken)
    page = browser.get("/admin/integrations/credential/", headers={"authorization": f"Bearer {MARK}"})
    assert page.status_code == 500 and "api_key" in page.content.decode()


def test_a_token_server_that_repeats_what_it_was_sent(full, tokens, unseen, caplog):  # noqa: F811 - the fixture
    tokens.answers = [(400, {"error": f"{MARK}", "error_description": MARK, "access_token": MARK})]
    for credential in Credential.objects.filter(strategy="oauth"):
        with pytest.raises(CredentialError) as caught:
            access_token(credential)
        assert MARK not in caught.value.message + str(caught.value) + repr(caught.value)
        logging.getLogger("product").exception("failed", exc_info=caught.value)


# The watchers themselves: a proof that finds nothing must be able to find something.


@pytest.fixture
def own_canary(monkeypatch):
    found = Canary()
    monkeypatch.setattr("tests.canary.canary", found)
    return found


def test_a_line_in_the_log_is_found(own_canary):
    logging.getLogger("product").warning("harmless words %s", MARK)
    assert own_canary.findings[0].startswith("log of product: tests/integrations/test_no_secret_leaves.py")
    assert any(isinstance(handler, LogWatcher) for handler in logging.getLogger().handlers)


def test_a_masked_line_is_none(own_canary):
    logging.getLogger("product").warning("api_key=%s", MARK, extra={"token": MARK, "url": f"https://x/bot1:{MARK}/y"})
    assert own_canary.findings == []


def test_a_page_is_found(own_canary, browser):
    browser.get(f"/admin/{MARK}/")
    browser.get("/admin/integrations/credential/", {"q": MARK})
    assert any("response of /admin/integrations/credential/" in finding for finding in own_canary.findings)


def test_a_task_is_found(own_canary):
    from config.celery import app

    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=0)
        app.send_task("nobody.takes.this", [MARK], connection=link, queue="canary")
    assert "message of the task nobody.takes.this" in own_canary.findings[0]
