import pytest
from asgiref.sync import sync_to_async

from integrations.calls.whole import embed
from integrations.models import AIModel, UsageRecord
from integrations.providers.base import ProviderError
from integrations.services.routing import embedding_route, usable_models
from integrations.services.usage import Caller

pytestmark = pytest.mark.django_db(transaction=True)


async def test_vectors_are_accounted_for(emulator, first, route):
    model = await route(first, "text-embedding-3-small", kind="embedding")
    model.provider.base_url = emulator.openai
    await model.provider.asave()
    planned = await sync_to_async(embedding_route)()
    vectors = await embed(planned, ["one text", "another text"], Caller(purpose="index"))
    assert len(vectors.vectors) == 2
    row = await UsageRecord.objects.aget()
    assert (row.purpose, row.outcome, row.output_tokens) == ("index", "ok", 0)
    assert row.input_tokens == (vectors.usage and vectors.usage.input_tokens)


async def test_a_failure_is_accounted_for_too(emulator, first, route):
    model = await route(first, "text-embedding-3-small", kind="embedding")
    model.provider.base_url = emulator.openai
    await model.provider.asave()
    emulator.behaves({"type": "fail", "status": 401})
    with pytest.raises(ProviderError):
        await embed(await sync_to_async(embedding_route)(), ["x"], Caller())
    assert (await UsageRecord.objects.aget()).error_code == "invalid_api_key"


def test_a_model_for_vectors_is_never_asked_to_answer(first, register):
    register(first, "nomic-embed-text", kind="embedding")
    assert usable_models() == []
    planned = embedding_route()
    assert planned and planned.model_name == "nomic-embed-text"
    assert AIModel.objects.get().can("embeddings")
