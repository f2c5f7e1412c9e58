from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from config.backoffice.forms import CheckboxList, ModelForm, Text
from knowledge import scopes
from knowledge.models import WebSource
from knowledge.web.services import problems

FIELDS = ("name", "url", "kind", "language", "every_hours", "most_pages", "enabled")


class WebSourceForm(ModelForm):
    """A website; `values()` is what the services take."""

    tag_names = forms.CharField(
        label=gettext_lazy("Tags"), required=False, widget=Text, help_text=gettext_lazy("Parted by commas.")
    )
    audience = forms.MultipleChoiceField(
        label=gettext_lazy("Who finds the documents"),
        required=False,
        widget=CheckboxList,
        help_text=gettext_lazy("Nothing chosen: everybody."),
    )

    class Meta:
        model = WebSource
        fields = FIELDS
        help_texts = {
            "url": gettext_lazy(
                "Of the page, of the sitemap, or of the site, whose robots.txt then names the sitemaps. Servers in "
                "your own network must be listed in INTERNAL_HOSTS."
            ),
            "most_pages": gettext_lazy("Of a sitemap, no more pages than these are fetched."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = self._audiences()  # type: ignore[attr-defined]
        self.fields["audience"].initial = self.instance.scopes
        if not self.instance._state.adding:
            self.fields["tag_names"].initial = ", ".join(tag.name for tag in self.instance.tags.all())

    def _audiences(self) -> list[tuple[str, str]]:
        """Also what was chosen and exists no longer, so that saving does not open the documents to everybody."""
        known = scopes.choices()
        lost = set(self.instance.scopes) - {key for key, _title in known}
        return known + [(scope, scope) for scope in sorted(lost)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = ("url", "every_hours", "most_pages")
        if all(cleaned.get(name) is not None for name in names):
            for name, error in problems(**{name: cleaned[name] for name in names}).items():
                self.add_error(name, error)
        return cleaned

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            **{name: data[name] for name in FIELDS},
            "tags": data["tag_names"].split(","),
            "scopes": data["audience"],
        }
