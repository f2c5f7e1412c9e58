from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.forms import ModelForm, Password, Switch, TextArea
from integrations.sealing import seal_into
from tickets.addresses import comparable
from tickets.models import Mailbox

MOST_ALIASES = 50


class MailboxForm(ModelForm):
    """The password goes in and never comes out: the field is empty whenever the page is shown."""

    alias_lines = forms.CharField(
        label=gettext_lazy("Further addresses"),
        required=False,
        widget=TextArea(attrs={"rows": 3}),
        help_text=gettext_lazy("One a line. Mail to them belongs to this mailbox."),
    )
    imap_password = forms.CharField(
        label=gettext_lazy("New password"),
        required=False,
        max_length=500,
        widget=Password(attrs={"autocomplete": "new-password", "spellcheck": "false"}, render_value=False),
        help_text=gettext_lazy("Empty: the password stays as it is. It is stored encrypted and never shown again."),
    )
    remove_password = forms.BooleanField(label=gettext_lazy("Remove the password"), required=False, widget=Switch)

    class Meta:
        model = Mailbox
        fields = (
            "name",
            "address",
            "sender_name",
            "language",
            "enabled",
            "is_default",
            "groups",
            "signature_en",
            "signature_ru",
            "autopilot",
            "autopilot_hours",
            "threshold",
            "shadow",
            "edit_limit",
            "hours",
            "sla",
            "ask_rating",
            "imap_host",
            "imap_port",
            "imap_tls",
            "imap_user",
            "imap_folder",
        )
        help_texts = {
            "groups": gettext_lazy("Who sees its tickets. Nobody chosen: all staff who may view tickets."),
            "threshold": gettext_lazy("From this confidence on, 0 to 1, an answer leaves without a person."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("alias_lines", "\n".join(self.instance.aliases))

    def clean_address(self) -> str:
        address = comparable(self.cleaned_data["address"])
        if others(self.instance).filter(address__iexact=address).exists():
            raise forms.ValidationError(_("Another mailbox has this address."))
        return address

    def clean_alias_lines(self) -> list[str]:
        found: list[str] = []
        for line in self.cleaned_data["alias_lines"].replace(",", "\n").splitlines():
            address = comparable(line)
            if address and address not in found:
                validate_email(address)
                found.append(address)
        if len(found) > MOST_ALIASES:
            raise forms.ValidationError(_("Too many addresses: %(n)s at most.") % {"n": MOST_ALIASES})
        taken = {comparable(name) for other in others(self.instance) for name in (other.address, *other.aliases)}
        if both := sorted(taken & set(found)):
            raise forms.ValidationError(_("Another mailbox has %(address)s.") % {"address": both[0]})
        return found

    def clean_is_default(self) -> bool:
        wanted = bool(self.cleaned_data["is_default"])
        if wanted and others(self.instance).filter(is_default=True).exists():
            raise forms.ValidationError(_("Another mailbox takes all other mail already."))
        return wanted

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        values = self.cleaned_data
        if values.get("imap_password") and values.get("remove_password"):
            self.add_error("remove_password", _("Either enter a new password or remove the old one."))
        if self._password_would_move():
            # Whoever may edit the server must not have the stored password sent to one of his.
            self.add_error(
                "imap_password",
                _("Mail is fetched from another server now: enter its password, or remove the old one."),
            )
        self.instance.aliases = values.get("alias_lines", self.instance.aliases)
        return cleaned

    def _password_would_move(self) -> bool:
        values = self.cleaned_data
        if not self.instance.sealed_imap_password or values.get("imap_password") or values.get("remove_password"):
            return False
        before = Mailbox.objects.get(pk=self.instance.pk)
        now = (values.get("imap_host"), values.get("imap_port"), values.get("imap_tls"))
        return now != (before.imap_host, before.imap_port, before.imap_tls)

    def put_password(self, mailbox: Mailbox) -> None:
        """Seals what was entered; the mailbox must have its key."""
        secret = self.cleaned_data.get("imap_password", "")
        if secret or self.cleaned_data.get("remove_password"):
            seal_into(mailbox, "sealed_imap_password", secret)
            mailbox.save(update_fields=["sealed_imap_password"])


def others(mailbox: Mailbox) -> Any:
    return Mailbox.objects.exclude(pk=mailbox.pk)
