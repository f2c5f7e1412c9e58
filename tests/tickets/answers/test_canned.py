"""Canned answers: variables that are known, the customer's language, and what using one does."""

import pytest
from django.core.exceptions import ValidationError

from tests.tickets import desk
from tickets.answers import canned as service
from tickets.choices import TicketPriority, TicketState
from tickets.errors import NotPossible
from tickets.models import CannedAnswer, Tag

pytestmark = pytest.mark.django_db
ENGLISH = "Dear {customer_first_name}, #{ticket_number} ({subject}) {{ok}}\n{operator_name}, {mailbox_name}"


def test_variables_stand_for_the_ticket_and_nothing_is_looked_into(dana):
    dana.first_name, dana.last_name = "Dana", "Scully"
    row = desk.ticket("{operator_name}", customer=desk.customer("Petrova, Anna {ticket_number}"))
    text = service.render(CannedAnswer(name="a", text_en=ENGLISH), row, actor=dana)
    assert text == f"Dear Anna, #{row.pk} ({{operator_name}}) {{ok}}\nDana Scully, Служба заботы"


@pytest.mark.parametrize(
    ("language", "texts", "expected"),
    [
        ("ru", {"text_en": "Hello", "text_ru": "Привет"}, "Привет"),
        ("en", {"text_en": "Hello", "text_ru": "Привет"}, "Hello"),
        ("ru", {"text_en": "Hello"}, "Hello"),
    ],
)
def test_the_customers_language_comes_first(language, texts, expected, dana):
    row = desk.ticket(language=language)
    assert service.render(CannedAnswer(name="a", **texts), row, actor=dana) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{customer}", "{customer}"),
        ("{ticket.customer.name}", "brace { in line 1"),
        ("\n{0}", "in line 2"),
        ("{__class__}", "brace {"),
        ("", "needs a text"),
    ],
)
def test_an_unknown_variable_is_named_when_it_is_saved(text, said):
    with pytest.raises(ValidationError) as refused:
        CannedAnswer(name="a", text_ru=text).full_clean()
    assert "text_ru" in refused.value.message_dict
    assert said in str(refused.value.message_dict["text_ru"])


def test_using_one_does_what_it_is_set_up_to_after_the_answer(dana):
    tag = Tag.objects.create(name="refund")
    row = desk.ticket()
    values = {"set_state": TicketState.CLOSED, "set_priority": TicketPriority.HIGH, "assign_to_me": True}
    used = CannedAnswer.objects.create(name="a", text_en="Bye", **values)
    used.add_tags.add(tag)
    desk.answer(row, service.render(used, row, actor=dana), actor=dana, canned=used)
    row.refresh_from_db()
    used.refresh_from_db()
    assert (row.state, row.priority, row.assignee, used.uses) == (TicketState.CLOSED, 30, dana, 1)
    assert list(row.tags.all()) == [tag]
    assert desk.kinds(row) == ["answered", "assigned", "priority", "tags", "state"]


def test_that_of_another_mailbox_is_refused(dana):
    row = desk.ticket()
    other = CannedAnswer.objects.create(name="a", text_en="x", mailbox=desk.mailbox("Sales", address="s@desk.example"))
    with pytest.raises(NotPossible) as refused:
        service.render(other, row, actor=dana)
    assert refused.value.field == "canned"
