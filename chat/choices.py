from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Where a conversation is held."""

    PAGE = "page", _("Chat page")
    ASSISTANT = "assistant", _("Assistant API")
    COPILOT = "copilot", _("Workflow copilot")
    WIDGET = "widget", _("Widget")


class MessageRole(models.TextChoices):
    USER = "user", _("Person")
    ASSISTANT = "assistant", _("Assistant")
    SYSTEM = "system", _("System")


class MessageState(models.TextChoices):
    """`PARTIAL` is an answer that was cut off: its text is what had been written by then."""

    COMPLETE = "complete", _("Complete")
    STREAMING = "streaming", _("Being written")
    PARTIAL = "partial", _("Partial")


class TurnState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Answering")
    DONE = "done", _("Answered")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


ACTIVE_STATES = (TurnState.PENDING, TurnState.RUNNING)

TURN_COLOURS = {
    TurnState.PENDING: "info",
    TurnState.RUNNING: "info",
    TurnState.DONE: "success",
    TurnState.STOPPED: "warning",
    TurnState.FAILED: "danger",
}
