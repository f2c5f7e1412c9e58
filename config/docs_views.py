"""The API's description and two viewers of it, all served from here: nothing is loaded from elsewhere."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.csp import csp_override
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from config.api import IgnoreAcceptNegotiation

# Both viewers style themselves at run time and Redoc searches in a worker made from a blob.
VIEWER_CSP: dict[str, Any] = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "worker-src": [CSP.SELF, "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
REDOC = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
EMPTY_IMAGE = b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer]
    content_negotiation_class = IgnoreAcceptNegotiation


@method_decorator(csp_override(VIEWER_CSP), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    pass


@method_decorator(csp_override(VIEWER_CSP), name="dispatch")
class RedocView(SpectacularRedocView):
    template_name = "docs/redoc.html"

    @staticmethod
    def _redoc_standalone() -> str:
        return reverse("redoc-script")


@cache_control(public=True, max_age=86_400)
def redoc_script(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_redoc_without_logo(), content_type="text/javascript; charset=utf-8")


@lru_cache(maxsize=1)
def _redoc_without_logo() -> bytes:
    """Redoc's bundle; its maker's logo, which it would fetch from a foreign server, is left out."""
    return Path(str(finders.find(REDOC))).read_bytes().replace(REDOC_LOGO, EMPTY_IMAGE)
