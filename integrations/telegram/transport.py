"""Telegram as a transport of the outbox."""

from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.files.storage import default_storage

from integrations.outbox import policy
from integrations.outbox.choices import HoldReason
from integrations.outbox.errors import DeliveryError, OnHold
from integrations.outbox.models import Delivery
from integrations.outbox.transports import HandOver, Label, Payload
from integrations.telegram import message
from integrations.telegram.bots import target_of, token_of
from integrations.telegram.client import BotClient, Upload
from integrations.telegram.errors import BotRefused, NotModified


class TelegramTransport:
    """One message to one chat; those of a chat go out in order."""

    policy = policy.TELEGRAM

    def clean(self, payload: Payload) -> Payload:
        return message.clean(payload)

    def label(self, payload: Payload) -> Label:
        target = target_of(payload["bot"])
        summary = payload["text"] or payload.get("file", {}).get("name", "")
        return Label(payload["chat_id"], summary, target, ordering_key=f"{target}:{payload['chat_id']}")

    def send(self, delivery: Delivery, hand_over: HandOver) -> dict[str, Any]:
        payload = delivery.payload
        token = token_of(payload["bot"])
        if not token:
            raise OnHold(HoldReason.NO_BOT_TOKEN)
        upload = _upload(payload)
        hand_over()
        try:
            sent = async_to_sync(_send)(BotClient(token), payload, upload)
        except BotRefused as error:
            raise OnHold(HoldReason.BOT_REFUSED) from error
        except NotModified:
            return {"message_id": payload["message_id"], "chat_id": payload["chat_id"]}
        # The group may have another id by now.
        chat = sent.get("chat", {}) if isinstance(sent, dict) else {}
        return {"message_id": sent.get("message_id") if chat else None, "chat_id": chat.get("id", payload["chat_id"])}


async def _send(client: BotClient, payload: Payload, upload: Upload | None) -> Any:
    fields = {"chat_id": payload["chat_id"], "parse_mode": payload["parse_mode"] or None, **payload["options"]}
    if (name := message.FILE_FIELDS.get(payload["method"])) is None:
        fields |= {"text": payload["text"], "message_id": payload.get("message_id")}
    else:
        fields |= {"caption": payload["text"] or None, name: payload["file"]["reference"] or None}
    return await client.call_chat(payload["method"], fields, upload=upload)


def _upload(payload: Payload) -> Upload | None:
    """Read when it is sent; raises DeliveryError when it is gone or too big."""
    file = payload.get("file", {})
    if not file.get("path"):
        return None
    try:
        with default_storage.open(file["path"]) as stored:
            content = stored.read(settings.MAIL_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise DeliveryError(f"The file {file['name']} is gone.", code="attachment", permanent=True) from error
    if len(content) > settings.MAIL_MAX_BYTES:
        raise DeliveryError(f"The file {file['name']} is too big.", code="attachment", permanent=True)
    return Upload(message.FILE_FIELDS[payload["method"]], file["name"], bytes(content))
