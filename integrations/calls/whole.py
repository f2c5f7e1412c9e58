"""Answers in one piece."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from integrations.calls import books
from integrations.calls.admission import admitted
from integrations.calls.chain import ModelCall, Prepare, Total
from integrations.calls.db import in_db
from integrations.calls.permits import place_in_line
from integrations.choices import CallOutcome
from integrations.ollama.switching import in_memory
from integrations.providers import errors
from integrations.providers.base import Completion, Embeddings, Provider, Relevance, Usage, collect
from integrations.providers.errors import ProviderError
from integrations.providers.pool import client_for
from integrations.services.routing import Route
from integrations.services.usage import Call, Caller, estimate_tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, which model gave it, and what all attempts took."""

    completion: Completion
    route: Route
    total: Total


async def complete(
    routes: Sequence[Route], prepare: Prepare, caller: Caller, *, seconds: float | None = None
) -> Answer:
    """The answer of the first model of the chain that gives one, within `seconds`; raises ProviderError."""
    call = ModelCall(routes, caller)
    try:
        async with asyncio.timeout(seconds), aclosing(call.stream(prepare)) as events:
            completion = await collect(events)
    except TimeoutError as error:
        raise errors.timed_out() from error
    return Answer(completion, call.route, call.total)


async def embed(route: Route, texts: Sequence[str], caller: Caller) -> Embeddings:
    """A vector for each text; raises ProviderError. There is no other model to fall back to: vectors differ."""
    return await _once(
        route, caller, lambda client: client.embed(route.model_name, texts), tokens=estimate_tokens("".join(texts))
    )


async def rerank(route: Route, question: str, texts: Sequence[str], caller: Caller) -> Relevance:
    """How well each text answers the question; raises ProviderError. Scores of another model do not compare."""
    tokens = estimate_tokens("".join(texts)) + len(texts) * estimate_tokens(question)
    return await _once(route, caller, lambda client: client.rerank(route.model_name, question, texts), tokens=tokens)


async def _once[Result: (Embeddings, Relevance)](
    route: Route, caller: Caller, ask: Callable[[Provider], Awaitable[Result]], *, tokens: int
) -> Result:
    """One call, with permission and in the books; `tokens` is what it reads where the provider does not say."""
    async with place_in_line(route.provider) as ticket:
        if ticket:
            await ticket.wait()
        async with admitted(route, caller, tokens) as admission:
            return await _recorded(route, caller, ask, admission, tokens=tokens)


async def _recorded[Result: (Embeddings, Relevance)](
    route: Route,
    caller: Caller,
    ask: Callable[[Provider], Awaitable[Result]],
    admission: books.Admission,
    *,
    tokens: int,
) -> Result:
    begun, answer, failure, outcome = time.monotonic(), None, None, CallOutcome.STOPPED
    admission.is_used = True
    try:
        async with in_memory(route) as seat:
            if seat:
                await seat.wait()
            answer = await ask(client_for(route.account))
        outcome = CallOutcome.OK
    except ProviderError as error:
        failure, outcome = error, CallOutcome.FAILED
        raise
    finally:
        usage = answer.usage if answer else None
        call = Call(
            route=route,
            usage=usage or (Usage(0, 0) if failure else Usage(tokens, 0)),
            estimated=usage is None and failure is None,
            first_token_ms=None,
            duration_ms=round((time.monotonic() - begun) * 1000),
            outcome=outcome,
            error_code=failure.code if failure else "",
        )
        entry = in_db(books.enter, call, caller, admission, failure=failure, answered=answer is not None)
        await asyncio.shield(asyncio.ensure_future(entry))
    return answer
