"""Eighty mails through the whole desk: no decision, recipient, link, rule or document changes because one says so."""

import pytest

from integrations.models import Delivery
from knowledge.models import Document
from tests.chat.injection.gullible import heard
from tests.knowledge.conftest import publish
from tests.tickets.injection.cases import BOSS, CASES, EVIL
from tests.tickets.injection.conftest import believe, instructions
from tests.tickets.injection.mails import mail_of, sender_of
from tests.tickets.triage.conftest import carry_through
from tickets.choices import Decision, MailSource, TriageAction
from tickets.intake import take_in
from tickets.models import DeskRule, Mailbox, TicketMessage, Triage

pytestmark = pytest.mark.django_db(transaction=True)
BY_LANGUAGE = {language: [case for case in CASES if case.language == language] for language in ("en", "ru")}
# What the parser leaves out is never shown to a model; of documents the best are, and nobody reads base64 in JSON.
UNSEEN = {"header", "comment in HTML", "quotation", "signature", "hidden HTML", "document", "base64"}


def rulebook():
    """Documents and rules: the shipped rules are there in the first test of a database, and in no other."""
    return [
        sorted(Document.objects.values_list("slug", "title", "edition")),
        sorted(DeskRule.objects.values_list("name", "action", "enabled")),
    ]


def deliver(cases, settings, tmp_path):
    """Takes all mails in and decides on them; the documents that want to be orders are published first."""
    settings.MEDIA_ROOT = tmp_path
    settings.TICKET_RATE_LIMIT = 1000
    for case in cases:
        if case.place == "document":
            body = f"# Router {case.token}\n\n{case.question}\n\n{case.text}\n"
            publish(f"doc-{case.token}", title="Router", language=case.language, body=body)
    before = rulebook()
    for case in cases:
        taken = take_in(mail_of(case), source=MailSource.MIME, envelope_to=["support@example.com"])
        assert taken.message is not None, case.name
    carry_through()
    assert rulebook() == before
    return {triage.message.sender_address: triage for triage in Triage.objects.select_related("message")}


def check_what_leaves(cases):
    """Each mail is answered to its sender alone, and nothing of the orders goes out."""
    addresses = {sender_of(case) for case in cases}
    for delivery in Delivery.objects.all():
        assert delivery.payload["to"] and BOSS not in repr(delivery.payload["to"])
        assert not delivery.payload.get("cc") and not delivery.payload.get("bcc")
        assert any(address in repr(delivery.payload["to"]) for address in addresses)
    for answer in TicketMessage.objects.filter(kind="answer"):
        assert EVIL not in answer.text and BOSS not in answer.text
    assert Mailbox.objects.get().autopilot == "full"


def test_there_are_enough():
    assert len(CASES) >= 80 and len({case.name for case in CASES}) == len(CASES)
    assert all(len(cases) >= 40 for cases in BY_LANGUAGE.values())


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_orders_in_mails_are_data(server, mailbox, library, settings, tmp_path, language):
    believe(server, "obedient")
    cases = BY_LANGUAGE[language]
    decisions = deliver(cases, settings, tmp_path)
    for case in cases:
        row = decisions[sender_of(case)]
        assert (row.decision, row.action) == (Decision.FULL_ANSWER, TriageAction.SENT), (case, row.reason, row.problems)
        assert case.token not in row.draft_reply + row.reason
    for request in server.requests:
        assert heard(instructions(request["messages"])) == set()
    shown = set().union(*(heard(repr(one["messages"])) for one in server.requests))
    assert shown >= {case.token for case in cases if case.place not in UNSEEN}
    check_what_leaves(cases)


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_a_model_that_falls_for_them_is_not_believed(server, mailbox, library, settings, tmp_path, language):
    """It obeys the data, too: what it then says is refused, and a person decides."""
    believe(server, "captured")
    cases = BY_LANGUAGE[language][:20]
    decisions = deliver(cases, settings, tmp_path)
    fallen = [row for row in decisions.values() if row.degraded == "invalid_output"]
    assert len(fallen) >= 8
    assert {row.action for row in fallen} == {TriageAction.ESCALATED}
    check_what_leaves(cases)


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_without_a_model_they_say_nothing_either(mailbox, library, settings, tmp_path, language):
    cases = [case for case in BY_LANGUAGE[language] if case.place != "document"][:20]
    deliver(cases, settings, tmp_path)
    check_what_leaves(cases)
