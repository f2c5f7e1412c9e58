"""The mailbox that is there without anybody's set-up."""

from email.utils import parseaddr

from django.conf import settings
from django.db import IntegrityError, transaction

from tickets.choices import AutopilotLevel
from tickets.models import Mailbox


def default_mailbox() -> Mailbox:
    """The mailbox that takes all other mail, made when it is first needed: from the address that mails are sent from.

    Its autopilot answers everything, as the desk's API promises; mailboxes that people add begin with drafts.
    """
    if (found := Mailbox.objects.filter(is_default=True).first()) is not None:
        return found
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        with transaction.atomic():
            return Mailbox.objects.create(
                name="Support", address=address, is_default=True, autopilot=AutopilotLevel.FULL
            )
    except IntegrityError:
        # Somebody else made it, or a mailbox of this name or address is there and was not chosen for the rest.
        return Mailbox.objects.filter(is_default=True).first() or Mailbox.objects.order_by("pk")[0]
