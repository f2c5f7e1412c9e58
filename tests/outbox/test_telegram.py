"""Telegram over real connections to a server that answers as the Bot API does."""

import logging

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from benchmarks.stack import free_port
from integrations.models import Credential, CredentialEvent
from integrations.outbox.choices import DeliveryState, HoldReason
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order
from integrations.outbox.work import attempt_now
from integrations.services.credentials.changes import create_credential
from integrations.telegram.client import BotClient
from integrations.telegram.errors import BotRefused, TelegramError
from integrations.telegram.message import File, TelegramMessage
from integrations.telegram.services import edit_message, send_message
from tests.outbox.conftest import TOKEN, chat

pytestmark = pytest.mark.django_db


def sent(row):
    attempt_now(row.pk)
    row.refresh_from_db()
    return row


def refuse(telegram, code, description, **parameters):
    telegram.answers.clear()
    body = {"ok": False, "error_code": code, "description": description}
    telegram.answer(code, {**body, **({"parameters": parameters} if parameters else {})})


def test_a_message_arrives(telegram):
    row = sent(chat("<b>Hi</b>", parse_mode="HTML", options={"disable_notification": True}))
    assert (row.state, row.result) == (DeliveryState.DELIVERED, {"message_id": 7, "chat_id": 42})
    call = telegram.calls[0]
    assert call.path == f"/bot{TOKEN}/sendMessage"
    assert call.json == {"chat_id": "42", "text": "<b>Hi</b>", "parse_mode": "HTML", "disable_notification": True}


def test_a_long_text_goes_out_in_parts_and_in_order(telegram):
    text = "\n\n".join(f"{number} " + "word " * 300 for number in range(8))
    rows = send_message(TelegramMessage(chat_id=42, text=text), Order(key="long"))
    assert [row.idempotency_key for row in rows] == ["long/1", "long/2", "long/3", "long/4"]
    assert send_message(TelegramMessage(chat_id=42, text=text), Order(key="long")) == rows
    assert not attempt_now(rows[1].pk)
    for row in rows:
        assert sent(row).state == DeliveryState.DELIVERED
    assert " ".join(call.json["text"] for call in telegram.calls).split() == text.split()


def test_a_keyboard_stays_with_the_last_part():
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    rows = send_message(
        TelegramMessage(chat_id=1, text="word " * 1500, options={"reply_markup": keyboard}), Order(key="k")
    )
    assert ["reply_markup" in row.payload["options"] for row in rows] == [False, True]


def test_it_waits_as_long_as_it_is_told_and_so_do_all_of_the_bot(telegram, clock):
    refuse(telegram, 429, "Too Many Requests: retry after 35", retry_after=35)
    first, second = sent(chat(chat_id=1)), chat(chat_id=2)
    other = chat(chat_id=3)
    assert first.state == DeliveryState.PENDING
    assert 35 <= (first.next_attempt_at - clock.now).total_seconds() <= 39
    # Enqueued after the pause began: it meets the same answer and no more than that.
    assert not Delivery.objects.due(clock.now).exclude(pk__in=[second.pk, other.pk]).exists()
    sent(second)
    other.refresh_from_db()
    assert other.next_attempt_at > clock.now
    assert len(telegram.calls) == 2


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: can't parse entities: Unsupported start tag"),
    ],
)
def test_what_trying_cannot_change_is_a_dead_letter(telegram, code, text):
    refuse(telegram, code, text)
    row = sent(chat())
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 1)
    assert text in row.last_error


@pytest.mark.parametrize("code", [500, 502])
def test_a_server_in_trouble_is_tried_again(telegram, code):
    telegram.answers.clear()
    telegram.answer(code, b"<html>Bad Gateway</html>")
    assert sent(chat()).state == DeliveryState.PENDING


@pytest.mark.parametrize("code", [401, 404])
def test_with_a_revoked_token_messages_wait(telegram, code):
    refuse(telegram, code, "Unauthorized")
    row = sent(chat())
    assert (row.state, row.attempts, row.held_for) == (DeliveryState.PENDING, 0, HoldReason.BOT_REFUSED)


