"""Reading what is new in a mailbox, by UID, from where the last reading ended."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from integrations.sealing import open_sealed
from integrations.secretbox import SealBroken
from tickets.choices import MailSource
from tickets.intake.imap.lease import Lease, LeaseLost
from tickets.intake.storing import take_in
from tickets.mime.limits import MAX_BYTES
from tickets.models import Mailbox

logger = logging.getLogger(__name__)

TIMEOUT = 30
# Somebody waits for the answer.
LOOK_TIMEOUT = 10
# A first look takes the mails of the last day; what is older is for `import_mail`.
FIRST_LOOK = timedelta(days=1)
IDLE_SECONDS = 60.0
FAILURES = (IMAPClientError, OSError, ssl.SSLError, SealBroken, DatabaseError)


class Unreadable(Exception):
    """Why a mailbox cannot be read, in words for people; none of them are the server's."""


def look(mailbox: Mailbox) -> int:
    """How many mails are in its folder; raises Unreadable. Nothing is taken in or noted, and no lease is needed."""
    try:
        with _connected(mailbox, timeout=LOOK_TIMEOUT) as client:
            return _mails_in(client, mailbox.imap_folder or "INBOX")
    except (IMAPClientError, OSError, SealBroken, ValueError, OverflowError) as error:
        logger.info("mailbox %d was tried: %s", mailbox.pk, type(error).__name__)
        raise Unreadable(_explained(error)) from error


def _mails_in(client: IMAPClient, folder: str) -> int:
    try:
        return int(client.select_folder(folder, readonly=True).get(b"EXISTS", 0))
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        raise Unreadable(_("The folder %(name)s cannot be opened.") % {"name": folder}) from error


def _explained(error: Exception) -> str:
    match error:
        case LoginError():
            return _("The server does not accept the user name or the password.")
        case SealBroken():
            return _("The password cannot be opened; enter it again.")
        case socket.gaierror():
            return _("The name of the server cannot be found.")
        case ssl.SSLError():
            return _("No encrypted connection comes about: check the port and the certificate of the server.")
        case TimeoutError():
            return _("The server does not answer.")
        case OSError():
            return _("The server cannot be reached.")
        case ValueError() | OverflowError():
            return _("The server, the port, the user name or the password cannot be as they are written.")
    return _("The server does not speak IMAP, or broke off.")


def poll(mailbox_id: int) -> int | None:
    """Takes in what is new; the number of mails, or None when another process reads the mailbox or it failed.

    A failure stands in `imap_error` of the mailbox, without anything that the server said.
    """
    return _held(mailbox_id, _once)


def watch(mailbox_id: int, *, stopped: Callable[[], bool]) -> None:
    """Reads, and waits for the server to tell of new mail where it can (IDLE), until `stopped` or a failure."""
    _held(mailbox_id, lambda client, lease: _until_stopped(client, lease, stopped))


def _held(mailbox_id: int, work: Callable[[IMAPClient, Lease], int]) -> int | None:
    lease = Lease.take(mailbox_id)
    if lease is None:
        return None
    try:
        with _connected(lease.mailbox) as client:
            count = work(client, lease)
    except LeaseLost:
        return None
    except FAILURES as error:
        logger.warning("mailbox %d cannot be read: %s", mailbox_id, type(error).__name__)
        lease.give_back(imap_error=_words(error))
        return None
    lease.give_back(imap_error="", imap_checked_at=timezone.now())
    return count


def _words(error: BaseException) -> str:
    if isinstance(error, LoginError):
        return "The server does not accept the user name or the password."
    if isinstance(error, SealBroken):
        return "The password cannot be opened; enter it again."
    return type(error).__name__


@contextmanager
def _connected(mailbox: Mailbox, *, timeout: float = TIMEOUT) -> Iterator[IMAPClient]:
    client = IMAPClient(mailbox.imap_host, port=mailbox.imap_port, ssl=mailbox.imap_tls, timeout=timeout)
    try:
        if not mailbox.imap_tls and client.has_capability("STARTTLS"):
            client.starttls(ssl.create_default_context())
        client.login(mailbox.imap_user, open_sealed(mailbox, "sealed_imap_password"))
        yield client
    finally:
        with suppress(IMAPClientError, OSError):
            client.logout()


def _until_stopped(client: IMAPClient, lease: Lease, stopped: Callable[[], bool]) -> int:
    count = _once(client, lease)
    while client.has_capability("IDLE") and not stopped():
        client.idle()
        client.idle_check(timeout=IDLE_SECONDS)
        client.idle_done()
        # Also when nothing was told: what came just before the waiting began may have been told with another answer.
        count += _once(client, lease)
        lease.note(imap_checked_at=timezone.now(), imap_error="")
    return count


def _once(client: IMAPClient, lease: Lease) -> int:
    count = 0
    for uid in _new_uids(client, lease):
        raw = _fetched(client, uid)
        # A mail that has been moved away meanwhile is gone.
        if raw is not None:
            mailbox = lease.mailbox
            name = f"imap:{mailbox.pk}:{mailbox.imap_uid_validity}:{uid}"
            take_in(raw, source=MailSource.IMAP, envelope_to=[mailbox.address], external_id=name)
            count += 1
        lease.note(imap_last_uid=uid)
    return count


def _new_uids(client: IMAPClient, lease: Lease) -> list[int]:
    """Read-only, so that the server marks nothing as seen."""
    mailbox = lease.mailbox
    selected: dict[bytes, Any] = client.select_folder(mailbox.imap_folder or "INBOX", readonly=True)
    validity = int(selected.get(b"UIDVALIDITY", 0))
    if mailbox.imap_uid_validity == validity:
        found = client.search(["UID", f"{mailbox.imap_last_uid + 1}:*"])
        return sorted(uid for uid in found if _is_new(uid, mailbox))
    # The first look, or all numbers of the folder have changed: what is known is recognised by what it is.
    since = ((mailbox.imap_checked_at or timezone.now()) - FIRST_LOOK).date()
    lease.note(imap_uid_validity=validity, imap_last_uid=0)
    return sorted(client.search(["SINCE", since]))


def _is_new(uid: int, mailbox: Mailbox) -> bool:
    """`n:*` also names the last mail when it is older than n."""
    return uid > mailbox.imap_last_uid


def _fetched(client: IMAPClient, uid: int) -> bytes | None:
    answer = client.fetch([uid], [f"BODY.PEEK[]<0.{MAX_BYTES}>".encode()]).get(uid, {})
    return next((value for key, value in answer.items() if key.startswith(b"BODY[") and value is not None), None)
