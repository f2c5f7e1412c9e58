"""Request-wide concerns: trace id, duration, access log, static files, and who may read answers from where."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from corsheaders.middleware import CorsMiddleware as AnyOriginMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject, empty
from whitenoise.middleware import WhiteNoiseMiddleware

from config import measures
from config.network import client_ip
from config.trace import HEADER, new_or, trace_id

access_log = logging.getLogger("switchboard.access")

QUIET_PATHS = ("/health", "/metrics", "/static/")


class TraceMiddleware:
    """Outermost: X-TRACE-ID and X-PROCESS-TIME on every response, one log line per request."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._async_call(request)
        begun = self._begin(request)
        return self._end(request, self.get_response(request), begun)

    async def _async_call(self, request: HttpRequest) -> HttpResponseBase:
        begun = self._begin(request)
        return self._end(request, await self.get_response(request), begun)

    def _begin(self, request: HttpRequest) -> float:
        trace_id.set(new_or(request.headers.get(HEADER, "")))
        return time.monotonic()

    def _end(self, request: HttpRequest, response: HttpResponseBase, begun: float) -> HttpResponseBase:
        seconds = time.monotonic() - begun
        response[HEADER] = trace_id.get()
        response["X-PROCESS-TIME"] = f"{seconds:.4f}"
        measures.count_request(request, response.status_code, seconds)
        _log(request, response.status_code, seconds)
        return response


def _log(request: HttpRequest, status: int, seconds: float) -> None:
    """Without the query: it may hold what people typed."""
    level = logging.DEBUG if request.path.startswith(QUIET_PATHS) else logging.INFO
    ms, caller, client = round(seconds * 1000), caller_of(request), client_ip(request)
    access_log.log(
        level,
        "%s %s %s %d ms %s %s",
        request.method,
        request.path,
        status,
        ms,
        caller,
        client,
        extra={"status": status, "ms": ms, "caller": caller, "client": client},
    )


def caller_of(request: HttpRequest) -> str:
    """`user 5`, `visitor <uuid>` or `-`, as far as the view has found out: the log asks no database."""
    user: Any = request.__dict__.get("user")
    if isinstance(user, LazyObject) and user._wrapped is empty:
        return "-"
    if getattr(user, "pk", None) is None:
        return "-"
    return f"user {user.pk}" if user.is_authenticated else f"visitor {user.pk}"


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """WhiteNoise without a thread per request: its own middleware would hold one until any response begins."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._async_call(request)
        response: HttpResponseBase = super().__call__(request)
        return response

    async def _async_call(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(self.static_prefix):
            response: HttpResponseBase = await self.get_response(request)
            return response
        static_file = await sync_to_async(self._find, thread_sensitive=False)(request.path_info)
        if static_file is None:
            response = await self.get_response(request)
            return response
        return await sync_to_async(self.serve, thread_sensitive=False)(static_file, request)

    def _find(self, path: str) -> Any:
        return self.find_file(path) if self.autorefresh else self.files.get(path)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The file in one piece: Django would read a file response into memory anyway, and warn about it."""
        answer = static_file.get_response(request.method, request.META)
        content = b""
        if answer.file is not None:
            with answer.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(answer.status))
        del response["Content-Type"]
        for name, value in answer.headers:
            response[name] = value
        return response


class CorsMiddleware(AnyOriginMiddleware):
    """Any origin without credentials; the listed ones with them. `*` and credentials never meet."""

    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        """OPTIONS is answered here on any path, also when it names no method that is to follow."""
        if request.method != "OPTIONS" or _has_own_cors(request):
            return None
        return HttpResponse(headers={"Content-Length": "0"})

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _has_own_cors(request):
            return response
        response = super().add_response_headers(request, response)
        origin = request.headers.get("origin", "")
        if origin in settings.CORS_CREDENTIALS_ORIGINS:
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Credentials"] = "true"
        elif settings.CORS_ALLOW_ALL_ORIGINS:
            response["Access-Control-Allow-Origin"] = "*"
        return response


def _has_own_cors(request: HttpRequest) -> bool:
    """Whether the view itself says who may read its answers."""
    return request.path_info.startswith(settings.OWN_CORS_PATHS)
