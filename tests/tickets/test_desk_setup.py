"""Mails that became no ticket, mailboxes, rules, hours and canned answers in the back office."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from integrations.models import Delivery
from integrations.sealing import open_sealed, seal_into
from tests.admin.conftest import logged_in, staff  # noqa: F401 - a fixture
from tests.outbox.conftest import use_mail_server
from tests.outbox.peers import mail_server
from tests.tickets import desk_rows
from tickets.admin import mailbox_tests, mails
from tickets.choices import InboundState
from tickets.intake.imap.reading import Unreadable
from tickets.models import (
    ArticleProposal,
    BusinessHours,
    CannedAnswer,
    CustomerAddress,
    DeskRule,
    InboundMail,
    Mailbox,
    Ticket,
)

Staff = Callable[..., Client]
SECRET = "imap-Secret-77"


@pytest.fixture
def admin(dana: User) -> Client:
    return logged_in(dana)


@pytest.fixture
def kept(db: None) -> InboundMail:
    return desk_rows.mail(state=InboundState.QUARANTINE, reason="rate", mailbox=desk_rows.mailbox(is_default=True))


def sort_mail(client: Client, mail: InboundMail, name: str) -> Any:
    return client.post(reverse("admin:tickets_inboundmail_do", args=[mail.pk, name]), follow=True)


# Mails


def test_a_mail_is_taken_in_once(admin: Client, kept: InboundMail) -> None:
    page = admin.get(reverse("admin:tickets_inboundmail_change", args=[kept.pk])).content.decode()
    assert "Hello" in page
    assert "Take in as a ticket" in page
    for text in ("The mail is taken in.", "has found its place already"):
        assert text in sort_mail(admin, kept, "release").content.decode()
    kept.refresh_from_db()
    assert kept.state == InboundState.TICKET
    ticket = Ticket.objects.get(mails=kept)
    assert ticket.messages.get().text.strip() == "Hello"
    assert ticket.triages.count() == 1


def test_a_mail_is_discarded_and_its_sender_blocked(admin: Client, kept: InboundMail) -> None:
    sort_mail(admin, kept, "discard")
    sort_mail(admin, kept, "block")
    kept.refresh_from_db()
    assert kept.state == InboundState.DISCARDED
    assert CustomerAddress.objects.get(address="erin@example.com").customer.blocked
    raw = admin.get(reverse("admin:tickets_inboundmail_raw", args=[kept.pk]))
    assert raw.content == desk_rows.RAW
    assert sort_mail(admin, kept, "nonsense").status_code == 404


def history(row: Any) -> list[tuple[str, str]]:
    """Who did what to it, in the order of time."""
    rows = LogEntry.objects.filter(object_id=str(row.pk), content_type__model=row._meta.model_name).order_by("pk")
    return [(entry.user.username, entry.get_change_message()) for entry in rows.select_related("user")]


def test_what_is_done_to_a_mail_stands_in_its_history(admin: Client, kept: InboundMail) -> None:
    for name in ("discard", "block", "release", "discard"):
        sort_mail(admin, kept, name)
    said = ["The mail is discarded.", "The sender is blocked.", "The mail is taken in."]
    assert history(kept) == [("dana", text) for text in said]
    assert history(CustomerAddress.objects.get(address="erin@example.com").customer) == [("dana", "Blocked.")]
    page = admin.get(reverse("admin:tickets_inboundmail_history", args=[kept.pk])).content.decode()
    assert said[0] in page


@pytest.mark.parametrize(
    ("action", "said"), [("discard_selected", "The mail is discarded."), ("block_selected", "The sender is blocked.")]
)
def test_what_is_done_to_several_mails_stands_in_the_history_of_each(
    admin: Client, kept: InboundMail, action: str, said: str
) -> None:
    other = desk_rows.mail(state=InboundState.QUARANTINE, reason="rate", sender="eve@example.com")
    sorted_already = desk_rows.mail(state=InboundState.TICKET, sender="")
    data = {"action": action, "_selected_action": [str(row.pk) for row in (kept, other, sorted_already)]}
    url = reverse("admin:tickets_inboundmail_changelist")
    admin.post(url, data)
    assert not LogEntry.objects.exists()
    admin.post(url, {**data, "post": "yes"})
    assert history(kept) == history(other) == [("dana", said)]
    assert history(sorted_already) == []


def test_several_mails_are_asked_about_first(admin: Client, kept: InboundMail) -> None:
    data = {"action": "release_selected", "_selected_action": [str(kept.pk)]}
    url = reverse("admin:tickets_inboundmail_changelist")
    assert "erin@example.com" in admin.post(url, data).content.decode()
    admin.post(url, {**data, "post": "yes"})
    kept.refresh_from_db()
    assert kept.state == InboundState.TICKET


@pytest.mark.parametrize("action", ["discard_selected", "block_selected", "release_selected"])
def test_of_too_many_mails_the_rest_is_for_the_next_run(
    admin: Client, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(mails, "MOST", 2)
    desk_rows.mailbox(is_default=True)
    senders = [f"person{number}@example.com" for number in range(5)]
    rows = [desk_rows.mail(state=InboundState.QUARANTINE, reason="rate", sender=sender) for sender in senders]
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    url = reverse("admin:tickets_inboundmail_changelist")
    assert "2 of 5 mails; run it again for the rest." in admin.post(url, data).content.decode()
    for _ in range(3):
        last = admin.post(url, {**data, "post": "yes"})
    assert [str(message) for message in get_messages(last.wsgi_request)] == [
        "2 mails changed.",
        "2 of 5 mails; run it again for the rest.",
        "2 mails changed.",
        "2 of 3 mails; run it again for the rest.",
        "1 mail changed.",
    ]


def test_readers_of_mails_sort_nothing(staff: Staff, kept: InboundMail) -> None:  # noqa: F811
    reader = staff("tickets.view_inboundmail", "tickets.view_ticket")
    assert reader.get(reverse("admin:tickets_inboundmail_change", args=[kept.pk])).status_code == 200
    assert sort_mail(reader, kept, "release").status_code == 403
    kept.refresh_from_db()
    assert kept.state == InboundState.QUARANTINE


# Mailboxes


def mailbox_form(**values: Any) -> dict[str, Any]:
    return {
        "name": "Support",
        "address": "support@example.com",
        "autopilot": "draft",
        "autopilot_hours": "always",
        "threshold": "0.75",
        "edit_limit": "0.3",
        "imap_port": "993",
        "imap_folder": "INBOX",
        **values,
    }


def test_a_password_goes_in_and_never_comes_out(admin: Client) -> None:
    add = reverse("admin:tickets_mailbox_add")
    values = mailbox_form(imap_host="imap.example.com", imap_password=SECRET, alias_lines="a@x.com\nB@x.com")
    assert admin.post(add, values).status_code == 302
    box = Mailbox.objects.get(name="Support")
    assert (open_sealed(box, "sealed_imap_password"), box.aliases) == (SECRET, ["a@x.com", "b@x.com"])
    change = reverse("admin:tickets_mailbox_change", args=[box.pk])
    assert SECRET not in admin.get(change).content.decode()
    moved = admin.post(change, mailbox_form(imap_host="evil.example.com")).content.decode()
    assert "enter its password, or remove the old one" in moved
    assert SECRET not in moved
    assert admin.post(change, mailbox_form(imap_host="evil.example.com", remove_password="on")).status_code == 302
    box.refresh_from_db()
    assert box.sealed_imap_password == ""


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"address": "HELP@example.com"}, "Another mailbox has this address."),
        ({"alias_lines": "help@example.com"}, "Another mailbox has help@example.com."),
        ({"alias_lines": "nonsense"}, "Enter a valid email address."),
        ({"is_default": "on"}, "Another mailbox takes all other mail already."),
        ({"threshold": "2"}, "less than or equal to 1"),
    ],
)
def test_addresses_belong_to_one_mailbox(admin: Client, values: dict[str, str], error: str) -> None:
    desk_rows.mailbox(address="help@example.com", is_default=True)
    page = admin.post(reverse("admin:tickets_mailbox_add"), mailbox_form(**values))
    assert page.status_code == 200
    assert error in page.content.decode()


@pytest.fixture
def read_box(db: None) -> Mailbox:
    row = desk_rows.mailbox(imap_host="imap.example.com", imap_user="help", sender_name="Help desk")
    seal_into(row, "sealed_imap_password", SECRET)
    row.save()
    return row


def press(client: Client, mailbox: Mailbox, name: str) -> tuple[int, list[str]]:
    """The status, and what is said to whoever pressed the button of the dialog."""
    url = reverse(f"admin:tickets_mailbox_{name}", args=[mailbox.pk])
    response = client.post(url, {"_form_submitted": "True"})
    return response.status_code, [str(message) for message in get_messages(response.wsgi_request)]


def test_a_mailbox_is_tried(admin: Client, read_box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_tests, "look", lambda mailbox: 1204 if mailbox == read_box else 0)
    page = admin.get(reverse("admin:tickets_mailbox_change", args=[read_box.pk])).content.decode()
    assert "Try IMAP" in page
    assert press(admin, read_box, "try_imap") == (200, ["The mailbox can be read: 1,204 mails are in INBOX."])


def test_what_is_wrong_with_a_mailbox_is_said_without_its_password(
    admin: Client, read_box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(mailbox: Mailbox) -> int:
        raise Unreadable("The server does not answer.")

    monkeypatch.setattr(mailbox_tests, "look", refused)
    assert press(admin, read_box, "try_imap") == (200, ["The server does not answer."])
    assert SECRET not in admin.get(reverse("admin:tickets_mailbox_change", args=[read_box.pk])).content.decode()


def test_a_mailbox_without_a_server_is_not_tried(admin: Client) -> None:
    said = press(admin, desk_rows.mailbox(), "try_imap")[1]
    assert said == ["Enter the server and the password first, and save."]


def test_a_test_mail_goes_to_ones_own_address(admin: Client, dana: User, read_box: Mailbox, settings: Any) -> None:
    User.objects.filter(pk=dana.pk).update(email="dana@example.com")
    with mail_server() as (room, port):
        use_mail_server(settings, port)
        assert press(admin, read_box, "send_test_mail") == (200, ["dana@example.com: It was accepted."])
    [letter] = room.letters
    assert letter.message["From"] == f"Help desk <{read_box.address}>"
    delivery = Delivery.objects.get()
    assert (delivery.recipient, delivery.source, delivery.state) == ("dana@example.com", "test", "delivered")


def test_a_test_mail_that_cannot_go_says_why(admin: Client, dana: User, read_box: Mailbox) -> None:
    User.objects.filter(pk=dana.pk).update(email="dana@example.com")
    assert press(admin, read_box, "send_test_mail")[1] == ["dana@example.com: No mail server is set up"]


def test_without_an_address_no_test_mail_goes(admin: Client, dana: User, read_box: Mailbox) -> None:
    User.objects.filter(pk=dana.pk).update(email="")
    assert press(admin, read_box, "send_test_mail")[1] == ["Your account has no e-mail address."]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("name", ["try_imap", "send_test_mail"])
def test_only_a_click_of_those_who_may_change_the_mailbox_tests_it(
    admin: Client,
    charlie: User,
    staff: Staff,  # noqa: F811
    read_box: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    asked: list[Mailbox] = []
    monkeypatch.setattr(mailbox_tests, "look", asked.append)
    url = reverse(f"admin:tickets_mailbox_{name}", args=[read_box.pk])
    assert admin.get(url).status_code == 200
    reader = staff("tickets.view_mailbox")
    assert press(reader, read_box, name)[0] == 403
    assert press(logged_in(charlie), read_box, name)[0] == 302
    assert (
        name.replace("_", "-")
        not in reader.get(reverse("admin:tickets_mailbox_change", args=[read_box.pk])).content.decode()
    )
    assert (asked, Delivery.objects.count()) == ([], 0)
    gone = reverse(f"admin:tickets_mailbox_{name}", args=[10**6])
    assert admin.post(gone, {"_form_submitted": "True"}).status_code == 404


def test_an_autopilot_is_measured_paused_and_let_go(admin: Client, staff: Staff) -> None:  # noqa: F811
    row = desk_rows.ticket(mailbox=desk_rows.mailbox(autopilot="full"))
    for number in range(6):
        said = desk_rows.message(row)
        verdict = "edited" if number % 2 else "approved"
        values = {"confidence": 0.1 * number, "calibrated": 0.5, "verdict": verdict, "edited": 0.9}
        desk_rows.decision(row, said, verdict_at=said.created_at, **values)
    url = reverse("admin:tickets_mailbox_autopilot", args=[row.mailbox_id])
    page = admin.get(url).content.decode()
    assert page.count("desk-curve") >= 2
    assert "Brier" in page
    assert "said 0%, of use 100%" in page
    admin.post(f"{url}pause/", {"reason": "Holiday"})
    assert "Holiday" in admin.get(url).content.decode()
    admin.post(f"{url}resume/")
    row.mailbox.refresh_from_db()
    assert not row.mailbox.is_paused()
    reader = staff("tickets.view_mailbox")
    assert reader.post(f"{url}pause/").status_code == 403


# Rules


def rule_form(condition: Any, **values: Any) -> dict[str, Any]:
    text = condition if isinstance(condition, str) else json.dumps(condition)
    return {"name": "Court", "order": "5", "action": "escalate", "enabled": "on", "condition_text": text, **values}


@pytest.mark.parametrize(
    ("condition", "error"),
    [
        ("{", "This is no JSON"),
        ({"condition": "AND", "rules": []}, "would match every mail"),
        ({"condition": "AND", "rules": [{"field": "weather", "operator": "equal", "value": 1}]}, "At rules[0].field"),
        ({"condition": "AND", "rules": [{"field": "subject", "operator": "zzz", "value": 1}]}, "At rules[0].operator"),
    ],
)
def test_a_wrong_rule_says_where(admin: Client, condition: Any, error: str) -> None:
    page = admin.post(reverse("admin:tickets_deskrule_add"), rule_form(condition))
    assert page.status_code == 200
    assert error in page.content.decode()
    tried = admin.post(
        reverse("admin:tickets_deskrule_try"), {"condition_text": rule_form(condition)["condition_text"]}
    )
    assert error in tried.content.decode()


def test_a_rule_is_tried_on_mails_and_saved(admin: Client) -> None:
    row = desk_rows.ticket()
    desk_rows.message(row, subject="I go to court")
    desk_rows.message(row, subject="Thanks")
    tried = admin.post(reverse("admin:tickets_deskrule_try"), rule_form(desk_rows.QUERY)).content.decode()
    assert "1 of the 2 newest mails match." in tried
    assert not DeskRule.objects.filter(name="Court").exists()
    assert admin.post(reverse("admin:tickets_deskrule_add"), rule_form(desk_rows.QUERY)).status_code == 302
    assert DeskRule.objects.get(name="Court").condition == desk_rows.QUERY


def test_only_who_may_see_mails_tries_rules_on_them(staff: Staff) -> None:  # noqa: F811
    clerk = staff("tickets.view_deskrule")
    assert clerk.post(reverse("admin:tickets_deskrule_try"), rule_form(desk_rows.QUERY)).status_code == 403


# Hours and canned answers


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"mon": "9 to 5"}, "is no span of time"),
        ({"tue": "09:00-09:00"}, "is no part of a day"),
        ({"wed": "09:00-12:00, 11:00-13:00"}, "These spans overlap."),
        ({"holiday_lines": "tomorrow"}, "is no date"),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone of this name."),
    ],
)
def test_hours_are_checked_where_they_are_written(admin: Client, values: dict[str, str], error: str) -> None:
    page = admin.post(
        reverse("admin:tickets_businesshours_add"), {"name": "Office", "time_zone": "Europe/Moscow", **values}
    )
    assert page.status_code == 200
    assert error in page.content.decode()


def test_hours_are_kept_in_order(admin: Client) -> None:
    values = {
        "name": "O",
        "time_zone": "UTC",
        "mon": "14:00–18:00, 9:00-13:00",
        "fri": "22:00-06:00",
        "holiday_lines": "2026-12-31",
    }
    assert admin.post(reverse("admin:tickets_businesshours_add"), values).status_code == 302
    hours = BusinessHours.objects.get(name="O")
    assert hours.week == {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], "fri": [["22:00", "06:00"]]}
    assert hours.holidays == ["2026-12-31"]


def test_unknown_variables_are_named(admin: Client) -> None:
    values = {"name": "Hi", "kind": "answer", "text_en": "Hello {nobody}"}
    page = admin.post(reverse("admin:tickets_cannedanswer_add"), values).content.decode()
    assert "{nobody}" in page
    assert "There is no variable" in page
    assert (
        "in one language at least"
        in admin.post(reverse("admin:tickets_cannedanswer_add"), {**values, "text_en": ""}).content.decode()
    )
    assert (
        admin.post(
            reverse("admin:tickets_cannedanswer_add"), {**values, "text_en": "Hello {customer_name}"}
        ).status_code
        == 302
    )
    assert CannedAnswer.objects.get().name == "Hi"


def test_the_landing_page_names_what_waits(admin: Client, dana: User) -> None:
    desk_rows.everything(dana)
    page = admin.get("/admin/").content.decode()
    for text in (
        "1 ticket is overdue",
        "1 draft waits for approval",
        "is in quarantine",
        "is paused",
        "?queue=overdue",
    ):
        assert text in page, text


# Articles and customers


def test_an_article_is_corrected_and_accepted_once(admin: Client, dana: User) -> None:
    proposal = ArticleProposal.objects.get(ticket=desk_rows.everything(dana))
    page = reverse("admin:tickets_articleproposal_change", args=[proposal.pk])
    decide = reverse("admin:tickets_articleproposal_decide", args=[proposal.pk])
    assert "Put it into the knowledge base" in admin.get(page).content.decode()
    assert "This field is required." in admin.post(decide, {"title": "", "text": "x"}).content.decode()
    for _ in range(2):
        admin.post(decide, {"title": "Delivery", "text": "Three days.", "decision": "accept"})
    proposal.refresh_from_db()
    assert proposal.state == "accepted"
    assert proposal.document is not None and proposal.document.title == "Delivery"


def test_articles_are_decided_by_who_may_write_documents(staff: Staff, dana: User) -> None:  # noqa: F811
    proposal = ArticleProposal.objects.get(ticket=desk_rows.everything(dana))
    clerk = staff("tickets.view_articleproposal", "tickets.change_articleproposal", "tickets.view_ticket")
    decide = reverse("admin:tickets_articleproposal_decide", args=[proposal.pk])
    assert clerk.post(decide, {"decision": "reject"}).status_code == 403


def test_a_customer_is_exported_and_erased(admin: Client, staff: Staff, dana: User) -> None:  # noqa: F811
    row = desk_rows.everything(dana)
    who = row.customer
    export = reverse("admin:tickets_customer_export_one", args=[who.pk])
    erase = reverse("admin:tickets_customer_erase_one", args=[who.pk])
    known = admin.get(export).json()
    assert known["name"] == who.name
    assert "Where is it?" in known["tickets"][0]["messages"][0]["text"]
    clerk = staff("tickets.view_customer", "tickets.view_ticket")
    assert clerk.get(export).status_code == 403
    assert clerk.post(erase, {"_form_submitted": "True"}).status_code == 403
    assert "2 tickets" in admin.get(erase).content.decode()
    admin.post(erase, {"_form_submitted": "True"})
    who.refresh_from_db()
    assert who.erased_at is not None
    page = admin.get(reverse("admin:tickets_ticket_change", args=[row.pk])).content.decode()
    assert "Where is it?" not in page
