"""Tickets on the wire."""

from typing import Any

from rest_framework import serializers

from config.api import UtcDateTimeField
from tickets.api.base import MOST_ROWS, Paged
from tickets.choices import (
    AnswerKind,
    DraftState,
    EventBy,
    EventKind,
    MessageKind,
    MoveKind,
    TicketChannel,
    TicketPriority,
    TicketState,
    TriageState,
)
from tickets.filters import QUEUES
from tickets.models import Attachment, Draft, Tag, Ticket, TicketEvent, TicketMessage, TicketMove, Triage
from tickets.services.changes import CHOOSABLE, LONGEST_NOTE

CHOOSABLE_STATES = [(state.value, state.label) for state in CHOOSABLE]


class PersonField(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="display_name")


class NamedField(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CustomerField(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField()


class TicketResponse(serializers.ModelSerializer[Ticket]):
    number = serializers.IntegerField(source="pk")
    id = serializers.UUIDField(source="uuid")
    mailbox = NamedField()
    customer = CustomerField()
    channel = serializers.ChoiceField(TicketChannel.choices)
    state = serializers.ChoiceField(TicketState.choices)
    priority = serializers.ChoiceField(TicketPriority.choices, help_text="10 urgent, 30 high, 50 normal, 70 low.")
    assignee = PersonField(allow_null=True)
    topic = serializers.CharField(source="topic.key", allow_null=True, default=None)
    tags = serializers.SerializerMethodField()
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()
    last_message_at = UtcDateTimeField()
    waiting_since = UtcDateTimeField(allow_null=True)
    first_answered_at = UtcDateTimeField(allow_null=True)
    due_at = UtcDateTimeField(allow_null=True)
    escalated_at = UtcDateTimeField(allow_null=True)
    closed_at = UtcDateTimeField(allow_null=True)
    verified_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = Ticket
        fields = (
            "number", "id", "subject", "summary", "mailbox", "customer", "channel", "state", "priority", "assignee",
            "topic", "tags", "language", "has_draft", "message_count", "rating", "merged_into", "created_at",
            "updated_at", "last_message_at", "waiting_since", "first_answered_at", "due_at", "escalated_at",
            "closed_at", "verified_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_tags(self, ticket: Ticket) -> list[str]:
        return sorted(tag.name for tag in ticket.tags.all())


class TicketListResponse(serializers.Serializer[Any]):
    tickets = TicketResponse(many=True)
    next = serializers.CharField(allow_null=True, help_text="The `cursor` of the next page; null on the last one.")


class TicketFilters(serializers.Serializer[Any]):
    queue = serializers.ChoiceField(QUEUES, required=False, help_text="As the views of the back office.")
    state = serializers.ChoiceField(TicketState.choices, required=False)
    mailbox = serializers.IntegerField(min_value=1, max_value=2**31, required=False)
    assignee = serializers.IntegerField(min_value=0, max_value=2**31, required=False, help_text="0: nobody.")
    priority = serializers.ChoiceField(TicketPriority.choices, required=False)
    tag = serializers.CharField(max_length=50, required=False)
    topic = serializers.CharField(max_length=50, required=False)
    customer = serializers.UUIDField(required=False)
    updated_after = UtcDateTimeField(required=False)


class TicketQuery(TicketFilters, Paged):
    q = serializers.CharField(max_length=500, required=False, help_text="Full-text search; see /tickets/search.")


class SearchQuery(TicketFilters):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)
    q = serializers.CharField(max_length=500, help_text='Words in any form, a "phrase", an address, a number.')


class TicketChanges(serializers.Serializer[Any]):
    """Only what is present is changed."""

    state = serializers.ChoiceField(CHOOSABLE_STATES, required=False)
    priority = serializers.ChoiceField(TicketPriority.choices, required=False)
    assignee = serializers.IntegerField(
        min_value=1, max_value=2**31, required=False, allow_null=True, help_text="A person's number; null: nobody."
    )
    only_if_free = serializers.BooleanField(
        default=False, help_text="Refuses (409) to take the ticket away from somebody else."
    )
    topic = serializers.CharField(max_length=50, required=False, allow_null=True, help_text="A topic's key.")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=50),
        max_length=50,
        required=False,
        help_text="All tags that it is to have.",
    )
    subject = serializers.CharField(max_length=998, required=False)


