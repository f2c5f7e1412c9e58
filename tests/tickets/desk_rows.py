"""Rows of the support desk as the pages of the back office meet them, made by hand."""

import itertools
import zlib
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from tickets.choices import EventBy, EventKind, InboundState, MessageKind, MoveKind, SendState, TicketState
from tickets.models import (
    ArticleProposal,
    Attachment,
    AutopilotEvent,
    BusinessHours,
    CannedAnswer,
    Customer,
    CustomerAddress,
    DeskRule,
    Draft,
    InboundMail,
    Mailbox,
    Operator,
    OperatorChat,
    RawMail,
    SlaPolicy,
    SlaTarget,
    Tag,
    Ticket,
    TicketEvent,
    TicketMessage,
    TicketMove,
    Topic,
    Triage,
)

numbers = itertools.count(1)
RAW = b"From: Erin <erin@example.com>\r\nTo: help@example.com\r\nSubject: Where is my order?\r\n\r\nHello\r\n"
HTML = (
    '<p>Hello <b>there</b><script>alert(1)</script><img src="https://spy.example/p.png">'
    '<a href="javascript:x">x</a></p>'
)
QUERY = {
    "condition": "AND",
    "rules": [{"field": "subject", "operator": "contains", "value": "court", "type": "string"}],
}


def mailbox(**fields: Any) -> Mailbox:
    tag = next(numbers)
    found: Mailbox = Mailbox.objects.create(**{"name": f"Help {tag}", "address": f"help{tag}@example.com", **fields})
    return found


def customer(name: str = "Erin Example", *addresses: str) -> Customer:
    tag = next(numbers)
    row: Customer = Customer.objects.create(name=name, language="en")
    for address in addresses or (f"erin{tag}@example.com",):
        CustomerAddress.objects.create(customer=row, address=address)
    return row


def ticket(**fields: Any) -> Ticket:
    """An open ticket; what is not given is made."""
    if "mailbox" not in fields:
        fields["mailbox"] = Mailbox.objects.order_by("pk").first() or mailbox()
    values = {"subject": "Where is my order?", "state": TicketState.OPEN, **fields}
    if "customer" not in values:
        values["customer"] = customer()
    made: Ticket = Ticket.objects.create(**values)
    event(made, EventKind.CREATED, by=EventBy.CUSTOMER)
    return made


def message(of: Ticket, kind: str = MessageKind.CUSTOMER, text: str = "Where is my order 12345?", **fields: Any) -> Any:
    """A message of the ticket with its event; the customer's has a mail behind it."""
    values: dict[str, Any] = {"text": text, "new_text": text, **fields}
    if kind == MessageKind.CUSTOMER:
        address = of.customer.addresses.first()
        values = {"sender_address": address.address if address else "", "sender_name": of.customer.name, **values}
        values.setdefault("inbound", mail(state=InboundState.TICKET, ticket=of, mailbox=of.mailbox))
    made = TicketMessage.objects.create(ticket=of, kind=kind, **values)
    kinds = {MessageKind.ANSWER: EventKind.ANSWERED, MessageKind.NOTE: EventKind.NOTE}
    by = EventBy.PERSON if made.author else EventBy.CUSTOMER
    event(of, kinds.get(MessageKind(kind), EventKind.MESSAGE), by=by, actor=made.author, message=made)
    return made


def event(of: Ticket, kind: str, **fields: Any) -> TicketEvent:
    data = fields.pop("data", {})
    made: TicketEvent = TicketEvent.objects.create(ticket=of, kind=kind, data=data, **fields)
    return made


def mail(**fields: Any) -> InboundMail:
    values: dict[str, Any] = {
        "identity": f"mail-{next(numbers)}",
        "source": "mime",
        "sender": "erin@example.com",
        "sender_name": "Erin",
        "subject": "Where is my order?",
        "size": len(RAW),
        "processed_at": timezone.now(),
        **fields,
    }
    made: InboundMail = InboundMail.objects.create(**values)
    RawMail.objects.create(inbound=made, packed=zlib.compress(RAW))
    return made


def attachment(of: TicketMessage, name: str = "bill.pdf", content: bytes = b"%PDF", **fields: Any) -> Attachment:
    path = default_storage.save(f"tickets/test/{next(numbers)}", ContentFile(content))
    values = {"content_type": "application/pdf", **fields}
    made: Attachment = Attachment.objects.create(message=of, name=name, size=len(content), path=path, **values)
    return made


