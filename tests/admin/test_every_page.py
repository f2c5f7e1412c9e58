"""Each registered admin: list, add, change, history, deletion and every action, in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.conftest import fill

BUDGET = 16
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
NAMES = [model._meta.label_lower for model in REGISTERED]
EVERY_ADMIN = pytest.mark.parametrize("model", REGISTERED, ids=NAMES)


def address(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def one_of(model: Any) -> Any:
    return model._default_manager.order_by("-pk").first()


def test_everything_is_registered() -> None:
    assert set(NAMES) == {
        "accounts.accesstoken",
        "accounts.anonymoussubscriber",
        "accounts.apikey",
        "accounts.user",
        "auth.group",
        "axes.accessattempt",
        "chat.artifact",
        "chat.conversation",
        "chat.experience",
        "chat.memory",
        "chat.memoryextraction",
        "chat.prompt",
        "chat.promptcomparison",
        "chat.promptquestion",
        "chat.turn",
        "chat.widget",
        "integrations.aimodel",
        "integrations.aiprovider",
        "integrations.credential",
        "integrations.credentialevent",
        "integrations.delivery",
        "integrations.budget",
        "integrations.modelrole",
        "integrations.ollamaserver",
        "integrations.spending",
        "integrations.usagerecord",
        "integrations.webhookendpoint",
        "knowledge.document",
        "knowledge.evaluationrun",
        "knowledge.testquestion",
        "knowledge.indexversion",
        "knowledge.openquestion",
        "knowledge.websource",
        "tickets.articleproposal",
        "tickets.businesshours",
        "tickets.cannedanswer",
        "tickets.customer",
        "tickets.deskrule",
        "tickets.inboundmail",
        "tickets.mailbox",
        "tickets.operator",
        "tickets.operatorchat",
        "tickets.slapolicy",
        "tickets.tag",
        "tickets.ticket",
        "tickets.topic",
        "tickets.triage",
    }


@EVERY_ADMIN
def test_pages_open(admin: Client, rows: None, model: Any) -> None:
    """In English; tests/admin/test_languages.py opens them in Russian."""
    row = one_of(model)
    pages = [address(model, "changelist"), address(model, "change", row.pk), address(model, "history", row.pk)]
    if can_add(model):
        pages.append(address(model, "add"))
    for page in pages:
        response = admin.get(page, headers={"accept-language": "en"})
        assert response.status_code == 200, page
        assert 'lang="en"' in response.content.decode()


def can_add(model: Any) -> bool:
    return model._meta.label_lower in {
        "accounts.apikey",
        "accounts.user",
        "auth.group",
        "chat.promptquestion",
        "chat.widget",
        "integrations.aimodel",
        "integrations.aiprovider",
        "integrations.credential",
        "integrations.budget",
        "integrations.modelrole",
        "integrations.webhookendpoint",
        "knowledge.document",
        "knowledge.testquestion",
        "knowledge.websource",
        "tickets.businesshours",
        "tickets.cannedanswer",
        "tickets.deskrule",
        "tickets.mailbox",
        "tickets.operator",
        "tickets.operatorchat",
        "tickets.slapolicy",
        "tickets.tag",
        "tickets.topic",
    }


@EVERY_ADMIN
def test_rows_that_the_product_writes_cannot_be_added_by_hand(admin: Client, rows: None, model: Any) -> None:
    assert admin.get(address(model, "add")).status_code == (200 if can_add(model) else 403)


def test_lists_take_the_same_queries_for_few_and_for_many_rows(admin: Client, rows: None) -> None:
    few = queries_of_lists(admin)
    fill(14)
    many = queries_of_lists(admin)
    assert many == few
    assert {name: number for name, number in many.items() if number > BUDGET} == {}


def queries_of_lists(client: Client) -> dict[str, int]:
    return {model._meta.label_lower: queries_of(client, address(model, "changelist")) for model in REGISTERED}


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


# A ticket's page holds a conversation, its decisions, its customer, and the forms beside them.
DETAIL_BUDGETS = {"tickets.ticket": 21}


@EVERY_ADMIN
def test_detail_pages_stay_within_their_budget(admin: Client, rows: None, model: Any) -> None:
    budget = DETAIL_BUDGETS.get(model._meta.label_lower, BUDGET)
    assert queries_of(admin, address(model, "change", one_of(model).pk)) <= budget


@EVERY_ADMIN
def test_search_and_every_filter_answer(admin: Client, rows: None, model: Any) -> None:
    url = address(model, "changelist")
    assert admin.get(url, {"q": "ал'ice 100% \\ \"x"}).status_code == 200
    for parameters in filters_of(admin, url):
        assert admin.get(url, parameters).status_code == 200, parameters


def filters_of(client: Client, url: str) -> Iterator[dict[str, str]]:
    changes = client.get(url).context["cl"]
    for spec in changes.filter_specs:
        for choice in getattr(spec, "lookup_choices", None) or ():
            yield {spec.parameter_name: str(choice[0])}
        for name in spec.expected_parameters():
            yield {name: "nonsense"}


def test_an_unknown_row_is_not_found(admin: Client, rows: None) -> None:
    for model in REGISTERED:
        response = admin.get(address(model, "change", "no-such-row"))
        assert response.status_code == 302, model


@pytest.mark.parametrize(
    "path",
    [
        "chat/artifact/nonsense/erase/",
        "tickets/customer/nonsense/erase/",
        "tickets/customer/nonsense/export-data/",
        "tickets/mailbox/nonsense/try-imap/",
        "tickets/mailbox/nonsense/test-mail/",
        "chat/conversation/nonsense/erase/",
        "chat/turn/nonsense/stop/",
        "chat/promptcomparison/nonsense/cancel/",
        "chat/promptcomparison/nonsense/show-sides/",
        "chat/widget/nonsense/new-key/",
        "chat/widget/nonsense/to-install/",
        "chat/widget/nonsense/to-trial/",
        "accounts/user/nonsense/revoke-tokens/",
        "accounts/apikey/nonsense/revoke/",
        "accounts/accesstoken/nonsense/revoke/",
        "integrations/aiprovider/nonsense/test/",
        "integrations/credential/nonsense/test/",
        "integrations/credential/nonsense/make-default/",
        "integrations/aiprovider/nonsense/let-through/",
        "integrations/delivery/nonsense/redeliver/",
        "integrations/delivery/nonsense/confirm/",
        "integrations/delivery/nonsense/cancel/",
        "integrations/webhookendpoint/nonsense/test/",
        "integrations/webhookendpoint/nonsense/new-secret/",
        "knowledge/websource/nonsense/visit/",
        "knowledge/websource/nonsense/erase/",
    ],
)
def test_actions_on_an_unknown_row_are_not_found(admin: Client, rows: None, path: str) -> None:
    assert admin.post(f"/admin/{path}", {"_form_submitted": "True"}).status_code == 404


@EVERY_ADMIN
def test_every_action_runs_or_asks(admin: Client, rows: None, model: Any) -> None:
    url = address(model, "changelist")
    for name in actions_of(admin, url):
        response = admin.post(url, {"action": name, "_selected_action": [one_of(model).pk]})
        assert response.status_code in {200, 302}, name


def actions_of(client: Client, url: str) -> list[str]:
    form = client.get(url).context["action_form"]
    return [name for name, _ in form.fields["action"].choices if name] if form else []


def test_app_pages_and_search_open(admin: Client, rows: None) -> None:
    for app in ("accounts", "chat", "integrations", "knowledge", "tickets", "auth", "axes"):
        assert admin.get(f"/admin/{app}/").status_code == 200
    found = admin.get("/admin/search/", {"s": "person1"}).content.decode()
    assert "person1" in found
    assert admin.get("/admin/search/", {"s": "document"}).status_code == 200
