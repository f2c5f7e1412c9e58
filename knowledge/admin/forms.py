"""Forms of documents."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.forms import CheckboxList, ModelForm, Select, Switch, Text
from knowledge.models import Document
from knowledge.models.documents import LANGUAGES
from knowledge.scopes import choices
from knowledge.services.saving import BEING_READ

LONGEST_TAG = 50
TAGS_HELP = gettext_lazy("Separated by commas.")
AUDIENCE_HELP = gettext_lazy("Nothing checked: everybody.")


class Tags(forms.CharField):
    """Names, separated by commas."""

    def __init__(self, **options: Any) -> None:
        settings = {"label": gettext_lazy("Tags"), "help_text": TAGS_HELP, "required": False, "widget": Text}
        super().__init__(**{**settings, **options})

    def clean(self, value: Any) -> list[str]:
        names = [name.strip() for name in str(super().clean(value)).split(",") if name.strip()]
        if any(len(name) > LONGEST_TAG for name in names):
            raise forms.ValidationError(_("A tag has %(n)s characters at most.") % {"n": LONGEST_TAG})
        return list(dict.fromkeys(names))


class Scopes(forms.MultipleChoiceField):
    """Who sees a document. What no longer exists stays in the list while a document names it."""

    def __init__(self, **options: Any) -> None:
        settings = {
            "label": gettext_lazy("Audience"),
            "help_text": AUDIENCE_HELP,
            "required": False,
            "widget": CheckboxList,
        }
        super().__init__(**{**settings, **options})

    def offer(self, present: list[str]) -> None:
        offered = choices()
        known = {scope for scope, _title in offered}
        self.choices = [*offered, *((scope, scope) for scope in present if scope not in known)]


class DocumentForm(ModelForm):
    tag_names = Tags()
    audience = Scopes()

    class Meta:
        model = Document
        fields = ("title", "slug", "language", "body", "position", "published")
        help_texts = {
            "slug": gettext_lazy("The last part of the address. It cannot be changed later."),
            "published": gettext_lazy("Published documents are searched for answers and shown in the guide."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "audience" not in self.fields:
            return
        saved = self.instance.pk is not None and not self.instance._state.adding
        scopes = [row.scope for row in self.instance.audiences.all()] if saved else []
        self.fields["audience"].offer(scopes)  # type: ignore[attr-defined]
        if saved:
            self.initial["audience"] = scopes
            self.initial["tag_names"] = ", ".join(tag.name for tag in self.instance.tags.all())

    def clean_body(self) -> str:
        """Browsers send other line ends; a text that only differs in them has not been changed."""
        text = str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n")
        former = str(self.instance.body)
        if text.strip() == former.replace("\r\n", "\n").strip():
            return former
        return f"{text}\n" if former.endswith("\n") else text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.instance.state in BEING_READ and self.says_something_else():
            raise forms.ValidationError(_("Its file is being read. Change it when that is done."))
        return values

    def says_something_else(self) -> bool:
        """Whether more than tags and audience changed."""
        names = self.fields.keys() - {"tag_names", "audience"}
        return any(self.cleaned_data.get(name) != self.initial.get(name) for name in names)


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; each is judged by itself later, so that a bad one holds up no other."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            raise forms.ValidationError(_("Choose at least one file."), code="required")
        return list(files)


class OptionsForm(forms.Form):
    """What all files of one upload get."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("As the text says")), *LANGUAGES],
        required=False,
        widget=Select,
    )
    tag_names = Tags()
    audience = Scopes()
    publish = forms.BooleanField(
        label=gettext_lazy("Publish as soon as they are read"),
        help_text=gettext_lazy("Otherwise they are kept as drafts that nobody finds."),
        required=False,
        initial=True,
        widget=Switch,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].offer([])  # type: ignore[attr-defined]


class UploadForm(OptionsForm):
    file = FilesField(label=gettext_lazy("Files"))
    field_order = ("file", "language", "tag_names", "audience", "publish")


class ReplaceForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), error_messages={"required": gettext_lazy("Choose a file.")})
