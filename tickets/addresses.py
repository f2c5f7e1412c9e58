"""Addresses as they are compared and kept."""

from collections.abc import Iterable

from django.db.models import Q

from integrations.remember import remembered
from tickets.models import CustomerAddress, Mailbox

LONGEST = 320


def comparable(address: str) -> str:
    """Lower case, without surrounding blanks; mail servers that tell cases apart are not met any more."""
    return address.strip().lower()[:LONGEST]


def without_tag(address: str) -> tuple[str, str]:
    """`support@a.b` and `x.y` of `support+x.y@a.b`."""
    local, _at, domain = address.rpartition("@")
    name, _plus, tag = local.partition("+")
    return f"{name}@{domain}", tag


class OwnAddresses:
    """The mailboxes by their addresses; plus-addresses belong to the address before the plus.

    Without `mailboxes` all of them, as they were up to REMEMBER_SECONDS ago.
    """

    def __init__(self, mailboxes: Iterable[Mailbox] | None = None) -> None:
        self._by_address: dict[str, Mailbox] = {}
        self.fallback: Mailbox | None = None
        for mailbox in remembered(("mailboxes",), _all) if mailboxes is None else mailboxes:
            for address in (mailbox.address, *mailbox.aliases):
                self._by_address[comparable(str(address))] = mailbox
            if mailbox.is_default:
                self.fallback = mailbox

    def mailbox_of(self, address: str) -> Mailbox | None:
        known = comparable(address)
        return self._by_address.get(known) or self._by_address.get(without_tag(known)[0])

    def __contains__(self, address: str) -> bool:
        return self.mailbox_of(address) is not None


def _all() -> list[Mailbox]:
    return list(Mailbox.objects.all())


def is_blocked(address: str) -> bool:
    return CustomerAddress.objects.filter(Q(customer__blocked=True), address=comparable(address)).exists()
