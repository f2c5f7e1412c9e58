"""A back office with rows of everything, and members of staff with different rights."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import AnonymousSubscriber, User
from accounts.services.keys import create_api_key
from accounts.services.tokens import issue_user_token, issue_visitor_token
from chat import tasks
from chat.artifacts.models import Artifact
from chat.choices import Channel, MessageRole, MessageState, TurnState
from chat.models import Conversation, Experience, Memory, MemoryExtraction, Message, Turn
from chat.prompts.choices import AnswerState, ComparisonState, Side, Verdict
from chat.prompts.models import ComparedQuestion, Prompt, PromptAnswer, PromptComparison, PromptQuestion
from chat.prompts.services.versions import ensure_prompts, save_version
from chat.widgets.models import Widget
from integrations.choices import BudgetScope, CallOutcome, Payer, Period, ProviderKind
from integrations.mail.message import Mail
from integrations.mail.services import send_mail
from integrations.models import (
    AIModel,
    AIProvider,
    Budget,
    Circuit,
    Delivery,
    DeliveryAttempt,
    LoadedModel,
    ModelRole,
    OllamaServer,
    RoleStep,
    Spending,
    UsageRecord,
    WebhookEndpoint,
)
from integrations.outbox import tasks as outbox_tasks
from integrations.outbox.choices import OPEN_STATES, DeliveryState
from integrations.outbox.services import Order
from integrations.services.credentials.changes import create_credential
from integrations.webhooks.services import set_new_secret
from knowledge.choices import RunState
from knowledge.evaluation.runs import Result, metrics_of
from knowledge.models import Document, EvaluationRun, TestQuestion, WebPage, WebSource
from knowledge.services import publish_document
from knowledge.services.questions import note_unanswered
from knowledge.web.services import add_source
from tests.canary import MARK
from tests.conftest import make_user
from tests.tickets import desk_rows

ANSWER = "# Steps\n\n1. Visit **Providers**\n2. Enter the key <script>alert(1)</script>\n"


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waking a worker is not what these tests are about."""
    monkeypatch.setattr(tasks.run_turns, "delay", lambda *_: None)
    monkeypatch.setattr(outbox_tasks.send_due, "delay", lambda *_: None)


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(dana: User) -> Client:
    """The administrator's browser."""
    return logged_in(dana)


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    """The browser of a member of staff with these permissions, for example `chat.view_turn`."""

    def make(*permissions: str) -> Client:
        clerk = make_user("clerk", is_staff=True)
        for permission in permissions:
            app, codename = permission.split(".")
            clerk.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return logged_in(clerk)

    return make


def ask(
    conversation: Conversation, question: str = "How?", answer: str = ANSWER, state: str = TurnState.DONE, **fields: Any
) -> Turn:
    """One more question in the conversation, with its answer."""
    last = conversation.messages.count()
    asked = Message.objects.create(
        conversation=conversation, position=last + 1, role=MessageRole.USER, content=question
    )
    written = Message.objects.create(
        conversation=conversation,
        position=last + 2,
        role=MessageRole.ASSISTANT,
        content=answer,
        state=MessageState.COMPLETE if state == TurnState.DONE else MessageState.PARTIAL,
    )
    values = {
        "provider_key": "openai",
        "model_key": "openai-gpt-4o",
        "input_tokens": 1200,
        "output_tokens": 34,
        "cost": Decimal("0.0042"),
        "first_token_ms": 320,
        "started_at": timezone.now(),
        "finished_at": timezone.now() + timedelta(seconds=4),
    }
    return Turn.objects.create(
        conversation=conversation, question=asked, answer=written, state=state, **{**values, **fields}
    )


def bill(**fields: Any) -> UsageRecord:
    """One call in the ledger; `created_at` may be given."""
    created_at = fields.pop("created_at", None)
    values = {
        "provider_key": "openai",
        "model_key": "openai-gpt-4o",
        "input_tokens": 1200,
        "output_tokens": 34,
        "cost": Decimal("0.0042"),
        "first_token_ms": 320,
        "duration_ms": 4000,
        "outcome": CallOutcome.OK,
    }
    record = UsageRecord.objects.create(**{**values, **fields})
    if created_at is not None:
        UsageRecord.objects.filter(pk=record.pk).update(created_at=created_at)
    return record


