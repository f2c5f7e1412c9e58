"""Embedding models of the registry: any OpenAI-compatible server, through the door of all provider calls."""

import asyncio
from collections.abc import Sequence

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from integrations.calls.background import calls
from integrations.calls.whole import embed
from integrations.providers.base import Embeddings, ProviderError
from integrations.services.routing import Route, embedding_route
from integrations.services.usage import Caller
from knowledge.encoders.base import Encoder, EncoderMissing, Vectors, normalised

PREFIX = "model:"


class RemoteEncoder(Encoder):
    """`key` is `model:` and the key of a row of the registry. Models of the e5 family get the prefixes they need."""

    batch = 64

    def __init__(self, key: str) -> None:
        self.key = key

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode([self._prefixed("passage", text) for text in texts], settings.PROVIDER_TIMEOUT_SECONDS)

    def query(self, text: str) -> NDArray[np.float32]:
        texts = [self._prefixed("query", text)]
        row: NDArray[np.float32] = self._encode(texts, settings.KNOWLEDGE_QUERY_SECONDS)[0]
        return row

    def _route(self) -> Route:
        route = embedding_route(self.key.removeprefix(PREFIX))
        if route is None:
            raise EncoderMissing(f"The embedding model {self.key.removeprefix(PREFIX)!r} is not in use.", passing=True)
        return route

    def _prefixed(self, kind: str, text: str) -> str:
        return f"{kind}: {text}" if "e5" in self._route().model_name.lower() else text

    def _encode(self, texts: list[str], seconds: float) -> Vectors:
        route = self._route()

        async def ask() -> Embeddings:
            async with asyncio.timeout(seconds):
                return await embed(route, texts, Caller(purpose="embedding"))

        try:
            answer = calls.run(ask())
        except ProviderError as error:
            raise EncoderMissing(error.code, passing=True) from error
        except TimeoutError as error:
            raise EncoderMissing("timeout", passing=True) from error
        return normalised(answer.vectors)