def test_without_a_token_messages_wait(telegram, settings):
    settings.TELEGRAM_BOT_TOKEN = ""
    row = sent(chat())
    assert (row.state, row.held_for, telegram.calls) == (DeliveryState.PENDING, HoldReason.NO_BOT_TOKEN, [])


def test_a_group_that_moved_is_followed(telegram):
    good = telegram.answers.pop()
    telegram.answer(
        400,
        {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": -100500},
        },
    )
    telegram.answers.append(good)
    row = sent(chat(chat_id=-5))
    assert row.state == DeliveryState.DELIVERED
    assert [call.json["chat_id"] for call in telegram.calls] == ["-5", -100500]


def test_no_answer_is_not_taken_for_a_failure(telegram):
    telegram.silent_ends = 1
    row = sent(chat())
    assert (row.state, len(telegram.calls)) == (DeliveryState.UNCERTAIN, 1)
    assert not attempt_now(row.pk)


def test_what_never_left_is_tried_again(settings, telegram):
    settings.TELEGRAM_API_URL = f"http://127.0.0.1:{free_port()}"
    row = sent(chat())
    assert row.state == DeliveryState.PENDING
    settings.TELEGRAM_API_URL = telegram.url
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert sent(row).state == DeliveryState.DELIVERED


def test_an_edit_that_changes_nothing_has_been_made(telegram):
    refuse(telegram, 400, "Bad Request: message is not modified: specified new message content is the same")
    row = edit_message(TelegramMessage(chat_id=42, text="Hi", edits=7), Order(key="edit"))
    assert sent(row).state == DeliveryState.DELIVERED
    assert telegram.calls[0].json == {"chat_id": "42", "text": "Hi", "message_id": 7}


def test_an_edit_may_be_repeated(telegram):
    telegram.silent_ends = 1
    row = edit_message(TelegramMessage(chat_id=42, text="Hi", edits=7), Order(key="edit"))
    assert sent(row).state == DeliveryState.PENDING


@pytest.mark.parametrize("kind", ["photo", "document"])
def test_a_stored_file_is_sent_along(telegram, settings, tmp_path, kind):
    settings.MEDIA_ROOT = tmp_path
    path = default_storage.save("a.png", ContentFile(b"\x89PNG\r\n\x00"))
    row = sent(chat("Look", **{kind: File(path=path, name="схема.png")}))
    assert row.state == DeliveryState.DELIVERED
    call = telegram.calls[0]
    assert call.path.endswith("/sendPhoto" if kind == "photo" else "/sendDocument")
    assert f'name="{kind}"'.encode() in call.body
    assert b"\x89PNG\r\n\x00" in call.body
    assert b"Look" in call.body


def test_a_file_may_be_one_that_telegram_has(telegram):
    sent(chat("", photo=File(reference="AgACAgIAAxk")))
    assert telegram.calls[0].json == {"chat_id": "42", "photo": "AgACAgIAAxk"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("chat_id", {"chat_id": "no such"}),
        ("chat_id", {"chat_id": True}),
        ("text", {"text": " "}),
        ("text", {"text": "x" * 1025, "photo": File(reference="a")}),
        ("text", {"text": "```" + "x" * 5000 + "```", "parse_mode": "MarkdownV2"}),
        ("parse_mode", {"parse_mode": "BBCode"}),
        ("options", {"options": {"chat_id": 5}}),
        ("photo", {"photo": File(reference="a"), "document": File(reference="b")}),
        ("photo", {"photo": File()}),
        ("document", {"document": File(path="../../etc/passwd")}),
        ("edits", {"edits": 0}),
        ("bot", {"bot": "somebody-else"}),
    ],
)
def test_nonsense_is_refused_by_name(field, values):
    with pytest.raises(InvalidMessage) as refused:
        chat(**{"text": "Hi", **values})
    assert refused.value.field == field
    assert not Delivery.objects.exists()


def test_the_token_is_in_no_log_error_or_row(telegram, caplog, settings):
    caplog.set_level(logging.DEBUG)
    sent(chat(chat_id=1))
    refuse(telegram, 400, "Bad Request: chat not found")
    sent(chat(chat_id=2))
    settings.TELEGRAM_API_URL = f"http://127.0.0.1:{free_port()}"
    sent(chat(chat_id=3))
    rows = "".join(str(vars(row)) + "".join(map(str, row.log.values())) for row in Delivery.objects.all())
    from config.logging import mask

    secret = TOKEN.partition(":")[2]
    assert secret not in rows + repr(BotClient(TOKEN))
    assert secret not in mask(caplog.text)


