"""After erasure nothing in the database says who the customer was or what he wrote; figures stay."""

import zlib
from itertools import chain

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations.models import Delivery
from tests.tickets import desk
from tickets.answers import send_answer
from tickets.choices import EventKind, TicketState
from tickets.erasure import erase
from tickets.errors import NotPossible
from tickets.models import (
    ArticleProposal,
    Attachment,
    CustomerAddress,
    InboundMail,
    RawMail,
    ThreadKey,
    Ticket,
    Triage,
)
from tickets.services import changes

pytestmark = pytest.mark.django_db(transaction=True)
# Each stands in what the customer, staff or models wrote, and in nothing else.
CANARIES = ("zebrafish", "Anna", "Petrova", desk.ADDRESS)


@pytest.fixture
def row(settings, tmp_path, dana):
    """A ticket with everything that a ticket can have."""
    settings.MEDIA_ROOT = tmp_path
    row = desk.ticket("zebrafish order", "My zebrafish did not come", summary="zebrafish lost", rating=4)
    mail = row.messages.get()
    inbound = InboundMail.objects.create(
        identity="a" * 64, source="mime", state="ticket", ticket=row, sender=desk.ADDRESS, sender_name="Anna Petrova",
        subject="zebrafish order", message_id=mail.message_id, processed_at=timezone.now(), envelope_to=[desk.ADDRESS],
    )  # fmt: skip
    RawMail.objects.create(inbound=inbound, packed=zlib.compress(b"zebrafish"))
    mail.inbound = inbound
    mail.save()
    for name in ("own", "shared"):
        path = default_storage.save(name, ContentFile(b"zebrafish"))
        Attachment.objects.create(message=mail, name="zebrafish.txt", text="zebrafish", path=path)
    desk.draft(row, "Dear Anna, the zebrafish comes")
    Triage.objects.update(full_name="Anna Petrova", issue_summary="zebrafish", evidence=[{"quote": "zebrafish"}])
    desk.answer(row, "Dear Anna, your zebrafish comes", actor=dana)
    changes.add_note(row, "Anna called about the zebrafish", actor=dana)
    ArticleProposal.objects.create(ticket=row, title="zebrafish", text="zebrafish")
    row.refresh_from_db()
    row.rating_comment = "zebrafish!"
    row.customer.notes = "likes zebrafish"
    row.customer.save()
    row.save()
    return row


@pytest.fixture
def other(row):
    """Somebody else's ticket, with a file of the same content, and a mail of Anna's."""
    found = desk.ticket("Other", "Something else", customer=desk.customer("Bob", "bob@client.example"))
    Attachment.objects.create(message=found.messages.get(), name="b.txt", path="shared")
    inbound = InboundMail.objects.create(
        identity="b" * 64, source="mime", state="ticket", ticket=found, sender=desk.ADDRESS, processed_at=timezone.now()
    )
    desk.letter(found, "zebrafish too", sender_address=desk.ADDRESS, sender_name="Anna", inbound=inbound)
    return found


def everything():
    """All values of all rows of the desk and of the outbox, as one text."""
    models = chain(apps.get_app_config("tickets").get_models(), apps.get_app_config("integrations").get_models())
    return "\n".join(str(tuple(values)) for model in models for values in model.objects.values_list())


def test_nothing_is_left_of_the_person_and_the_figures_are(row, other, dana):
    report = erase(row.customer, actor=dana)
    left = everything()
    assert [word for word in CANARIES if word in left] == []
    assert (default_storage.exists("own"), default_storage.exists("shared")) == (False, True)
    row.refresh_from_db()
    assert (row.state, row.rating, row.message_count, row.due_at) == (TicketState.CLOSED, 4, 3, None)
    assert row.first_answered_at is not None
    assert not CustomerAddress.objects.filter(customer=row.customer).exists()
    assert not ThreadKey.objects.filter(ticket=row).exists()
    event = row.events.order_by("-id")[0]
    assert (event.kind, event.actor, event.data) == (EventKind.ERASED, dana, {})
    assert (report.tickets, report.messages, report.files, report.drafts, report.proposals) == (1, 4, 1, 1, 1)
    other.refresh_from_db()
    assert (other.state, other.subject, other.messages.order_by("id")[0].text) == ("new", "Other", "Something else")


def test_the_history_of_the_back_office_keeps_who_did_what_and_not_to_whom(row, other, dana):
    for thing in (row.customer, *InboundMail.objects.filter(sender=desk.ADDRESS), other.customer):
        kind = ContentType.objects.get_for_model(thing)
        values = {"object_id": str(thing.pk), "object_repr": str(thing), "action_flag": CHANGE}
        LogEntry.objects.create(user=dana, content_type=kind, change_message="Blocked.", **values)
    erase(row.customer, actor=dana)
    entries = LogEntry.objects.order_by("pk").values_list("user", "object_repr", "change_message")
    assert list(entries) == [*[(dana.pk, "", "Blocked.")] * 3, (dana.pk, "Bob", "Blocked.")]


def test_what_has_not_left_does_not_leave_and_nothing_new_is_sent(row, dana):
    erase(row.customer, actor=dana)
    assert list(Delivery.objects.values_list("state", "payload")) == [("cancelled", {})]
    with pytest.raises(NotPossible) as refused:
        send_answer(ticket=Ticket.objects.get(pk=row.pk), text="Hello", actor=dana)
    assert refused.value.code == "erased"


def test_erasing_again_finds_nothing_more_and_harms_nothing(row, dana):
    erase(row.customer, actor=dana)
    first = row.customer.erased_at
    report = erase(row.customer, actor=dana)
    assert (report.files, report.addresses, report.proposals) == (0, 0, 0)
    assert row.customer.erased_at > first


def test_the_command_asks_first(row, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda _text: "n")
    for who in (desk.ADDRESS.upper(), "nobody@client.example"):
        with pytest.raises(CommandError):
            call_command("erase_customer", who)
    call_command("erase_customer", desk.ADDRESS.upper(), "--yes")
    assert "tickets: 1" in capsys.readouterr().out
    row.customer.refresh_from_db()
    assert row.customer.erased_at is not None
