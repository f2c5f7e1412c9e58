"""How websites and their pages stand, as labels."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.backoffice.display import badge, count
from knowledge.choices import STATE_TONES, WebSourceState
from knowledge.models import WebPage, WebSource
from knowledge.web.texts import explain


def source_state(source: WebSource) -> SafeString:
    """The state as a label that asks for the next one while something is going on."""
    context = {
        "label": _label(source),
        "detail": _detail(source),
        "is_live": is_live(source),
        "is_fetching": source.enabled and source.state == WebSourceState.FETCHING and source.total,
        "source": source,
        "url": reverse("admin:knowledge_websource_state", args=[source.pk]),
    }
    return SafeString(render_to_string("admin/knowledge/website_state.html", context).strip())


def is_live(source: WebSource) -> bool:
    is_due = source.next_at is not None and source.next_at <= timezone.now()
    return source.enabled and (source.state == WebSourceState.FETCHING or is_due)


def _label(source: WebSource) -> SafeString:
    if not source.enabled:
        return badge(_("Paused"))
    if source.state == WebSourceState.FETCHING:
        return badge(_("Being fetched"), "info")
    if is_live(source):
        return badge(_("About to be visited"), "info")
    if source.state == WebSourceState.FAILED:
        return badge(_("Failed"), STATE_TONES[WebSourceState.FAILED])
    return badge(_("Up to date"), STATE_TONES[WebSourceState.IDLE])


def _detail(source: WebSource) -> str:
    if source.enabled and source.state == WebSourceState.FETCHING:
        if not source.total:
            return _("looking for pages")
        return _("%(done)s of %(total)s pages") % {"done": count(source.done), "total": count(source.total)}
    return explain(source.error, source.url)


def page_state(page: WebPage) -> Any:
    if page.error:
        return format_html(
            '<span class="bo-reason">{} {}</span>', badge(_("Not taken"), "warning"), explain(page.error, page.url)
        )
    if page.seen_at is None:
        return badge(_("Not visited yet"))
    if page.document is None:
        return badge(_("Document deleted"), "warning")
    return badge(_("Up to date"), "success") if page.document.published else badge(_("Withdrawn by staff"))
