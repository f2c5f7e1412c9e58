"""What goes out and what comes back."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from django.utils.translation import gettext as _

from integrations.http.errors import RefusedRequest, RequestFailed

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `params` are added to the query of `url`; `repr` shows neither query, headers nor body."""

    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def with_json(cls, method: str, url: str, data: Any, *, headers: Mapping[str, str] | None = None) -> "Request":
        content = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return cls(method, url, headers={"Content-Type": "application/json", **(headers or {})}, content=content)

    @classmethod
    def with_form(cls, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> "Request":
        content = str(httpx.QueryParams(dict(fields))).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return cls("POST", url, headers={**kind, **(headers or {})}, content=content)

    def full_url(self) -> str:
        return str(httpx.URL(self.url).copy_merge_params(dict(self.params))) if self.params else self.url


def checked_method(method: str) -> str:
    if method.upper() not in METHODS:
        raise RefusedRequest(
            "method", _("The method must be one of %(names)s.") % {"names": ", ".join(sorted(METHODS))}
        )
    return method.upper()


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer, whatever its status. `url` is where it came from after redirects."""

    status: int
    host: str
    url: str = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Decoded by the charset of the answer, UTF-8 where it names none or one that does not exist."""
        return httpx.Response(self.status, headers={"content-type": self.content_type}, content=self.body).text

    @property
    def content_type(self) -> str:
        return str(self.headers.get("content-type", ""))

    def json(self) -> Any:
        """Raises RequestFailed when the body is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            text = _("%(host)s did not answer in JSON.") % {"host": self.host}
            raise RequestFailed("bad_response", text, permanent=False) from error


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """An answer whose body is still to be read, once, within the `async with` that gave it."""

    status: int
    host: str
    url: str = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    chunks: AsyncIterator[bytes] = field(repr=False)
