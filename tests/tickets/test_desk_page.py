"""A ticket's page in the back office: what people read there, do there, and what is refused."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.admin.conftest import logged_in, staff  # noqa: F401 - a fixture
from tests.tickets import desk_rows
from tickets.choices import DraftState, MessageKind, TicketPriority, TicketState
from tickets.models import CannedAnswer, Draft, Ticket, TicketMove, Topic

Staff = Callable[..., Client]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.outbox import tasks

    monkeypatch.setattr(tasks.send_due, "delay", lambda *_: None)


@pytest.fixture
def admin(dana: User) -> Client:
    return logged_in(dana)


@pytest.fixture
def ticket(dana: User) -> Ticket:
    return desk_rows.everything(dana)


def page_of(ticket: Ticket, **query: Any) -> str:
    return reverse("admin:tickets_ticket_change", args=[ticket.pk], query=query or None)


def do(client: Client, ticket: Ticket, name: str, **values: Any) -> Any:
    return client.post(reverse("admin:tickets_ticket_do", args=[ticket.pk, name]), values)


def seen(client: Client, ticket: Ticket) -> str:
    found = re.search(r'data-seen="(\d+)"', client.get(page_of(ticket)).content.decode())
    assert found
    return found[1]


def first_of(ticket: Ticket) -> Any:
    return ticket.messages.order_by("pk").first()


def test_the_page_shows_who_said_what_and_what_the_ai_thought(admin: Client, ticket: Ticket) -> None:
    page = admin.get(page_of(ticket)).content.decode()
    for piece in (
        "desk-customer",
        "desk-note",
        "Where is it?",
        "<strong>comes</strong>",
        "Show the whole mail",
        "bill.pdf",
        "Returned",
        "The passage says how long deliveries take.",
        "82%, by experience 70%",
        "Legal threats",
        "New → Open",
        "nobody → dana",
        "A second matter",
        "The customer asks for a person",
        "Take back",
    ):
        assert piece in page, piece
    assert "alert(1)" not in page


def test_long_mails_and_strange_texts_are_folded_and_escaped(admin: Client, ticket: Ticket) -> None:
    lines = "\n".join(f"line {number} <b>" for number in range(300))
    desk_rows.message(ticket, text=lines)
    page = admin.get(page_of(ticket)).content.decode()
    assert "Show the rest" in page
    assert "line 299 &lt;b&gt;" in page


def test_an_answer_goes_out_once_however_often_it_is_sent(admin: Client, ticket: Ticket) -> None:
    values = {"text": "Here it **is**.", "seen": seen(admin, ticket), "key": "a" * 32, "kind": "answer"}
    for _ in range(2):
        assert do(admin, ticket, "answer", **values).status_code in (302, 409)
    answers = ticket.messages.filter(kind=MessageKind.ANSWER, text="Here it **is**.")
    assert [answer.send_state for answer in answers] == ["queued"]
    ticket.refresh_from_db()
    assert ticket.state == TicketState.ANSWERED


def test_nobody_answers_past_what_he_has_not_read(admin: Client, ticket: Ticket) -> None:
    before = seen(admin, ticket)
    desk_rows.message(ticket, text="Never mind, I have found it.")
    response = do(admin, ticket, "answer", text="My careful words", seen=before)
    page = response.content.decode()
    assert response.status_code == 409
    assert "My careful words" in page
    assert "Never mind, I have found it." in page
    assert "Somebody has written meanwhile." in page
    assert not ticket.messages.filter(text="My careful words").exists()


def test_a_draft_is_sent_edited_or_rejected_by_one_person(admin: Client, ticket: Ticket) -> None:
    draft = Draft.objects.get(ticket=ticket)
    values = {"draft": draft.pk, "text": "Better words.", "seen": seen(admin, ticket)}
    assert do(admin, ticket, "edit", **values).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.final_text) == (DraftState.EDITED, "Better words.")
    assert do(admin, ticket, "reject", draft=draft.pk, reason="no").status_code == 302
    draft.refresh_from_db()
    assert draft.state == DraftState.EDITED
    again = desk_rows.draft(ticket, first_of(ticket))
    assert do(admin, ticket, "approve", draft=again.pk, seen=seen(admin, ticket)).status_code == 302
    again.refresh_from_db()
    assert again.state == DraftState.APPROVED


def test_properties_change_only_where_the_writer_changed_them(admin: Client, ticket: Ticket, dana: User) -> None:
    topic = Topic.objects.create(key="money", name="About money")
    Ticket.objects.filter(pk=ticket.pk).update(priority=TicketPriority.URGENT)
    values = {
        "state": "waiting",
        "was_state": "open",
        "priority": "50",
        "was_priority": "50",
        "assignee": "",
        "was_assignee": str(dana.pk),
        "topic": str(topic.pk),
        "was_topic": "",
        "tags": "Angry, new one",
        "was_tags": ", ".join(ticket.tags.values_list("name", flat=True)),
    }
    do(admin, ticket, "properties", **values)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.priority, ticket.assignee, ticket.topic) == ("waiting", 10, None, topic)
    assert set(ticket.tags.values_list("name", flat=True)) == {"Angry", "new one"}
    # The trail calls things by their names.
    assert ": About money" in admin.get(page_of(ticket)).content.decode()


def test_the_reason_of_a_hand_over_is_in_the_readers_language(admin: Client, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(
        escalated_at=timezone.now(), escalation_reason="The customer asks for a person."
    )
    page = admin.get(page_of(ticket), headers={"accept-language": "ru"}).content.decode()
    assert "Клиент просит человека." in page
    # What a model or a person has written stays as it is, and is no markup.
    Ticket.objects.filter(pk=ticket.pk).update(escalation_reason="50% off & <b>lost</b>")
    assert "50% off &amp; &lt;b&gt;lost&lt;/b&gt;" in admin.get(page_of(ticket)).content.decode()


def test_merging_splitting_and_taking_back(admin: Client, ticket: Ticket) -> None:
    other = desk_rows.ticket(mailbox=ticket.mailbox, customer=ticket.customer)
    desk_rows.message(other)
    do(admin, other, "merge", target=f"#{ticket.pk}")
    other.refresh_from_db()
    assert (other.state, other.merged_into) == (TicketState.MERGED, ticket)
    assert "lives on" in admin.get(page_of(other)).content.decode()
    do(admin, ticket, "undo", move=TicketMove.objects.get(source=other).pk)
    other.refresh_from_db()
    assert other.state != TicketState.MERGED
    last = desk_rows.message(ticket, text="Another matter")
    assert "split-form" in admin.get(page_of(ticket, split="")).content.decode()
    do(admin, ticket, "split", messages=[last.pk], subject="The other thing")
    last.refresh_from_db()
    assert last.ticket.subject == "The other thing"


def test_small_changes(admin: Client, ticket: Ticket, dana: User) -> None:
    free = desk_rows.ticket(mailbox=ticket.mailbox)
    do(admin, free, "take")
    do(admin, free, "note", note="Look **here**")
    do(admin, free, "close")
    free.refresh_from_db()
    assert (free.assignee, free.state) == (dana, TicketState.CLOSED)
    assert "<strong>here</strong>" in admin.get(page_of(free)).content.decode()
    empty = do(admin, free, "note", note="  ")
    assert (empty.status_code, "The text is empty." in empty.content.decode()) == (409, True)


def test_a_canned_answer_is_filled_in_with_and_without_script(admin: Client, ticket: Ticket) -> None:
    canned = CannedAnswer.objects.create(name="Hello", text_en="Hello {customer_name}!", text_ru="Привет!")
    url = reverse("admin:tickets_ticket_canned", args=[ticket.pk, canned.pk])
    text = f"Hello {ticket.customer.name}!"
    assert admin.get(url).json()["text"] == text
    assert text in admin.get(page_of(ticket, canned=canned.pk)).content.decode()


def test_news_are_the_pieces_that_are_missing(admin: Client, ticket: Ticket) -> None:
    url = reverse("admin:tickets_ticket_news", args=[ticket.pk])
    last = admin.get(url, {"after": 0}).json()["last"]
    assert set(admin.get(url, {"after": last}).json()) == {"last", "people"}
    said = desk_rows.message(ticket, text="One more thing")
    news = admin.get(url, {"after": last}).json()
    assert [piece["id"] for piece in news["messages"]] == [said.pk]
    assert "One more thing" in news["messages"][0]["html"]
    assert (news["seen"], news["writers"]) == (said.pk, [ticket.customer.name])
    assert "Message" in news["trail"]


# What mails bring along


def test_attachments_and_mails_are_downloads_that_run_nowhere(admin: Client, ticket: Ticket) -> None:
    said = first_of(ticket)
    file = desk_rows.attachment(said, "évil\r\n.html", b"<script>alert(1)</script>", content_type="text/html")
    for url in (
        reverse("admin:tickets_ticket_attachment", args=[ticket.pk, file.pk]),
        reverse("admin:tickets_ticket_raw", args=[ticket.pk, said.pk]),
    ):
        response = admin.get(url)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert not response["Content-Type"].startswith("text/html")


def test_formatted_mail_lies_in_a_sandbox_without_pictures(admin: Client, ticket: Ticket) -> None:
    url = reverse("admin:tickets_ticket_html", args=[ticket.pk, first_of(ticket).pk])
    response = admin.get(url)
    policy, body = response["Content-Security-Policy"], response.content.decode()
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "img-src data:;" in policy
    assert "script" not in body
    assert "javascript:" not in body
    assert "<b>there</b>" in body
    assert "http: https:" in admin.get(url, {"images": "1"})["Content-Security-Policy"]


def test_pictures_of_the_mail_itself_are_put_in(admin: Client, ticket: Ticket) -> None:
    said = desk_rows.message(ticket, html='<img src="cid:one@x"><img src="cid:none">')
    desk_rows.attachment(said, "a.png", b"PNG", content_type="image/png", content_id="<one@x>")
    url = reverse("admin:tickets_ticket_html", args=[ticket.pk, said.pk])
    assert "data:image/png;base64,UE5H" in admin.get(url).content.decode()


# Who may


def urls_of(ticket: Ticket) -> list[str]:
    said = first_of(ticket)
    file = said.attachments.get()
    return [
        page_of(ticket),
        reverse("admin:tickets_ticket_news", args=[ticket.pk]),
        reverse("admin:tickets_ticket_html", args=[ticket.pk, said.pk]),
        reverse("admin:tickets_ticket_raw", args=[ticket.pk, said.pk]),
        reverse("admin:tickets_ticket_attachment", args=[ticket.pk, file.pk]),
        reverse("admin:tickets_ticket_canned", args=[ticket.pk, CannedAnswer.objects.get().pk]),
    ]


CHANGES = (
    "answer",
    "note",
    "take",
    "close",
    "spam",
    "properties",
    "approve",
    "edit",
    "reject",
    "merge",
    "split",
    "undo",
)


def test_outsiders_and_staff_without_rights_get_nothing(charlie: User, staff: Staff, ticket: Ticket) -> None:  # noqa: F811
    outsider, clerk = logged_in(charlie), staff()
    for url in urls_of(ticket):
        assert outsider.get(url).status_code == 302
        assert clerk.get(url).status_code in (403, 404)
    for name in CHANGES:
        assert do(outsider, ticket, name).status_code == 302
        assert do(clerk, ticket, name).status_code in (403, 404)
    assert clerk.get(reverse("admin:tickets_ticket_export")).status_code == 403


def test_readers_change_nothing(staff: Staff, ticket: Ticket) -> None:  # noqa: F811
    reader = staff("tickets.view_ticket")
    page = reader.get(page_of(ticket)).content.decode()
    assert "answer-form" not in page
    assert "/do/" not in page
    assert ".eml" not in page
    for name in CHANGES:
        assert do(reader, ticket, name, text="x", note="x").status_code == 403
    assert reader.get(urls_of(ticket)[3]).status_code == 403


def test_a_mailbox_of_another_team_is_closed(staff: Staff, ticket: Ticket) -> None:  # noqa: F811
    clerk = staff("tickets.view_ticket", "tickets.change_ticket", "tickets.answer_ticket")
    assert clerk.get(page_of(ticket)).status_code == 200
    ticket.mailbox.groups.add(Group.objects.create(name="other team"))
    assert clerk.get(page_of(ticket)).status_code == 302
    for url in urls_of(ticket)[1:]:
        assert clerk.get(url).status_code == 404
    assert do(clerk, ticket, "close").status_code == 404


def test_files_of_other_tickets_are_not_reached(admin: Client, ticket: Ticket) -> None:
    other = desk_rows.ticket(mailbox=ticket.mailbox)
    file = first_of(ticket).attachments.get()
    assert admin.get(reverse("admin:tickets_ticket_attachment", args=[other.pk, file.pk])).status_code == 404
    said = first_of(ticket).pk
    assert admin.get(reverse("admin:tickets_ticket_html", args=[other.pk, said])).status_code == 404
