"""The keys that seal and open secrets. The first one seals, all of them open.

A key is 32 bytes in base64 or hex, used as they are; or a passphrase. A long one, such as the one that is made at
the first start, has entropy enough for a plain hash; a shorter one may be a person's and is stretched.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from nacl.secret import Aead

LABELLED = re.compile(r"([A-Za-z0-9_-]{1,32}):(.+)", re.DOTALL)
HEX = re.compile(r"[0-9a-fA-F]{64}")
# 43 characters of base64 hold 256 bits.
LONG_ENOUGH = 43
STRETCH_MEMORY = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Key:
    """`id` stands in every sealed text; it follows from the key and tells nothing about it."""

    id: str
    secret: bytes = field(repr=False)


def sealing_key() -> Key:
    return keys()[0]


def key_with_id(key_id: str) -> Key | None:
    return next((key for key in keys() if key.id == key_id), None)


def keys() -> tuple[Key, ...]:
    """SECRET_BOX_KEYS in their order, then SECRET_BOX_KEY, then the key file that an earlier start made."""
    return _ring(tuple(settings.SECRET_BOX_KEYS), settings.SECRET_BOX_KEY, settings.SECRET_BOX_FORMER_KEY)


@lru_cache(maxsize=8)
def _ring(listed: tuple[str, ...], single: str, former: str) -> tuple[Key, ...]:
    texts = [*map(_without_label, listed), *filter(None, (single, former))]
    candidates = [_secret(text) for text in texts]
    # What was sealed before keys were used as they are, or stretched.
    candidates += [_hashed(text) for text in texts]
    return tuple(Key(_id(secret), secret) for secret in dict.fromkeys(candidates))


def _without_label(text: str) -> str:
    """`id:key` names the key for its owner; the id in sealed texts follows from the key itself."""
    found = LABELLED.fullmatch(text)
    return found[2] if found else text


def _secret(text: str) -> bytes:
    raw = as_bytes(text)
    if raw is not None:
        return raw
    return _hashed(text) if len(text) >= LONG_ENOUGH else _stretched(text)


def as_bytes(text: str) -> bytes | None:
    """The 32 bytes that `text` spells in hex or base64, or None."""
    if HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        raw = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == Aead.KEY_SIZE else None


def _hashed(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=Aead.KEY_SIZE, person=b"switchboard").digest()


@lru_cache(maxsize=8)
def _stretched(text: str) -> bytes:
    """A tenth of a second, once per process. The salt is fixed: every process must come to the same key."""
    return hashlib.scrypt(
        text.encode(), salt=b"switchboard secret box", n=2**15, r=8, p=1, maxmem=STRETCH_MEMORY, dklen=Aead.KEY_SIZE
    )


def _id(secret: bytes) -> str:
    return hashlib.blake2b(secret, digest_size=4).hexdigest()
