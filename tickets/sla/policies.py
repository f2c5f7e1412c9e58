"""The service level of a mailbox, as the clock needs it."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError

from integrations.remember import remembered
from tickets.models import Mailbox
from tickets.sla.hours import Always, Hours

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """How long each may take, in open time; None for as long as it likes."""

    first_answer: timedelta | None = None
    next_answer: timedelta | None = None
    resolution: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    hours: Hours | Always
    targets: dict[int, Target]

    def target(self, priority: int) -> Target:
        return self.targets.get(priority, Target())


def policy_of(mailbox_id: int) -> Policy | None:
    """At most REMEMBER_SECONDS old; None for a mailbox without a service level."""
    return remembered(("ticket-sla", str(mailbox_id)), lambda: _find(mailbox_id))


def _find(mailbox_id: int) -> Policy | None:
    mailbox = Mailbox.objects.select_related("sla__hours").get(pk=mailbox_id)
    if mailbox.sla is None:
        return None
    rows = mailbox.sla.targets.all()
    targets = {
        row.priority: Target(
            _minutes(row.first_answer_minutes), _minutes(row.next_answer_minutes), _minutes(row.resolution_minutes)
        )
        for row in rows
    }
    try:
        return Policy(Hours.of(mailbox.sla.hours), targets)
    except ValidationError as error:
        # Written by something other than the form, which refuses such hours: mails come in all the same.
        logger.error("the office hours of the service level %d make no sense: %s", mailbox.sla.pk, error.messages)
        return None


def _minutes(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(minutes=value)
