"""From the bytes of a mail to its place: a ticket, the list of automatic mail, or quarantine."""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from tickets.addresses import OwnAddresses, comparable
from tickets.choices import InboundReason, InboundState, MailSource
from tickets.intake.identity import identities
from tickets.intake.sorting import Arrival, sort
from tickets.mime.mail import ParsedMail
from tickets.mime.parsing import parse
from tickets.models import InboundMail, RawMail, Ticket, TicketMessage

logger = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=15)
MOST_ADDRESSES = 100
SETTLED = ("state", "reason", "reason_text", "ticket", "mailbox", "processed_at", "next_attempt_at")


@dataclass(frozen=True, slots=True)
class Taken:
    """`created` is False for a further delivery of a mail that is here already; it names what the first one made."""

    inbound: InboundMail
    created: bool
    message: TicketMessage | None = None

    @property
    def ticket(self) -> Ticket | None:
        return self.inbound.ticket

    @property
    def status(self) -> str:
        return str(self.inbound.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a mail came. `answers`: whether it is to be answered, which mail from an archive is not."""

    source: MailSource
    envelope_to: Sequence[str] = field(default=())
    external_id: str = ""
    sent_by_us: bool = False
    answers: bool = True


def take_in(
    raw: bytes,
    *,
    source: MailSource,
    envelope_to: Sequence[str] = (),
    external_id: str = "",
    sent_by_us: bool = False,
    answers: bool = True,
    own: OwnAddresses | None = None,
) -> Taken:
    """Keeps the mail and puts it where it belongs, in one transaction.

    What cannot be dealt with is kept all the same, and tried again by the sweep: after this returned, nothing is lost.
    """
    delivery = Delivery(
        source=source, envelope_to=envelope_to, external_id=external_id, sent_by_us=sent_by_us, answers=answers
    )
    mail = parse(raw)
    now = timezone.now()
    names = identities(mail, raw, now)
    inbound = InboundMail(identity=names[0], **_described(mail, raw, delivery, now))
    try:
        return _kept(inbound, names, mail, raw, delivery, own)
    except IntegrityError:
        # Another delivery was quicker.
        return _kept(inbound, names, mail, raw, delivery, own)


@transaction.atomic
def _kept(
    inbound: InboundMail,
    names: Sequence[str],
    mail: ParsedMail,
    raw: bytes,
    delivery: Delivery,
    own: OwnAddresses | None,
) -> Taken:
    """Raises IntegrityError when another delivery of the mail comes in at the same moment."""
    if (known := _known(names, delivery)) is not None:
        return Taken(known, False, TicketMessage.objects.filter(inbound=known).first())
    inbound.save(force_insert=True)
    RawMail.objects.create(inbound=inbound, packed=zlib.compress(raw, 6))
    return Taken(inbound, True, settle(inbound, mail, delivery, own=own))


def settle(
    inbound: InboundMail, mail: ParsedMail, delivery: Delivery, *, own: OwnAddresses | None = None
) -> TicketMessage | None:
    """One attempt to find the mail's place; a mistake of ours leaves it as received, to be tried again."""
    try:
        with transaction.atomic():
            arrival = Arrival(
                mail=mail,
                inbound=inbound,
                own=own or OwnAddresses(),
                delivered_to=tuple(delivery.envelope_to),
                sent_by_us=delivery.sent_by_us,
                answers=delivery.answers,
            )
            place = sort(arrival)
            inbound.state, inbound.reason, inbound.reason_text = place.state, place.reason, place.text[:500]
            inbound.ticket, inbound.mailbox = place.ticket, place.mailbox
            inbound.processed_at, inbound.next_attempt_at = timezone.now(), None
            inbound.save(update_fields=SETTLED)
            return place.message
    except (OperationalError, InterfaceError):
        # The caller's transaction is over, too: whoever sent the mail is told that it was not taken.
        raise
    except Exception as error:
        # Whatever it was, the mail is kept and a person will see it; the traceback says what to mend.
        logger.exception("mail %s could not be taken in", inbound.pk)
        _postpone(inbound, type(error).__name__)
        return None


def unpacked(inbound: InboundMail) -> bytes:
    return zlib.decompress(bytes(inbound.raw.packed))


def _postpone(inbound: InboundMail, what: str) -> None:
    inbound.refresh_from_db()
    inbound.attempts += 1
    inbound.reason_text = what
    if inbound.attempts >= ATTEMPTS:
        inbound.state, inbound.reason = InboundState.QUARANTINE, InboundReason.FAILED
        inbound.next_attempt_at, inbound.processed_at = None, timezone.now()
    else:
        inbound.next_attempt_at = timezone.now() + FIRST_PAUSE * 2**inbound.attempts
    inbound.save()


def _known(names: Sequence[str], delivery: Delivery) -> InboundMail | None:
    """An earlier delivery of the mail, which learns where else it went; or of the same event of a provider."""
    same = Q(identity__in=names)
    if delivery.external_id:
        same |= Q(source=delivery.source, external_id=delivery.external_id[:200])
    known: InboundMail | None = InboundMail.objects.filter(same).select_related("ticket").order_by("-id").first()
    if known is not None:
        envelope = list(dict.fromkeys([*known.envelope_to, *map(comparable, delivery.envelope_to)]))[:MOST_ADDRESSES]
        InboundMail.objects.filter(pk=known.pk).update(deliveries=F("deliveries") + 1, envelope_to=envelope)
    return known


def _described(mail: ParsedMail, raw: bytes, delivery: Delivery, now: object) -> dict[str, object]:
    return {
        "source": delivery.source,
        "external_id": delivery.external_id[:200],
        "envelope_to": [comparable(address) for address in delivery.envelope_to][:MOST_ADDRESSES],
        "message_id": mail.message_id[:998],
        "sender": comparable(mail.sender.email),
        "sender_name": mail.sender.name[:200],
        "subject": mail.subject[:998],
        "size": len(raw),
        "defects": list(mail.defects)[:50],
        "received_at": now,
        "next_attempt_at": now,
    }
