"""POST /api/command answers what the routes answer."""

import json

import pytest

from accounts.services.keys import create_api_key
from chat.experience.reports import experience_json
from chat.memory.models import Memory
from tests.chat.memory.conftest import confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def command(api, alice):
    api.force_authenticate(alice)
    return lambda name: api.post("/api/command", {"command": name}, format="json")


def without_time(body):
    return {name: value for name, value in body.items() if name != "timestamp"}


@pytest.mark.parametrize("name", ["stats", "memory"])
def test_the_result_is_that_of_the_route(command, api, alice, name):
    confirmed(alice, "Lives in Kazan")
    answer = command(f"  {name.upper()} ")
    assert (answer.status_code, set(answer.json())) == (200, {"result"})
    assert without_time(answer.json()["result"]) == without_time(api.get(f"/api/{name}").json())


def test_experience_is_the_callers_own(command, alice, bob, judged):
    judged(bob, 9)
    assert command("experience").json()["result"] == experience_json(alice)
    judged(alice, 4)
    assert command("experience").json()["result"]["stats"]["total"] == 1


def test_clear_forgets_the_callers_memories_alone(command, alice, bob):
    confirmed(alice, "Lives in Kazan")
    confirmed(bob, "Lives in Rome")
    assert command("clear").json()["result"] == {"status": "success", "message": "1 memory is forgotten."}
    assert list(Memory.objects.values_list("owner__username", flat=True)) == ["bob"]


@pytest.mark.parametrize(
    "raw", ["{not json", "", "[]", "5", "{}", '{"command": ""}', '{"command": " "}', '{"command": 7}',
            '{"command": null}', '{"command": "grow"}', '{"command": ["stats"]}', '{"command": "stats\\u0000"}'],
)  # fmt: skip
def test_anything_else_is_400_with_a_text(api, alice, raw):
    api.force_authenticate(alice)
    confirmed(alice, "Lives in Kazan")
    for form in ("/api/command", "/api/command/"):
        answer = api.generic("POST", form, raw, content_type="text/plain")
        assert (answer.status_code, type(answer.json()["detail"])) == (400, str)
    assert Memory.objects.exists()


def test_whatever_the_content_type_and_with_keys_of_no_meaning(api, alice):
    api.force_authenticate(alice)
    body = json.dumps({"command": "stats", "more": [1]})
    assert api.generic("POST", "/api/command", body, content_type="").status_code == 200


def test_a_key_that_may_only_read_commands_nothing(api, alice):
    read_key, _ = create_api_key(alice, name="reads", scopes=["chat:read"])
    confirmed(alice, "Lives in Kazan")
    answer = api.post("/api/command", {"command": "clear"}, format="json", headers={"x-api-key": read_key})
    assert (answer.status_code, Memory.objects.count()) == (403, 1)
