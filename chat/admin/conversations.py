from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat import services
from chat.admin.columns import holder, holder_name, place_name, state_badge, title_of
from chat.admin.filters import AnsweredByFilter, HolderFilter, LastStateFilter, WidgetFilter
from chat.admin.transcript import messages_after, newest_page
from chat.models import Conversation, Message
from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import BaseDialogForm, action, dialog, find, leave_dialog
from config.backoffice.deletion import SummedDeletion
from config.backoffice.display import ago, count, display, duration, money
from config.backoffice.filters import ChoicesDropdownFilter, DayRangeFilter


class DeleteForm(BaseDialogForm):
    """Says what goes with the conversation."""

    form_before_template = "admin/chat/delete_dialog.html"

    def get_before_template_context(self, request: HttpRequest, object_id: str | None = None) -> dict[str, Any]:
        conversation = find(Conversation.objects.all(), object_id)
        return {
            "title": title_of(conversation),
            "lines": ConversationAdmin.losses(Conversation.objects.filter(pk=conversation.pk)),
        }


def position_in(request: HttpRequest, name: str) -> int | None:
    value = request.GET.get(name, "")
    return int(value) if value.isdecimal() and value.isascii() and len(value) < 10 else None


def transcript_strings() -> dict[str, str]:
    """What the transcript's script says, in the reader's language."""
    return {
        "copied": gettext("Copied"),
        "copy": gettext("Copy"),
        "copy_code": gettext("Copy the code"),
        "reconnecting": gettext("The connection is lost; trying again."),
        "reload": gettext("Reload the page to see how it ended."),
        "table": gettext("Table"),
        "writing": gettext("The answer is being written."),
    }


@admin.register(Conversation)
class ConversationAdmin(SummedDeletion, ReadOnlyAdmin):
    """Who talks with which model, and the transcript; the text is never changed here."""

    list_display = (
        "titled",
        "who",
        "active",
        "state",
        "turns",
        "model_used",
        "tokens_used",
        "spent",
        "first_token",
        "place",
    )
    list_display_links = ("titled",)
    list_select_related = ("owner", "visitor", "widget")
    list_filter = (
        ("channel", ChoicesDropdownFilter),
        WidgetFilter,
        LastStateFilter,
        AnsweredByFilter,
        HolderFilter,
        ("last_activity", DayRangeFilter),
    )
    search_fields = ("title",)
    search_help_text = _("Title, text of a message, user name or e-mail address")
    ordering = ("-last_activity",)
    fields = ("title",)
    change_form_template = "admin/chat/conversation.html"
    actions_detail = ("delete_conversation",)
    empty_list_text = _(
        "Here you read what people ask and what they are answered. Ask something on the chat page to see it appear."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).with_totals()  # type: ignore[attr-defined, no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Every word must occur, in the title, in the text of a message, or in the user's names."""
        for word in search_term.replace("\0", "").split():
            said = Message.objects.filter(conversation=OuterRef("pk"), content__icontains=word)
            person = Q(owner__username__icontains=word) | Q(owner__email__icontains=word)
            person |= Q(owner__first_name__icontains=word) | Q(owner__last_name__icontains=word)
            queryset = queryset.filter(Q(title__icontains=word) | person | Exists(said))
        return queryset, False

    def row_title(self, row: Any) -> str:
        return title_of(row)

    @display(description=_("conversation"), ordering="title")
    def titled(self, row: Any) -> str:
        return title_of(row)

    @display(description=_("who"))
    def who(self, row: Any) -> SafeString:
        return holder(row)

    @display(description=_("questions"), ordering="turn_count")
    def turns(self, row: Any) -> str:
        return count(row.turn_count)

    @display(description=_("last model"), ordering="last_model")
    def model_used(self, row: Any) -> str:
        return row.last_model or "–"

    @display(description=_("tokens"), ordering="tokens")
    def tokens_used(self, row: Any) -> str:
        return count(row.tokens)

    @display(description=_("cost"), ordering="cost")
    def spent(self, row: Any) -> str:
        return money(row.cost)

    @display(description=_("first token"), ordering="first_token_ms")
    def first_token(self, row: Any) -> str:
        return duration(row.first_token_ms)

    @display(description=_("state"), ordering="last_state")
    def state(self, row: Any) -> str | SafeString:
        return state_badge(row.last_state)

    @display(description=_("last activity"), ordering="last_activity")
    def active(self, row: Any) -> str | SafeString:
        return ago(row.last_activity)

    @display(description=_("channel"), ordering="channel")
    def place(self, row: Any) -> str:
        return place_name(row)

    # The transcript

    def get_urls(self) -> list[Any]:
        own = path(
            "<uuid:conversation_id>/messages/",
            self.admin_site.admin_view(self.messages_view),
            name="chat_conversation_messages",
        )
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if self.get_object(request, object_id) is None:
            return super().change_view(request, object_id, form_url, extra_context)
        conversation = self._conversation(request, object_id)
        before = position_in(request, "before")
        extra = {
            "conversation": conversation,
            "page": newest_page(conversation, before=before),
            "is_past": before is not None,
            "strings": transcript_strings(),
            "title": title_of(conversation),
            "subtitle": None,
            "who": holder_name(conversation),
            "place": place_name(conversation),
        }
        return super().change_view(request, object_id, form_url, {**extra, **(extra_context or {})})

    def messages_view(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        """The messages after position `after` as a piece of the page; 204 when there are none."""
        conversation = self._conversation(request, str(conversation_id))
        page = messages_after(conversation, position_in(request, "after") or 0)
        if not page.entries:
            return HttpResponse(status=204)
        return TemplateResponse(
            request, "admin/chat/messages.html", {"page": page}, headers={"Cache-Control": "no-store"}
        )

    def _conversation(self, request: HttpRequest, object_id: str) -> Any:
        conversation = self.get_object(request, object_id)
        if conversation is None:
            raise Http404
        if not self.has_view_permission(request, conversation):
            raise PermissionDenied
        return conversation

    # Deleting

    @staticmethod
    def losses(conversations: QuerySet[Any]) -> list[str]:
        """What goes with the conversations, in words."""
        messages_lost = Message.objects.filter(conversation__in=conversations).count()
        return [
            ngettext("%(n)s message", "%(n)s messages", messages_lost) % {"n": count(messages_lost)},
        ]

    def delete_one(self, request: HttpRequest, row: Any) -> None:
        services.delete_conversation(row, actor=request.user)

    @action(
        description=_("Delete"),
        icon="delete",
        permissions=["delete"],
        url_path="erase",
        dialog=dialog(
            _("Delete this conversation?"),
            _("It disappears for the person who had it, too. What it cost stays in the ledger. This cannot be undone."),
            button=_("Delete"),
            form=DeleteForm,
        ),
    )
    def delete_conversation(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        conversation = self._conversation(request, object_id)
        self.log_deletions(request, Conversation.objects.filter(pk=conversation.pk))
        title = title_of(conversation)
        services.delete_conversation(conversation, actor=request.user)
        self.message_user(request, _("Deleted: %(title)s") % {"title": title}, messages.SUCCESS)
        return leave_dialog(reverse("admin:chat_conversation_changelist"))
