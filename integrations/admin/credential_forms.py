"""Forms of credentials: one for each kind, made from the catalogue. Secrets go in and never come out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from config.backoffice.forms import ModelForm, Password, SecretArea, Text, TextArea
from integrations.credentials.catalog import Kind, PayloadField
from integrations.credentials.errors import CredentialError
from integrations.credentials.models import Credential
from integrations.credentials.payload import LONGEST_VALUE, checked_hosts, checked_payload, checked_scopes
from integrations.services.credentials.changes import merge_payload

PREFIX = "payload_"


class Lines(forms.CharField):
    """One item a line."""

    widget = TextArea(attrs={"rows": 4})

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != [line.strip() for line in (data or "").splitlines() if line.strip()]


class CredentialForm(ModelForm):
    """What all kinds have in common; `form_for` adds the fields of one."""

    kind: Kind
    allowed_hosts = Lines(
        label=gettext_lazy("Allowed hosts"),
        required=False,
        help_text=gettext_lazy("One exact host name a line; the credential is sent nowhere else."),
    )
    scopes = Lines(
        label=gettext_lazy("Scopes"),
        required=False,
        help_text=gettext_lazy("One a line. What its tokens may do, where the provider knows scopes."),
    )

    class Meta:
        model = Credential
        fields = ("name", "is_default", "allowed_hosts", "scopes")
        help_texts = {
            "is_default": gettext_lazy("Used where nobody names another one. The former default is none any more."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.kind.fields if self.instance._state.adding else ():
            self.fields[f"{PREFIX}{field.name}"].required = field.required

    def clean_allowed_hosts(self) -> list[str]:
        return _own_messages(checked_hosts, self.cleaned_data["allowed_hosts"])

    def clean_scopes(self) -> list[str]:
        return _own_messages(checked_scopes, self.cleaned_data["scopes"])

    @sensitive_variables()
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        entered = {
            name.removeprefix(PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and value
        }
        self.payload: dict[str, str] | None = None
        # A new one is checked even when nothing was entered, so that each missing field is named.
        if entered or self.instance._state.adding:
            self._check(entered)
        return cleaned

    @sensitive_variables()
    def _check(self, entered: dict[str, str]) -> None:
        try:
            whole = entered if self.instance._state.adding else merge_payload(self.instance, entered)
            self.payload = checked_payload(self.kind, whole)
        except CredentialError:
            # What is there is lost: what was entered must be complete.
            self._check_alone(entered)
        except ValidationError as error:
            self._tell(error)

    @sensitive_variables()
    def _check_alone(self, entered: dict[str, str]) -> None:
        try:
            self.payload = checked_payload(self.kind, entered)
        except ValidationError as error:
            self._tell(error)

    def _tell(self, error: ValidationError) -> None:
        for name, messages in error.message_dict.items():
            field = f"{PREFIX}{name}"
            if field not in self.errors:
                self.add_error(field if field in self.fields else None, messages)


def _own_messages(check: Any, values: list[str]) -> list[str]:
    try:
        checked: list[str] = check(values)
    except ValidationError as error:
        raise ValidationError(error.messages) from error
    return checked


def form_for(kind: Kind) -> type[CredentialForm]:
    fields = {f"{PREFIX}{field.name}": _form_field(field) for field in kind.fields}
    return type("KindForm", (CredentialForm,), {"kind": kind, **fields})


def payload_fields(kind: Kind) -> tuple[str, ...]:
    return tuple(f"{PREFIX}{field.name}" for field in kind.fields)


def _form_field(field: PayloadField) -> forms.CharField:
    quiet = {"autocomplete": "off", "spellcheck": "false"}
    widget: forms.Widget = Text(attrs={**quiet, "placeholder": field.example if field.example != "..." else ""})
    if field.kind == "pem":
        widget = SecretArea(attrs=quiet)
    elif field.secret:
        widget = Password(attrs={**quiet, "autocomplete": "new-password"}, render_value=False)
    # What is stored need not be entered again; a new one asks for all that it needs.
    return forms.CharField(label=field.label, required=False, max_length=LONGEST_VALUE, widget=widget)
