"""Erasing a customer's personal data, for good. Numbers, times, states and marks stay for statistics.

What is gone: texts, names, addresses, raw mails, files, what models said of them, drafts, messages of the outbox and in
operators' chats, open proposals of articles. The identity of a mail stays, a digest, so that the same mail does not
come back when a server delivers it once more.
"""

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from integrations.models import Delivery, DeliveryAttempt
from integrations.outbox.choices import DeliveryState
from tickets import erasure_telegram
from tickets.choices import (
    OPEN_TRIAGES,
    UNFINISHED,
    DraftState,
    EventKind,
    MessageKind,
    ProposalState,
    TicketState,
    TriageState,
)
from tickets.models import (
    ArticleProposal,
    Attachment,
    Customer,
    CustomerAddress,
    Draft,
    InboundMail,
    RawMail,
    ThreadKey,
    Ticket,
    TicketMessage,
    TicketMove,
    Triage,
)
from tickets.services.events import record

logger = logging.getLogger(__name__)

# Of the fields that a move keeps, those that hold somebody's words.
WORDS = ("subject", "summary", "escalation_reason", "rating_comment")


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of each kind were emptied or deleted.

    `still_sending` are messages that were on the wire at that moment: erasing once more empties them too.
    """

    tickets: int = 0
    messages: int = 0
    mails: int = 0
    files: int = 0
    decisions: int = 0
    drafts: int = 0
    deliveries: int = 0
    addresses: int = 0
    proposals: int = 0
    chat_messages: int = 0
    still_sending: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Scope:
    """What belongs to the customer: whole tickets, and single mails of his in other people's."""

    customer: Customer
    addresses: frozenset[str]
    tickets: list[int]
    messages: list[int] = field(default_factory=list)
    uuids: list[str] = field(default_factory=list)


@transaction.atomic
def erase(customer: Customer, *, actor: Any) -> Erased:
    """Erases in one transaction; doing it again finds what has come since. The trail says who did it, and no more."""
    scope = _scope(Customer.objects.select_for_update().get(pk=customer.pk))
    files = _files(scope)
    report = Erased(files=len(files), **_texts(scope), **_decisions(scope), **_mails(scope), **_deliveries(scope))
    report = replace(report, chat_messages=erasure_telegram.erase(scope.tickets), tickets=_tickets(scope))
    report = replace(report, addresses=_person(scope))
    customer.refresh_from_db()
    for ticket in Ticket.objects.filter(pk__in=scope.tickets):
        record(ticket, EventKind.ERASED, actor=actor)
    transaction.on_commit(partial(_delete_files, files))
    logger.info("customer %d erased by %s: %s", customer.pk, actor, report.as_dict())
    return report


def _scope(customer: Customer) -> _Scope:
    addresses = frozenset(customer.addresses.values_list("address", flat=True))
    rows = list(Ticket.objects.filter(customer=customer).select_for_update().order_by("pk").values_list("pk", "uuid"))
    tickets = [number for number, _uuid in rows]
    own = TicketMessage.objects.filter(ticket__in=tickets).values_list("pk", flat=True)
    elsewhere = TicketMessage.objects.filter(inbound__sender__in=addresses).values_list("pk", flat=True)
    messages = sorted({*own, *elsewhere})
    return _Scope(customer, addresses, tickets, messages, [f"ticket:{uuid}" for _number, uuid in rows])


def _files(scope: _Scope) -> list[str]:
    """The rows go; returns the paths that nobody else's attachment has."""
    rows = Attachment.objects.filter(message__in=scope.messages)
    paths = set(rows.exclude(path="").values_list("path", flat=True))
    rows.delete()
    return sorted(paths - set(Attachment.objects.filter(path__in=paths).values_list("path", flat=True)))


def _delete_files(paths: Iterable[str]) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            default_storage.delete(path)


