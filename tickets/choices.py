"""The words of the support desk, each with its colour beside it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketState(models.TextChoices):
    """`ANSWERED` becomes `RESOLVED` by itself after quiet days; a customer's mail opens all but `SPAM` and `MERGED`."""

    NEW = "new", _("New")
    # The verb reads differently in other languages.
    OPEN = "open", pgettext_lazy("state of a ticket", "Open")
    WAITING = "waiting", _("Waiting for the customer")
    ANSWERED = "answered", _("Answered")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    SPAM = "spam", _("Spam")
    MERGED = "merged", _("Merged")


# Somebody of ours has to do something.
OURS = (TicketState.NEW, TicketState.OPEN)
UNFINISHED = (*OURS, TicketState.WAITING, TicketState.ANSWERED)
TICKET_COLOURS = {
    TicketState.NEW: "info",
    TicketState.OPEN: "warning",
    TicketState.WAITING: "",
    TicketState.ANSWERED: "success",
    TicketState.RESOLVED: "success",
    TicketState.CLOSED: "",
    TicketState.SPAM: "danger",
    TicketState.MERGED: "",
}


class TicketPriority(models.IntegerChoices):
    """The lowest number comes first."""

    # With a context, for elsewhere the same words are said of other things.
    URGENT = 10, pgettext_lazy("priority of a ticket", "Urgent")
    HIGH = 30, pgettext_lazy("priority of a ticket", "High")
    NORMAL = 50, pgettext_lazy("priority of a ticket", "Normal")
    LOW = 70, pgettext_lazy("priority of a ticket", "Low")


PRIORITY_COLOURS = {
    TicketPriority.URGENT: "danger",
    TicketPriority.HIGH: "warning",
    TicketPriority.NORMAL: "",
    TicketPriority.LOW: "",
}


class TicketChannel(models.TextChoices):
    MAIL = "mail", pgettext_lazy("channel of a ticket", "E-mail")
    API = "api", "API"
    IMPORT = "import", _("Import")


class MessageKind(models.TextChoices):
    """Who a message is from, or who may read it: notes stay in the house."""

    CUSTOMER = "customer", _("From the customer")
    ANSWER = "answer", _("Answer")
    NOTE = "note", _("Internal note")
    SYSTEM = "system", _("Automatic mail")


class SendState(models.TextChoices):
    """How far an answer has got."""

    NONE = "", _("Not sent by mail")
    QUEUED = "queued", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")
    BOUNCED = "bounced", _("Returned")


SEND_COLOURS = {
    SendState.QUEUED: "info",
    SendState.SENT: "success",
    SendState.FAILED: "danger",
    SendState.BOUNCED: "danger",
}


class InboundState(models.TextChoices):
    """The one place where a received mail is to be found."""

    RECEIVED = "received", _("Being taken in")
    TICKET = "ticket", _("In a ticket")
    IGNORED = "ignored", _("Automatic mail")
    QUARANTINE = "quarantine", _("Quarantine")
    DISCARDED = "discarded", _("Discarded by a person")


INBOUND_COLOURS = {
    InboundState.RECEIVED: "info",
    InboundState.TICKET: "success",
    InboundState.IGNORED: "",
    InboundState.QUARANTINE: "warning",
    InboundState.DISCARDED: "",
}


class InboundReason(models.TextChoices):
    """Why a mail did not become a customer's message."""

    NONE = "", "–"
    AUTO_REPLY = "auto_reply", _("Automatic answer")
    OUT_OF_OFFICE = "out_of_office", _("Out of office")
    BOUNCE = "bounce", _("Returned mail")
    LIST = "list", _("Mailing list")
    BULK = "bulk", _("Bulk mail")
    REPORT = "report", _("Report of a mail server")
    OWN = "own", _("From one of our own addresses")
    RATE = "rate", _("Too many mails from this sender")
    NO_SENDER = "no_sender", _("No sender")
    BLOCKED = "blocked", _("The sender is blocked")
    SPAM = "spam", _("Taken for spam")
    TOO_BIG = "too_big", _("Too big")
    FAILED = "failed", _("Could not be taken in")


class MailSource(models.TextChoices):
    """By which way a mail came in."""

    JSON = "json", _("Webhook, JSON")
    MIME = "mime", _("Webhook, raw message")
    FORM = "form", _("Webhook, form")
    PROVIDER = "provider", _("Mail provider")
    IMAP = "imap", "IMAP"
    IMPORT = "import", _("Import")


class AutopilotLevel(models.TextChoices):
    """What may leave without a person."""

    DRAFT = "draft", _("Draft: a person approves every answer")
    CONFIDENT = "confident", _("Answer when confident")
    FULL = "full", _("Answer everything")


class AutopilotHours(models.TextChoices):
    """When the autopilot may send."""

    ALWAYS = "always", _("Always")
    OPEN = "open", _("Only in office hours")
    CLOSED = "closed", _("Only outside of office hours")


