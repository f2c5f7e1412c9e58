"""Who operators are in Telegram, and which chats are told of tickets."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin
from config.backoffice.confirm import action, ask, find, is_confirmed
from config.backoffice.display import ago, badge, display
from config.backoffice.forms import ModelForm, Select, Text
from integrations.outbox.choices import DeliveryState, HoldReason, Priority
from integrations.outbox.errors import InvalidMessage
from integrations.outbox.models import Delivery
from integrations.outbox.services import Order
from integrations.outbox.work import attempt_now
from integrations.telegram.bots import bot_choices
from integrations.telegram.message import TelegramMessage
from integrations.telegram.services import send_message
from tickets.models import Operator, OperatorChat, TelegramBotState
from tickets.telegram import operators
from tickets.telegram.chats import bot_of


class ChatForm(ModelForm):
    bot = forms.ChoiceField(
        label=gettext_lazy("Bot"),
        required=False,
        widget=Select,
        help_text=gettext_lazy("Empty for the bot of TELEGRAM_BOT_TOKEN."),
    )
    chat_id = forms.RegexField(
        r"^\s*(-?\d{1,20}|@[A-Za-z]\w{3,31})\s*$",
        label=gettext_lazy("Chat"),
        widget=Text,
        help_text=gettext_lazy(
            "The number of the chat. Add the bot to the chat and write /id there: it answers to linked operators."
        ),
        error_messages={"invalid": gettext_lazy("Enter a number or the @name of a channel.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, widget=Select)

    class Meta:
        model = OperatorChat
        fields = ("name", "bot", "chat_id", "thread_id", "mailbox", "language", "enabled")
        help_texts = {
            "thread_id": gettext_lazy(
                "The number of the topic, where the chat has topics; /id written there tells it."
            ),
            "mailbox": gettext_lazy("Empty for the tickets of all mailboxes that have no chat of their own."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bot"].choices = [("", "–"), *bot_choices()]  # type: ignore[attr-defined]

    def clean_chat_id(self) -> str:
        return str(self.cleaned_data["chat_id"]).strip()


@admin.register(OperatorChat)
class OperatorChatAdmin(ModelAdmin):
    form = ChatForm
    list_display = ("name", "chat_id", "thread_id", "mailbox", "language", "enabled")
    list_select_related = ("mailbox",)
    search_fields = ("name", "chat_id")
    ordering = ("name",)
    readonly_fields = ("reading",)
    actions_detail = ("send_test",)
    empty_list_text = gettext_lazy(
        "Tickets that need a person are shown in these Telegram chats, with buttons. Add the bot to a chat, then the "
        "chat here."
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = (None, {"fields": ("name", "bot", "chat_id", "thread_id", "mailbox", "language", "enabled")})
        return (fields, (gettext_lazy("Health"), {"fields": ("reading",)})) if obj else (fields,)

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.change_operatorchat")

    @display(description=gettext_lazy("answers of operators"))
    def reading(self, row: OperatorChat) -> str | SafeString:
        """How the product hears what is pressed and written there."""
        state = TelegramBotState.objects.filter(bot=bot_of(row)).first()
        if state is None:
            return badge(_("Not fetched yet"))
        if state.error:
            return format_html("{} {} {}", badge(_("Fails"), "danger"), state.error, ago(state.checked_at))
        if state.webhook_secret_digest:
            return badge(_("Brought by Telegram"), "success")
        return format_html("{} {}", badge(_("Fetched"), "success"), ago(state.checked_at))

    @action(description=gettext_lazy("Send a test message"), icon="send", permissions=["operate"], url_path="send-test")
    def send_test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = find(OperatorChat.objects.all(), object_id)
        try:
            delivery = _sent_test(row, request.user)
        except InvalidMessage as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, _outcome(delivery), _level(delivery))
        return redirect(reverse("admin:tickets_operatorchat_change", args=[row.pk]))


def _sent_test(row: OperatorChat, actor: Any) -> Delivery:
    """Goes out at once, the way every message goes."""
    with translation.override(row.language):
        text = _("This message shows that tickets can be shown here. Nobody needs to answer it.")
    options = {"message_thread_id": row.thread_id} if row.thread_id is not None else {}
    key = f"test:{actor.pk}:{timezone.now().timestamp()}"
    order = Order(key=key, source="test", actor=actor, priority=Priority.URGENT)
    message = TelegramMessage(chat_id=row.chat_id, text=text, bot=bot_of(row), options=options)
    (delivery,) = send_message(message, order)
    attempt_now(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def _outcome(delivery: Delivery) -> str:
    if delivery.state == DeliveryState.DELIVERED:
        return _("It was accepted.")
    if delivery.held_for:
        return str(HoldReason(delivery.held_for).label)
    return delivery.last_error or str(delivery.get_state_display())


def _level(delivery: Delivery) -> int:
    if delivery.state == DeliveryState.DELIVERED:
        return messages.SUCCESS
    return messages.INFO if delivery.is_open and not delivery.held_for else messages.ERROR


class OperatorForm(ModelForm):
    class Meta:
        model = Operator
        fields = ("user",)

    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        if not operators.may_be_linked(user):
            raise forms.ValidationError(_("Only staff who may see tickets can be linked."))
        return user


@admin.register(Operator)
class OperatorAdmin(ModelAdmin):
    """A code is shown once, when it is made; with it the person links himself."""

    form = OperatorForm
    list_display = ("person", "telegram_name", "telegram_id", "since")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "telegram_name")
    autocomplete_fields = ("user",)
    ordering = ("user__username",)
    actions_detail = ("new_code", "unlink")
    empty_list_text = gettext_lazy(
        "Whoever presses buttons and answers in Telegram is somebody of your staff. Add a person to get a code for him."
    )

    def row_title(self, row: Operator) -> str:
        return row.user.display_name

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("person", "telegram_name", "telegram_id", "since") if obj else ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("person", "telegram_name", "telegram_id", "since") if obj else ()

    def has_operate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("tickets.change_operator")

    @display(description=gettext_lazy("person"), ordering="user__username")
    def person(self, row: Operator) -> str:
        return row.user.display_name

    @display(description=gettext_lazy("linked"), ordering="linked_at")
    def since(self, row: Operator) -> str | SafeString:
        return ago(row.linked_at) if row.telegram_id else badge(_("Not linked yet"), "warning")

    # Changes

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One button: the next page shows the code, whatever else was asked for."""
        one_button = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**one_button, **(extra_context or {})})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._show_code(request, obj)

    def _show_code(self, request: HttpRequest, row: Operator) -> HttpResponse:
        """The one page that ever shows the code: it is rendered straight away and kept nowhere."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Your code for Telegram"),
            "code": operators.new_code(row.user),
            "row": row,
            "next_url": reverse("admin:tickets_operator_change", args=[row.pk]),
        }
        request.current_app = self.admin_site.name
        headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
        return TemplateResponse(request, "admin/tickets/operator_code.html", context, headers=headers)

    @action(description=gettext_lazy("New code"), icon="key", permissions=["operate"], url_path="new-code")
    def new_code(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = find(Operator.objects.select_related("user"), object_id)
        if not operators.may_be_linked(row.user):
            self.message_user(request, _("Only staff who may see tickets can be linked."), messages.ERROR)
            return redirect(reverse("admin:tickets_operator_change", args=[row.pk]))
        if not is_confirmed(request):
            question = _("Make a new code for %(name)s?") % {"name": row.user.display_name}
            lines = [_("It is shown once and good for 15 minutes."), _("A former code is not good any more.")]
            none = Operator.objects.none()
            return ask(self, request, none, name="", question=question, button=_("Make it"), lines=lines)
        return self._show_code(request, row)

    @action(description=gettext_lazy("Unlink"), icon="link_off", permissions=["operate"], url_path="unlink")
    def unlink(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = find(Operator.objects.select_related("user"), object_id)
        if not is_confirmed(request):
            question = _("Unlink %(name)s from Telegram?") % {"name": row.user.display_name}
            lines = [_("What this account presses and writes there does nothing from now on.")]
            none = Operator.objects.none()
            return ask(self, request, none, name="", question=question, button=_("Unlink"), lines=lines)
        operators.unlink(row)
        self.message_user(request, _("It is unlinked."), messages.SUCCESS)
        return redirect(reverse("admin:tickets_operator_change", args=[row.pk]))
