"""The support desk in a real browser: answering with live updates, accessibility, narrow screens, formatted mail."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from integrations.outbox import tasks
from tests.browser.serving import BrowserServer
from tests.browser.test_accessibility import findings
from tests.browser.test_back_office import dana, office  # noqa: F401 - fixtures
from tests.tickets import desk_rows
from tickets.choices import MessageKind
from tickets.models import Ticket

LONG = "averyveryverylongwordwithoutanyspaces" * 6
Office = Callable[..., Page]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch, server: BrowserServer) -> None:
    """Without the socket, too, pages learn what happens."""
    monkeypatch.setattr(tasks.send_due, "delay", lambda *_: None)
    server.api.refused.add("websocket")


@pytest.fixture
def ticket(dana: User) -> Ticket:  # noqa: F811
    row = desk_rows.everything(dana)
    desk_rows.message(row, text=f"{LONG} {'слово ' * 400}\n" * 90)
    desk_rows.message(row, text="مرحبا، أين طلبي؟")
    Ticket.objects.filter(pk=row.pk).update(subject=LONG)
    return row


@pytest.fixture
def desk(office: Office, problems: list[str]) -> Iterator[Page]:  # noqa: F811
    yield office(problems)
    assert problems == []


def page_of(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def test_nobody_answers_past_a_mail_that_comes_while_he_writes(desk: Page, ticket: Ticket) -> None:
    desk.goto(page_of(ticket))
    box = desk.get_by_label("Text of the answer")
    box.fill("It is **on its way**.")
    desk_rows.message(ticket, text="Never mind, it has come!")
    expect(desk.locator(".desk-message").last).to_contain_text("Never mind", timeout=15_000)
    warning = desk.locator("#desk-meanwhile")
    expect(warning).to_contain_text("wrote meanwhile")
    desk.get_by_role("button", name="I have read it").click()
    expect(warning).to_be_hidden()
    box.press("Control+Enter")
    answer = desk.locator(".desk-message").last
    expect(answer.locator("strong")).to_have_text("on its way")
    expect(answer).to_contain_text("Being sent")
    assert ticket.messages.filter(kind=MessageKind.ANSWER).count() == 2


def test_formatted_mail_runs_nothing_and_loads_nothing(desk: Page, ticket: Ticket, problems: list[str]) -> None:
    desk.goto(page_of(ticket))
    desk.get_by_role("link", name="Show formatted").first.click()
    frame = desk.frame_locator(".desk-formatted").first
    expect(frame.locator("b")).to_have_text("there")
    assert frame.locator("script").count() == 0
    # The picture that would have told the sender of the reading.
    assert [problem for problem in problems if "spy.example" not in problem] == []
    problems.clear()


@pytest.mark.parametrize(("locale", "scheme", "width"), [("en-US", "light", 1440), ("ru-RU", "dark", 360)])
def test_the_desk_is_accessible_and_fits(
    office: Office,  # noqa: F811
    problems: list[str],
    ticket: Ticket,
    locale: str,
    scheme: str,
    width: int,
) -> None:
    page = office(problems, locale=locale, color_scheme=scheme, viewport={"width": width, "height": 800})
    box = ticket.mailbox_id
    for path in (
        "ticket/",
        f"ticket/{ticket.pk}/change/",
        f"ticket/{ticket.pk}/change/?split",
        f"customer/{ticket.customer_id}/change/",
        f"mailbox/{box}/autopilot/",
        f"articleproposal/{ticket.proposal.pk}/change/",
    ):
        page.goto(f"/admin/tickets/{path}")
        page.locator("#content").wait_for()
        assert findings(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    assert problems == []
