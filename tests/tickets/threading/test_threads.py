from typing import Any

import pytest

from tickets.choices import MessageKind, TicketState
from tickets.models import Ticket, TicketMessage
from tickets.threading import keys, tokens

from .conftest import SUPPORT


def test_an_answer_comes_to_the_ticket_of_its_parent(arrives: Any) -> None:
    first = arrives(Message_ID="<1@a>")
    second = arrives(Message_ID="<2@a>", In_Reply_To="<1@a>", Subject="Re: Printer")
    assert second.ticket == first.ticket
    assert first.is_new and not second.is_new
    assert not second.message.is_new_participant


def test_the_same_subject_is_not_the_same_matter(arrives: Any) -> None:
    assert arrives(Message_ID="<1@a>").ticket != arrives(Message_ID="<2@a>").ticket


def test_a_late_mail_makes_one_ticket_of_two(arrives: Any) -> None:
    root = arrives(Message_ID="<1@a>")
    leaf = arrives(Message_ID="<3@a>", In_Reply_To="<2@a>")
    assert leaf.ticket != root.ticket
    link = arrives(Message_ID="<2@a>", In_Reply_To="<1@a>")
    assert link.ticket == root.ticket and link.joined == (leaf.ticket.pk,)
    gone = Ticket.objects.get(pk=leaf.ticket.pk)
    assert (gone.state, gone.merged_into, gone.message_count) == (TicketState.MERGED, root.ticket, 0)
    assert Ticket.objects.get(pk=root.ticket.pk).message_count == 3


def test_answers_to_a_newsletter_stay_apart(arrives: Any) -> None:
    one = arrives(Message_ID="<1@a>", In_Reply_To="<news@mass.example>")
    other = arrives(Message_ID="<2@b>", In_Reply_To="<news@mass.example>", From="boris@client.example")
    assert one.ticket != other.ticket


def test_one_mail_to_two_of_our_addresses_is_one_conversation(arrives: Any) -> None:
    one = arrives(Message_ID="<1@a>", To=SUPPORT)
    other = arrives(Message_ID="<1@a>", To="help@example.com")
    assert one.ticket == other.ticket


def test_a_stranger_with_our_id_is_let_in_and_marked(arrives: Any) -> None:
    first = arrives(Message_ID="<1@a>")
    ours = TicketMessage.objects.create(ticket=first.ticket, kind=MessageKind.ANSWER, message_id="<own@example.com>")
    keys.own(ours)
    reply = arrives(Message_ID="<2@b>", In_Reply_To="<own@example.com>", From="private@other.example")
    assert reply.ticket == first.ticket
    assert reply.message.is_new_participant


def test_a_stranger_with_a_guessed_foreign_id_is_not_let_in(arrives: Any) -> None:
    first = arrives(Message_ID="<1@a>")
    assert arrives(Message_ID="<2@b>", In_Reply_To="<1@a>", From="eve@evil.example").ticket != first.ticket


@pytest.mark.parametrize("way", ["subject", "address", "lower_case"])
def test_a_signed_token_leads_back_when_all_headers_are_lost(arrives: Any, mailbox: Any, way: str) -> None:
    first = arrives(Message_ID="<1@a>")
    token = tokens.subject_token(first.ticket)
    fields = {
        "subject": {"Subject": f"Re: Printer {token}"},
        "lower_case": {"Subject": f"re: printer {token.lower()}"},
        "address": {"To": tokens.plus_address(mailbox, first.ticket)},
    }[way]
    assert arrives(Message_ID="<2@a>", **fields).ticket == first.ticket


def test_a_token_that_we_did_not_sign_leads_nowhere(arrives: Any) -> None:
    first = arrives(Message_ID="<1@a>")
    forged = f"Re: Printer [#{first.ticket.pk}-aaaaaaaaaa]"
    assert arrives(Message_ID="<2@b>", Subject=forged, From="eve@evil.example").ticket != first.ticket


@pytest.mark.parametrize(
    ("subject", "suggested"),
    [("Re: Printer", False), ("Отв: [EXT] Printer", False), ("Invoice 7 is wrong", True), ("", False)],
)
def test_a_new_subject_in_an_old_thread_suggests_a_split(arrives: Any, subject: str, suggested: bool) -> None:
    arrives(Message_ID="<1@a>")
    later = arrives(Message_ID="<2@a>", In_Reply_To="<1@a>", Subject=subject)
    assert Ticket.objects.get(pk=later.ticket.pk).split_suggested is suggested


def test_mails_without_any_id_are_tickets_of_their_own(arrives: Any) -> None:
    assert arrives().ticket != arrives().ticket


def test_mail_to_nobody_of_ours_comes_to_the_mailbox_for_the_rest(arrives: Any, mailbox: Any) -> None:
    assert arrives(To="undisclosed-recipients:;").ticket.mailbox == mailbox


@pytest.mark.parametrize("state", [TicketState.WAITING, TicketState.ANSWERED, TicketState.CLOSED, TicketState.RESOLVED])
def test_a_late_reply_reopens_the_ticket(arrives: Any, state: str) -> None:
    first = arrives(Message_ID="<1@a>")
    Ticket.objects.filter(pk=first.ticket.pk).update(state=state, waiting_since=None)
    arrives("It still does not print, what now?", Message_ID="<2@a>", In_Reply_To="<1@a>")
    ticket = Ticket.objects.get(pk=first.ticket.pk)
    assert ticket.state == TicketState.OPEN
    assert ticket.waiting_since is not None
