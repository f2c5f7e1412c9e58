"""The back office in a real browser: content policy, dialogs, live transcripts, languages, narrow screens."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from chat import tasks
from chat.choices import MessageState, TurnState
from chat.models import Conversation, Turn
from integrations.models import AIProvider
from knowledge.indexing.work import read_next
from knowledge.models import Document
from knowledge.services import publish_document
from knowledge.services.questions import note_unanswered
from knowledge.services.uploads import upload_document
from tests.admin.conftest import ask, bill
from tests.browser.conftest import watch
from tests.browser.scripted import ScriptedApi
from tests.browser.scripted_turn import ScriptedTurn
from tests.browser.serving import BrowserServer
from tests.browser.test_accessibility import findings
from tests.conftest import make_user

Contexts = Callable[..., BrowserContext]
KNOWLEDGE = ("passages", "versions", "version", "citations", "upload", "replace", "search", "silence", "link", "index")
LONG = "averyveryverylongnamewithoutanyspaces.somebody"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_turns, "delay", lambda *_: None)


@pytest.fixture
def dana(server: BrowserServer) -> User:
    return make_user("dana", role="ADMIN", is_staff=True, is_superuser=True)


def session_cookie(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.EmailOrUsernameBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
def office(new_context: Contexts, server: BrowserServer, dana: User) -> Callable[..., Page]:
    """Pages of dana's browser; what the browser complains about is kept in `problems`."""

    def open_page(problems: list[str], **options: Any) -> Page:
        context = new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.add_cookies([{"name": "sessionid", "value": session_cookie(dana), "url": server.url}])
        page = context.new_page()
        watch(page, problems)
        return page

    return open_page


@pytest.fixture
def desk(office: Callable[..., Page], problems: list[str]) -> Iterator[Page]:
    yield office(problems)
    assert problems == []


@pytest.fixture
def rows(dana: User) -> dict[str, str]:
    """Rows with long names and the addresses of pages that show them."""
    owner = make_user(LONG, first_name="Wolfeschlegelsteinhausenbergerdorff")
    talk = Conversation.objects.create(owner=owner, title=f"{LONG} {'word ' * 30}")
    turn = ask(talk, answer="| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n" + "x" * 300 + "\n```")
    ask(talk, state=TurnState.FAILED, error_text="The provider did not answer: " + "y" * 200, error_code="unavailable")
    provider = AIProvider.objects.create(key="house", name="House", kind="openai", base_url="http://127.0.0.1:9/v1")
    AIProvider.objects.update(healthy=False, last_error="connection refused " + "z" * 200)
    publish_document(slug="refunds", title="Refunds", language="en", body="# Refunds\n\nThirty days.")
    document = publish_document(slug="refunds", title="Refunds", language="en", body="# Refunds\n\nFourteen days.")
    upload_document(b"%PDF-1.4 broken", name=f"{LONG}{LONG}.pdf", scopes=["widget"], tags=[LONG])
    read_next()
    asked = note_unanswered(f"Do you sell {LONG}?", language="en", scope="assistant")
    assert asked is not None
    documents, own = "/admin/knowledge/document/", f"/admin/knowledge/document/{document.pk}"
    bill(user=owner)
    AccessAttempt.objects.create(username=LONG, ip_address="203.0.113.7", user_agent="x", failures_since_start=9)
    return {
        "landing": "/admin/",
        "conversations": "/admin/chat/conversation/",
        "transcript": f"/admin/chat/conversation/{talk.pk}/change/",
        "turns": "/admin/chat/turn/",
        "turn": f"/admin/chat/turn/{turn.pk}/change/",
        "provider": f"/admin/integrations/aiprovider/{provider.pk}/change/",
        "models": "/admin/integrations/aimodel/",
        "usage": "/admin/integrations/usagerecord/",
        "chart": "/admin/integrations/usagerecord/chart/",
        "users": "/admin/accounts/user/",
        "user": f"/admin/accounts/user/{owner.pk}/change/",
        "new key": "/admin/accounts/apikey/add/",
        "document": f"{own}/change/",
        "documents": documents,
        "failed document": f"{documents}{Document.objects.get(state='failed').pk}/change/",
        "as readers see it": f"{own}/read/",
        "passages": f"{own}/passages/",
        "versions": f"{own}/versions/",
        "version": f"{own}/versions/1/",
        "citations": f"{own}/citations/",
        "feedback": f"{own}/feedback/",
        "upload": f"{documents}upload/",
        "replace": f"{own}/replace/",
        "search": f"{documents}search/?q=fourteen+days",
        "silence": f"{documents}search/?q={LONG}",
        "questions": "/admin/knowledge/openquestion/",
        "link": f"/admin/knowledge/openquestion/{asked.pk}/link/",
        "index": "/admin/knowledge/indexversion/",
        "failed log-ins": "/admin/axes/accessattempt/",
        "nothing found": "/admin/chat/conversation/?q=nothing-like-this",
    }