def decision(of: Ticket, about: TicketMessage, **fields: Any) -> Triage:
    values: dict[str, Any] = {
        "state": "done",
        "decision": "full_answer",
        "source": "model",
        "issue_summary": "The customer looks for an order.",
        "draft_reply": "Your order is **on its way**.",
        "reason": "The passage says how long deliveries take.",
        "confidence": 0.82,
        "calibrated": 0.7,
        "evidence": [{"title": "How parcels travel", "quote": "Three days.", "url": "/guide/delivery"}],
        "rules": [
            {
                "rule": 1,
                "name": "Legal threats",
                "explain": [
                    {
                        "path": "rules[0]",
                        "field": "subject",
                        "operator": "contains",
                        "value": "court",
                        "left": "Where is my order?",
                        "result": False,
                    }
                ],
            }
        ],
        "action": "drafted",
        "action_reason": "level",
        "model_key": "house-1",
        "provider_key": "house",
        "calls": 1,
        "duration_ms": 900,
        **fields,
    }
    made: Triage = Triage.objects.create(ticket=of, message=about, mailbox=of.mailbox, **values)
    return made


def draft(of: Ticket, about: TicketMessage, text: str = "Your order is **on its way**.", **fields: Any) -> Draft:
    made: Draft = Draft.objects.create(ticket=of, message=about, text=text, **fields)
    Ticket.objects.filter(pk=of.pk).update(has_draft=True)
    of.has_draft = True
    return made


def everything(actor: User) -> Ticket:
    """A row of each model of the desk, and a ticket on which all of it shows."""
    tag = next(numbers)
    hours = BusinessHours.objects.create(name=f"Office {tag}", holidays=["2026-12-31"])
    policy = SlaPolicy.objects.create(name=f"Standard {tag}", hours=hours)
    SlaTarget.objects.create(policy=policy, priority=50, first_answer_minutes=240)
    box = mailbox(hours=hours, sla=policy, imap_host="imap.example.com", autopilot_paused_at=timezone.now())
    OperatorChat.objects.create(name=f"Chat {tag}", chat_id=str(tag), mailbox=box)
    Operator.objects.update_or_create(user=actor, defaults={"telegram_id": tag, "telegram_name": f"Op {tag}"})
    AutopilotEvent.objects.create(mailbox=box, paused=True, reason="Too many edits", actor=actor)
    topic = Topic.objects.create(key=f"delivery-{tag}", name=f"Delivery {tag}")
    label = Tag.objects.create(name=f"vip {tag}")
    DeskRule.objects.create(name=f"Threats {tag}", condition=QUERY)
    CannedAnswer.objects.create(name=f"Thanks {tag}", text_en="Thank you, {customer_name}.")
    who = customer(f"Person {tag}", f"person{tag}@example.org", f"p{tag}@example.net")
    now = timezone.now()
    row = ticket(
        mailbox=box,
        customer=who,
        assignee=actor,
        topic=topic,
        summary="The order has not come.",
        waiting_since=now - timedelta(hours=3),
        due_at=now - timedelta(hours=1),
        escalated_at=now,
        escalation_reason="The customer asks for a person",
        split_suggested=True,
    )
    row.tags.add(label)
    first = message(row, html=HTML, text="Where is it?\n\n> You wrote", new_text="Where is it?")
    attachment(first)
    message(row, MessageKind.ANSWER, "It **comes**.", author=actor, send_state=SendState.BOUNCED, send_error="550")
    message(row, MessageKind.NOTE, "He is angry.", author=actor)
    message(row, MessageKind.SYSTEM, "Out of office")
    decided = decision(row, first)
    draft(row, first, triage=decided)
    event(row, EventKind.STATE, by=EventBy.AI, data={"before": "new", "after": "open"})
    event(row, EventKind.ASSIGNED, by=EventBy.PERSON, actor=actor, data={"before": None, "after": actor.pk})
    event(row, EventKind.BOUNCED, by=EventBy.SYSTEM)
    other = ticket(mailbox=box, customer=who, subject="A second matter")
    TicketMove.objects.create(kind=MoveKind.SPLIT, source=row, target=other, messages=[], actor=actor)
    ArticleProposal.objects.create(
        ticket=row, title=f"How long deliveries take {tag}", text="# Delivery\n\nThree days."
    )
    mail(state=InboundState.QUARANTINE, reason="rate", mailbox=box, sender=f"many{tag}@example.com")
    return row
