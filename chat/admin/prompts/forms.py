from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.prompts.comparing.routes import model_choices
from chat.prompts.models import NOTE_LENGTH, Prompt, PromptQuestion
from chat.prompts.services.questions import known_tags
from config.backoffice.forms import ModelForm, Select, Switch, Text, TextArea

# More versions than any database can number are nonsense.
MOST = 2**31 - 1


class PromptForm(forms.Form):
    """A new text. `based_on` is the newest version that its author has seen, `expected` the one that was in use."""

    text = forms.CharField(
        label=gettext_lazy("What the model is told"),
        strip=False,
        widget=TextArea(attrs={"rows": 20, "spellcheck": "true", "dir": "auto", "class": "bo-prompt-text"}),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=Text,
        help_text=gettext_lazy("For your colleagues, beside the version in the history."),
    )
    use = forms.BooleanField(
        label=gettext_lazy("Use it for answers at once"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy("Off: it is kept, to be compared first."),
    )
    based_on = forms.IntegerField(min_value=0, max_value=MOST, widget=forms.HiddenInput)
    expected = forms.IntegerField(min_value=0, max_value=MOST, widget=forms.HiddenInput)

    def seen(self, *, newest: int, live: int) -> None:
        """Says that the author knows of these now: what is pressed next comes after them."""
        said = {name: self.data.get(name) for name in ("text", "note", "use")}
        self.data = said | {"based_on": str(newest), "expected": str(live)}


class ComparisonForm(forms.Form):
    a = forms.TypedChoiceField(label=gettext_lazy("Version A"), coerce=int, widget=Select)
    b = forms.TypedChoiceField(label=gettext_lazy("Version B"), coerce=int, widget=Select)
    model = forms.ChoiceField(
        label=gettext_lazy("Model"),
        required=False,
        widget=Select,
        help_text=gettext_lazy("The default chain asks the next model where one fails, so sides can differ in model."),
    )
    tag = forms.ChoiceField(label=gettext_lazy("Questions"), required=False, widget=Select)
    blind = forms.BooleanField(
        label=gettext_lazy("Hide which is which"),
        required=False,
        widget=Switch,
        help_text=gettext_lazy("Answers stand in random order until you show whose they are."),
    )

    def __init__(self, *args: Any, prompt: Prompt, **options: Any) -> None:
        super().__init__(*args, **options)
        versions = version_choices(prompt)
        self.fields["a"].choices = self.fields["b"].choices = versions  # type: ignore[attr-defined]
        self.fields["model"].choices = [("", _("The default chain")), *model_choices()]  # type: ignore[attr-defined]
        self.fields["tag"].choices = [("", _("All"))] + [(tag, tag) for tag in known_tags()]  # type: ignore[attr-defined]


def version_choices(prompt: Prompt) -> list[tuple[int, str]]:
    """All versions, the newest first, the shipped text last; one query."""
    rows = prompt.versions.order_by("-number").values_list("number", "note")
    return [*((number, version_title(number, note)) for number, note in rows), (0, version_title(0))]


def version_title(number: int, note: str = "") -> str:
    title = _("Version %(number)s") % {"number": number} if number else _("As shipped")
    return f"{title} · {note}" if note else title


class PromptQuestionForm(ModelForm):
    class Meta:
        model = PromptQuestion
        fields = ("text", "language", "tags", "active", "note")
        widgets = {"text": TextArea(attrs={"rows": 4, "dir": "auto"})}
        help_texts = {
            "tags": gettext_lazy("Separated by commas. A comparison can ask the questions of one tag."),
            "active": gettext_lazy("Off: it is kept and not asked."),
            "note": gettext_lazy("What a good answer has to say, for whoever judges."),
        }