def test_pages_break_no_policy_and_raise_no_errors(desk: Page, rows: dict[str, str]) -> None:
    for path in rows.values():
        desk.goto(path)
        expect(desk.locator("#content")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-US", "ru-RU"])
def test_a_phone_never_scrolls_sideways(
    office: Callable[..., Page], problems: list[str], rows: dict[str, str], locale: str
) -> None:
    page = office(problems, viewport={"width": 360, "height": 740}, locale=locale)
    for name, path in rows.items():
        page.goto(path)
        page.locator("#content").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_own_pages_are_accessible(
    office: Callable[..., Page], problems: list[str], rows: dict[str, str], scheme: str
) -> None:
    page = office(problems, color_scheme=scheme)
    for name in ("landing", "transcript", "turn", "chart", "nothing found", *KNOWLEDGE):
        page.goto(rows[name])
        page.locator("#content").wait_for()
        assert findings(page) == [], name


def test_the_language_is_switched_in_the_menu(desk: Page, rows: dict[str, str]) -> None:
    desk.goto("/admin/")
    desk.get_by_text("dana@example.com").click()
    desk.get_by_role("button", name="русский").click()
    expect(desk.get_by_role("heading", name="Что требует внимания")).to_be_visible()
    assert desk.url.endswith("/admin/")


def test_filters_open_and_narrow(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["turns"])
    expect(desk.locator("#result_list tbody tr")).to_have_count(2)
    desk.get_by_text("Filters").first.click()
    desk.locator("select[name=attention]").select_option("failed")
    desk.get_by_role("button", name="Apply Filters").click()
    expect(desk.locator("#result_list tbody tr")).to_have_count(1)


def test_deleting_asks_in_a_dialog_and_leads_to_the_list(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["transcript"])
    desk.get_by_role("link", name="Delete").click()
    dialog = desk.locator("#dialog")
    expect(dialog).to_contain_text("This cannot be undone.")
    expect(dialog).to_contain_text("4 messages")
    dialog.get_by_role("button", name="Delete").click()
    desk.wait_for_url("**/admin/chat/conversation/")
    expect(desk.get_by_text("Nothing here yet")).to_be_visible()


def test_the_dialog_closes_with_escape_and_does_nothing(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["transcript"])
    desk.get_by_role("link", name="Delete").click()
    expect(desk.locator("#dialog")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#dialog")).to_be_hidden()
    assert Conversation.objects.exists()


def live_turn(script: ScriptedApi, server: BrowserServer, talk: Conversation) -> tuple[Turn, ScriptedTurn]:
    """A turn that is running in the database, and its scripted event log."""
    turn = ask(talk, question="What now?", answer="", state=TurnState.RUNNING, model_key="house-1", cost=0)
    scripted = ScriptedTurn(str(turn.pk))
    server.do(lambda: script.turns.update({scripted.id: scripted}))
    return turn, scripted


def finish(turn: Turn, text: str) -> None:
    Turn.objects.filter(pk=turn.pk).update(state=TurnState.DONE)
    turn.answer.content, turn.answer.state = text, MessageState.COMPLETE
    turn.answer.save()


def test_an_answer_grows_on_the_page_and_ends_with_what_it_took(
    desk: Page, script: ScriptedApi, server: BrowserServer, dana: User
) -> None:
    talk = Conversation.objects.create(owner=dana, title="Talk")
    turn, scripted = live_turn(script, server, talk)
    desk.goto(f"/admin/chat/conversation/{talk.pk}/change/")
    server.do(lambda: scripted.emit("delta", "Half **of"))
    answer = desk.locator(f"#m-{turn.answer_id}")
    expect(answer).to_contain_text("Half of")
    server.do(lambda: scripted.emit("delta", " it** is here"))
    expect(answer.locator("strong")).to_have_text("of it")
    finish(turn, "Half **of it** is here")
    server.do(lambda: scripted.emit("done", metadata={"state": "done"}))
    expect(answer).to_contain_text("house-1 · openai")
    expect(answer.locator("strong")).to_have_text("of it")
    expect(answer).not_to_have_attribute("data-live", scripted.id)


def test_questions_that_come_later_appear_by_themselves(
    desk: Page, script: ScriptedApi, server: BrowserServer, dana: User
) -> None:
    talk = Conversation.objects.create(owner=dana, title="Talk")
    ask(talk, question="First")
    desk.goto(f"/admin/chat/conversation/{talk.pk}/change/")
    expect(desk.locator(".bo-message")).to_have_count(2)
    turn, scripted = live_turn(script, server, talk)
    expect(desk.locator(".bo-message")).to_have_count(4, timeout=12_000)
    server.do(lambda: scripted.emit("delta", "Streaming"))
    expect(desk.locator(f"#m-{turn.answer_id}")).to_contain_text("Streaming")


def test_a_new_key_is_copied(desk: Page, rows: dict[str, str]) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.goto(rows["new key"])
    desk.locator("#id_name").fill("n8n")
    desk.get_by_label("Read conversations").check()
    desk.get_by_role("button", name="Save", exact=True).click()
    key = desk.locator("#new-key").inner_text()
    desk.get_by_role("button", name="Copy").click()
    expect(desk.get_by_role("button", name="Copied")).to_be_visible()
    assert desk.evaluate("navigator.clipboard.readText()") == key


def test_a_document_is_previewed_before_it_is_saved(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["document"])
    desk.locator("#id_body").fill(f"# Refunds\n\nThirty days {uuid.UUID(int=7)}.\n\n## Exchange\n\nAny size.")
    desk.get_by_role("button", name="Show the text and its passages").click()
    preview = desk.locator("#preview-result")
    expect(preview.get_by_role("heading", name="Exchange")).to_be_visible()
    expect(preview).to_contain_text("2 passages")


def test_files_are_uploaded_one_by_one_with_their_results(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["upload"])
    files = [("parking.md", b"# Parking"), ("letter.exe", b"MZ"), ("unwanted.md", b"x")]
    desk.locator("#id_file").set_input_files(
        [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files]
    )
    desk.get_by_role("button", name="Remove: unwanted.md").click()
    desk.get_by_role("button", name="Upload", exact=True).click()
    chosen = desk.locator("#chosen li")
    expect(chosen.filter(has_text="parking.md")).to_contain_text("Handed in")
    expect(chosen.filter(has_text="letter.exe")).to_contain_text("Files of this kind cannot be read.")
    expect(chosen).to_have_count(2)
    assert set(Document.objects.filter(state="waiting").values_list("original_name", flat=True)) == {"parking.md"}


def test_a_document_at_work_tells_when_it_is_done(desk: Page, rows: dict[str, str]) -> None:
    upload_document(b"# Parking", name="parking.md")
    desk.goto(f"{rows['documents']}?q=parking")
    state = desk.locator("#result_list .bo-states")
    expect(state).to_contain_text("Waiting")
    read_next()
    expect(state).to_contain_text("Published", timeout=12_000)


def test_enter_searches_and_the_reasons_unfold(desk: Page, rows: dict[str, str]) -> None:
    desk.goto("/admin/knowledge/document/search/")
    expect(desk.get_by_role("searchbox", name="Question")).to_be_focused()
    desk.keyboard.type("fourteen days")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Would answer")).to_be_visible()
    desk.get_by_text("Why it stands here").first.click()
    expect(desk.get_by_role("meter", name="Confidence").first).to_be_visible()


def test_a_dismissed_question_is_taken_back_in_the_message(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["questions"])
    desk.get_by_role("button", name="Dismiss", exact=True).click()
    desk.get_by_role("button", name="Undo").click()
    expect(desk.get_by_text("The question is open again.")).to_be_visible()


def test_an_index_is_built_from_a_dialog(desk: Page, rows: dict[str, str]) -> None:
    desk.goto(rows["index"])
    desk.get_by_role("link", name="Rebuild").click()
    dialog = desk.locator("#dialog")
    expect(dialog).to_contain_text("Answers keep coming from the present one")
    dialog.get_by_role("button", name="Build").click()
    expect(desk.get_by_role("heading", name="Being built")).to_be_visible()
