"""Does it arrive? Test messages, sent while one looks on."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.backoffice.confirm import BaseDialogForm, action, dialog, leave_dialog
from config.backoffice.forms import EmailInput, Select, Text
from integrations.mail.message import Mail
from integrations.mail.services import send_mail
from integrations.outbox.choices import DeliveryState, HoldReason, Priority
from integrations.outbox.errors import DeliveryError, InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order
from integrations.outbox.work import attempt_now
from integrations.telegram.bots import ENVIRONMENT, bot_choices
from integrations.telegram.check import whoami
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message


class TestMailForm(BaseDialogForm):
    __test__ = False

    to = forms.EmailField(label=gettext_lazy("Recipient"), widget=EmailInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].initial = getattr(self.request.user, "email", "")


class TestChatForm(BaseDialogForm):
    __test__ = False

    bot = forms.ChoiceField(label=gettext_lazy("Bot"), widget=Select)
    chat_id = forms.RegexField(
        r"^\s*(-?\d{1,20}|@[A-Za-z]\w{3,31})\s*$",
        label=gettext_lazy("Chat"),
        widget=Text,
        help_text=gettext_lazy("The number of the chat, or the @name of a channel. The bot must be allowed to write."),
        error_messages={"invalid": gettext_lazy("Enter a number or the @name of a channel.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = bot_choices() or [(ENVIRONMENT, _("No bot is set up yet"))]
        self.fields["bot"].choices = choices  # type: ignore[attr-defined]


class DeliveryTests:
    """Actions of the list of deliveries."""

    message_user: Any

    @action(
        description=gettext_lazy("Test the mail server"),
        icon="mail",
        permissions=["decide"],
        url_path="test-mail",
        dialog=dialog(
            gettext_lazy("Send a test mail"),
            gettext_lazy("It goes out at once, the way every mail goes."),
            button=gettext_lazy("Send"),
            form=TestMailForm,
        ),
    )
    def send_test_mail(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        mail = Mail(
            to=[form.cleaned_data["to"]],
            subject=_("Test mail"),
            text=_("This mail shows that outgoing mail works. Nobody needs to answer it."),
            automatic="generated",
        )
        try:
            return self._tell(request, send_mail(mail, order_of(request)))
        except InvalidMessage as error:
            self.message_user(request, str(error), messages.ERROR)
            return leave_dialog(reverse("admin:integrations_delivery_changelist"))

    @action(
        description=gettext_lazy("Test Telegram"),
        icon="chat",
        permissions=["decide"],
        url_path="test-telegram",
        dialog=dialog(
            gettext_lazy("Send a test message to Telegram"),
            gettext_lazy("The bot says who it is and writes one line to the chat."),
            button=gettext_lazy("Send"),
            form=TestChatForm,
        ),
    )
    def send_test_chat(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        try:
            name = whoami(form.cleaned_data["bot"])
        except DeliveryError as error:
            self.message_user(request, error.text, messages.ERROR)
            return leave_dialog(reverse("admin:integrations_delivery_changelist"))
        self.message_user(request, _("The bot is @%(name)s.") % {"name": name}, messages.INFO)
        text = _("This message shows that the bot may write here.")
        chat, bot = form.cleaned_data["chat_id"].strip(), form.cleaned_data["bot"]
        message = TelegramMessage(chat_id=chat, text=text, bot=bot)
        return self._tell(request, send_message(message, order_of(request))[0])

    def _tell(self, request: HttpRequest, delivery: Delivery) -> HttpResponse:
        """Sends it in this request unless a worker was faster, and says how it went."""
        attempt_now(delivery.pk)
        delivery.refresh_from_db()
        level, text = outcome_of(delivery)
        url = reverse("admin:integrations_delivery_change", args=[delivery.pk])
        self.message_user(request, format_html("{} {}", text, delivery.last_error), level)
        return leave_dialog(url)


def order_of(request: HttpRequest) -> Order:
    """Of a test message: never the same twice, and before everything else."""
    key = f"test:{request.user.pk}:{timezone.now().timestamp()}"
    return Order(key=key, source="test", actor=request.user, priority=Priority.URGENT)


def outcome_of(delivery: Delivery) -> tuple[int, str]:
    """The level and the words of the message that says how the sending went."""
    if delivery.state == DeliveryState.DELIVERED:
        return messages.SUCCESS, _("It was accepted.")
    if delivery.state == DeliveryState.SENDING:
        return messages.INFO, _("It is being sent.")
    if delivery.held_for:
        return messages.ERROR, str(HoldReason(delivery.held_for).label)
    return messages.ERROR, _("It was not delivered.")
