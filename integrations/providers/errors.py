"""What can go wrong in a call, the same for every provider."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from integrations.http.errors import refusal_behind


class ProviderError(Exception):
    """A call that failed. `code` is for machines, `message` for people and free of secrets.

    `retry_after` is the pause in seconds that the server named.
    """

    def __init__(self, code: str, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after


# The server refused before it did any work: nothing is owed for such a call.
UNBILLED = frozenset(
    {
        "bad_request",
        "circuit_open",
        "context_too_long",
        "invalid_api_key",
        "model_not_found",
        "quota",
        "rate_limited",
        "unavailable",
        "unsupported",
    }
)
# Failures that say something about the account or the server, not about this request.
ACCOUNT_FAULTS = frozenset({"cut_stream", "invalid_api_key", "quota", "rate_limited", "timeout", "unavailable"})
# What another model may do better; never the asker's own bad request.
WORTH_ANOTHER_MODEL = ACCOUNT_FAULTS | {"circuit_open", "empty_answer", "model_not_found", "unsupported"}


def of_status(status: int, *, headers: Mapping[str, str], code: str = "", text: str = "") -> ProviderError:
    """The failure that an HTTP answer means; `code` and `text` are the server's own and are not passed on."""
    if status == 402 or code == "insufficient_quota":
        return ProviderError("quota", "The provider's account has no credit left.", permanent=True)
    if status in {401, 403}:
        return ProviderError("invalid_api_key", "The provider refused the API key.", permanent=True)
    if status == 404:
        return ProviderError("model_not_found", "The provider does not know this model.", permanent=True)
    if status in {429, 529}:
        return ProviderError("rate_limited", "The provider is busy.", permanent=False, retry_after=retry_after(headers))
    if status == 413 or _is_too_long(code, text):
        return ProviderError("context_too_long", "The conversation is too long for this model.", permanent=True)
    if status < 500 and status not in {408, 409}:
        return ProviderError("bad_request", "The provider refused the request.", permanent=True)
    return ProviderError("unavailable", "The provider failed.", permanent=False, retry_after=retry_after(headers))


def cut() -> ProviderError:
    return ProviderError("cut_stream", "The model's answer was cut off.", permanent=False)


def timed_out() -> ProviderError:
    return ProviderError("timeout", "The model did not answer in time.", permanent=False)


def unreachable(cause: BaseException | None = None) -> ProviderError:
    """`cause` may be our own refusal to call that address, which only a person can change."""
    if refusal := refusal_behind(cause):
        return ProviderError("unavailable", refusal, permanent=True)
    return ProviderError("unavailable", "The model's server cannot be reached.", permanent=False)


def unreadable() -> ProviderError:
    return ProviderError("unavailable", "The server gave no readable answer.", permanent=False)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the server names them: in milliseconds, in seconds, or as a date."""
    if (milliseconds := _number(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    raw = headers.get("retry-after", "")
    seconds = _number(raw)
    return seconds if seconds is not None else _until(raw)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 10**7 else None


def _until(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _is_too_long(code: str, text: str) -> bool:
    if code in {"context_length_exceeded", "exceed_context_size_error"}:
        return True
    return "prompt is too long" in text.lower() or "maximum context length" in text.lower()
