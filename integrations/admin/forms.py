from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.forms import ModelForm, Password, Switch
from integrations.choices import ProviderKind
from integrations.http import validate_outgoing_url
from integrations.models import AIProvider
from integrations.providers.network import is_owners_word


class ProviderForm(ModelForm):
    """The key goes in and never comes out: the field is empty whenever the page is shown."""

    api_key = forms.CharField(
        label=gettext_lazy("New key"),
        required=False,
        max_length=500,
        widget=Password(attrs={"autocomplete": "new-password", "spellcheck": "false"}, render_value=False),
        help_text=gettext_lazy("Empty: the key stays as it is. It is stored encrypted and never shown again."),
    )
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the key"), required=False, widget=Switch)

    class Meta:
        model = AIProvider
        fields = ("name", "key", "kind", "base_url", "enabled", "max_concurrency")
        labels = {"key": gettext_lazy("Short name"), "base_url": gettext_lazy("Address")}
        help_texts = {
            "key": gettext_lazy("A short name for addresses and statistics. It cannot be changed later."),
            "base_url": gettext_lazy("Where the API begins, for example https://api.openai.com/v1"),
        }

    def clean_base_url(self) -> str:
        base_url = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if base_url:
            check_address(base_url)
        if base_url and base_url != self.instance.base_url and not is_owners_word(base_url):
            validate_outgoing_url(base_url)
        return base_url

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        kind = values.get("kind", self.instance.kind)
        if kind != ProviderKind.LOCAL and not values.get("base_url", self.instance.base_url):
            self.add_error("base_url" if "base_url" in self.fields else None, _("A server needs an address."))
        if values.get("api_key") and values.get("remove_key"):
            self.add_error("remove_key", _("Either enter a new key or remove the old one."))
        if self._key_would_move():
            # Whoever may edit the address must not have the stored key sent to a server of his.
            self.add_error(
                "api_key", _("The address leads to another server now: enter its key, or remove the old one.")
            )
        return cleaned

    def _key_would_move(self) -> bool:
        values = self.cleaned_data
        if not self.instance.sealed_api_key or values.get("api_key") or values.get("remove_key"):
            return False
        before = AIProvider.objects.get(pk=self.instance.pk).base_url
        return origin(before) != origin(values.get("base_url", before))


def check_address(url: str) -> None:
    """Raises ValidationError unless `url` is an http(s) address without a name or password in it."""
    parts = _split(url)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or " " in url:
        raise ValidationError(_("Enter an address that begins with http:// or https://."))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValidationError(_("The address must not hold a name, a password or a query; the key has its own field."))


def origin(url: str) -> tuple[str, str | None, int | None]:
    parts = _split(url)
    return ("", None, None) if parts is None else (parts.scheme, parts.hostname, parts.port)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return parts