# Bots of the credential store


@pytest.fixture
def helper(telegram, settings, dana):
    """The company's bot, whose token may go to our server."""
    settings.TELEGRAM_BOT_TOKEN = ""
    host = telegram.url.removeprefix("http://")
    settings.INTERNAL_HOSTS = [host]
    return create_credential(
        name="Helper",
        provider="telegram",
        strategy="api_key",
        payload={"bot_token": "77:AAcredential-token-of-tests"},
        allowed_hosts=[host],
        actor=dana,
    )


def test_the_bot_of_a_credential_speaks(telegram, helper):
    row = sent(chat(bot=str(helper.pk)))
    assert row.state == DeliveryState.DELIVERED
    assert telegram.calls[0].path == "/bot77:AAcredential-token-of-tests/sendMessage"
    assert "AAcredential" not in str(vars(row))
    used = CredentialEvent.objects.get(action="revealed")
    assert (used.credential_id, used.purpose) == (helper.pk, "outbox")


def test_without_a_bot_in_the_environment_the_companys_default_speaks(telegram, helper):
    assert chat().payload["bot"] == str(helper.pk)


def test_a_token_goes_only_where_its_credential_may_go(telegram, helper, settings):
    Credential.objects.update(allowed_hosts=["api.telegram.org"])
    row = sent(chat())
    assert (row.state, telegram.calls) == (DeliveryState.PENDING, [])
    assert "may not be sent to 127.0.0.1" in row.last_error


def test_messages_of_a_deleted_bot_wait(telegram, helper):
    row = chat()
    helper.delete()
    assert sent(row).held_for == HoldReason.NO_BOT_TOKEN


def test_a_credential_of_another_service_is_no_bot(dana):
    other = create_credential(
        name="Models", provider="openai", strategy="api_key", payload={"api_key": "sk-of-tests-1"}, actor=dana
    )
    with pytest.raises(InvalidMessage, match="bot"):
        chat(bot=str(other.pk))


# The client by itself


async def test_every_method_speaks_the_api(telegram, db):
    bot = BotClient(TOKEN)
    telegram.answers.clear()
    telegram.answer(200, {"ok": True, "result": {"username": "helper_bot", "id": 5}})
    assert (await bot.get_me())["username"] == "helper_bot"
    await bot.send_chat_action(42)
    await bot.answer_callback_query("q1", text="Done")
    await bot.set_webhook("https://example.com/hook", secret_token="s3cret")
    await bot.delete_webhook(drop_pending_updates=True)
    await bot.edit_message_text(42, 7, "New")
    telegram.answers.clear()
    telegram.answer(200, {"ok": True, "result": [{"update_id": 1}, {"update_id": 2}]})
    assert await bot.get_updates(offset=1, timeout=0) == [{"update_id": 1}, {"update_id": 2}]
    assert [(call.path.rpartition("/")[2], call.json) for call in telegram.calls] == [
        ("getMe", {}),
        ("sendChatAction", {"chat_id": 42, "action": "typing"}),
        ("answerCallbackQuery", {"callback_query_id": "q1", "text": "Done"}),
        ("setWebhook", {"url": "https://example.com/hook", "secret_token": "s3cret"}),
        ("deleteWebhook", {"drop_pending_updates": True}),
        ("editMessageText", {"chat_id": 42, "message_id": 7, "text": "New"}),
        ("getUpdates", {"offset": 1, "timeout": 0}),
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"ok": "yes"}', b'{"ok": false}', b"[" * 100_000])
async def test_answers_that_are_not_telegrams_are_errors(telegram, body):
    telegram.answers.clear()
    telegram.answer(200, body)
    with pytest.raises(TelegramError):
        await BotClient(TOKEN).get_me()


async def test_a_bad_token_has_an_error_of_its_own(telegram):
    refuse(telegram, 401, "Unauthorized")
    with pytest.raises(BotRefused, match="401 Unauthorized"):
        await BotClient(TOKEN).get_me()
