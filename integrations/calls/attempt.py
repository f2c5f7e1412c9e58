"""One attempt at one model: permission, the stream, and the books."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from django.conf import settings

from integrations.budgets.spending import FIRST_STEP, extend
from integrations.calls import books
from integrations.calls.admission import admitted
from integrations.calls.db import in_db
from integrations.calls.events import CallEvent, Started, Waiting
from integrations.calls.permits import place_in_line
from integrations.choices import CallOutcome
from integrations.ollama.switching import Seat, in_memory
from integrations.providers import errors
from integrations.providers.base import CompletionRequest, Delta, Finish, ProviderEvent, ToolCall, Usage
from integrations.providers.errors import UNBILLED, ProviderError
from integrations.providers.pool import client_for
from integrations.services.routing import Route
from integrations.services.usage import Call, Caller, TokenCount


class Attempt:
    """Asks one model once. However it ends, there is a row in the ledger if the provider was called."""

    def __init__(self, route: Route, caller: Caller, *, number: int) -> None:
        self.route = route
        # The finished call; None while it runs, and when the provider was never asked.
        self.call: Call | None = None
        # Whether anybody has been told anything of the answer: then no other model may begin anew.
        self.said = False
        self._caller = caller
        self._number = number
        self._begun = 0.0
        self._first_token_ms: int | None = None
        self._written = TokenCount()
        self._usage: Usage | None = None
        self._complete = False
        # Output tokens that are set aside; None when no budget limits the call.
        self._budgeted: int | None = None
        self._admission = books.Admission()

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CallEvent]:
        """The events of the answer; raises ProviderError."""
        provider = self.route.provider
        async with place_in_line(provider) as ticket:
            if ticket and not ticket.granted:
                yield Waiting(self.route)
                await ticket.wait()
            async with (
                admitted(self.route, self._caller, prompt_tokens(request), attempt=self._number) as admission,
                in_memory(self.route) as seat,
            ):
                self._admission = admission
                self._budgeted = FIRST_STEP if admission.is_budgeted else None
                if seat and not seat.ready:
                    yield Waiting(self.route)
                    await self._loaded(seat, request)
                yield Started(self.route)
                # One generator for all that is done with an event: each one more is paid for by every token.
                async with self._recorded(request), aclosing(client_for(self.route.account).stream(request)) as events:
                    first = await _first(events)
                    if first is not None:
                        await self._note(first)
                        yield first
                    async for item in events:
                        if self.said and type(item) is Delta:
                            self._written.add(item.text)
                        else:
                            await self._note(item)
                        if self._budgeted is not None and self._written.tokens > self._budgeted:
                            await self._set_more_aside(self._budgeted)
                        yield item
                    if not self._complete:
                        raise errors.cut()

    async def _loaded(self, seat: Seat, request: CompletionRequest) -> None:
        """A server that cannot load its model has failed as one that cannot answer has, and the books say so."""
        try:
            await seat.wait()
        except ProviderError:
            async with self._recorded(request):
                raise

    @asynccontextmanager
    async def _recorded(self, request: CompletionRequest) -> AsyncIterator[None]:
        """Enters what the call took into the books, however it ends."""
        self._begun = time.monotonic()
        self._admission.is_used = True
        failure = None
        try:
            yield
        except ProviderError as error:
            failure = error
            raise
        finally:
            self.call = self._finished(request, failure)
            entry = in_db(books.enter, self.call, self._caller, self._admission, failure=failure, answered=self.said)
            # Shielded: who stops the answer does not stop the bookkeeping.
            await asyncio.shield(asyncio.ensure_future(entry))

    async def _note(self, item: ProviderEvent) -> None:
        if isinstance(item, Finish):
            self._usage = item.usage
            self._require_an_answer(item)
            self._complete = True
            return
        text = item.raw if isinstance(item, ToolCall) else item.text
        self._written.add(text)
        if not self.said and (text.strip() or not isinstance(item, Delta)):
            await self._begins_to_speak()

    async def _begins_to_speak(self) -> None:
        self.said = True
        self._first_token_ms = self._elapsed_ms()
        if self._admission.probe and self.route.provider:
            # The others need not wait for the end of this answer.
            self._admission.probe = False
            await in_db(books.report_answer, self.route.provider_key, self.route.provider.pk)

    async def _set_more_aside(self, step: int) -> None:
        """As much again as has been written; raises BudgetExceeded, and the answer ends with the text so far."""
        if record := self._admission.record:
            await in_db(extend, record, self._caller, self.route, Usage(0, step))
            self._budgeted = 2 * step

    def _require_an_answer(self, finish: Finish) -> None:
        if self.said:
            return
        if finish.reason == "content_filter":
            raise ProviderError("content_filter", "The provider held the answer back.", permanent=True)
        raise ProviderError("empty_answer", "The model returned nothing.", permanent=False)

    def _finished(self, request: CompletionRequest, failure: ProviderError | None) -> Call:
        usage = self._usage
        free = failure is not None and failure.code in UNBILLED and not self.said
        if estimated := usage is None and not free:
            usage = Usage(prompt_tokens(request), self._written.tokens)
        return Call(
            route=self.route,
            usage=usage or Usage(0, 0),
            estimated=estimated,
            first_token_ms=self._first_token_ms,
            duration_ms=self._elapsed_ms(),
            outcome=CallOutcome.FAILED if failure else CallOutcome.OK if self._complete else CallOutcome.STOPPED,
            error_code=failure.code if failure else "",
            attempt=self._number,
        )

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._begun) * 1000)


async def _first(events: AsyncGenerator[ProviderEvent]) -> ProviderEvent | None:
    """The first event, retries included; a server that only keeps the line open counts as silent."""
    try:
        async with asyncio.timeout(settings.PROVIDER_TIMEOUT_SECONDS):
            return await anext(events, None)
    except TimeoutError as error:
        raise errors.timed_out() from error


def prompt_tokens(request: CompletionRequest) -> int:
    """A rough count of what the model has to read."""
    count = TokenCount()
    for message in request.messages:
        count.add(message.content)
    return count.tokens
