from typing import Any

import pytest

from tests.conftest import make_user
from tickets.choices import EventKind, TicketState, TriageState
from tickets.errors import NotPossible
from tickets.models import Ticket, Triage
from tickets.services import moves
from tickets.triage import queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Any:
    return make_user("alice", is_staff=True)


@pytest.fixture
def pair(arrives: Any) -> tuple[Ticket, Ticket]:
    return arrives(Message_ID="<1@a>").ticket, arrives(Message_ID="<9@a>", Subject="Invoice").ticket


def test_merged_tickets_are_one_and_can_be_parted_again(arrives: Any, pair: Any, alice: Any) -> None:
    first, second = pair
    move = moves.merge(second, first, actor=alice)
    assert first.messages.count() == 2
    assert arrives(Message_ID="<10@a>", In_Reply_To="<9@a>").ticket == first

    late = first.messages.get(message_id="<10@a>")
    moves.undo(move, actor=alice)
    second.refresh_from_db()
    assert (second.state, second.messages.count(), late.ticket_id) == (TicketState.NEW, 1, first.pk)
    assert arrives(Message_ID="<11@a>", In_Reply_To="<9@a>").ticket == second
    assert second.events.filter(kind=EventKind.UNDONE, actor=alice).exists()


def test_a_mail_that_waits_for_a_decision_waits_in_the_other_ticket(pair: Any, alice: Any) -> None:
    first, second = pair
    queue.enqueue(second.messages.get())
    moves.merge(second, first, actor=alice)
    waiting = Triage.objects.get(state=TriageState.PENDING)
    assert (waiting.ticket, waiting.message.message_id) == (first, "<9@a>")
    assert not second.triages.exists()


def test_what_was_parted_is_not_joined_by_a_later_mail(arrives: Any, pair: Any, alice: Any) -> None:
    first, second = pair
    moves.undo(moves.merge(second, first, actor=alice), actor=alice)
    both = arrives(Message_ID="<12@a>", In_Reply_To="<9@a>", References="<1@a> <9@a>")
    assert both.ticket == second
    assert Ticket.objects.get(pk=first.pk).state != TicketState.MERGED


def test_a_split_takes_its_answers_along(arrives: Any, alice: Any) -> None:
    ticket = arrives(Message_ID="<1@a>").ticket
    other = arrives(Message_ID="<2@a>", In_Reply_To="<1@a>", Subject="Another thing").message
    move = moves.split(ticket, [other], actor=alice)
    reply = arrives(Message_ID="<3@a>", In_Reply_To="<2@a>", References="<1@a> <2@a>")
    assert reply.ticket == move.target
    assert (ticket.message_count, Ticket.objects.get(pk=move.target.pk).subject) == (1, "Another thing")
    assert Ticket.objects.get(pk=move.target.pk).state == TicketState.OPEN


def test_a_split_that_is_taken_back_leaves_one_ticket(arrives: Any, alice: Any) -> None:
    ticket = arrives(Message_ID="<1@a>").ticket
    other = arrives(Message_ID="<2@a>", In_Reply_To="<1@a>").message
    move = moves.split(ticket, [other], actor=alice)
    moves.undo(move, actor=alice)
    gone = Ticket.objects.get(pk=move.target.pk)
    assert (gone.state, gone.merged_into, ticket.messages.count()) == (TicketState.MERGED, ticket, 2)
    assert arrives(Message_ID="<3@a>", In_Reply_To="<2@a>").ticket == ticket


def test_what_cannot_be_moved_is_refused_in_words(arrives: Any, pair: Any, alice: Any) -> None:
    first, second = pair
    with pytest.raises(NotPossible, match="same_ticket|itself"):
        moves.merge(first, first, actor=alice)
    with pytest.raises(NotPossible, match="do not belong"):
        moves.split(first, [second.messages.get()], actor=alice)
    with pytest.raises(NotPossible, match="has to stay"):
        moves.split(first, [first.messages.get()], actor=alice)
    move = moves.merge(second, first, actor=alice)
    moves.undo(move, actor=alice)
    with pytest.raises(NotPossible, match="taken back already"):
        moves.undo(move, actor=alice)
