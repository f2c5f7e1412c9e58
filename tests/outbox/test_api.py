"""The outbox over REST: for staff who may, and for nobody else."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from integrations.outbox.choices import DeliveryState
from integrations.outbox.models import Delivery
from tests.conftest import make_user
from tests.outbox.conftest import chat, mail

pytestmark = pytest.mark.django_db

LIST = "/api/v1/outbox/deliveries"


@pytest.fixture
def clerk(db):
    """May look, may not decide."""
    user = make_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    return user


def end(row, state="failed", **fields):
    Delivery.objects.filter(pk=row.pk).update(state=state, finished_at=timezone.now(), **fields)
    return row


def routes(row):
    one = f"{LIST}/{row.pk}"
    return [("get", LIST), ("get", one), *(("post", f"{one}/{verb}") for verb in ("redeliver", "cancel", "confirm"))]


def test_outsiders_are_refused_everywhere(api, charlie, visitor):
    row = end(mail())
    for method, url in routes(row):
        api.force_authenticate(None)
        assert getattr(api, method)(url).status_code == 401, url
        api.force_authenticate(charlie)
        assert getattr(api, method)(url).status_code == 403, url
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED


def test_staff_without_the_right_to_decide_only_look(api, clerk):
    row = end(mail())
    api.force_authenticate(clerk)
    answers = [getattr(api, method)(url).status_code for method, url in routes(row)]
    assert answers == [200, 200, 403, 403, 403]


def test_the_list_is_filtered_and_paged(api, dana):
    rows = [end(mail(order={"source": "ticket:7"})), mail(), chat()]
    api.force_authenticate(dana)
    body = api.get(LIST, {"limit": 2}).json()
    assert body["total"] == 3
    assert [each["id"] for each in body["deliveries"]] == [str(rows[2].pk), str(rows[1].pk)]
    assert [each["id"] for each in api.get(f"{LIST}/", {"skip": 2}).json()["deliveries"]] == [str(rows[0].pk)]
    for query, expected in [({"state": "failed"}, 1), ({"kind": "telegram"}, 1), ({"source": "ticket:7"}, 1)]:
        assert api.get(LIST, query).json()["total"] == expected
    assert "payload" not in body["deliveries"][0]
    assert body["deliveries"][0]["created_at"].endswith("Z")


def test_a_list_takes_the_same_queries_for_few_and_many(api, dana, django_assert_num_queries):
    api.force_authenticate(dana)
    for _ in range(2):
        for _ in range(10):
            mail()
        with django_assert_num_queries(2):
            api.get(LIST)


@pytest.mark.parametrize("query", [{"state": "lost"}, {"limit": 0}, {"limit": "x"}, {"skip": -1}])
def test_nonsense_is_named(api, dana, query):
    api.force_authenticate(dana)
    answer = api.get(LIST, query)
    assert answer.status_code == 422
    assert next(iter(query)) in str(answer.json())


def test_one_is_shown_with_its_attempts_and_can_be_sent_again(api, dana):
    row = end(mail(), last_error="550 no such user", attempts=25, tries=25)
    row.log.create(number=25, finished_at=timezone.now(), outcome="failed", code="550", error="550 no such user")
    api.force_authenticate(dana)
    body = api.get(f"{LIST}/{row.pk}").json()
    assert (body["state"], body["payload"]["subject"]) == ("failed", "Hello")
    assert body["log"][0]["code"] == "550"
    assert body["log"][0]["finished_at"].endswith("Z")
    body = api.post(f"{LIST}/{row.pk}/redeliver").json()
    assert (body["state"], body["finished_at"]) == ("pending", None)


@pytest.mark.parametrize(
    ("state", "verb", "expected"),
    [
        ("failed", "cancel", "cancelled"),
        ("uncertain", "confirm", "delivered"),
        ("uncertain", "redeliver", "pending"),
        ("cancelled", "redeliver", "pending"),
    ],
)
def test_decisions(api, dana, state, verb, expected):
    row = end(mail(), state)
    api.force_authenticate(dana)
    assert api.post(f"{LIST}/{row.pk}/{verb}").json()["state"] == expected


@pytest.mark.parametrize("verb", ["redeliver", "cancel", "confirm"])
def test_what_has_arrived_is_left_alone(api, dana, verb):
    row = end(mail(), "delivered")
    api.force_authenticate(dana)
    answer = api.post(f"{LIST}/{row.pk}/{verb}")
    assert (answer.status_code, answer.json()["detail"]) == (409, "It has been delivered already.")


def test_an_unknown_one_is_not_found(api, dana):
    api.force_authenticate(dana)
    assert api.get(f"{LIST}/01a1fd13-9d8a-7550-a23c-1c709bfc51b9").status_code == 404
    assert api.post(f"{LIST}/01a1fd13-9d8a-7550-a23c-1c709bfc51b9/cancel").status_code == 404


# What monitoring reads


def metric(client, line):
    found = [row for row in client.get("/metrics").content.decode().splitlines() if row.startswith(line)]
    return float(found[0].split()[-1])


def test_metrics_tell_numbers_and_lag(client):
    late = mail()
    end(chat())
    Delivery.objects.filter(pk=late.pk).update(next_attempt_at=timezone.now() - timedelta(seconds=90))
    assert 90 <= metric(client, 'switchboard_outbox_lag_seconds{kind="mail"}') < 120
    assert metric(client, 'switchboard_outbox_lag_seconds{kind="webhook"}') == 0
    assert metric(client, 'switchboard_outbox_deliveries{kind="mail",state="pending"}') == 1
    assert metric(client, 'switchboard_outbox_deliveries{kind="telegram",state="failed"}') == 1
