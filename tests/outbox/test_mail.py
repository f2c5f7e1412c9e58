"""Mail over real SMTP connections."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from benchmarks.stack import free_port
from integrations.mail.message import Attachment, own_message_id, sender_of
from integrations.outbox.choices import DeliveryState, HoldReason
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.work import attempt_now
from tests.outbox.conftest import mail, use_mail_server
from tests.outbox.peers import LOGIN, mail_server, only_the_robot

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return lambda name, content: default_storage.save(name, ContentFile(content))


def sent(row):
    attempt_now(row.pk)
    row.refresh_from_db()
    return row


def test_a_mail_arrives_as_it_was_written(mailroom, stored):
    paths = {
        name: stored(name, content) for name, content in {"a.pdf": b"%PDF\r\n.\r\n", "б.txt": "ё\n".encode()}.items()
    }
    row = sent(
        mail(
            to=["Алиса <alice@example.com>"],
            cc=["bob@example.com"],
            bcc=["charlie@example.com"],
            reply_to=["desk@example.com"],
            subject="Ваш заказ №5 🎉",
            text="Добрый день!\n.\nточка в начале строки\n" + "x" * 3000,
            html="<p>Добрый <b>день</b></p>",
            attachments=[Attachment(path=path, name=name) for name, path in paths.items()],
        )
    )
    assert (row.state, row.last_error) == (DeliveryState.DELIVERED, "")
    assert row.result["reply"] == "250 2.0.0 queued as 1"
    letter = mailroom.letters[0]
    assert letter.sender == "support@example.com"
    assert letter.recipients == ["alice@example.com", "bob@example.com", "charlie@example.com"]
    assert letter.raw.isascii()
    message = letter.message
    assert message["Subject"] == "Ваш заказ №5 🎉"
    assert message["To"] == "Алиса <alice@example.com>"
    assert (message["Cc"], message["Bcc"], message["Reply-To"]) == ("bob@example.com", None, "desk@example.com")
    text = message.get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n").rstrip() == "Добрый день!\n.\nточка в начале строки\n" + "x" * 3000
    assert "<b>день</b>" in message.get_body(("html",)).get_content()
    files = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert files == {"a.pdf": b"%PDF\r\n.\r\n", "б.txt": "ё\n"}


def test_its_message_id_is_ours_and_the_same_for_each_attempt(mailroom):
    row = mail()
    mailroom.silent_ends = 1
    assert sent(row).state == DeliveryState.PENDING
    Delivery.objects.update(next_attempt_at=row.created_at)
    assert sent(row).state == DeliveryState.DELIVERED
    ids = {letter.message["Message-ID"] for letter in mailroom.letters}
    assert ids == {own_message_id(row.pk, sender_of(row.payload))} == {f"<{row.pk}@example.com>"}
    assert len(mailroom.letters) == 2


def test_an_answer_joins_its_thread_however_long_the_ids_are(mailroom):
    long = f"<{'CAF' * 40}@mail.gmail.example.com>"
    sent(mail(in_reply_to=long, references=["<first@example.com>", long]))
    message = mailroom.letters[0].message
    assert message["In-Reply-To"].strip() == long
    assert message["References"].split() == ["<first@example.com>", long]
    assert b"=?utf-8" not in mailroom.letters[0].raw


def test_an_automatic_answer_says_so_and_takes_no_bounces(mailroom):
    sent(mail(automatic="replied"))
    letter = mailroom.letters[0]
    assert letter.sender == "<>"
    assert letter.message["Auto-Submitted"] == "auto-replied"
    assert letter.message["X-Auto-Response-Suppress"] == "All"
    assert mailroom.notices == []


def test_a_notice_of_failure_names_the_delivery(mailroom):
    row = sent(mail())
    assert mailroom.notices == ["MAIL RET=HDRS", f"MAIL ENVID={row.pk.hex}", "RCPT NOTIFY=FAILURE"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Hello\r\nBcc: charlie@example.com"),
        ("subject", "Hello\nX: y"),
        ("subject", "nul\0"),
        ("to", ["alice@example.com\r\nRCPT TO:<charlie@example.com>"]),
        ("to", ["alice@example.com, charlie@example.com"]),
        ("to", ["alice"]),
        ("to", ["алиса@example.com"]),
        ("to", []),
        ("to", [f"a{n}@example.com" for n in range(101)]),
        ("to", 5),
        ("cc", ["Name\n <a@example.com>"]),
        ("reply_to", ["<>"]),
        ("sender", "a@b.c\r\nX: y"),
        ("in_reply_to", "<a@b>\r\nX: y"),
        ("in_reply_to", "a@b"),
        ("references", ["<a@b> <c@d>"]),
        ("text", ""),
        ("text", "x" * 1_000_001),
        ("automatic", "sometimes"),
        ("sender_envelope", "x\r\ny"),
        ("attachments", [Attachment(path="nowhere.pdf", name="x.pdf")]),
        ("attachments", [Attachment(path="../../../etc/passwd", name="x")]),
        ("attachments", [Attachment(path="", name="x")]),
    ],
)
def test_nonsense_is_refused_by_name_before_a_row_is_written(field, value):
    with pytest.raises(InvalidMessage) as refused:
        mail(**{field: value})
    assert refused.value.field == field
    assert not Delivery.objects.exists()


def test_international_domains_travel_as_ascii(mailroom):
    row = sent(mail(to=["info@пример.рф"]))
    assert mailroom.letters[0].recipients == ["info@xn--e1afmkfd.xn--p1ai"]
    assert row.state == DeliveryState.DELIVERED


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(("reply", "state"), [("451 4.7.1 greylisted", "pending"), ("550 5.7.1 not here", "failed")])
def test_four_means_later_and_five_means_never(mailroom, command, reply, state):
    mailroom.replies[command] = [reply]
    row = sent(mail())
    assert row.state == state
    assert reply in row.last_error
    assert row.log.get().code == reply[:3]
    assert mailroom.letters == []


def test_who_is_refused_for_good_is_left_out_and_named(mailroom):
    mailroom.refused = {"bob@example.com": "550 5.1.1 no such user"}
    row = sent(mail(cc=["bob@example.com"]))
    assert row.state == DeliveryState.DELIVERED
    assert mailroom.letters[0].recipients == ["alice@example.com"]
    assert "bob@example.com" in row.last_error
    assert "550 5.1.1 no such user" in row.result["refused"]["bob@example.com"]


def test_while_one_of_them_must_wait_nobody_gets_it(mailroom):
    mailroom.refused = {"bob@example.com": "450 4.2.1 mailbox busy"}
    row = sent(mail(cc=["bob@example.com"]))
    assert (row.state, mailroom.letters) == (DeliveryState.PENDING, [])
    mailroom.refused = {}
    Delivery.objects.update(next_attempt_at=row.created_at)
    assert sent(row).state == DeliveryState.DELIVERED
    assert mailroom.letters[0].recipients == ["alice@example.com", "bob@example.com"]


def test_a_server_that_cannot_be_reached_is_tried_again(settings):
    use_mail_server(settings, free_port())
    row = sent(mail())
    assert row.state == DeliveryState.PENDING
    assert "cannot be reached" in row.last_error


def test_too_big_for_the_server_is_known_before_it_is_sent(settings):
    with mail_server(data_size_limit=1000) as (room, port):
        use_mail_server(settings, port)
        row = sent(mail(text="x" * 2000))
    assert (row.state, room.letters) == (DeliveryState.FAILED, [])
    assert "takes 1000" in row.last_error


def test_an_attachment_that_has_gone_is_said(mailroom, stored):
    path = stored("a.pdf", b"%PDF")
    row = mail(attachments=[Attachment(path=path, name="a.pdf")])
    default_storage.delete(path)
    assert sent(row).state == DeliveryState.FAILED
    assert row.last_error == "The attachment a.pdf is gone."


def test_without_a_mail_server_mails_wait(settings):
    settings.MAILERS = {}
    row = sent(mail())
    assert (row.state, row.attempts, row.held_for) == (DeliveryState.PENDING, 0, HoldReason.NO_MAIL_SERVER)


def test_logging_in(settings):
    options = {"authenticator": only_the_robot, "auth_required": True, "auth_require_tls": False}
    with mail_server(**options) as (room, port):
        use_mail_server(settings, port, username=LOGIN[0], password="wrong")
        row = sent(mail())
        assert (row.state, row.held_for) == (DeliveryState.PENDING, HoldReason.MAIL_LOGIN_REFUSED)
        use_mail_server(settings, port, username=LOGIN[0], password=LOGIN[1])
        Delivery.objects.update(next_attempt_at=row.created_at)
        assert sent(row).state == DeliveryState.DELIVERED
        assert len(room.letters) == 1


def test_encryption_that_is_asked_for_is_never_left_out(settings):
    with mail_server() as (room, port):
        use_mail_server(settings, port, use_tls=True)
        row = sent(mail())
    assert (row.state, room.letters) == (DeliveryState.PENDING, [])
    assert "cannot be reached" in row.last_error
