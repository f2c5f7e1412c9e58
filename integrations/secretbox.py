"""Sealing of secrets at rest: XChaCha20-Poly1305, bound to the row and field that hold them.

A sealed text reads `v1:<key id>:<base64>`. The additional data names the place where the secret
lives, so a ciphertext copied to another row does not open there.
"""

import base64
import binascii

from django.views.decorators.debug import sensitive_variables
from nacl.exceptions import CryptoError
from nacl.secret import Aead

from integrations.keyring import key_with_id, sealing_key

VERSION = "v1"


class SealBroken(Exception):
    """The text cannot be opened: another key, another place, or damage."""


@sensitive_variables()
def seal(secret: str, *, place: str) -> str:
    """Seals `secret` for `place`, a string such as `provider:<uuid>:api_key`."""
    key = sealing_key()
    cipher = Aead(key.secret).encrypt(secret.encode(), aad=f"{VERSION}|{place}".encode())
    return f"{beginning(key.id)}{base64.b64encode(bytes(cipher)).decode()}"


@sensitive_variables()
def unseal(sealed: str, *, place: str) -> str:
    """Opens what `seal` made for the same `place`; raises SealBroken."""
    try:
        version, key_id, payload = sealed.split(":", 2)
        cipher = base64.b64decode(payload, validate=True)
    except (ValueError, binascii.Error) as error:
        raise SealBroken("not a sealed text") from error
    key = key_with_id(key_id)
    if version != VERSION or key is None:
        raise SealBroken("sealed with another key")
    try:
        return Aead(key.secret).decrypt(cipher, aad=f"{VERSION}|{place}".encode()).decode()
    except CryptoError as error:
        raise SealBroken("sealed for another place, or damaged") from error


def beginning(key_id: str) -> str:
    """How every text begins that was sealed with this key."""
    return f"{VERSION}:{key_id}:"
