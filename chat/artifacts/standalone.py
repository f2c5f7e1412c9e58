"""A mini-page as a document of its own, which may run its script and nothing else."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from accounts.services.visitors import VISITOR_COOKIE, visitor_of_cookie
from chat.artifacts.composing import document_of
from chat.artifacts.links import TooManyMisses, find_artifact
from chat.artifacts.models import Artifact
from config.network import client_ip

# The sandbox gives the page an origin of its own: no cookies, no storage, no log-in, no access to the page around it.
POLICY: dict[str, Any] = {
    "sandbox": ["allow-scripts"],
    "default-src": [CSP.NONE],
    "script-src": [CSP.UNSAFE_INLINE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "font-src": ["data:"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
}
CLOSED = (
    "accelerometer",
    "autoplay",
    "camera",
    "clipboard-read",
    "clipboard-write",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "web-share",
    "xr-spatial-tracking",
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in CLOSED),
    "X-Frame-Options": "SAMEORIGIN",
    # Browsers do not open a sandboxed document that asks for isolation besides.
    "Cross-Origin-Opener-Policy": "unsafe-none",
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
}


@require_safe
def page(request: HttpRequest, artifact_id: str) -> HttpResponse:
    """For the owner, for whoever has a signed link (`key`), and for anybody when nobody owns the page."""
    try:
        artifact = find_artifact(
            artifact_id, actor=_reader(request), address=client_ip(request), key=request.GET.get("key", "")
        )
    except Artifact.DoesNotExist as error:
        raise Http404 from error
    except TooManyMisses as error:
        response = render(request, "429.html", status=429)
        response["Retry-After"] = str(error.wait)
        return response
    return csp_override(POLICY)(_document)(request, artifact)


def _document(request: HttpRequest, artifact: Artifact) -> HttpResponse:
    return HttpResponse(document_of(artifact), headers=HEADERS)


def _reader(request: HttpRequest) -> Any:
    if request.user.is_authenticated:
        return request.user
    known = visitor_of_cookie(request.COOKIES.get(VISITOR_COOKIE))
    return known[0] if known else None
