"""Reading a page of the web that the person named. The page is data: it chooses neither address nor tool."""

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.tools.addresses import chosen_address, written_addresses
from chat.tools.registry import ToolContext, ToolFailed, ToolResult, ToolSpec
from chat.turns.db import in_db
from integrations.calls.db import DatabaseThreads
from integrations.http import GuardedClient, OutgoingError, Policy, RefusedRequest, Request
from integrations.http.hosts import InternalHosts
from knowledge.readers import Reading, ReadingError
from knowledge.web.locations import host_of, key_of
from knowledge.web.pages import ACCEPT, read_answer
from knowledge.web.texts import explain

FETCH_SECONDS = 12.0
READ_SECONDS = 15.0
MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 3
# Of one host, for everybody together: nobody makes us knock at somebody's door all day.
MOST_A_MINUTE = 20

# Parsing takes seconds of a thread; searches of other people's turns must not wait behind it.
in_reader = DatabaseThreads("tool-reader", 2).run


def web_client() -> GuardedClient:
    """The public internet alone: what the owner opened in INTERNAL_HOSTS is for the product, not for its users."""
    return GuardedClient(
        Policy.from_settings().but(
            total_seconds=FETCH_SECONDS,
            max_bytes=MOST_BYTES,
            max_redirects=MOST_REDIRECTS,
            internal=InternalHosts(),
        )
    )


def is_available(context: ToolContext) -> bool:
    known = context.holder is not None or settings.TOOL_WEB_ANONYMOUS
    return bool(settings.TOOL_WEB and known and written_addresses(context.said))


async def read_page(context: ToolContext, value: str) -> ToolResult:
    url = chosen_address(value, context.said)
    if not url:
        raise ToolFailed("refused", _("Only pages whose address the person has written are opened."))
    if not await in_db(_may_ask, host_of(url)):
        raise ToolFailed("refused", _("%(host)s is asked too often right now.") % {"host": host_of(url)})
    try:
        reading, source = await _read(url, context.language)
    except RefusedRequest as error:
        raise ToolFailed("refused", explain(error.code, url)) from error
    except (OutgoingError, ReadingError) as error:
        raise ToolFailed("failed", explain(error.code, url)) from error
    return ToolResult(f"{reading.title}\n\n{reading.markdown}", _summary(reading), source)


async def _read(url: str, language: str) -> tuple[Reading, str]:
    headers = {"Accept": ACCEPT, "Accept-Language": f"{language}, *;q=0.5"}
    answer = await web_client().fetch(Request("GET", url, headers=headers))
    if not answer.is_success:
        raise ToolFailed("failed", explain(f"status_{answer.status}", url))
    _kind, reading = await in_reader(read_answer, answer, seconds=READ_SECONDS)
    return reading, answer.url


def _summary(reading: Reading) -> str:
    title = reading.title[:100]
    if len(reading.markdown) > settings.TOOL_MAX_CHARACTERS:
        return _("Read the beginning of “%(title)s”.") % {"title": title}
    return _("Read “%(title)s”.") % {"title": title}


def _may_ask(host: str) -> bool:
    key = f"chat:tools:host:{key_of(host)}"
    if cache.add(key, 1, 60):
        return True
    try:
        return cache.incr(key) <= MOST_A_MINUTE
    except ValueError:
        # The minute was over just now.
        return True


WEB = ToolSpec(
    key="web",
    title=gettext_lazy("Web page"),
    purpose="Reads one web page or PDF whose address the person wrote.",
    input="that address, exactly as the person wrote it.",
    run=read_page,
    available=is_available,
    seconds=FETCH_SECONDS + READ_SECONDS,
)
