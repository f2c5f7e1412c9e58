from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.widgets.models import Widget
from chat.widgets.origins import parse_origins
from config.backoffice.forms import ColourInput, ModelForm, TextArea

MOST_SUGGESTIONS = 6
SUGGESTION_LENGTH = 120


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=TextArea(attrs={"rows": 4, "spellcheck": "false"}), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines: str = super().clean(value)
        return [line.strip() for line in lines.splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial or []), data)


class OriginsField(LinesField):
    """Origins, one a line; each bad line is named by its number."""

    def clean(self, value: Any) -> list[str]:
        lines: str = forms.CharField.clean(self, value)
        return parse_origins(lines.splitlines())


class SuggestionsField(LinesField):
    def clean(self, value: Any) -> list[str]:
        lines = super().clean(value)
        if len(lines) > MOST_SUGGESTIONS:
            raise ValidationError(_("At most %(count)d suggestions.") % {"count": MOST_SUGGESTIONS})
        if any(len(line) > SUGGESTION_LENGTH for line in lines):
            raise ValidationError(_("A suggestion has at most %(count)d characters.") % {"count": SUGGESTION_LENGTH})
        return lines


class WidgetForm(ModelForm):
    origins = OriginsField(
        label=gettext_lazy("Sites"),
        help_text=gettext_lazy(
            "One origin a line, as https://www.example.com or https://*.example.com. On other sites the widget does "
            "not appear. A single * lets every site use it, at your expense."
        ),
    )
    suggestions_en = SuggestionsField(
        label=gettext_lazy("Suggestions, English"), help_text=gettext_lazy("Questions to start with, one a line.")
    )
    suggestions_ru = SuggestionsField(
        label=gettext_lazy("Suggestions, Russian"), help_text=gettext_lazy("Questions to start with, one a line.")
    )

    class Meta:
        model = Widget
        exclude = ("key",)
        widgets = {
            "accent": ColourInput(),
            "greeting_en": TextArea(attrs={"rows": 2}),
            "greeting_ru": TextArea(attrs={"rows": 2}),
            "instructions": TextArea(attrs={"rows": 5}),
        }
        help_texts = {
            "name": gettext_lazy("For you: visitors do not see it."),
            "enabled": gettext_lazy("Off: the widget disappears from all sites, and open chats end."),
            "language": gettext_lazy("Of the panel. Answers come in the language of the question."),
            "accent": gettext_lazy("Text on it turns white or black, whichever can be read."),
            "privacy_url": gettext_lazy("A link below the message box."),
            "model": gettext_lazy("Empty: the default model answers."),
            "instructions": gettext_lazy(
                "What the assistant should know about your site and how it should answer. Visitors can talk it into "
                "repeating this: write no secrets."
            ),
            "knows_guide": gettext_lazy("Off: only your own documents count, not the guide to this product."),
            "keeps_pages": gettext_lazy(
                "Conversations show the address of the page on which somebody asked, without its query."
            ),
        }

    def clean_accent(self) -> str:
        return str(self.cleaned_data["accent"]).lower()
