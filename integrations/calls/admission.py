"""The permission to make a call, held by whoever asks a provider and taken back where the provider was never asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from django.db import DatabaseError

from integrations.calls import books
from integrations.calls.db import in_db
from integrations.providers.errors import ProviderError
from integrations.services.routing import Route
from integrations.services.usage import Caller


@asynccontextmanager
async def admitted(
    route: Route, caller: Caller, prompt_tokens: int, *, attempt: int = 1
) -> AsyncIterator[books.Admission]:
    """Raises ProviderError where the call may not be made. Whoever makes it ends it with `books.enter`.

    An answer that is stopped before its model was asked leaves nothing behind, however early that is.
    """
    if not books.is_accounted_for(route):
        yield books.Admission()
        return
    asked = asyncio.ensure_future(in_db(books.admit, route, caller, prompt_tokens, attempt=attempt))
    admission = None
    try:
        admission = await asyncio.shield(asked)
        yield admission
    finally:
        if admission is None or not admission.is_used:
            await asyncio.shield(asyncio.ensure_future(_withdraw(route, asked)))


async def _withdraw(route: Route, asked: "asyncio.Future[books.Admission]") -> None:
    try:
        admission = await asked
    except (ProviderError, DatabaseError):
        return
    await in_db(books.withdraw, route, admission)
