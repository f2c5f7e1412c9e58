"""The two ways in which updates come: Telegram brings them, or one reader per bot fetches them."""

import json
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from integrations.outbox.errors import DeliveryError
from integrations.telegram.client import BotClient
from integrations.telegram.errors import TelegramError
from tests.tickets.telegram.botapi import TOKEN
from tests.tickets.telegram.conftest import CHAT
from tickets.models import OperatorChat, TelegramBotState, TelegramUpdate
from tickets.telegram import hooks, polling

pytestmark = pytest.mark.django_db
URL = "/api/telegram/env/"
UPDATE = {"update_id": 77, "message": {"message_id": 1, "text": "Hi"}}


def knock(client, body=None, secret="", path=URL):  # noqa: S107 - none at all
    raw = json.dumps(UPDATE) if body is None else body
    return client.post(path, raw, content_type="application/json", headers={hooks.HEADER: secret} if secret else {})


@pytest.fixture
def secret(api, settings):
    settings.PUBLIC_URL = "https://desk.example.com"
    hooks.set_webhook("env")
    return api.webhook["secret_token"]


def test_telegram_is_given_the_address_and_a_secret_that_we_do_not_keep(api, secret):
    assert api.webhook["url"] == "https://desk.example.com/api/telegram/env/"
    assert api.webhook["allowed_updates"] == ["message", "callback_query"]
    assert secret not in TelegramBotState.objects.get().webhook_secret_digest
    assert TOKEN not in api.webhook["url"]


def test_an_update_is_kept_once_and_then_dealt_with(client, secret, woken):
    assert knock(client, secret=secret).json() == {"ok": True}
    assert knock(client, secret=secret).status_code == 200
    assert TelegramUpdate.objects.get().update_id == 77
    assert "updates" in woken


@pytest.mark.parametrize("wrong", ["", "x", "Ж"])
@pytest.mark.parametrize("path", [URL, "/api/telegram/other/", "/api/telegram/env"])
def test_without_the_secret_nobody_comes_in(client, secret, wrong, path):
    assert knock(client, secret=wrong, path=path).status_code == 403
    assert not TelegramUpdate.objects.exists()


def test_without_a_webhook_no_secret_is_the_right_one(client, api):
    TelegramBotState.objects.create(bot="env")
    assert knock(client).status_code == 403


@pytest.mark.parametrize("body", ["", "[]", "{", "{}", '{"update_id": "1"}', '{"update_id": 1e99}', "[" * 100_000])
def test_nonsense_is_refused(client, secret, body):
    assert knock(client, body, secret).status_code == 422


def test_a_character_that_no_database_takes_is_left_out(client, secret):
    body = json.dumps({"update_id": 5, "message": {"text": "a\x00b"}})
    assert knock(client, body, secret).status_code == 200
    assert TelegramUpdate.objects.get().payload["message"]["text"] == "ab"


def test_a_webhook_that_telegram_refuses_changes_nothing(client, api, secret):
    api.refuse("setWebhook", 400, "Bad Request: bad webhook")
    with pytest.raises(DeliveryError):
        hooks.set_webhook("env")
    assert knock(client, secret=secret).status_code == 200


def test_the_command_sets_shows_and_deletes(api, settings):
    OperatorChat.objects.create(name="Desk", chat_id=CHAT)
    out = StringIO()
    with pytest.raises(CommandError, match="PUBLIC_URL"):
        call_command("telegram_webhook", "set")
    settings.PUBLIC_URL = "https://desk.example.com"
    call_command("telegram_webhook", "set", stdout=out)
    call_command("telegram_webhook", "info", stdout=out)
    assert "url: https://desk.example.com/api/telegram/env/" in out.getvalue()
    assert polling.bots_to_poll() == []
    call_command("telegram_webhook", "delete", stdout=out)
    assert api.webhook == {}
    assert polling.bots_to_poll() == ["env"]
    assert TOKEN not in out.getvalue()


def test_bots_are_read_that_the_desk_uses(api, settings):
    assert polling.bots_to_poll() == []
    settings.TELEGRAM_CHAT_ID = CHAT
    assert polling.bots_to_poll() == ["env"]
    settings.TELEGRAM_POLLING = False
    assert polling.bots_to_poll() == []


def taken():
    lease = polling.Lease("env")
    return lease if lease.take() else None


def test_one_reads_at_a_time_until_his_lease_is_over(db):
    first = taken()
    assert taken() is None
    assert first.renew()
    TelegramBotState.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = taken()
    assert second is not None
    assert not first.renew()
    first.release()
    assert taken() is None
    second.release()
    assert taken() is not None


def test_what_was_fetched_is_kept_and_not_asked_for_again(api, woken):
    lease = taken()
    api.feed(message={"message_id": 1})
    api.feed(message={"message_id": 2})
    assert polling.poll_once("env", lease, seconds=0) == 2
    assert polling.poll_once("env", lease, seconds=0) == 0
    assert [call.get("offset") for call in api.made("getUpdates")] == [None, 9002]
    assert TelegramUpdate.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_reader_goes_on_after_trouble_and_says_so_meanwhile(api, monkeypatch):
    monkeypatch.setattr(polling, "PAUSES", (0.05,))
    api.refuse("getUpdates", 409, "Conflict: terminated by other getUpdates request")
    stopped, noted = threading.Event(), []
    note = polling._note

    def noting(lease, error):
        note(lease, error)
        noted.append(TelegramBotState.objects.get().error)

    monkeypatch.setattr(polling, "_note", noting)

    def read():
        try:
            polling.poll("env", stopped, wanted=lambda: True)
        finally:
            connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    with api.changed:
        assert api.changed.wait_for(lambda: len(api.made("getUpdates")) >= 2, timeout=30)
    api.feed(message={"message_id": 1})
    with api.changed:
        assert api.changed.wait_for(
            lambda: any((c.get("offset") or 0) > 9000 for c in api.made("getUpdates")), timeout=30
        )
    stopped.set()
    thread.join(30)
    assert TelegramUpdate.objects.count() == 1
    assert "409 Conflict" in noted[0]
    state = TelegramBotState.objects.get()
    assert (state.error, state.lease_until) == ("", None)


@pytest.mark.parametrize(("most", "fits"), [(5, True), (4, False)])
async def test_files_are_fetched_up_to_a_size(api, most, fits):
    api.files["F"] = b"12345"
    if fits:
        assert await BotClient(TOKEN).download("F", most_bytes=most) == b"12345"
    else:
        with pytest.raises(TelegramError) as refused:
            await BotClient(TOKEN).download("F", most_bytes=most)
        assert refused.value.code == "too_big"