def undelivered(key: str, state: str = DeliveryState.FAILED, **fields: Any) -> Delivery:
    """A message that could not be delivered, or that ended as `state`, after one attempt."""
    mail = Mail(to=["erin@example.com"], subject=f"About {key}", text="Dear Erin, <b>hello</b>")
    row = send_mail(mail, Order(key=key, actor=fields.pop("actor", None)))
    now = timezone.now()
    ended = None if state in OPEN_STATES else now
    values = {"state": state, "finished_at": ended, "last_error": "550 no such user", "attempts": 1, **fields}
    Delivery.objects.filter(pk=row.pk).update(**values)
    DeliveryAttempt.objects.create(
        delivery=row, number=1, started_at=now, finished_at=now, outcome="failed", code="550", error="550 no such user"
    )
    row.refresh_from_db()
    return row


@pytest.fixture
def conversation(alice: User) -> Conversation:
    found: Conversation = Conversation.objects.create(owner=alice, title="Refund for order 12345")
    ask(found)
    return found


@pytest.fixture
def provider(db: None) -> AIProvider:
    return AIProvider.objects.create(
        key="house", name="House server", kind=ProviderKind.OPENAI, base_url="http://127.0.0.1:9/v1"
    )


def fill(number: int) -> None:
    """`number` more rows of everything, each with what hangs on it."""
    for _ in range(number):
        tag = User.objects.count()
        user = make_user(f"person{tag}", first_name="Person", last_name=str(tag))
        visitor = AnonymousSubscriber.objects.create()
        widget = Widget.objects.create(name=f"Widget {tag}", origins=[f"https://site{tag}.example.com"])
        for number, whose in enumerate(({"owner": user}, {"visitor": visitor})):
            Memory.objects.create(text=f"Likes tea{tag}", digest=f"{tag}-{number}", **whose)
        for holder in ({"owner": user}, {"visitor": visitor}, {"workflow_key": f"wf-{tag}"}, {"widget": widget}):
            turn = ask(Conversation.objects.create(title=f"Talk {tag}", channel=Channel.PAGE, **holder))
            MemoryExtraction.objects.create(turn=turn, error="timeout")
            Experience.objects.create(turn=turn, owner=user, user_input=f"Question {tag}", verdict="accepted", score=9)
        Artifact.objects.create(owner=user, turn=turn, task=f"Task {tag}", title=f"Page {tag}", html="<p>x</p>")
        server = AIProvider.objects.create(
            key=f"server-{tag}", name=f"Server {tag}", kind=ProviderKind.OPENAI, base_url="http://127.0.0.1:9/v1"
        )
        model = AIModel.objects.create(key=f"model-{tag}", provider=server, name=f"model-{tag}", title=f"Model {tag}")
        rows = [{"name": f"model-{tag}:latest", "size": 4_000_000_000}, {"name": "new:cloud", "size": 300}]
        ollama = OllamaServer.objects.create(provider=server, installed=rows, seen_at=timezone.now())
        times = {"since": timezone.now(), "until": timezone.now() + timedelta(minutes=5)}
        LoadedModel.objects.create(server=ollama, name=f"model-{tag}:latest", size=5_000_000_000, **times)
        Budget.objects.create(scope=BudgetScope.USER, user=user, max_usd=1)
        Spending.objects.create(payer=Payer.USER, user=user, period=Period.DAY, starts=timezone.localdate(), usd=1)
        role = ModelRole.objects.create(key=f"role-{tag}", title=f"Role {tag}")
        RoleStep.objects.create(role=role, model=model)
        Circuit.objects.create(provider=server, open_until=timezone.now(), opened_at=timezone.now(), reason="timeout")
        create_credential(
            name=f"Credential {tag}",
            provider="openai",
            strategy="api_key",
            payload={"api_key": f"{MARK}-credential-{tag}"},
            actor=user,
        )
        bill(user=user, model_key=f"model-{tag}")
        undelivered(f"letter-{tag}", actor=user)
        set_new_secret(WebhookEndpoint.objects.create(name=f"Hook {tag}", url="https://example.com/"), actor=user)
        create_api_key(user, name=f"key {tag}", scopes=["chat:read"])
        issue_user_token(user)
        issue_visitor_token(visitor)
        text = publish_document(
            slug=f"document-{tag}", title=f"Document {tag}", language="en", body=f"# Title\n\nText {tag}."
        )
        website = add_source(name=f"Website {tag}", url=f"https://site{tag}.example.com/sitemap.xml", kind="sitemap")
        # Never due, so that no test goes there.
        WebSource.objects.filter(pk=website.pk).update(next_at=None)
        WebPage.objects.create(source=website, url=website.url, key=str(tag), document=text, seen_at=timezone.now())
        WebPage.objects.create(source=website, url=f"{website.url}/x", key=f"x{tag}", error="gone")
        measured(Document.objects.get(slug=f"document-{tag}"), user)
        note_unanswered(f"Where is place{tag}", language="en", scope="assistant")
        compared(user)
        desk_rows.everything(user)
        Group.objects.create(name=f"group {tag}")
        AccessAttempt.objects.create(
            username=f"person{tag}", ip_address="203.0.113.7", user_agent="curl", failures_since_start=9
        )


