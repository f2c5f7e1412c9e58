"""Pages beside the widget's form: the tag to copy, and how the panel will look."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import override

from chat.widgets.choices import LauncherIcon, WidgetPosition, WidgetTheme
from chat.widgets.colours import HEX, contrast, ink_on
from chat.widgets.models import Widget
from chat.widgets.origins import ANY
from chat.widgets.pages import panel_context
from chat.widgets.texts import LANGUAGES

DEFAULT_ACCENT = "#0b6e63"


def tag_of(widget: Widget, *, server: str) -> str:
    """The script tag to paste; `server` is the address at which sites reach us."""
    source = f"{server}{reverse('widget-script')}"
    return f'<script src="{source}" data-widget="{widget.key}" async></script>'


def policy_of(server: str) -> str:
    """What a site's Content-Security-Policy must allow."""
    return f"script-src {server}; connect-src {server}; frame-src {server}"


def installation(request: HttpRequest, model_admin: Any, widget: Widget) -> TemplateResponse:
    """The tag, where to put it, and whether it runs already."""
    server = request.build_absolute_uri("/").rstrip("/")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Put %(name)s on your site") % {"name": widget.name},
        "widget": widget,
        "tag": tag_of(widget, server=server),
        "policy": policy_of(server),
        "is_plain": urlsplit(server).scheme == "http",
        "open_to_all": ANY in widget.origins,
        "sightings": widget.sightings.accepted()[:20],
        "refused": widget.sightings.refused()[:10],
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/chat/widget/install.html", context)


def preview(request: HttpRequest) -> JsonResponse:
    """The panel as the form's values would make it, and how well text can be read on the accent."""
    language = request.POST.get("preview_language", "")
    language = language if language in LANGUAGES else LANGUAGES[0]
    widget = widget_of(request.POST)
    with override(language):
        context = {**panel_context(widget, language), "preview": True}
        html = render_to_string("chat/widget/panel.html", context, request)
    button = {"accent": widget.accent, "ink": ink_on(widget.accent), "icon": widget.icon, "position": widget.position}
    return JsonResponse({"html": html, "note": contrast_note(widget.accent), **button})


def contrast_note(accent: str) -> str:
    ink = ink_on(accent)
    name = _("white") if ink == "#ffffff" else _("black")
    ratio = formats.number_format(contrast(ink, accent), 1)
    return _("Text on the accent is %(name)s, with a contrast of %(ratio)s : 1.") % {"name": name, "ratio": ratio}


def widget_of(values: Any) -> Widget:
    """An unsaved widget from what stands in the form, however unfinished."""
    accent = values.get("accent", "").lower()
    widget = Widget(
        name=values.get("name", ""),
        accent=accent if HEX.fullmatch(accent) else DEFAULT_ACCENT,
        theme=_one_of(WidgetTheme, values.get("theme"), WidgetTheme.AUTO),
        position=_one_of(WidgetPosition, values.get("position"), WidgetPosition.RIGHT),
        icon=_one_of(LauncherIcon, values.get("icon"), LauncherIcon.BUBBLE),
        privacy_url="#" if values.get("privacy_url") else "",
    )
    for language in LANGUAGES:
        for name, length in (("title", 60), ("greeting", 300), ("placeholder", 80)):
            setattr(widget, f"{name}_{language}", values.get(f"{name}_{language}", "")[:length])
        lines = values.get(f"suggestions_{language}", "").splitlines()
        setattr(widget, f"suggestions_{language}", [line.strip()[:120] for line in lines if line.strip()][:6])
    return widget


def _one_of(choices: Any, value: Any, default: Any) -> Any:
    return value if value in choices.values else default
