"""Mail that machines write is told from mail that people write, and bounces say what became of which mail."""

import pytest

from tickets.mime.mail import AutomaticKind, Report
from tickets.mime.parsing import parse

KINDS = [
    ("bounce", "Subject: Undelivered Mail Returned to Sender\nFrom: MAILER-DAEMON@mx.ru"),
    ("bounce", "Subject: failure notice\nReturn-Path: <>"),
    ("bounce", "Subject: Недоставленное сообщение\nReturn-Path: <>\nFrom: postmaster@a.ru"),
    ("bounce", "Subject: x\nX-Failed-Recipients: a@b.cd"),
    ("report", 'Content-Type: multipart/report; report-type=disposition-notification; boundary="x"'),
    ("auto_reply", "Auto-Submitted: auto-replied"),
    ("auto_reply", "Auto-Submitted: auto-generated; owner=x"),
    ("auto_reply", "X-Autoreply: yes"),
    ("auto_reply", "Precedence: auto_reply"),
    ("out_of_office", "Auto-Submitted: auto-replied\nSubject: Out of office: Re: order"),
    ("out_of_office", "Auto-Submitted: auto-replied\nSubject: Я в отпуске до 5 мая"),
    ("out_of_office", "Subject: Автоматический ответ: заказ"),
    ("out_of_office", "Subject: Automatic reply: order\nX-Auto-Response-Suppress: All"),
    ("out_of_office", "Subject: On vacation until May\nReturn-Path: <>"),
    ("list", "List-Id: <news.ex.com>"),
    ("list", "List-Unsubscribe: <https://ex.com/u>\nPrecedence: bulk"),
    ("bulk", "Precedence: bulk"),
    ("bulk", "From: no-reply@shop.com"),
    ("bulk", "From: bounces+12@shop.com"),
    ("report", "From: Mail Delivery System <mailer-daemon@mx.ru>\nSubject: quota"),
    ("auto_reply", "Return-Path: <>"),
    ("auto_reply", "X-Loop: me"),
    (None, "Auto-Submitted: no"),
    (None, "Subject: Out of office chairs, order 12"),
    (None, "Subject: Я в отпуске, а заказ не пришёл"),
    (None, "Subject: Undelivered parcel"),
    (None, "Subject: Delivery failure: courier never came"),
    (None, "Subject: Автоответчик не работает"),
    (None, "X-Auto-Response-Suppress: All"),
    (None, "Precedence: normal\nReturn-Path: <ann@ex.com>"),
    (None, "Feedback-ID: 1:2"),
    (None, "From: noreen@ex.com"),
]


@pytest.mark.parametrize(("kind", "headers"), KINDS)
def test_machines_are_told_from_people(kind, headers):
    if "From:" not in headers:
        headers = f"From: Ann <ann@ex.com>\n{headers}"
    mail = parse(f"{headers}\n\nHello".encode())
    assert mail.automatic == (AutomaticKind(kind) if kind else None)
    assert bool(mail.automatic_reason) == bool(kind)


DSN = b"""From: MAILER-DAEMON@mx.ru
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b

I'm sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ru

Final-Recipient: rfc822; ann@ex.com
Action: delayed
Status: 4.4.1

Original-Recipient: rfc822;bob@ex.com
Final-Recipient: rfc822; bob@in.ex.com
Action: failed
Status: 5.1.1 (unknown)
Diagnostic-Code: smtp; 550 5.1.1 <bob@ex.com>: User
 unknown
--b
Content-Type: text/rfc822-headers

Message-ID: <ours@desk.ru>
Subject: Re: order
--b--
"""


def test_a_report_of_delivery_is_read():
    bounce = parse(DSN).bounce
    assert bounce is not None
    failed = Report("bob@ex.com", "failed", "5.1.1", "550 5.1.1 <bob@ex.com>: User unknown")
    assert bounce.reports == (Report("ann@ex.com", "delayed", "4.4.1", ""), failed)
    assert (bounce.recipient, bounce.permanent, bounce.original_ids) == ("bob@ex.com", True, ("<ours@desk.ru>",))


PLAIN = {
    "postfix": (
        "Undelivered Mail Returned to Sender",
        "I'm sorry.\n\n<bob@ex.com>: host mx.ex.com[1.2.3.4] said: 550 5.1.1 User unknown (in reply to\n"
        "    RCPT TO command)\n",
        "5.1.1",
    ),
    "qmail": (
        "failure notice",
        "This is the qmail-send program.\n\n<bob@ex.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
        "--- Below this line is a copy of the message.\n\nMessage-ID: <ours@desk.ru>\n",
        "5.1.1",
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nThe following address(es) failed:\n\n"
        "  bob@ex.com\n    host mx.ex.com [1.2.3.4]\n    SMTP error from remote mail server: 550 no such user\n",
        "5.0.0",
    ),
    "exchange": (
        "Undeliverable: order",
        "Delivery has failed to these recipients or groups:\n\nBob (bob@ex.com)\nNot found: 550 5.1.10\n",
        "5.1.10",
    ),
    "gmail": (
        "Delivery Status Notification (Failure)",
        "Your message wasn't delivered to bob@ex.com because the address couldn't be found. 550 5.1.1 No such user\n",
        "5.1.1",
    ),
    "russian": (
        "Недоставленное сообщение",
        "К сожалению, Ваше письмо не может быть доставлено получателю: bob@ex.com\n550 5.1.1 no such user",
        "5.1.1",
    ),
}


@pytest.mark.parametrize("program", PLAIN)
def test_complaints_in_words_are_read(program):
    subject, text, status = PLAIN[program]
    bounce = parse(f"From: mailer-daemon@mx.ru\nSubject: {subject}\n\n{text}".encode()).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.action, bounce.permanent) == ("bob@ex.com", "failed", True)
    assert bounce.status == status
    assert bounce.original_ids == (("<ours@desk.ru>",) if program == "qmail" else ())