def compared(actor: User) -> PromptComparison:
    """A version of a prompt, a saved question, and their completed comparison, judged."""
    ensure_prompts()
    prompt = Prompt.objects.with_newest().get(key="assistant")
    text = f"Say it shorter, in {{language}}, version {prompt.newest + 1}."
    written = save_version(prompt, text, actor=actor, based_on=prompt.newest)
    question = PromptQuestion.objects.create(text=f"How do I get in? {written.number}", author=actor)
    row = PromptComparison.objects.create(
        prompt=prompt,
        number_a=0,
        number_b=written.number,
        text_a=prompt.spec.text,
        text_b=text,
        state=ComparisonState.DONE,
        started_by=actor,
        finished_at=timezone.now(),
    )
    asked = ComparedQuestion.objects.create(
        comparison=row, position=1, text=question.text, language="en", passages=[], verdict=Verdict.B, judged_by=actor
    )
    for side in Side:
        PromptAnswer.objects.create(
            asked=asked, side=side, state=AnswerState.DONE, text=ANSWER, model_key="echo", duration_ms=1200
        )
    return row


def measured(document: Document, actor: User) -> EvaluationRun:
    """A test question on the document, and a completed evaluation in which it was answered wrongly."""
    question = TestQuestion.objects.create(question=f"What says {document.title}?", language="en")
    question.documents.add(document)
    result: Result = {
        "question": question.pk,
        "text": question.question,
        "language": "en",
        "expected": [document.slug],
        "wanted": 1,
        "found": ["gone-document"],
        "rank": None,
        "answerable": True,
        "answered": True,
        "confidence": 0.71,
        "evidence": 0.8,
        "latency_ms": 12.5,
        "dense": "ok",
        "index": None,
    }
    return EvaluationRun.objects.create(
        encoder="use",
        state=RunState.DONE,
        done=1,
        questions=1,
        metrics=metrics_of([result]),
        results=[result],
        started_by=actor,
        finished_at=timezone.now(),
    )


@pytest.fixture(scope="module")
def shared_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows of everything, made once for the tests of a file: each test's own transaction is a part of theirs."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.run_turns, "delay", lambda *_: None)
        patch.setattr(outbox_tasks.send_due, "delay", lambda *_: None)
        fill(3)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def rows(shared_rows: None, db: None) -> None:
    """For files in which each test that uses the database wants them: the others would meet them too."""
