"""Mails of former years become tickets as they were."""

import mailbox as archives
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tickets.choices import InboundState, MessageKind, TicketState
from tickets.models import InboundMail, Ticket, Triage

pytestmark = pytest.mark.django_db


def mail(
    number: int, *, days: int, sender: str = "anna@client.example", answers: int = 0, **headers: str
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "support@desk.example" if "client" in sender else "anna@client.example"
    message["Subject"] = "Re: Заказ" if answers else "Заказ"
    message["Message-ID"] = f"<{number}@x.example>"
    message["Date"] = format_datetime(timezone.now() - timedelta(days=days))
    if answers:
        message["In-Reply-To"] = f"<{answers}@x.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("From the beginning\n\nFrom here on it does not work.\n")
    return message


MAILS = [
    mail(1, days=400),
    mail(2, days=399, sender="support@desk.example", answers=1),
    mail(3, days=2, sender="boris@client.example"),
    mail(4, days=300, sender="news@client.example", List_Id="<news.example>"),
]


def as_mbox(folder):
    box = archives.mbox(folder / "all.mbox")
    for message in MAILS:
        box.add(message)
    box.flush()
    return folder / "all.mbox"


def as_maildir(folder):
    box = archives.Maildir(folder / "Maildir", factory=None)
    for message in MAILS:
        box.add(message)
    return folder / "Maildir"


def as_eml(folder):
    (folder / "eml" / "below").mkdir(parents=True)
    for number, message in enumerate(MAILS):
        (folder / "eml" / "below" / f"{number}.eml").write_bytes(bytes(message))
    return folder / "eml"


def run(*args: object) -> str:
    out = StringIO()
    call_command("import_mail", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("archive", [as_mbox, as_maildir, as_eml])
def test_an_archive_becomes_tickets_once(mailbox, tmp_path, archive):
    path = archive(tmp_path)
    said = run(path)
    assert "Mails: 4, of which 0 were known" in said
    old, recent = Ticket.objects.order_by("created_at")
    assert (old.state, recent.state) == (TicketState.CLOSED, TicketState.NEW)
    assert [message.kind for message in old.messages.all()] == [MessageKind.CUSTOMER, MessageKind.ANSWER]
    assert old.created_at < timezone.now() - timedelta(days=399)
    assert recent.waiting_since and recent.waiting_since < timezone.now() - timedelta(days=1)
    assert "From here on" in recent.messages.get().text
    assert InboundMail.objects.get(sender="news@client.example").state == InboundState.IGNORED
    assert not Triage.objects.exists()
    assert "Mails: 4, of which 4 were known" in run(path)
    assert Ticket.objects.count() == 2


def test_a_dry_run_writes_nothing(mailbox, tmp_path):
    assert "nothing was written" in run("--dry-run", as_mbox(tmp_path))
    assert not InboundMail.objects.exists()


def test_what_cannot_be_read_is_said(mailbox, tmp_path):
    with pytest.raises(CommandError, match="is no file"):
        run(tmp_path / "nowhere")
    with pytest.raises(CommandError, match="no mailbox"):
        run("--mailbox", "sales", as_mbox(tmp_path))