def _texts(scope: _Scope) -> dict[str, int]:
    rows = TicketMessage.objects.filter(pk__in=scope.messages)
    emptied = rows.update(
        text="",
        new_text="",
        html="",
        subject="",
        reply_to="",
        to=[],
        cc=[],
        message_id="",
        references=[],
        send_error="",
    )
    rows.filter(kind__in=[MessageKind.CUSTOMER, MessageKind.SYSTEM]).update(sender_name="", sender_address="")
    ThreadKey.objects.filter(message__in=scope.messages).delete()
    ThreadKey.objects.filter(ticket__in=scope.tickets).delete()
    for move in TicketMove.objects.filter(source__in=scope.tickets):
        move.before = {name: "" if name in WORDS else value for name, value in move.before.items()}
        move.save(update_fields=["before"])
    return {"messages": emptied}


def _decisions(scope: _Scope) -> dict[str, int]:
    """What waits to be decided is not decided any more."""
    now = timezone.now()
    triages = Triage.objects.filter(message__in=scope.messages)
    triages.filter(state__in=OPEN_TRIAGES).update(state=TriageState.SUPERSEDED, finished_at=now, lease_until=None)
    emptied = triages.update(
        full_name="", issue_summary="", draft_reply="", reason="", evidence=[], rules=[], problems=[]
    )
    drafts = Draft.objects.filter(ticket__in=scope.tickets) | Draft.objects.filter(message__in=scope.messages)
    drafts.filter(state=DraftState.OPEN).update(state=DraftState.SUPERSEDED, reviewed_at=now)
    proposals = ArticleProposal.objects.filter(ticket__in=scope.tickets, state=ProposalState.OPEN)
    return {
        "decisions": emptied,
        "drafts": drafts.update(text="", final_text="", reject_reason=""),
        "proposals": proposals.delete()[0],
    }


def _mails(scope: _Scope) -> dict[str, int]:
    ours = InboundMail.objects.filter(message__in=scope.messages) | InboundMail.objects.filter(ticket__in=scope.tickets)
    numbers = {*ours.values_list("pk", flat=True)}
    numbers |= {*InboundMail.objects.filter(sender__in=scope.addresses).values_list("pk", flat=True)}
    RawMail.objects.filter(inbound__in=numbers).delete()
    _unname_history(InboundMail, numbers)
    empty = {"envelope_to": [], "message_id": "", "sender": "", "sender_name": "", "subject": "", "reason_text": ""}
    return {"mails": InboundMail.objects.filter(pk__in=numbers).update(external_id="", **empty)}


def _deliveries(scope: _Scope) -> dict[str, int]:
    """What has not left does not leave."""
    rows = Delivery.objects.filter(source__in=scope.uuids)
    rows.filter(state=DeliveryState.PENDING).update(
        state=DeliveryState.CANCELLED, finished_at=timezone.now(), held_for=""
    )
    sending = rows.filter(state=DeliveryState.SENDING).count()
    ended = rows.exclude(state=DeliveryState.SENDING)
    DeliveryAttempt.objects.filter(delivery__in=ended).update(error="")
    emptied = ended.update(payload={}, recipient="", summary="", last_error="", result={})
    return {"deliveries": emptied, "still_sending": sending}


def _tickets(scope: _Scope) -> int:
    now = timezone.now()
    rows = Ticket.objects.filter(pk__in=scope.tickets)
    rows.filter(state__in=UNFINISHED).update(state=TicketState.CLOSED, closed_at=now)
    quiet = {"waiting_since": None, "answer_due_at": None, "resolution_due_at": None, "due_at": None}
    words = dict.fromkeys(WORDS, "")
    return int(rows.update(**words, **quiet, has_draft=False, learn_due_at=None, updated_at=now))


def _person(scope: _Scope) -> int:
    deleted: int = CustomerAddress.objects.filter(customer=scope.customer).delete()[0]
    known = scope.customer
    known.name, known.notes, known.erased_at = "", "", timezone.now()
    known.save(update_fields=["name", "notes", "erased_at"])
    _unname_history(Customer, [known.pk])
    return deleted


def _unname_history(model: type[Model], keys: Iterable[Any]) -> None:
    """The back office's history keeps who did what and when; how the row was called then is the customer's."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys]).update(object_repr="")
