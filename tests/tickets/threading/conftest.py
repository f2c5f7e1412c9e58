from collections.abc import Callable
from typing import Any

import pytest

from tickets.addresses import OwnAddresses
from tickets.mime.parsing import parse
from tickets.mime.quoting import split
from tickets.models import Mailbox
from tickets.threading import Placed, place

SUPPORT = "support@example.com"


@pytest.fixture
def mailbox(db: Any) -> Mailbox:
    box: Mailbox = Mailbox.objects.create(
        name="Support", address=SUPPORT, aliases=["help@example.com"], is_default=True
    )
    return box


@pytest.fixture
def arrives(mailbox: Mailbox) -> Callable[..., Placed]:
    """Puts a mail with these headers where it belongs; `to` is the support's address when nothing is said."""

    def put(text: str = "Hello there", **headers: str) -> Placed:
        given = {"From": "anna@client.example", "To": SUPPORT, "Subject": "Printer"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "\r\n".join(f"{name}: {value}" for name, value in given.items() if value)
        parsed = parse(f"{head}\r\n\r\n{text}".encode())
        return place(parsed, inbound=None, own=OwnAddresses(), split=split(parsed.text))

    return put