class Decision(models.TextChoices):
    """What a triage came to; the values are the API's."""

    FULL_ANSWER = "full_answer", _("Answer")
    NEED_MORE_INFO = "need_more_info", _("Ask for details")
    ESCALATE = "escalate_to_human", _("Hand over to a person")


DECISION_COLOURS = {Decision.FULL_ANSWER: "success", Decision.NEED_MORE_INFO: "info", Decision.ESCALATE: "warning"}


class TriageState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Being decided")
    DONE = "done", _("Decided")
    FAILED = "failed", _("Could not be decided")
    SUPERSEDED = "superseded", _("Overtaken by a newer mail")


OPEN_TRIAGES = (TriageState.PENDING, TriageState.RUNNING)


class TriageSource(models.TextChoices):
    """Who decided."""

    NONE = "", "–"
    RULE = "rule", _("A rule of the staff")
    PERSON_ASKED = "person_asked", _("The customer asks for a person")
    MODEL = "model", _("A model")
    LOCAL = "local", _("Without a model")


class TriageAction(models.TextChoices):
    """What was done with the decision."""

    NONE = "", _("Nothing yet")
    SENT = "sent", _("Sent to the customer")
    DRAFTED = "drafted", _("Draft for a person")
    ESCALATED = "escalated", _("Handed over to a person")
    RECORDED = "recorded", _("Only recorded")


class DraftState(models.TextChoices):
    OPEN = "open", _("To be approved")
    APPROVED = "approved", _("Approved")
    EDITED = "edited", _("Edited and sent")
    REJECTED = "rejected", pgettext_lazy("state of a draft", "Rejected")
    SUPERSEDED = "superseded", _("Overtaken")


DRAFT_COLOURS = {
    DraftState.OPEN: "warning",
    DraftState.APPROVED: "success",
    DraftState.EDITED: "info",
    DraftState.REJECTED: "danger",
    DraftState.SUPERSEDED: "",
}


class AnswerKind(models.TextChoices):
    """Whether an answer leaves the next word to the customer."""

    ANSWER = "answer", _("Answer")
    QUESTION = "question", _("Question for details")


class EventBy(models.TextChoices):
    """Who did something to a ticket."""

    PERSON = "person", _("Person")
    AI = "ai", _("AI")
    RULE = "rule", _("Rule")
    CUSTOMER = "customer", _("Customer")
    SYSTEM = "system", _("The product")


class EventKind(models.TextChoices):
    """What happened to a ticket: its audit trail, and what live pages read."""

    CREATED = "created", _("Created")
    MESSAGE = "message", _("Message")
    ANSWERED = "answered", _("Answered")
    NOTE = "note", _("Note")
    TRIAGED = "triaged", _("Decided")
    DRAFTED = "drafted", _("Draft written")
    DRAFT_REVIEWED = "draft_reviewed", _("Draft reviewed")
    ESCALATED = "escalated", _("Handed over")
    STATE = "state", _("State changed")
    PRIORITY = "priority", _("Priority changed")
    ASSIGNED = "assigned", _("Assigned")
    TAGS = "tags", _("Tags changed")
    TOPIC = "topic", _("Topic changed")
    SUBJECT = "subject", _("Subject changed")
    MERGED = "merged", _("Merged")
    SPLIT = "split", _("Split")
    UNDONE = "undone", _("Taken back")
    SENT = "sent", _("Handed to the mail server")
    BOUNCED = "bounced", _("Returned")
    SEND_FAILED = "send_failed", _("Could not be sent")
    SLA_WARNING = "sla_warning", _("Due soon")
    SLA_BREACHED = "sla_breached", _("Overdue")
    RESOLVED = "resolved", _("Resolution verified")
    RATED = "rated", _("Rated by the customer")
    AUTOPILOT = "autopilot", _("Autopilot changed")
    ERASED = "erased", _("Personal data erased")


class MoveKind(models.TextChoices):
    """Why messages went from one ticket to another."""

    THREAD = "thread", _("A late mail joined two threads")
    MERGE = "merge", _("Merged by a person")
    SPLIT = "split", _("Split by a person")


class RuleAction(models.TextChoices):
    """What a rule of the staff does besides its topic, priority and tags."""

    ESCALATE = "escalate", _("Hand over to a person")
    DRAFT = "draft", _("Only draft, never send")
    SORT = "sort", _("Only sort")


class ProposalState(models.TextChoices):
    OPEN = "open", _("To be reviewed")
    ACCEPTED = "accepted", _("In the knowledge base")
    REJECTED = "rejected", pgettext_lazy("state of a proposed article", "Rejected")


class PostKind(models.TextChoices):
    """Why operators are told of a ticket under its card."""

    MAIL = "mail", _("Mail of the customer")
    AGAIN = "again", _("Handed over again")
    DUE_SOON = "due_soon", _("Due soon")
    OVERDUE = "overdue", _("Overdue")


class PromptKind(models.TextChoices):
    """What an operator is asked to write."""

    EDIT = "edit", _("Answer in place of the draft")
    ASK = "ask", _("Question for details")