class AttachmentResponse(serializers.ModelSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ("id", "name", "content_type", "size", "inline")
        read_only_fields = fields


class MessageResponse(serializers.ModelSerializer[TicketMessage]):
    id = serializers.UUIDField(source="uuid")
    kind = serializers.ChoiceField(MessageKind.choices)
    author = PersonField(allow_null=True)
    answer_kind = serializers.CharField(help_text="`answer` or `question`; empty for other messages.")
    send_state = serializers.CharField(help_text="queued, sent, failed, bounced; empty where nothing is sent.")
    to = serializers.ListField(child=serializers.CharField())
    cc = serializers.ListField(child=serializers.CharField())
    attachments = AttachmentResponse(many=True)
    sent_at = UtcDateTimeField()
    created_at = UtcDateTimeField()

    class Meta:
        model = TicketMessage
        fields = (
            "id", "kind", "author", "by_ai", "answer_kind", "sender_name", "sender_address", "to", "cc", "subject",
            "message_id", "text", "new_text", "language", "send_state", "send_error", "attachments", "sent_at",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class MessageListResponse(serializers.Serializer[Any]):
    messages = MessageResponse(many=True)
    next = serializers.CharField(allow_null=True)


class TicketAnswerBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_NOTE, trim_whitespace=False, help_text="Markdown.")
    kind = serializers.ChoiceField(AnswerKind.choices, default=AnswerKind.ANSWER)
    in_answer_to = serializers.UUIDField(required=False, help_text="A message; by default the customer's newest one.")
    cc = serializers.ListField(child=serializers.EmailField(), max_length=20, required=False)
    canned = serializers.IntegerField(
        min_value=1, max_value=2**31, required=False, help_text="A canned answer, whose changes are made too."
    )


class NoteBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_NOTE, trim_whitespace=False)


class TriageResponse(serializers.ModelSerializer[Triage]):
    message = serializers.UUIDField(source="message.uuid")
    state = serializers.ChoiceField(TriageState.choices)
    decision = serializers.CharField(help_text="`full_answer`, `need_more_info` or `escalate_to_human`.")
    source = serializers.CharField(help_text="Who decided: rule, person_asked, model, local.")  # type: ignore[assignment]
    action = serializers.CharField(help_text="What was done: sent, drafted, escalated, recorded.")
    verdict = serializers.CharField(help_text="What a person made of the draft: approved, edited, rejected.")
    created_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(allow_null=True)
    evidence = serializers.JSONField()
    problems = serializers.JSONField()

    class Meta:
        model = Triage
        fields = (
            "id", "message", "state", "decision", "source", "full_name", "issue_summary", "draft_reply", "reason",
            "confidence", "calibrated", "evidence", "problems", "degraded", "error_code", "action", "action_reason",
            "level", "shadow", "verdict", "edited", "model_key", "duration_ms", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class TriageListResponse(serializers.Serializer[Any]):
    triages = TriageResponse(many=True)


class DraftResponse(serializers.ModelSerializer[Draft]):
    ticket = serializers.IntegerField(source="ticket_id")
    message = serializers.UUIDField(source="message.uuid", allow_null=True, default=None)
    kind = serializers.ChoiceField(AnswerKind.choices)
    state = serializers.ChoiceField(DraftState.choices)
    reviewer = PersonField(allow_null=True)
    answer = serializers.UUIDField(source="answer.uuid", allow_null=True, default=None)
    reviewed_at = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()

    class Meta:
        model = Draft
        fields = (
            "id", "ticket", "message", "triage", "kind", "text", "state", "reviewer", "reviewed_at", "reject_reason",
            "final_text", "edited", "answer", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class DraftListResponse(serializers.Serializer[Any]):
    drafts = DraftResponse(many=True)
    next = serializers.CharField(allow_null=True)


class DraftQuery(Paged):
    state = serializers.ChoiceField(DraftState.choices, default=DraftState.OPEN)
    ticket = serializers.IntegerField(min_value=1, max_value=2**62, required=False)


class EditBody(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_NOTE, trim_whitespace=False, help_text="What is sent in its place.")


class RejectBody(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class EventResponse(serializers.ModelSerializer[TicketEvent]):
    kind = serializers.ChoiceField(EventKind.choices)
    by = serializers.ChoiceField(EventBy.choices)
    actor = PersonField(allow_null=True)
    message = serializers.UUIDField(source="message.uuid", allow_null=True, default=None)
    data = serializers.JSONField()  # type: ignore[assignment]
    created_at = UtcDateTimeField()

    class Meta:
        model = TicketEvent
        fields = ("id", "kind", "by", "actor", "message", "data", "created_at")
        read_only_fields = fields


class EventListResponse(serializers.Serializer[Any]):
    events = EventResponse(many=True)


class EventQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(min_value=0, max_value=2**62, default=0, help_text="Events after this number.")
    limit = serializers.IntegerField(min_value=1, max_value=200, default=100)


class MergeBody(serializers.Serializer[Any]):
    target = serializers.CharField(max_length=36, help_text="Number or id of the ticket that it becomes part of.")


class SplitBody(serializers.Serializer[Any]):
    messages = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)
    subject = serializers.CharField(max_length=998, required=False, allow_blank=True, default="")


class MoveResponse(serializers.ModelSerializer[TicketMove]):
    kind = serializers.ChoiceField(MoveKind.choices)
    source = serializers.IntegerField(source="source_id")  # type: ignore[assignment]
    target = serializers.IntegerField(source="target_id")
    messages = serializers.SerializerMethodField(help_text="How many messages went over.")
    created_at = UtcDateTimeField()
    undone_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = TicketMove
        fields = ("id", "kind", "source", "target", "messages", "created_at", "undone_at")
        read_only_fields = fields

    def get_messages(self, move: TicketMove) -> int:
        return len(move.messages)


def tags_named(names: list[str]) -> tuple[list[Tag], list[str]]:
    """The tags of these names, and the names that no tag has."""
    found = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    return list(found.values()), [name for name in names if name not in found]
