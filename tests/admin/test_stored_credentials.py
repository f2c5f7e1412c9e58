"""Credentials in the back office: chosen by kind, entered, never shown, tested, deleted with a trace."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential, CredentialEvent
from integrations.services.credentials.audit import reveal
from integrations.services.credentials.changes import create_credential
from integrations.services.credentials.owners import Owner
from tests.canary import MARK

LIST = "/admin/integrations/credential/"
SECRET = f"hush-{MARK}-0123456789"
FORM = {"name": "Office", "allowed_hosts": "api.openai.com\n", "scopes": ""}


@pytest.fixture
def stored(dana: Any) -> Credential:
    return create_credential(
        name="Office", provider="openai", strategy="api_key", payload={"api_key": SECRET}, actor=dana
    )


def page(credential: Credential) -> str:
    return reverse("admin:integrations_credential_change", args=[credential.pk])


def add(client: Client, kind: str = "openai.api_key", **fields: str) -> Any:
    return client.post(f"{LIST}add/?kind={kind}", {**FORM, **fields})


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_kind_is_chosen_first(admin: Client) -> None:
    text = admin.get(f"{LIST}add/").content.decode()
    assert "?kind=google.service_account" in text and "other.other" not in text
    form = admin.get(f"{LIST}add/?kind=amocrm.oauth").content.decode()
    assert "payload_base_domain" in form and "payload_refresh_token" in form and "payload_api_key" not in form
    assert admin.get(f"{LIST}add/?kind=nonsense").status_code == 200


def test_a_credential_is_added_and_not_shown(admin: Client, dana: Any) -> None:
    assert add(admin, payload_api_key=SECRET, is_default="on").status_code == 302
    made = Credential.objects.get()
    assert (made.name, made.hint, made.is_default, made.allowed_hosts) == ("Office", "…6789", True, ["api.openai.com"])
    for url in (page(made), LIST, page(made).replace("change", "history")):
        assert SECRET not in admin.get(url).content.decode()
    assert SECRET not in str(list(LogEntry.objects.values()))
    assert CredentialEvent.objects.get(action="created").actor == dana


def test_without_hosts_those_of_the_provider_are_meant(admin: Client) -> None:
    fields = {"base_domain": "company.amocrm.ru", "client_id": "1", "client_secret": SECRET, "refresh_token": SECRET}
    entered = {f"payload_{name}": value for name, value in fields.items()}
    answer = add(admin, "amocrm.oauth", **entered, payload_redirect_uri="https://example.org/", allowed_hosts="")
    assert answer.status_code == 302
    assert Credential.objects.get().allowed_hosts == ["company.amocrm.ru"]


@pytest.mark.parametrize(
    ("kind", "fields", "named"),
    [
        ("openai.api_key", {}, "payload_api_key"),
        ("openai.api_key", {"payload_api_key": "ключ"}, "payload_api_key"),
        (
            "google.service_account",
            {"payload_client_email": "a@b.c", "payload_private_key": SECRET},
            "payload_private_key",
        ),
        ("openai.api_key", {"payload_api_key": SECRET, "allowed_hosts": "*.openai.com"}, "allowed_hosts"),
        ("openai.api_key", {"payload_api_key": SECRET, "scopes": "a b"}, "scopes"),
        ("openai.api_key", {"payload_api_key": SECRET, "name": ""}, "name"),
    ],
)
def test_errors_stand_at_their_field_and_the_secret_is_not_shown_again(
    admin: Client, kind: str, fields: dict[str, str], named: str
) -> None:
    answer = add(admin, kind, **fields)
    assert answer.status_code == 200 and list(answer.context["adminform"].form.errors) == [named]
    assert SECRET not in answer.content.decode()
    assert not Credential.objects.exists()


def test_an_empty_secret_stays_as_it_is(admin: Client, stored: Credential) -> None:
    before = stored.sealed_payload
    assert admin.post(page(stored), {**FORM, "name": "Other"}).status_code == 302
    stored.refresh_from_db()
    assert (stored.name, stored.sealed_payload) == ("Other", before)
    assert list(CredentialEvent.objects.values_list("action", flat=True)) == ["changed", "created"]


def test_one_field_is_entered_anew(admin: Client, stored: Credential) -> None:
    admin.post(page(stored), {**FORM, "payload_organization": "org-1"})
    stored.refresh_from_db()
    assert reveal(stored, purpose="test") == {"api_key": SECRET, "organization": "org-1"}


def test_what_does_not_open_can_be_entered_anew(admin: Client, stored: Credential) -> None:
    Credential.objects.update(sealed_payload="v1:00000000:AAAA")
    assert admin.get(page(stored)).status_code == 200
    assert admin.post(page(stored), {**FORM, "payload_api_key": SECRET}).status_code == 302
    stored.refresh_from_db()
    assert reveal(stored, purpose="test") == {"api_key": SECRET}


@pytest.mark.parametrize(
    ("error", "text"), [(None, "Office works."), (CredentialError("refused", "Refused."), "Refused.")]
)
def test_test_now(admin: Client, stored: Credential, monkeypatch: Any, error: Any, text: str) -> None:
    def trial(credential: Credential, *, actor: Any) -> None:
        if error:
            raise error

    monkeypatch.setattr("integrations.admin.credentials.try_credential", trial)
    answer = admin.get(f"{LIST}{stored.pk}/test/")
    assert answer.status_code == 302 and text in said(answer)


def test_make_the_default(admin: Client, stored: Credential) -> None:
    admin.get(f"{LIST}{stored.pk}/make-default/")
    stored.refresh_from_db()
    assert stored.is_default


def test_deletion_leaves_a_trace(admin: Client, stored: Credential, dana: Any) -> None:
    admin.post(f"{LIST}{stored.pk}/delete/", {"post": "yes"})
    assert not Credential.objects.exists()
    assert CredentialEvent.objects.get(action="deleted").actor == dana
    assert "Office" in admin.get("/admin/integrations/credentialevent/").content.decode()


def test_a_bots_credential_is_not_among_the_companys(admin: Client, dana: Any) -> None:
    foreign = create_credential(
        name="Bot's",
        provider="openai",
        strategy="api_key",
        payload={"api_key": SECRET},
        actor=dana,
        owner=Owner.bot("b1"),
    )
    assert "Bot&#x27;s" not in admin.get(LIST).content.decode()
    assert admin.get(page(foreign)).status_code == 302


def test_staff_with_other_rights_are_kept_out(staff: Any, stored: Credential) -> None:
    clerk = staff("chat.view_turn")
    for url in (LIST, f"{LIST}add/", page(stored), "/admin/integrations/credentialevent/"):
        assert clerk.get(url).status_code == 403
    assert clerk.get(f"{LIST}{stored.pk}/test/").status_code == 403


def test_who_may_only_look_sees_no_fields_for_secrets(staff: Any, stored: Credential) -> None:
    clerk = staff("integrations.view_credential")
    text = clerk.get(page(stored)).content.decode()
    assert "payload_api_key" not in text and "…6789" in text and SECRET not in text
    assert clerk.get(f"{LIST}{stored.pk}/test/").status_code == 403


def test_lost_and_former_keys_are_told_on_the_landing_page(admin: Client, stored: Credential, settings: Any) -> None:
    settings.SECRET_BOX_KEYS = ["11" * 32]
    assert "1 secret is sealed with a former key" in admin.get("/admin/").content.decode()
    settings.SECRET_BOX_KEYS, settings.SECRET_BOX_KEY = [], "22" * 32
    assert "1 secret does not open" in admin.get("/admin/").content.decode()
