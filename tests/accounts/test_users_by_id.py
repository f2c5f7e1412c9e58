import pytest

LIST = "/api/v1/auth/users"

pytestmark = pytest.mark.django_db


def test_an_administrator_lists_everybody(signed_in, alice, bob, dana, django_assert_max_num_queries):
    client = signed_in(dana)
    client.get(LIST)
    with django_assert_max_num_queries(2):
        answer = client.get(LIST)
    assert [user["id"] for user in answer.json()] == [alice.pk, bob.pk, dana.pk]


def test_the_list_can_be_paged(signed_in, alice, bob, dana):
    answer = signed_in(dana).get(LIST, {"skip": 1, "limit": 1})
    assert [user["id"] for user in answer.json()] == [bob.pk]


@pytest.mark.parametrize("query", [{"skip": -1}, {"skip": "x"}, {"limit": 0}, {"skip": 10**30}])
def test_nonsense_paging_is_422(signed_in, dana, query):
    answer = signed_in(dana).get(LIST, query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", next(iter(query))]


def test_an_administrator_reads_and_changes_one(signed_in, alice, dana):
    client = signed_in(dana)
    assert client.get(f"{LIST}/{alice.pk}").json()["email"] == "alice@example.com"
    changed = client.put(f"{LIST}/{alice.pk}", {"email": "new@example.com"}, format="json")
    assert (changed.status_code, changed.json()["email"]) == (200, "new@example.com")
    clash = client.put(f"{LIST}/{alice.pk}", {"email": "dana@example.com"}, format="json")
    assert clash.status_code == 400


def test_deleting_deactivates_and_keeps_the_user(signed_in, alice, dana):
    hers = signed_in(alice)
    answer = signed_in(dana).delete(f"{LIST}/{alice.pk}")
    assert answer.status_code == 200
    assert set(answer.json()) == {"message"}
    alice.refresh_from_db()
    assert alice.is_active is False
    assert hers.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete"])
@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_an_unknown_id_is_404(signed_in, dana, method, number):
    answer = getattr(signed_in(dana), method)(f"{LIST}/{number}")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_outsider_is_403_for_known_and_unknown_ids(signed_in, alice, charlie, method):
    for number in (alice.pk, charlie.pk, 999_999):
        assert getattr(signed_in(charlie), method)(f"{LIST}/{number}").status_code == 403
    alice.refresh_from_db()
    assert alice.is_active


def test_an_outsider_may_not_list(signed_in, charlie, api):
    assert signed_in(charlie).get(LIST).status_code == 403
    assert api.get(LIST).status_code == 401
