import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from bots.engine.rules import RuleError
from config.admin import ModelAdmin
from config.backoffice.display import EMPTY, badge, choice_label, display
from config.backoffice.filters import ChoicesDropdownFilter
from config.backoffice.forms import ModelForm, TextArea
from tickets.admin.rule_trial import tried
from tickets.choices import PRIORITY_COLOURS, RuleAction, TicketPriority
from tickets.models import DeskRule
from tickets.models.mailboxes import shown_name
from tickets.triage.facts import FIELDS
from tickets.triage.rules import validate_condition

ACTION_COLOURS = {RuleAction.ESCALATE: "warning", RuleAction.DRAFT: "info"}
EXAMPLE = {
    "condition": "OR",
    "rules": [
        {"field": "phrases", "type": "string", "operator": "contains", "value": ["money back", "верните деньги"]},
        {"field": "domain", "type": "string", "operator": "equal", "value": "example.com"},
    ],
}


def as_text(condition: Any) -> str:
    return json.dumps(condition, ensure_ascii=False, indent=2)


def read_condition(text: str) -> dict[str, Any]:
    """The condition as data; raises ValidationError that names the place."""
    try:
        condition = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError(_("This is no JSON: %(error)s") % {"error": error}) from error
    try:
        validate_condition(condition)
    except RuleError as error:
        place = error.path or _("the whole")
        raise forms.ValidationError(_("At %(place)s: %(error)s") % {"place": place, "error": error.message}) from error
    if not isinstance(condition, dict) or not condition.get("rules"):
        raise forms.ValidationError(_("A rule without conditions would match every mail."))
    return condition


class RuleForm(ModelForm):
    condition_text = forms.CharField(
        label=gettext_lazy("condition"),
        max_length=100_000,
        widget=TextArea(attrs={"rows": 16, "dir": "ltr", "spellcheck": "false", "class": "desk-code"}),
        help_text=gettext_lazy(
            "As jQuery QueryBuilder writes it: groups with AND or OR, and in them a field, an operator and a value."
        ),
    )

    class Meta:
        model = DeskRule
        fields = ("name", "description", "enabled", "order", "mailbox", "action", "priority", "topic", "tags")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        condition = self.instance.condition if self.instance.pk else EXAMPLE
        self.initial.setdefault("condition_text", as_text(condition))

    def clean_condition_text(self) -> str:
        self.instance.condition = read_condition(self.cleaned_data["condition_text"])
        return str(self.cleaned_data["condition_text"])


@admin.register(DeskRule)
class DeskRuleAdmin(ModelAdmin):
    """What staff have laid down for certain mails, before any model is asked."""

    form = RuleForm
    list_display = ("order", "title", "about", "action_label", "priority_label", "place", "state_label")
    list_display_links = ("title",)
    list_select_related = ("mailbox",)
    list_filter = (("action", ChoicesDropdownFilter),)
    search_fields = ("name", "description")
    ordering = ("order", "id")
    autocomplete_fields = ("tags",)
    readonly_fields = ("known_fields",)
    fieldsets = (
        (None, {"fields": ("name", "description", "enabled", "order", "mailbox")}),
        (gettext_lazy("If"), {"fields": ("condition_text", "known_fields")}),
        (gettext_lazy("Then"), {"fields": ("action", "priority", "topic", "tags")}),
    )
    change_form_after_template = "admin/tickets/rule_try.html"
    empty_list_text = gettext_lazy("A rule says which mails a person has to see, and how they are sorted.")

    action_label = choice_label("action", RuleAction, ACTION_COLOURS, description=gettext_lazy("action"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("mailbox")

    @display(description=gettext_lazy("name"), ordering="name")
    def title(self, row: DeskRule) -> str:
        return str(row)

    @display(description=gettext_lazy("description"))
    def about(self, row: DeskRule) -> str:
        return shown_name(row.description)

    @display(description=gettext_lazy("priority"))
    def priority_label(self, row: Any) -> str | SafeString:
        if row.priority is None:
            return EMPTY
        priority = TicketPriority(row.priority)
        return badge(priority.label, PRIORITY_COLOURS[priority])

    @display(description=gettext_lazy("mailbox"))
    def place(self, row: Any) -> str:
        return str(row.mailbox) if row.mailbox else _("all")

    @display(description=gettext_lazy("state"), ordering="enabled")
    def state_label(self, row: Any) -> SafeString:
        return badge(_("On"), "success") if row.enabled else badge(_("Off"))

    @display(description=gettext_lazy("fields"))
    def known_fields(self, row: Any) -> SafeString:
        rows = [(name, field.type, field.meaning) for name, field in FIELDS.items()]
        return format_html_join("", '<div><code>{}</code> <span class="bo-quiet">{}</span> {}</div>', rows)

    # Trying it out

    def get_urls(self) -> list[Any]:
        trial = path("try/", self.admin_site.admin_view(require_POST(self.try_view)), name="tickets_deskrule_try")
        return [trial, *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Which of the newest mails the condition of the form would match; nothing is saved."""
        if not self.has_view_permission(request) or not request.user.has_perm("tickets.view_ticket"):
            raise PermissionDenied
        context: dict[str, Any] = {}
        try:
            condition = read_condition(request.POST.get("condition_text", ""))
        except forms.ValidationError as error:
            context["error"] = " ".join(error.messages)
        else:
            context["trials"] = tried(condition, reader=request.user)
            context["matched"] = sum(trial.matches for trial in context["trials"])
        return TemplateResponse(request, "admin/tickets/rule_tried.html", context)
