"""Mailboxes are read over IMAP, from a real server on this machine."""

import imaplib
import smtplib
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from integrations.sealing import seal_into
from tests.e2e.mail_server import PASSWORD, USER, submission
from tests.tickets.intake.test_places import raw
from tickets.choices import MailSource
from tickets.intake.imap.reading import Unreadable, look, poll, watch
from tickets.models import InboundMail, Mailbox, Ticket


def until(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.05)


@pytest.fixture(scope="module")
def server():
    """Ports for SMTP and IMAP of a server that keeps all mail in memory."""
    with submission() as made:
        yield made.smtp, made.imap


@pytest.fixture
def read(mailbox, server):
    mailbox.imap_host, mailbox.imap_port, mailbox.imap_tls, mailbox.imap_user = "127.0.0.1", server[1], False, USER
    mailbox.imap_checked_at = timezone.now()
    seal_into(mailbox, "sealed_imap_password", PASSWORD)
    mailbox.save()
    return mailbox


def deliver(server, *numbers: int) -> None:
    with smtplib.SMTP("127.0.0.1", server[0]) as smtp:
        smtp.login(USER, PASSWORD)
        for number in numbers:
            smtp.sendmail("anna@client.example", [USER], raw(number, text=f"mail {number}"))


def on_the_server(server):
    """All mails of the inbox, and those that are marked as seen."""
    with imaplib.IMAP4("127.0.0.1", server[1]) as imap:
        imap.login(USER, PASSWORD)
        imap.select("INBOX", readonly=True)
        return tuple(len(imap.search(None, what)[1][0].split()) for what in ("ALL", "SEEN"))


@pytest.mark.django_db
def test_new_mail_is_taken_once_and_left_on_the_server(server, read):
    deliver(server, 101, 102)
    before = on_the_server(server)
    assert poll(read.pk) == before[0]
    assert set(InboundMail.objects.values_list("source", flat=True)) == {MailSource.IMAP}
    assert poll(read.pk) == 0
    deliver(server, 103)
    assert poll(read.pk) == 1
    read.refresh_from_db()
    assert (read.imap_error, read.imap_lease_until) == ("", None)
    # Another numbering of the folder: everything is looked at again, and known.
    tickets = Ticket.objects.count()
    type(read).objects.filter(pk=read.pk).update(imap_uid_validity=1)
    assert poll(read.pk) == before[0] + 1
    assert Ticket.objects.count() == tickets
    assert on_the_server(server) == (before[0] + 1, before[1])


@pytest.mark.django_db
def test_a_reading_that_broke_off_goes_on_where_it_was(server, read, monkeypatch):
    from tickets.intake.imap import reading

    deliver(server, 201, 202, 203)
    real, left = reading.take_in, [2]

    def breaks(*args, **kwargs):
        if not left[0]:
            raise OSError("the line is gone")
        left[0] -= 1
        return real(*args, **kwargs)

    monkeypatch.setattr(reading, "take_in", breaks)
    assert poll(read.pk) is None
    read.refresh_from_db()
    assert (read.imap_error, InboundMail.objects.count()) == ("OSError", 2)
    monkeypatch.setattr(reading, "take_in", real)
    assert poll(read.pk) == on_the_server(server)[0] - 2


@pytest.mark.django_db
def test_one_process_reads_a_mailbox(read):
    type(read).objects.filter(pk=read.pk).update(imap_lease_until=timezone.now() + timedelta(minutes=1))
    assert poll(read.pk) is None
    assert not InboundMail.objects.exists()


@pytest.mark.django_db
def test_a_wrong_password_is_said_without_the_password(read):
    seal_into(read, "sealed_imap_password", "wrong")
    read.save()
    assert poll(read.pk) is None
    read.refresh_from_db()
    assert "password" in read.imap_error and "wrong" not in read.imap_error


@contextmanager
def watching(mailbox):
    """A thread that waits for mail."""
    ended = threading.Event()

    def work() -> None:
        try:
            watch(mailbox.pk, stopped=ended.is_set)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join(90)
    assert not worker.is_alive()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_mail_is_found_whether_or_not_the_server_tells_of_it(server, read, monkeypatch, told):
    """A server may tell of a mail with its last answer before the waiting begins, and then tells no more of it."""
    poll(read.pk)
    waiting, told_now, number = threading.Event(), threading.Event(), 301 + told

    def check(client, timeout):
        waiting.set()
        told_now.wait(timeout)
        return [(1, b"EXISTS")] if told_now.is_set() else []

    monkeypatch.setattr(IMAPClient, "idle_check", check)
    monkeypatch.setattr("tickets.intake.imap.reading.IDLE_SECONDS", 60 if told else 0.1)
    with watching(read):
        try:
            assert waiting.wait(30)
            deliver(server, number)
            if told:
                told_now.set()
            until(lambda: InboundMail.objects.filter(message_id=f"<{number}@client.example>").exists())
        finally:
            told_now.set()


def test_a_look_counts_the_mails_and_changes_nothing(server, read):
    deliver(server, 21, 22)
    before = Mailbox.objects.values().get(pk=read.pk)
    found, seen = on_the_server(server)
    assert look(read) == found >= 2
    assert on_the_server(server) == (found, seen)
    assert Mailbox.objects.values().get(pk=read.pk) == before
    assert not InboundMail.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"imap_user": "nobody@desk.example"}, "user name or the password"),
        ({"imap_tls": True}, "No encrypted connection"),
        ({"imap_host": "no-such-host.invalid"}, "name of the server"),
        ({"imap_host": "a" * 70 + ".example"}, "as they are written"),
        ({"imap_user": "почта"}, "as they are written"),
        ({"imap_port": 1}, "cannot be reached"),
        ({"sealed_imap_password": "nonsense"}, "cannot be opened; enter it again"),
    ],
)
def test_a_look_says_what_is_wrong_without_the_password(read, changes, words, caplog, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolve_here(socket.getaddrinfo))
    for name, value in changes.items():
        setattr(read, name, value)
    with pytest.raises(Unreadable) as refused:
        look(read)
    assert words in str(refused.value)
    assert PASSWORD not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (IMAPClientError("[NONEXISTENT] s3cret of the server"), "folder Letters cannot be opened"),
        (IMAPClientAbortError("s3cret of the server"), "broke off"),
        (TimeoutError("timed out"), "does not answer"),
        (OverflowError("s3cret of the server"), "as they are written"),
    ],
)
def test_a_look_keeps_what_the_server_says_to_itself(read, monkeypatch, caplog, error, words):
    def refuse(*args, **kwargs):
        raise error

    monkeypatch.setattr(IMAPClient, "select_folder", refuse)
    read.imap_folder = "Letters"
    with pytest.raises(Unreadable, match=words) as refused:
        look(read)
    assert "s3cret" not in str(refused.value) + caplog.text


def resolve_here(resolver):
    """No name server is asked: such a name is known to nobody."""

    def resolve(host, *args, **kwargs):
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return resolver(host, *args, **kwargs)

    return resolve
