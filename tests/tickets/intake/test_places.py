"""Every mail is in one place that people can see, whatever happens on its way there."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.tickets import desk
from tickets.choices import InboundReason, InboundState, MailSource, MessageKind, SendState
from tickets.intake import sorting, sweep, take_in
from tickets.models import CustomerAddress, InboundMail, RawMail, Ticket, TicketMessage, Triage

pytestmark = pytest.mark.django_db


def raw(number: int = 1, text: str = "It does not work", **headers: str) -> bytes:
    given = {"From": "anna@client.example", "To": "support@desk.example", "Subject": "Order", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in given.items()]
    return "\r\n".join([*lines, f"Message-ID: <{number}@client.example>", "", text]).encode()


def taken(*args: object, **kwargs: object):
    return take_in(raw(*args, **kwargs), source=MailSource.MIME)


@pytest.mark.parametrize(
    ("headers", "state", "reason"),
    [
        ({}, "ticket", ""),
        ({"Auto_Submitted": "auto-replied"}, "ignored", "auto_reply"),
        ({"Auto_Submitted": "auto-replied", "Subject": "Out of office"}, "ignored", "out_of_office"),
        ({"List_Id": "<a.b>"}, "ignored", "list"),
        ({"Precedence": "bulk"}, "ignored", "bulk"),
        ({"From": "mailer-daemon@mx.example"}, "ignored", "report"),
        ({"From": "mailer-daemon@mx.example", "Subject": "Undelivered Mail Returned to Sender"}, "ignored", "bounce"),
        ({"From": "Support@desk.example"}, "ignored", "own"),
        ({"From": "support+t1-abc@desk.example"}, "ignored", "own"),
        ({"From": "nobody at all"}, "quarantine", "no_sender"),
        ({"X_Spam_Flag": "YES"}, "quarantine", "spam"),
    ],
)
def test_each_mail_has_its_place(mailbox, headers, state, reason):
    found = taken(**headers)
    row = InboundMail.objects.get()
    assert (found.status, row.state, row.reason) == (state, state, reason)
    assert bool(row.processed_at) and RawMail.objects.filter(inbound=row).exists()
    assert Ticket.objects.count() == Triage.objects.count() == (state == "ticket")


def test_blocked_senders_wait_for_a_person(mailbox):
    address = CustomerAddress.objects.create(customer=desk.customer(), address="bad@client.example")
    address.customer.blocked = True
    address.customer.save()
    assert taken(From="Bad@Client.example").inbound.reason == InboundReason.BLOCKED


def test_too_many_mails_of_one_sender_wait_for_a_person(mailbox, settings):
    settings.TICKET_MAILS_PER_SENDER = 3
    reasons = [taken(number).inbound.reason for number in range(5)]
    assert reasons == ["", "", "", "rate", "rate"]
    InboundMail.objects.update(received_at=timezone.now() - timedelta(minutes=11))
    assert taken(9).status == "ticket"


def test_the_same_mail_to_two_of_our_addresses_is_one(mailbox):
    first = take_in(raw(), source=MailSource.MIME, envelope_to=["support@desk.example"])
    again = take_in(b"Received: elsewhere\r\n" + raw(), source=MailSource.IMAP, envelope_to=["sales@desk.example"])
    assert (again.created, again.message) == (False, first.message)
    row = InboundMail.objects.get()
    assert (row.deliveries, row.ticket) == (2, first.ticket)


def test_an_event_of_a_provider_is_taken_once(mailbox):
    first = take_in(raw(1), source=MailSource.PROVIDER, external_id="mailgun:e1")
    again = take_in(raw(2), source=MailSource.PROVIDER, external_id="mailgun:e1")
    assert (again.created, again.inbound) == (False, first.inbound)


def test_the_same_words_another_week_are_another_mail(mailbox):
    body = b"From: anna@client.example\r\nSubject: Help\r\n\r\nhelp"
    assert take_in(body, source=MailSource.MIME).created
    assert not take_in(body, source=MailSource.MIME).created
    InboundMail.objects.update(identity="of an earlier week")
    assert take_in(body, source=MailSource.MIME).created


def break_once(monkeypatch, error: Exception, times: int = 1):
    real, left = sorting.place, [times]

    def broken(*args, **kwargs):
        placed = real(*args, **kwargs)
        if left[0]:
            left[0] -= 1
            raise error
        return placed

    monkeypatch.setattr(sorting, "place", broken)


def due() -> None:
    InboundMail.objects.update(next_attempt_at=timezone.now())


def test_what_fails_in_the_middle_is_kept_and_tried_again(mailbox, monkeypatch):
    break_once(monkeypatch, ValueError("a mistake of ours"))
    found = taken()
    assert (found.status, found.ticket) == ("received", None)
    assert RawMail.objects.count() == 1
    assert not Ticket.objects.exists() and not TicketMessage.objects.exists() and not Triage.objects.exists()
    assert taken().created is False
    due()
    assert sweep.sweep() == 1
    row = InboundMail.objects.get()
    assert (row.state, TicketMessage.objects.count(), Triage.objects.count()) == (InboundState.TICKET, 1, 1)
    assert sweep.sweep() == 0


def test_what_always_fails_goes_to_quarantine(mailbox, monkeypatch):
    break_once(monkeypatch, ValueError("a mistake of ours"), times=99)
    taken()
    for _ in range(10):
        due()
        sweep.sweep()
    row = InboundMail.objects.get()
    assert (row.state, row.reason, row.reason_text) == (InboundState.QUARANTINE, InboundReason.FAILED, "ValueError")
    assert not Ticket.objects.exists()


def test_an_absence_is_shown_in_its_thread_and_answered_by_nobody(mailbox):
    ticket = desk.ticket(mailbox=mailbox)
    answer = desk.answer(ticket)
    headers = {"In_Reply_To": answer.message_id, "Auto_Submitted": "auto-replied", "Subject": "Out of office"}
    before = Triage.objects.count()
    found = taken(From=desk.ADDRESS, **headers)
    assert (found.ticket, found.message.kind) == (ticket, MessageKind.SYSTEM)
    assert Triage.objects.count() == before


def test_a_bounce_marks_the_answer_that_came_back(mailbox):
    answer = desk.answer(desk.ticket(mailbox=mailbox))
    report = (
        "From: mailer-daemon@mx.example\r\nSubject: Undelivered\r\nMessage-ID: <b@mx>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {desk.ADDRESS}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {answer.message_id}\r\n--b--\r\n"
    )
    found = take_in(report.encode(), source=MailSource.MIME)
    answer.refresh_from_db()
    assert (answer.send_state, found.status, found.inbound.ticket) == (SendState.BOUNCED, "ignored", answer.ticket)


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_ten_times_at_once_is_one_ticket(mailbox):
    found = []

    def deliver() -> None:
        try:
            found.append(taken().inbound.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 10 and len(set(found)) == 1
    assert (Ticket.objects.count(), TicketMessage.objects.count(), InboundMail.objects.get().deliveries) == (1, 1, 10)
