"""The outbox in the back office: what waits and why, what a person decides, and test messages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.models import User
from integrations.models import Delivery, WebhookEndpoint
from integrations.outbox.choices import DeliveryState
from tests.admin.conftest import undelivered
from tests.outbox.conftest import TOKEN, use_mail_server
from tests.outbox.peers import Mailroom, Script, http_server, mail_server

Staff = Callable[..., Client]
LIST = "/admin/integrations/delivery/"
HOOKS = "/admin/integrations/webhookendpoint/"
YES = {"_form_submitted": "True"}


@pytest.fixture
def mailroom(settings: Any) -> Iterator[Mailroom]:
    with mail_server() as (room, port):
        use_mail_server(settings, port)
        yield room


@pytest.fixture
def http(settings: Any) -> Iterator[Script]:
    """Telegram, or the receiver of a webhook."""
    with http_server() as script:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN = script.url, TOKEN
        settings.INTERNAL_HOSTS = [script.url.removeprefix("http://")]
        yield script


def said(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def state_of(row: Delivery) -> str:
    state: str = Delivery.objects.values_list("state", flat=True).get(pk=row.pk)
    return state


def notices(client: Client) -> list[Any]:
    return [notice for notice in client.get("/admin/").context["landing"]["notices"] if "delivery" in notice.url]


# Looking


def test_a_row_says_where_it_was_going_and_why_it_did_not_arrive(admin: Client, dana: User) -> None:
    row = undelivered("order 5", actor=dana)
    page = admin.get(LIST).content.decode()
    assert "erin@example.com" in page
    assert "About order 5" in page
    assert "550 no such user" in page
    page = admin.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Dear Erin, &lt;b&gt;hello&lt;/b&gt;" in page
    assert page.count("550 no such user") >= 2


@pytest.mark.parametrize(
    ("attention", "found"), [("dead", 1), ("uncertain", 1), ("held", 1), ("late", 1), ("any", 4), ("", 6)]
)
def test_the_filter_shows_what_the_landing_page_counts(admin: Client, attention: str, found: int) -> None:
    undelivered("dead")
    undelivered("unknown", DeliveryState.UNCERTAIN)
    undelivered("held", DeliveryState.PENDING, held_for="no_mail_server")
    undelivered("late", DeliveryState.PENDING, next_attempt_at=timezone.now() - timedelta(minutes=5))
    undelivered("fresh", DeliveryState.PENDING)
    undelivered("arrived", DeliveryState.DELIVERED)
    assert admin.get(LIST, {"attention": attention} if attention else {}).context["cl"].result_count == found


def test_green_is_silent(admin: Client) -> None:
    undelivered("arrived", DeliveryState.DELIVERED)
    undelivered("fresh", DeliveryState.PENDING)
    assert notices(admin) == []
    assert "sidebar-badge" not in admin.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("state", "fields", "text"),
    [
        ("failed", {}, "1 message could not be delivered"),
        ("uncertain", {}, "1 message has perhaps arrived"),
        ("pending", {"held_for": "no_mail_server"}, "No mail server is set up: 1 message waits"),
        ("pending", {"held_for": "bot_refused"}, "Telegram refuses the token of the bot: 1 message waits"),
        ("pending", {"next_attempt_at": timezone.now() - timedelta(minutes=5)}, "1 message is not being sent"),
    ],
)
def test_the_landing_page_says_what_is_wrong_and_leads_there(admin: Client, state: str, fields: Any, text: str) -> None:
    undelivered("order 5", DeliveryState(state), **fields)
    found = notices(admin)
    assert [notice.text for notice in found] == [text]
    assert admin.get(found[0].url).context["cl"].result_count == 1
    assert "sidebar-badge" in admin.get(LIST).content.decode()


def test_who_may_not_see_deliveries_sees_none_of_it(staff: Staff) -> None:
    row = undelivered("order 5")
    client = staff("chat.view_turn")
    assert notices(client) == []
    assert client.get(LIST).status_code == client.get(f"{LIST}{row.pk}/change/").status_code == 403
    assert client.get(HOOKS).status_code == 403
    assert "sidebar-badge" not in client.get("/admin/").content.decode()


# Deciding


@pytest.mark.parametrize(
    ("path", "state", "expected"),
    [
        ("redeliver", DeliveryState.FAILED, "pending"),
        ("redeliver", DeliveryState.UNCERTAIN, "pending"),
        ("confirm", DeliveryState.UNCERTAIN, "delivered"),
        ("cancel", DeliveryState.FAILED, "cancelled"),
        ("cancel", DeliveryState.DELIVERED, "delivered"),
    ],
)
def test_a_dialog_asks_and_then_it_is_done(admin: Client, path: str, state: DeliveryState, expected: str) -> None:
    row = undelivered("order 5", state)
    url = f"{LIST}{row.pk}/{path}/"
    assert "dialog-form" in admin.get(url).content.decode()
    assert state_of(row) == state
    admin.post(url, YES)
    assert state_of(row) == expected


def test_who_may_only_look_decides_nothing(staff: Staff) -> None:
    row = undelivered("order 5")
    client = staff("integrations.view_delivery")
    assert client.get(f"{LIST}{row.pk}/change/").status_code == 200
    for path in ("redeliver", "confirm", "cancel"):
        assert client.post(f"{LIST}{row.pk}/{path}/", YES).status_code == 403
    assert client.post(f"{LIST}test-mail/", {**YES, "to": "x@example.com"}).status_code == 403
    client.post(LIST, {"action": "redeliver_selected", "_selected_action": [row.pk], "post": "yes"})
    assert (state_of(row), Delivery.objects.count()) == ("failed", 1)


def test_dead_letters_are_sent_again_together_after_a_question(admin: Client) -> None:
    rows = [undelivered(f"order {number}") for number in range(3)]
    arrived = undelivered("arrived", DeliveryState.DELIVERED)
    chosen = {"action": "redeliver_selected", "_selected_action": [row.pk for row in [*rows, arrived]]}
    page = admin.post(LIST, chosen).content.decode()
    assert "arrives twice" in page
    assert page.count("erin@example.com") == 3
    assert {state_of(row) for row in rows} == {"failed"}
    response = admin.post(LIST, {**chosen, "post": "yes"})
    assert "3 messages" in said(response)
    assert {state_of(row) for row in rows} == {"pending"}
    assert state_of(arrived) == "delivered"


# Testing


def test_a_test_mail_goes_to_oneself_at_once(admin: Client, mailroom: Mailroom, dana: User) -> None:
    assert dana.email in admin.get(f"{LIST}test-mail/").content.decode()
    response = admin.post(f"{LIST}test-mail/", {**YES, "to": dana.email})
    row = Delivery.objects.get()
    assert response.headers["HX-Redirect"] == f"{LIST}{row.pk}/change/"
    assert (state_of(row), said(response).strip()) == ("delivered", "It was accepted.")
    assert mailroom.letters[0].message["Auto-Submitted"] == "auto-generated"


def test_a_test_mail_says_that_there_is_no_mail_server(admin: Client, settings: Any) -> None:
    settings.MAILERS = {}
    assert "No mail server is set up" in said(admin.post(f"{LIST}test-mail/", {**YES, "to": "a@example.com"}))


def test_a_test_of_telegram_names_the_bot_and_writes(admin: Client, http: Script) -> None:
    http.answer(200, {"ok": True, "result": {"username": "helper_bot"}})
    http.answer(200, {"ok": True, "result": {"message_id": 1, "chat": {"id": 42}}})
    response = admin.post(f"{LIST}test-telegram/", {**YES, "bot": "env", "chat_id": " -42 "})
    assert "@helper_bot" in said(response)
    assert "It was accepted." in said(response)
    assert [call.path.rpartition("/")[2] for call in http.calls] == ["getMe", "sendMessage"]


def test_a_test_of_telegram_says_what_is_wrong(admin: Client, http: Script) -> None:
    http.answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    response = admin.post(f"{LIST}test-telegram/", {**YES, "bot": "env", "chat_id": "42"})
    assert "401 Unauthorized" in said(response)
    assert not Delivery.objects.exists()
    page = admin.post(f"{LIST}test-telegram/", {**YES, "bot": "env", "chat_id": "nobody"}).content.decode()
    assert "Enter a number or the @name of a channel." in page


# Webhooks


def add_hook(client: Client, url: str) -> tuple[WebhookEndpoint, str]:
    """Adds a webhook; the row and the secret on the page."""
    page = client.post(f"{HOOKS}add/", {"name": "CRM", "url": url, "events": ["*"], "enabled": "on"})
    secret: str = page.context["secret"]
    return WebhookEndpoint.objects.get(), secret


def test_a_secret_is_shown_once(admin: Client, http: Script) -> None:
    row, secret = add_hook(admin, f"{http.url}/hook")
    assert secret.startswith("whsec_")
    for url in (HOOKS, f"{HOOKS}{row.pk}/change/", f"{HOOKS}{row.pk}/history/"):
        page = admin.get(url).content.decode()
        assert secret not in page
        assert row.sealed_secret not in page


def test_a_test_event_is_answered_at_once(admin: Client, http: Script) -> None:
    row, secret = add_hook(admin, f"{http.url}/hook")
    assert "answered 200" in said(admin.get(f"{HOOKS}{row.pk}/test/"))
    Webhook(secret).verify(http.calls[0].body, http.calls[0].headers)
    http.answer(500, b"out of order")
    assert "The receiver answered 500. out of order" in said(admin.get(f"{HOOKS}{row.pk}/test/"))


def test_a_new_secret_is_made_after_a_question(admin: Client, http: Script) -> None:
    row, old = add_hook(admin, f"{http.url}/hook")
    assert "signed with both" in admin.get(f"{HOOKS}{row.pk}/new-secret/").content.decode()
    new = admin.post(f"{HOOKS}{row.pk}/new-secret/", {"post": "yes"}).context["secret"]
    admin.get(f"{HOOKS}{row.pk}/test/")
    for secret in (old, new):
        Webhook(secret).verify(http.calls[0].body, http.calls[0].headers)


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://localhost/", "not an address"])
def test_addresses_inside_are_refused_with_their_reason(admin: Client, url: str) -> None:
    page = admin.post(f"{HOOKS}add/", {"name": "CRM", "url": url, "events": ["*"], "enabled": "on"})
    assert page.context["adminform"].form.errors["url"]
    assert not WebhookEndpoint.objects.exists()


def test_one_that_was_switched_off_is_told_and_switched_on(admin: Client, http: Script) -> None:
    row, _secret = add_hook(admin, f"{http.url}/hook")
    now = timezone.now()
    WebhookEndpoint.objects.update(enabled=False, disabled_at=now, failing_since=now, last_error="answered 500.")
    found = admin.get("/admin/").context["landing"]["notices"]
    assert "The webhook CRM was switched off" in [notice.text for notice in found]
    admin.post(f"{HOOKS}{row.pk}/change/", {"name": "CRM", "url": row.url, "events": ["*"], "enabled": "on"})
    row.refresh_from_db()
    assert (row.enabled, row.disabled_at, row.failing_since) == (True, None, None)
