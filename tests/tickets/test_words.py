"""Words of the desk that other parts of the product use of other things: each has a translation of its own."""

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from tickets.choices import DraftState, ProposalState, TicketChannel, TicketPriority, TicketState

WORDS = [
    *((priority, "priority of a ticket") for priority in TicketPriority),
    (TicketState.OPEN, "state of a ticket"),
    (TicketChannel.MAIL, "channel of a ticket"),
    (DraftState.REJECTED, "state of a draft"),
    (ProposalState.REJECTED, "state of a proposed article"),
]


@pytest.mark.parametrize(("choice", "context"), WORDS)
def test_a_word_is_translated_by_what_it_is_said_of(monkeypatch, choice, context):
    word = str(choice.label)
    with translation.override("ru"):
        catalogue = trans_real.catalog()._catalog._catalogs[0]
        monkeypatch.setitem(catalogue, word, "of something else")
        monkeypatch.setitem(catalogue, f"{context}\x04{word}", "of this")
        assert str(choice.label) == "of this"


def test_in_english_the_words_are_plain():
    assert [str(label) for label in TicketPriority.labels] == ["Urgent", "High", "Normal", "Low"]
