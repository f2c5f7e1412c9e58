"""Standard Webhooks 1.0: how a receiver can tell that a request is ours, new, and not a repetition."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(message_id: str, body: bytes, *, timestamp: int, keys: Sequence[str]) -> dict[str, str]:
    """The three headers; with several secrets, during a rotation, one signature for each."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [f"v1,{_signature(key, signed)}" for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(key: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key_bytes(key), signed, hashlib.sha256)).decode()


def key_bytes(key: str) -> bytes:
    """The bytes that `whsec_…` stands for; raises ValueError when it is no secret of 24 to 64 bytes."""
    try:
        raw = base64.b64decode(key.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    if not 24 <= len(raw) <= 64:
        raise ValueError("not 24 to 64 bytes")
    return raw
