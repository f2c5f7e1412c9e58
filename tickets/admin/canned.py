from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin
from config.backoffice.display import count, display
from config.backoffice.filters import ChoicesDropdownFilter
from config.backoffice.forms import ModelForm
from config.backoffice.markdown import render_markdown
from tickets.answers.variables import VARIABLES, check
from tickets.models import CannedAnswer


class CannedForm(ModelForm):
    class Meta:
        model = CannedAnswer
        fields = (
            "name",
            "text_en",
            "text_ru",
            "kind",
            "mailbox",
            "set_state",
            "set_priority",
            "add_tags",
            "assign_to_me",
        )

    def clean_text_en(self) -> str:
        check(self.cleaned_data["text_en"])
        return str(self.cleaned_data["text_en"])

    def clean_text_ru(self) -> str:
        check(self.cleaned_data["text_ru"])
        return str(self.cleaned_data["text_ru"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        texts = [self.cleaned_data.get(name) for name in ("text_en", "text_ru")]
        if not any(texts) and not self.errors:
            raise forms.ValidationError(_("Write the text in one language at least."))
        return cleaned


@admin.register(CannedAnswer)
class CannedAdmin(ModelAdmin):
    """Texts that are used again and again, and what else they do to a ticket."""

    form = CannedForm
    list_display = ("name", "kind", "place", "used")
    list_select_related = ("mailbox",)
    list_filter = (("kind", ChoicesDropdownFilter),)
    search_fields = ("name", "text_en", "text_ru")
    ordering = ("name",)
    autocomplete_fields = ("add_tags",)
    readonly_fields = ("variables", "preview")
    fieldsets = (
        (None, {"fields": ("name", "text_en", "text_ru", "variables", "preview", "kind", "mailbox")}),
        (
            gettext_lazy("What else it does"),
            {"fields": ("set_state", "set_priority", "add_tags", "assign_to_me")},
        ),
    )
    empty_list_text = gettext_lazy("A canned answer is a text with variables that is put into the answer box.")

    @display(description=gettext_lazy("mailbox"))
    def place(self, row: Any) -> str:
        return str(row.mailbox) if row.mailbox else _("all")

    @display(description=gettext_lazy("used"), ordering="uses")
    def used(self, row: Any) -> str:
        return count(row.uses)

    @display(description=gettext_lazy("variables"))
    def variables(self, row: Any) -> SafeString:
        return format_html_join("", "<div><code>{{{}}}</code> {}</div>", VARIABLES.items())

    @display(description=gettext_lazy("preview"))
    def preview(self, row: Any) -> str | SafeString:
        texts = [render_markdown(text) for text in (row.text_en, row.text_ru) if text]
        if not texts:
            return _("Save it to see how it reads.")
        return format_html_join(
            "", '<div class="bo-text prose bo-boxed bo-above">{}</div>', ((text,) for text in texts)
        )
