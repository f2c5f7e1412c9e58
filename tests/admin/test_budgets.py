"""Budgets: made here, with what is spent of each beside it."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from integrations.budgets.limits import Account, spending_of
from integrations.choices import BudgetScope, Payer, Period
from integrations.models import Budget

LIST = "/admin/integrations/budget/"


def add(client: Client, **fields: Any) -> Any:
    form = {
        "scope": "person",
        "role": "",
        "user": "",
        "period": "day",
        "max_usd": "",
        "max_tokens": "",
        "enabled": "on",
    }
    return client.post(f"{LIST}add/", form | fields)


def spend(payer: str, usd: str, *, period: str = Period.DAY, user: User | None = None) -> None:
    row = spending_of(Account(payer, user.pk if user else None), period)
    row.usd, row.tokens = Decimal(usd), 10
    row.save()


def test_a_budget_is_made(admin: Client, alice: User) -> None:
    assert add(admin, max_usd="2.50").status_code == 302
    assert add(admin, scope="user", user=alice.pk, max_tokens="5000").status_code == 302
    assert Budget.objects.get(scope=BudgetScope.USER).user == alice


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "Limit the money, the tokens, or both."),
        ({"max_usd": "-1"}, "greater than or equal to 0"),
        ({"scope": "user", "max_usd": "1"}, "Name a user"),
        ({"scope": "all", "role": "USER", "max_usd": "1"}, "Name a role"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(admin: Client, fields: Any, reason: str) -> None:
    response = add(admin, **fields)
    assert response.status_code == 200
    assert reason in response.content.decode()
    assert not Budget.objects.exists()


def test_the_same_budget_twice_is_refused(admin: Client) -> None:
    add(admin, max_usd="1")
    assert "There is such a budget already." in add(admin, max_usd="2").content.decode()


def test_what_is_spent_stands_beside_the_limit(admin: Client, alice: User, bob: User) -> None:
    Budget.objects.create(scope=BudgetScope.ALL, max_usd=10)
    Budget.objects.create(scope=BudgetScope.PERSON, max_usd=4)
    Budget.objects.create(scope=BudgetScope.USER, user=bob, max_usd=2, period=Period.MONTH)
    Budget.objects.create(scope=BudgetScope.VISITORS, max_tokens=100)
    spend(Payer.ALL, "9")
    spend(Payer.USER, "1", user=alice)
    spend(Payer.USER, "3", user=bob)
    spend(Payer.USER, "2", user=bob, period=Period.MONTH)
    rows = admin.get(LIST).context["cl"].result_list
    used = {row.scope: (row.used_usd, row.used_tokens) for row in rows}
    assert used == {"all": (9, 10), "person": (3, 10), "user": (2, 10), "visitors": (0, 0)}
    page = admin.get(LIST).content.decode()
    assert "Used up" in page
    assert "90%" in page


def test_who_may_not_see_budgets_does_not(staff: Any) -> None:
    clerk = staff("chat.view_turn")
    assert clerk.get(LIST).status_code == 403
    assert clerk.get("/admin/integrations/spending/").status_code == 403
