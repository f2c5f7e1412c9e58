from django.db import models
from django.utils.translation import gettext_lazy as _


class ComparisonState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


UNFINISHED = (ComparisonState.WAITING, ComparisonState.RUNNING)

COMPARISON_COLOURS = {
    ComparisonState.WAITING: "info",
    ComparisonState.RUNNING: "info",
    ComparisonState.DONE: "success",
    ComparisonState.FAILED: "danger",
    ComparisonState.CANCELLED: "warning",
}


class AnswerState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being written")
    DONE = "done", _("Answered")
    FAILED = "failed", _("Failed")


class Side(models.TextChoices):
    A = "a", "A"
    B = "b", "B"


class Verdict(models.TextChoices):
    """What a person says of two answers to one question."""

    A = "a", _("A is better")
    B = "b", _("B is better")
    EQUAL = "equal", _("Equally good")
