from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentFormat(models.TextChoices):
    """What a document was read from; its text is kept as Markdown whatever it was."""

    MARKDOWN = "markdown", _("Markdown")
    TEXT = "text", _("Plain text")
    HTML = "html", _("Web page")
    PDF = "pdf", "PDF"
    DOCX = "docx", _("Word document")
    CSV = "csv", _("Table (CSV)")


class DocumentState(models.TextChoices):
    """Where the preparation of a document stands. What search sees is `published` and the edition."""

    READY = "ready", _("Ready")
    WAITING = "waiting", _("Waiting")
    READING = "reading", _("Being read")
    INDEXING = "indexing", _("Being indexed")
    FAILED = "failed", _("Failed")


WORK_STATES = (DocumentState.WAITING, DocumentState.READING, DocumentState.INDEXING)


class IndexState(models.TextChoices):
    """The life of an index version: exactly one is live, at most one is being built."""

    BUILDING = "building", _("Being built")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")
    FAILED = "failed", _("Failed")


class WebSourceKind(models.TextChoices):
    PAGE = "page", _("One page")
    SITEMAP = "sitemap", _("All pages of a sitemap")


class WebSourceState(models.TextChoices):
    IDLE = "idle", _("Waiting for its time")
    FETCHING = "fetching", _("Being fetched")
    FAILED = "failed", _("Failed")


class QuestionState(models.TextChoices):
    """What became of a question that found nothing."""

    OPEN = "open", _("Waits for an article")
    ANSWERED = "answered", _("Answered by an article")
    DISMISSED = "dismissed", _("Dismissed")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Completed")
    FAILED = "failed", _("Failed")


# Kept beside their meaning for lists and badges alike.
STATE_TONES: dict[str, str] = {
    DocumentState.READY: "success",
    DocumentState.WAITING: "info",
    DocumentState.READING: "info",
    DocumentState.INDEXING: "info",
    DocumentState.FAILED: "danger",
    IndexState.BUILDING: "info",
    IndexState.LIVE: "success",
    IndexState.RETIRED: "default",
    WebSourceState.IDLE: "success",
    WebSourceState.FETCHING: "info",
    QuestionState.OPEN: "warning",
    QuestionState.ANSWERED: "success",
    QuestionState.DISMISSED: "default",
    RunState.RUNNING: "info",
    RunState.DONE: "success",
}
