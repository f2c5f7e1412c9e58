from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import find
from config.backoffice.display import EMPTY, ago, choice_label, display
from config.backoffice.filters import ChoicesDropdownFilter
from config.backoffice.forms import Text, TextArea
from tickets import learning
from tickets.admin.columns import title_of
from tickets.choices import ProposalState
from tickets.errors import NotPossible
from tickets.models import ArticleProposal
from tickets.querysets import seen_mailboxes

COLOURS = {ProposalState.OPEN: "warning", ProposalState.ACCEPTED: "success"}


class ArticleForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200, widget=Text)
    text = forms.CharField(label=_("Text"), max_length=100_000, widget=TextArea(attrs={"rows": 18, "dir": "auto"}))


@admin.register(ArticleProposal)
class ArticleProposalAdmin(ReadOnlyAdmin):
    """Documents that resolved tickets propose: read, corrected, and accepted or rejected by a person."""

    list_display = ("titled", "state_label", "of_ticket", "reviewed_by", "created")
    list_display_links = ("titled",)
    list_select_related = ("ticket", "reviewer")
    list_filter = (("state", ChoicesDropdownFilter),)
    search_fields = ("title",)
    ordering = ("-id",)
    fields = ("title",)
    change_form_template = "admin/tickets/article.html"
    empty_list_text = _("A ticket that a person has resolved proposes an article, so that the next answer is at hand.")

    state_label = choice_label("state", ProposalState, COLOURS, description=_("state"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def may_decide(self, request: HttpRequest) -> bool:
        rights = ("tickets.change_articleproposal", "knowledge.add_document")
        return all(request.user.has_perm(right) for right in rights)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        seen = seen_mailboxes(request.user)
        return rows if seen is None else rows.filter(ticket__mailbox__in=seen)

    @display(description=_("title"))
    def titled(self, row: Any) -> str:
        return str(row.title)

    @display(description=_("ticket"))
    def of_ticket(self, row: Any) -> str:
        return title_of(row.ticket)[:80]

    @display(description=_("reviewed by"))
    def reviewed_by(self, row: Any) -> str:
        return row.reviewer.display_name if row.reviewer else EMPTY

    @display(description=_("created"))
    def created(self, row: Any) -> str | SafeString:
        return ago(row.created_at)

    def get_urls(self) -> list[Any]:
        decide = path(
            "<int:pk>/decide/",
            self.admin_site.admin_view(require_POST(self.decide_view)),
            name="tickets_articleproposal_decide",
        )
        return [decide, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra: dict[str, Any] = {}
        if row is not None:
            extra = {
                "proposal": row,
                "form": ArticleForm(initial={"title": row.title, "text": row.text}),
                "state": self.state_label(row),
                "is_open": row.state == ProposalState.OPEN,
                "may_decide": self.may_decide(request),
                "alike": [item for item in row.alike if isinstance(item, dict)],
            }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = find(self.get_queryset(request), pk)
        if not self.may_decide(request):
            raise PermissionDenied
        form = ArticleForm(request.POST)
        page = reverse("admin:tickets_articleproposal_change", args=[row.pk])
        try:
            if request.POST.get("decision") == "reject":
                learning.reject(row, actor=request.user)
                self.message_user(request, _("The proposal is rejected."), messages.SUCCESS)
            elif form.is_valid():
                learning.accept(row, actor=request.user, **form.cleaned_data)
                self.message_user(request, _("The article is in the knowledge base."), messages.SUCCESS)
            else:
                request.method = "GET"
                return self.change_view(request, str(pk), extra_context={"form": form})
        except NotPossible as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect(page)
