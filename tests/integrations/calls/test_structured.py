"""JSON that fits a schema: asked for in the model's way or by instruction, always validated, repaired once."""

import json
from typing import Any

import pytest

from integrations.calls.structured import InvalidOutput, JsonAnswer, complete_json
from integrations.choices import Capability
from integrations.models import UsageRecord
from integrations.providers.base import OutputSchema, ProviderError
from integrations.services.usage import Caller
from tests.integrations.calls.conftest import request_to

pytestmark = pytest.mark.django_db(transaction=True)

CITY = OutputSchema(
    "city",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
GOOD = '{"city": "Казань"}'


async def city_of(model: Any) -> JsonAnswer:
    return await complete_json([model], request_to, Caller(purpose="test"), schema=CITY)


async def test_a_model_with_a_mode_for_it_is_asked_that_way(first, route):
    first.says = [GOOD]
    answer = await city_of(await route(first, "scripted", capabilities=[Capability.JSON_SCHEMA]))
    assert answer.data == {"city": "Казань"}
    assert first.requests[0]["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```", f"  {GOOD}\n"])
async def test_another_one_is_told_the_schema(first, route, text):
    first.says = [text]
    answer = await city_of(await route(first, "scripted"))
    assert answer.data == {"city": "Казань"}
    assert "response_format" not in first.requests[0]
    assert json.dumps(CITY.schema) in first.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize("text", ["Казань", '{"town": "Казань"}', '{"city": 5}', '["x"]', ""])
async def test_what_does_not_fit_is_repaired_once(first, route, text):
    first.says = [text or " {", GOOD]
    answer = await city_of(await route(first, "scripted"))
    assert answer.data == {"city": "Казань"}
    last = first.requests[-1]["messages"]
    assert [message["role"] for message in last[-2:]] == ["assistant", "user"]
    assert await UsageRecord.objects.filter(purpose="test").acount() == 2
    assert answer.total.usage.input_tokens == 22


async def test_after_the_repair_it_is_a_failure_that_says_why(first, route):
    first.says = ["nonsense", '{"city": null}', GOOD]
    with pytest.raises(InvalidOutput, match="form") as caught:
        await city_of(await route(first, "scripted"))
    assert (caught.value.code, caught.value.raw) == ("invalid_output", '{"city": null}')
    assert "$.city" in caught.value.problem
    assert len(first.requests) == 2


async def test_a_refusal_is_not_repaired(first, route):
    with pytest.raises(ProviderError) as caught:
        await city_of(await route(first, "refusing"))
    assert caught.value.code == "refused"
    assert len(first.requests) == 1


async def test_what_a_schema_cannot_say_is_checked_and_repaired_too(first, route):
    def southern(value):
        return "" if value["city"] == "Сочи" else "the city must lie in the south"

    first.says = [GOOD, '{"city": "Сочи"}']
    model = await route(first, "scripted")
    answer = await complete_json([model], request_to, Caller(purpose="test"), schema=CITY, check=southern)
    assert answer.data == {"city": "Сочи"}
    assert "must lie in the south" in first.requests[-1]["messages"][-1]["content"]
    first.says = [GOOD, GOOD]
    with pytest.raises(InvalidOutput):
        await complete_json([model], request_to, Caller(purpose="test"), schema=CITY, check=southern)
