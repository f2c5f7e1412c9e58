from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskType(models.TextChoices):
    """What kind of work a question is."""

    QUESTION = "question", _("Question")
    TASK = "task", _("Task")
    CODE = "code", _("Code")
    CREATIVE = "creative", _("Creative work")
    TALK = "talk", _("Talk")
    SEARCH = "search", _("Search")
    GROWTH = "growth", _("Growth")
    UNKNOWN = "unknown", _("Unknown")


class Verdict(models.TextChoices):
    """What a verifier says of an answer; `UNKNOWN` where none was asked, or what it said could not be read."""

    ACCEPTED = "accepted", _("Accepted")
    NEEDS_WORK = "needs_work", _("Needs work")
    REJECTED = "rejected", _("Rejected")
    UNKNOWN = "unknown", _("Not judged")


class StepKind(models.TextChoices):
    """A stage of a turn; the names are those of the stages on the wire."""

    ANALYSIS = "analysis", _("Analysis")
    RETRIEVAL = "retrieval", _("Search")
    PLANNING = "planning", _("Plan")
    TOOL = "tool", _("Tool")
    EXECUTION = "execution", _("Answer")
    VERIFICATION = "verification", _("Judgement")
    GENERATION = "generation", _("Mini-page")


# The words that the assistant's clients know, in both directions.
WIRE_TYPES = {
    TaskType.QUESTION: "вопрос",
    TaskType.TASK: "задача",
    TaskType.CODE: "код",
    TaskType.CREATIVE: "творчество",
    TaskType.TALK: "разговор",
    TaskType.SEARCH: "поиск",
    TaskType.GROWTH: "рост",
    TaskType.UNKNOWN: "неизвестно",
}
WIRE_VERDICTS = {
    Verdict.ACCEPTED: "ПРИНЯТ",
    Verdict.NEEDS_WORK: "ТРЕБУЕТ_ДОРАБОТКИ",
    Verdict.REJECTED: "ОТКЛОНЁН",
    Verdict.UNKNOWN: "НЕИЗВЕСТНО",
}
