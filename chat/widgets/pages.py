"""Pages of the widget: the script for other sites, the panel in its frame, and a page of ours to try it on."""

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.csp import CSP
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import etag, require_safe

from chat.widgets.access import asked_language
from chat.widgets.colours import for_text, ink_on, mix
from chat.widgets.models import Widget
from chat.widgets.script import widget_script
from chat.widgets.texts import language_for, texts_of

SCRIPT_CACHE = "public, max-age=300, stale-while-revalidate=86400"
# Loaded when the panel opens: named up front, so that the browser does not find them one import after the other.
MODULES = [
    "js/answer-meta.js",
    "js/answer-rating.js",
    "js/answer-view.js",
    "js/api.js",
    "js/artifact-card.js",
    "js/code-blocks.js",
    "js/composer.js",
    "js/connection-line.js",
    "js/dom.js",
    "js/drafts.js",
    "js/errors.js",
    "js/event-log.js",
    "js/event-transports.js",
    "js/i18n.js",
    "js/markdown.js",
    "js/morph.js",
    "js/question-view.js",
    "js/scroller.js",
    "js/stream-text.js",
    "js/thread.js",
    "js/toasts.js",
    "js/panel/focus-trap.js",
    "js/panel/host-link.js",
    "js/panel/panel.js",
    "js/panel/widget-api.js",
    "vendor/dompurify-3.4.18/purify.mjs",
    "vendor/markdown-it-15.0.3/markdown-it.mjs",
]


def _etag(request: HttpRequest) -> str:
    return widget_script().etag


@require_safe
@etag(_etag)
def script(request: HttpRequest) -> HttpResponse:
    """`/widget.js`, for any site: which of them may use a widget is asked later, with the widget's key."""
    found = widget_script()
    packed = "gzip" in request.headers.get("accept-encoding", "")
    response = HttpResponse(found.packed if packed else found.plain, content_type="text/javascript; charset=utf-8")
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = SCRIPT_CACHE
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


@require_safe
@xframe_options_exempt
def panel(request: HttpRequest, key: str) -> HttpResponse:
    """The chat itself, in a frame that browsers show on the widget's sites and on ours alone."""
    widget = get_object_or_404(Widget.objects.enabled(), key=key)
    language = language_for(widget, asked_language(request.META.get("QUERY_STRING", "")))
    policy: dict[str, Any] = {**settings.SECURE_CSP, "frame-ancestors": [CSP.SELF, *widget.origins]}
    return csp_override(policy)(_render_panel)(request, widget, language)


def _render_panel(request: HttpRequest, widget: Widget, language: str) -> HttpResponse:
    with override(language):
        response = render(request, "chat/widget/panel.html", panel_context(widget, language))
    response["Cache-Control"] = "no-cache, private"
    return response


def panel_context(widget: Widget, language: str) -> dict[str, Any]:
    """What the panel's template needs; `widget` need not be stored yet."""
    return {
        "widget": widget,
        "language": language,
        "texts": texts_of(widget, language),
        "colours": panel_colours(widget.accent),
        "modules": MODULES,
        "config": {"key": widget.key, "language": language, "max_length": settings.CHAT_MESSAGE_MAX_LENGTH},
    }


def panel_colours(accent: str) -> dict[str, str]:
    """The accent, and what of it can be read on light and on dark surfaces: at least 4.5:1 each."""
    light, dark = for_text(accent, dark=False), for_text(accent, dark=True)
    return {
        "brand": accent,
        "brand_ink": ink_on(accent),
        "brand_hover": mix(accent, ink_on(accent), 0.14),
        "light": light,
        "dark": dark,
        "light_ink": ink_on(light),
        "dark_ink": ink_on(dark),
        "light_hover": mix(light, "#000000", 0.15),
        "dark_hover": mix(dark, "#ffffff", 0.15),
        "light_soft": mix("#ffffff", accent, 0.1),
        "dark_soft": mix("#161719", accent, 0.25),
    }


@require_safe
def trial(request: HttpRequest, key: str) -> HttpResponse:
    """A page such as a site has, with the widget on it, for staff who may see widgets."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    widget = Widget.objects.visible_to(request.user).filter(key=key).first()
    if widget is None:
        raise Http404
    response = render(request, "chat/widget/trial.html", {"widget": widget})
    response["Cache-Control"] = "no-store"
    return response
