from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chat.memory import errors
from chat.memory.holders import holder_of_row
from chat.memory.models import Memory
from chat.memory.private import holds_secret
from chat.memory.texts import refusal_text
from chat.memory.words import clean, digest_of, stored_terms
from config.backoffice.forms import ModelForm, TextArea


class MemoryForm(ModelForm):
    """A memory's wording, and what it weighs."""

    class Meta:
        model = Memory
        fields = ("text", "category", "memory_type", "importance", "pinned")
        widgets = {"text": TextArea(attrs={"rows": 3, "dir": "auto"})}

    def clean_text(self) -> str:
        text = clean(str(self.cleaned_data["text"]))
        if not stored_terms(text):
            raise ValidationError(refusal_text(errors.EMPTY))
        if holds_secret(text):
            raise ValidationError(refusal_text(errors.SECRET))
        same = Memory.objects.of(holder_of_row(self.instance)).filter(digest=digest_of(text))
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another memory says the same."))
        return text

    @property
    def corrections(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class TrialForm(forms.Form):
    """Whose memory is asked what: `who` is a user name, an e-mail address, or a visitor's id."""

    who = forms.CharField(max_length=254, strip=True)
    q = forms.CharField(max_length=500, strip=True)
