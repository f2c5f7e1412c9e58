from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from tickets.choices import OURS, TicketState

if TYPE_CHECKING:
    from tickets.models import Customer, InboundMail, Mailbox, Ticket, TicketMessage  # noqa: F401 - in strings below


def _may(actor: Any, right: str) -> bool:
    return isinstance(actor, User) and actor.is_active and actor.is_staff and actor.has_perm(f"tickets.{right}")


def seen_mailboxes(actor: Any) -> list[int] | None:
    """The keys of the mailboxes whose tickets `actor` may see; None for all of them."""
    from tickets.models import Mailbox

    if not _may(actor, "view_ticket"):
        return []
    if actor.is_superuser:
        return None
    theirs = Q(groups__isnull=True) | Q(groups__in=actor.groups.all())
    found = set(Mailbox.objects.filter(theirs).values_list("pk", flat=True))
    return None if len(found) == Mailbox.objects.count() else sorted(found)


class MailboxQuerySet(models.QuerySet["Mailbox"]):
    def visible_to(self, actor: Any) -> "MailboxQuerySet":
        """All for staff who may view mailboxes: they are the desk's set-up, not its content."""
        return self.all() if _may(actor, "view_mailbox") else self.none()


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, actor: Any) -> "CustomerQuerySet":
        """Those who have a ticket that `actor` may see."""
        from tickets.models import Ticket

        mailboxes = seen_mailboxes(actor)
        if mailboxes is None:
            return self.all()
        # Looked up for the rows of one page; a join would gather the tickets of all customers first.
        theirs = Ticket.objects.filter(customer=OuterRef("pk"), mailbox__in=mailboxes)
        return self.filter(Exists(theirs)) if mailboxes else self.none()


class InboundMailQuerySet(models.QuerySet["InboundMail"]):
    def visible_to(self, actor: Any) -> "InboundMailQuerySet":
        """Mail that reached no mailbox is for those who see all of them."""
        if not _may(actor, "view_inboundmail"):
            return self.none()
        mailboxes = seen_mailboxes(actor)
        return self.all() if mailboxes is None else self.filter(mailbox__in=mailboxes)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, actor: Any) -> "TicketQuerySet":
        """The tickets of the mailboxes that `actor` may see; staff with the right to view tickets only."""
        mailboxes = seen_mailboxes(actor)
        if mailboxes is None:
            return self.all()
        return self.filter(mailbox__in=mailboxes) if mailboxes else self.none()

    def present(self) -> "TicketQuerySet":
        """Without those that live on in another one, and without spam."""
        return self.exclude(state__in=[TicketState.MERGED, TicketState.SPAM])

    def ours(self) -> "TicketQuerySet":
        return self.filter(state__in=OURS)

    def overdue(self, now: datetime) -> "TicketQuerySet":
        return self.filter(due_at__lt=now)


class TicketMessageQuerySet(models.QuerySet["TicketMessage"]):
    def visible_to(self, actor: Any) -> "TicketMessageQuerySet":
        mailboxes = seen_mailboxes(actor)
        if mailboxes is None:
            return self.all()
        return self.filter(ticket__mailbox__in=mailboxes) if mailboxes else self.none()
