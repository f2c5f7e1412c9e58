"""The chat page for browsers, and the service's short self-description for everything else, at one address."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from accounts.services.visitors import ensure_visitor_cookie
from config import VERSION

# Loaded by every visit: named up front, so that the browser does not find them one import after the other.
MODULES = [
    "js/answer-meta.js",
    "js/answer-rating.js",
    "js/answer-view.js",
    "js/api.js",
    "js/artifact-card.js",
    "js/code-blocks.js",
    "js/composer.js",
    "js/connection-line.js",
    "js/conversation-list.js",
    "js/dom.js",
    "js/drafts.js",
    "js/errors.js",
    "js/event-log.js",
    "js/event-transports.js",
    "js/i18n.js",
    "js/markdown.js",
    "js/menu.js",
    "js/model-choice.js",
    "js/morph.js",
    "js/question-view.js",
    "js/scroller.js",
    "js/shortcuts.js",
    "js/sidebar.js",
    "js/stream-text.js",
    "js/thread.js",
    "js/title.js",
    "js/toasts.js",
    "js/viewport.js",
    "vendor/dompurify-3.4.18/purify.mjs",
    "vendor/markdown-it-15.0.3/markdown-it.mjs",
]


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """The page when the Accept header prefers HTML, as browsers' do; else JSON, also for `*/*`."""
    response = chat_page(request) if _prefers_html(request) else _about()
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
    """The page opened at a conversation; whether it exists and is the reader's, the page asks the API."""
    return chat_page(request, conversation_id)


def chat_page(request: HttpRequest, conversation_id: UUID | None = None) -> HttpResponse:
    """For logged-in people and, where that is allowed, for visitors, who get their cookie here."""
    known = request.user.is_authenticated
    if not known and not settings.CHAT_ANONYMOUS:
        return redirect_to_login(request.get_full_path(), reverse("login"))
    response = render(request, "chat/page.html", _context(conversation_id))
    if not known:
        ensure_visitor_cookie(request, response)
    response["Cache-Control"] = "no-cache, private"
    return response


def _context(conversation_id: UUID | None) -> dict[str, Any]:
    config = {
        "app_name": settings.APP_NAME,
        "conversation": str(conversation_id) if conversation_id else None,
        "max_length": settings.CHAT_MESSAGE_MAX_LENGTH,
        "admin_url": reverse("admin:index"),
    }
    return {"conversation": conversation_id, "config": config, "modules": MODULES}


def _prefers_html(request: HttpRequest) -> bool:
    # JSON stands first: it wins when both are liked equally, as with `*/*` or without the header.
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _about() -> JsonResponse:
    now = timezone.now().isoformat()
    return JsonResponse({"status": "ok", "service": "Neira API", "version": VERSION, "timestamp": now})
