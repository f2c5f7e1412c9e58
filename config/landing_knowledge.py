"""The knowledge base on the landing page: silent while everything is read, found and answered."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Max, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.backoffice.display import ago, count
from config.backoffice.notices import Notice
from knowledge.choices import DocumentState, QuestionState
from knowledge.indexing.versions import live_version
from knowledge.models import Document, OpenQuestion
from knowledge.texts import index_error_text

WEEK = timedelta(days=7)


def document_notices() -> Iterator[Notice]:
    """Documents that could not be read or indexed."""
    failed = Document.objects.filter(state=DocumentState.FAILED).aggregate(n=Count("pk"), newest=Max("updated_at"))
    if not failed["n"]:
        return
    text = ngettext("%(n)s document could not be read", "%(n)s documents could not be read", failed["n"])
    yield Notice(
        "warning",
        text % {"n": count(failed["n"])},
        _("Its page says why and what to do."),
        f"{reverse('admin:knowledge_document_changelist')}?state=failed",
        _("Show them"),
        since=ago(failed["newest"]),
    )


def question_notices() -> Iterator[Notice]:
    """Open questions that were asked within the last week."""
    recent = OpenQuestion.objects.filter(state=QuestionState.OPEN, last_at__gte=timezone.now() - WEEK)
    found = recent.aggregate(n=Count("pk"), asked=Sum("asked"))
    if not found["n"]:
        return
    text = ngettext(
        "%(n)s question of this week has no answer", "%(n)s questions of this week have no answer", found["n"]
    )
    advice = _("Write an article, or link the one that answers.")
    asked = ngettext("Asked %(n)s time in all.", "Asked %(n)s times in all.", found["asked"])
    yield Notice(
        "info",
        text % {"n": count(found["n"])},
        f"{asked % {'n': count(found['asked'])}} {advice}",
        f"{reverse('admin:knowledge_openquestion_changelist')}?state__exact={QuestionState.OPEN}",
        _("Show them"),
    )


def index_notices() -> Iterator[Notice]:
    """The live index works by words alone, though it should not."""
    version = live_version()
    if version is None or not version.error:
        return
    yield Notice(
        "warning",
        _("Search works by words alone"),
        index_error_text(version.error),
        reverse("admin:knowledge_indexversion_changelist"),
        _("See why"),
    )
