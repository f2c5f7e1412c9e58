"""What lists and pages of documents say of one."""

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.display import EMPTY, ago, badge, count, display
from knowledge.choices import STATE_TONES, WORK_STATES, DocumentState
from knowledge.indexing.versions import live_version
from knowledge.models import Chunk, Document
from knowledge.scopes import choices
from knowledge.texts import error_text

__all__ = [
    "DEFERRED",
    "ChangeList",
    "DocumentColumns",
    "DocumentList",
    "audience_of",
    "passages_of",
    "state_of",
    "text_size",
]

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

STATES_URL = "admin:knowledge_document_states"
# Columns of documents that a list needs; texts and places of pages may be long.
DEFERRED = ("body", "places", "notes")


class DocumentList(ChangeList):
    """Adds to the rows of one page what would otherwise be asked for row by row."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        titles = dict(choices())
        rows: list[Any] = list(self.result_list)
        passages = passages_of([row.pk for row in rows])
        for row in rows:
            row.scope_titles = titles
            row.passage_total = passages.get(row.pk, 0)
        self.result_list = rows


def passages_of(keys: list[Any]) -> dict[Any, int]:
    """How many passages of each document search sees now."""
    version = live_version()
    shown = Chunk.objects.filter(index=version, document__in=keys, edition=F("document__edition")).order_by()
    return dict(shown.values_list("document").annotate(n=Count("pk")))


def text_size(row: Any) -> int:
    """Characters of the text, counted by the database once for a row."""
    if not hasattr(row, "text_size"):
        size = Document.objects.filter(pk=row.pk).values_list(Length("body"), flat=True).first()
        row.text_size = size or 0
    return int(row.text_size)


def state_of(row: Document) -> SafeString:
    """Badges: published or not, and what is being done to it or went wrong; pages keep them up to date."""
    publication = badge(_("Published"), "success") if row.published else badge(_("Draft"))
    work: Any = ""
    if row.state == DocumentState.FAILED:
        work = format_html('<span title="{}">{}</span>', error_text(row.error), badge(_("Failed"), "danger"))
    elif row.state in WORK_STATES:
        label = DocumentState(row.state).label
        text = _("%(state)s, %(percent)s %%") % {"state": label, "percent": row.percent} if row.total else label
        work = badge(text, STATE_TONES[row.state])
    if work and not row.published:
        publication = SafeString("")
    busy = SafeString("data-busy") if row.state in WORK_STATES else ""
    return format_html(
        '<span class="bo-states" data-live="{}" data-live-url="{}" {}>{} {}</span>',
        row.pk,
        reverse(STATES_URL),
        busy,
        publication,
        work,
    )


def audience_of(row: Any) -> str:
    """Who sees it: everybody, or names."""
    if not row.restricted:
        return _("Everybody")
    titles = getattr(row, "scope_titles", None) or dict(choices())
    names = sorted(str(titles.get(each.scope, each.scope)) for each in row.audiences.all())
    return ", ".join(names)


def _words(text: str) -> SafeString:
    """A narrow column that breaks between words."""
    return format_html('<span class="bo-words" dir="auto">{}</span>', text)


class DocumentColumns:
    @display(description=gettext_lazy("state"), ordering="state")
    def status(self, row: Document) -> SafeString:
        return state_of(row)

    @display(description=gettext_lazy("audience"), ordering="restricted")
    def audience(self, row: Any) -> SafeString:
        return _words(audience_of(row))

    @display(description=gettext_lazy("tags"))
    def tag_names(self, row: Document) -> str | SafeString:
        names = ", ".join(tag.name for tag in row.tags.all())
        return _words(names) if names else EMPTY

    @display(description=gettext_lazy("passages"))
    def passages(self, row: Any) -> str:
        return count(getattr(row, "passage_total", 0))

    @display(description=gettext_lazy("format"), ordering="format")
    def kind(self, row: Document) -> str:
        return str(row.get_format_display())

    @display(description=gettext_lazy("source"), ordering="source")
    def came_from(self, row: Document) -> str | SafeString:
        name = row.address or row.source or row.original_name
        if not name:
            return EMPTY
        seen = format_html(' <span class="bo-quiet">{}</span>', ago(row.seen_at)) if row.seen_at else ""
        return format_html('<span class="bo-source" dir="auto" title="{}">{}</span>{}', name, name, seen)

    @display(description=gettext_lazy("changed"), ordering="updated_at")
    def changed(self, row: Document) -> str | SafeString:
        return ago(row.updated_at)
