"""Publishing and withdrawing documents: buttons of their pages and actions of the list."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.display import count
from knowledge.admin.columns import text_size
from knowledge.models import Document
from knowledge.services import unpublish_document
from knowledge.services.documents import publish_with
from knowledge.services.questions import settle_questions


class DocumentPublishing:
    message_user: Any
    get_object: Any
    log_change: Any

    @admin.action(description=gettext_lazy("Publish the selected documents"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        drafts = queryset.filter(published=False)
        done = 0
        for row in drafts.exclude(body="").defer("body"):
            self._publish(request, row)
            done += 1
        text = ngettext("%(n)s document is published.", "%(n)s documents are published.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)
        if empty := drafts.filter(body="").count():
            left = ngettext("%(n)s has no text yet.", "%(n)s have no text yet.", empty) % {"n": count(empty)}
            self.message_user(request, left, messages.WARNING)

    @admin.action(description=gettext_lazy("Withdraw the selected documents"), permissions=["change"])
    def unpublish_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows = list(queryset.filter(published=True).defer("body"))
        for row in rows:
            self._unpublish(request, row)
        done = len(rows)
        text = ngettext("%(n)s document is withdrawn.", "%(n)s documents are withdrawn.", done) % {"n": count(done)}
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    @action(
        description=gettext_lazy("Publish"),
        icon="publish",
        permissions=["change"],
        url_path="publish",
        dialog=dialog(
            gettext_lazy("Publish this document?"),
            gettext_lazy("Its audience finds it in answers and can read it. Save changes of the form first."),
            button=gettext_lazy("Publish"),
        ),
    )
    def publish_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = find(Document.objects.defer("body"), object_id)
        if Document.objects.filter(pk=row.pk, body="").exists():
            self.message_user(request, _("It has no text yet."), messages.WARNING)
        elif not row.published:
            self._publish(request, row)
            self.message_user(request, _("It is published."), messages.SUCCESS)
        return leave_dialog(reverse("admin:knowledge_document_change", args=[row.pk]))

    @action(
        description=gettext_lazy("Withdraw"),
        icon="unpublished",
        permissions=["change"],
        url_path="unpublish",
        dialog=dialog(
            gettext_lazy("Withdraw this document?"),
            gettext_lazy("Its passages leave the search at once and its page is closed. The text is kept as a draft."),
            button=gettext_lazy("Withdraw"),
        ),
    )
    def unpublish_one(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        row = find(Document.objects.defer("body"), object_id)
        if row.published:
            self._unpublish(request, row)
            self.message_user(request, _("It is withdrawn."), messages.SUCCESS)
        return leave_dialog(reverse("admin:knowledge_document_change", args=[row.pk]))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The one that makes sense now."""
        actions: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row = self.get_object(request, str(object_id))
        if row is None:
            return []
        wanted = "unpublish_one" if row.published else "publish_one" if text_size(row) else ""
        return [each for each in actions if each.method.__name__ == wanted]

    def _publish(self, request: HttpRequest, row: Document) -> None:
        published = publish_with(row, actor=request.user)
        settle_questions(published)
        self.log_change(request, row, _("Published."))

    def _unpublish(self, request: HttpRequest, row: Document) -> None:
        unpublish_document(row)
        self.log_change(request, row, _("Withdrawn."))
