"""Search over tickets: the same findings on both databases, and only what the searcher may see."""

import pytest
from django.core.management import call_command

from tests.tickets import world
from tickets.choices import EventBy, EventKind
from tickets.models import Customer, Ticket
from tickets.search import asking, find_tickets, finding, search_tickets
from tickets.services.changes import add_note, set_subject
from tickets.services.events import record
from tickets.services.moves import merge, undo

pytestmark = pytest.mark.django_db

MAILS = {
    "delivery": ("Где мой заказ?", "Здравствуйте! Заказ № 1187-АБ до сих пор не доставлен, курьер не звонил."),
    "refund": ("Refund please", "I was charged twice for order 20455. Please refund the second payment to my card."),
    "router": ("Роутер не работает", "После обновления прошивки роутер RT-AC66U перезагружается каждые пять минут."),
    "courier": ("Жалоба", "Курьеры опоздали, а потом не доставили заказ и не позвонили."),
}


@pytest.fixture
def box(db):
    return world.mailbox()


@pytest.fixture
def desk(box):
    return {name: said(world.ticket(box, subject, text)) for name, (subject, text) in MAILS.items()}


def said(ticket: Ticket) -> Ticket:
    """As intake records it."""
    record(ticket, EventKind.MESSAGE, by=EventBy.CUSTOMER, message=ticket.messages.get())
    return ticket


def found(text: str, desk: dict, queryset=None) -> set[str]:
    names = {ticket.pk: name for name, ticket in desk.items()}
    return {names[pk] for pk in find_tickets(Ticket.objects.all() if queryset is None else queryset, text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("заказа", {"delivery", "courier"}),
        ("курьером заказы", {"delivery", "courier"}),
        ("refunds", {"refund"}),
        ("1187-АБ", {"delivery"}),
        ("20455", {"refund"}),
        ("rt-ac66u", {"router"}),
        ('"заказ и не позвонили"', {"courier"}),
        ("«не позвонили» заказ", {"courier"}),
        ('"позвонили не"', set()),
        ("olga@client.example", {"delivery", "refund", "router", "courier"}),
        ("Петровой", {"delivery", "refund", "router", "courier"}),
        ("other@client.example", set()),
        ("заказ refund", set()),
        ("", set()),
        ("и не то", set()),
        ("'; DROP TABLE -- & | ! <-> :* \" \\", set()),
        ("\x00", set()),
    ],
)
def test_what_is_found(desk, text, expected):
    assert found(text, desk) == expected


def test_a_number_finds_the_ticket_first_and_texts_that_name_it(desk):
    named = desk["router"]
    add_note(desk["refund"], f"Похоже на обращение {named.pk}")
    for text in (str(named.pk), f"#{named.pk}"):
        assert find_tickets(Ticket.objects.all(), text) == [named.pk, desk["refund"].pk]


def test_only_what_may_be_seen_is_found(desk):
    secret = world.mailbox("legal", team="lawyers")
    hidden = said(world.ticket(secret, "Суд", "Заказ и претензия"))
    anna = world.agent()
    mine = Ticket.objects.visible_to(anna)
    assert found("заказ", {**desk, "hidden": hidden}, mine) == {"delivery", "courier"}
    assert find_tickets(mine, str(hidden.pk)) == []
    assert not search_tickets(Ticket.objects.visible_to(None), "заказ").exists()


def test_the_search_follows_every_change(desk, box):
    add_note(desk["router"], "Клиент ждёт замену блока питания")
    assert found("замена блоков", desk) == {"router"}
    set_subject(desk["refund"], "Двойное списание")
    assert found("двойные списания", desk) == {"refund"}
    assert found("charged", desk) == {"refund"}  # the text still says so
    dana = world.agent("dana")
    move = merge(desk["router"], desk["delivery"], actor=dana)
    assert "delivery" in found("прошивка", desk)
    undo(move, actor=dana)
    assert found("прошивка", desk) == {"router"}
    gone = desk.pop("courier")
    gone.delete()
    assert found("курьер", desk) == {"delivery"}


def test_erased_texts_are_not_found_any_more(desk):
    ticket = desk["refund"]
    ticket.messages.update(text="", new_text="", sender_name="", sender_address="", subject="")
    Customer.objects.filter(pk=ticket.customer_id).update(name="")
    Ticket.objects.filter(pk=ticket.pk).update(subject="")
    record(ticket, EventKind.ERASED)
    assert found("refund", desk) == set()


def test_the_index_is_made_anew(desk):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tickets_search")
    assert found("заказ", desk) == set()
    call_command("rebuild_ticket_search", verbosity=0)
    assert found("заказ", desk) == {"delivery", "courier"}


def test_frequent_words_are_looked_for_in_windows(desk, monkeypatch):
    monkeypatch.setattr(finding, "FEW", -1)
    monkeypatch.setattr(finding, "WINDOWS", (1, 2))
    monkeypatch.setattr(finding, "PIECES", (1, 2))
    assert found("заказ", desk) == {"delivery", "courier"}
    newest_first = find_tickets(Ticket.objects.all(), "olga@client.example")
    assert newest_first == sorted((ticket.pk for ticket in desk.values()), reverse=True)
    assert find_tickets(Ticket.objects.all(), "olga@client.example", limit=2) == newest_first[:2]


def test_what_was_typed_is_read():
    question = asking.read("заказы  «Не  Пришёл» olga@client.example")
    assert question.phrases == ("не пришел",)
    assert question.words[0] == "olga@client.example"
    assert asking.read("# 42").number == 42
