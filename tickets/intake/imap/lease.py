"""One reader for a mailbox: a lease on its row, renewed while it reads."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from tickets.models import Mailbox

LEASE = timedelta(minutes=3)


def readable() -> Any:
    return Mailbox.objects.filter(enabled=True).exclude(imap_host="").exclude(sealed_imap_password="")


class LeaseLost(Exception):
    """Another process reads the mailbox now."""


class Lease:
    """Held from `take` to `give_back`; what is learnt of the mailbox is written only while it is held."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._until: Any = None

    @classmethod
    def take(cls, mailbox_id: int) -> "Lease | None":
        now = timezone.now()
        free = Q(imap_lease_until__isnull=True) | Q(imap_lease_until__lt=now)
        lease_until = now + LEASE
        if not readable().filter(free, pk=mailbox_id).update(imap_lease_until=lease_until):
            return None
        lease = cls(Mailbox.objects.get(pk=mailbox_id))
        lease._until = lease_until
        return lease

    def note(self, **fields: Any) -> None:
        """Writes fields of the mailbox and holds it further; raises LeaseLost."""
        until = timezone.now() + LEASE
        mine = Mailbox.objects.filter(pk=self.mailbox.pk, imap_lease_until=self._until)
        if not mine.update(**fields, imap_lease_until=until):
            raise LeaseLost(str(self.mailbox.pk))
        self._until = until
        for name, value in fields.items():
            setattr(self.mailbox, name, value)

    def give_back(self, **fields: Any) -> None:
        Mailbox.objects.filter(pk=self.mailbox.pk, imap_lease_until=self._until).update(**fields, imap_lease_until=None)
