from django.db import models
from django.utils.translation import gettext_lazy as _


class MemoryType(models.TextChoices):
    """How long a memory is meant to live; each kind has a limit of its own (MEMORY_LIMITS)."""

    WORKING = "working", _("Working")
    SHORT_TERM = "short_term", _("Short-term")
    LONG_TERM = "long_term", _("Long-term")
    EPISODIC = "episodic", _("Episodes")
    SEMANTIC = "semantic", _("Knowledge")


class MemoryCategory(models.TextChoices):
    GENERAL = "general", _("General")
    INSTRUCTION = "instruction", _("How to answer")
    FACT = "fact", _("Fact")
    PREFERENCE = "preference", _("Preference")
    LEARNED = "learned", _("Learned")
    PERSON = "person", _("Person")
    EVENT = "event", _("Event")
    CONVERSATION = "conversation", _("Conversation")


class Validation(models.TextChoices):
    """Whether a memory may be used: pending and rejected ones are never recalled."""

    PENDING = "pending", _("To be checked")
    VALIDATED = "validated", _("Validated")
    REJECTED = "rejected", _("Rejected")
    USER_CONFIRMED = "user_confirmed", _("Confirmed by the person")


class MemorySource(models.TextChoices):
    CONVERSATION = "conversation", _("Conversation")
    WEB = "web", _("Web")
    CODE = "code", _("Code")
    SYSTEM = "system", _("System")
    IMPORT = "import", _("Import")


class ExtractionState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Given up")


RECALLED = (Validation.VALIDATED, Validation.USER_CONFIRMED)
# Never forgotten by themselves, nor pushed out by newer ones.
PROTECTED_CATEGORIES = (MemoryCategory.INSTRUCTION, MemoryCategory.PERSON, MemoryCategory.FACT)

VALIDATION_COLOURS = {
    Validation.PENDING: "warning",
    Validation.VALIDATED: "info",
    Validation.REJECTED: "danger",
    Validation.USER_CONFIRMED: "success",
}
EXTRACTION_COLOURS = {
    ExtractionState.PENDING: "info",
    ExtractionState.RUNNING: "info",
    ExtractionState.DONE: "success",
    ExtractionState.FAILED: "danger",
}
