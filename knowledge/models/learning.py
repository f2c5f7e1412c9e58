from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.choices import QuestionState
from knowledge.models.documents import LANGUAGES, Document


class OpenQuestion(models.Model):
    """Questions that found nothing, one row for each way of meaning the same. `text` holds no personal data."""

    key = models.CharField(max_length=64, unique=True)
    text = models.CharField(_("question"), max_length=500)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    # JSON list of the scopes in which it was asked.
    scopes = models.JSONField(default=list, blank=True)
    asked = models.PositiveIntegerField(_("times asked"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=QuestionState, default=QuestionState.OPEN)
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("article")
    )
    # Of the live encoder, to find questions that mean the same; empty when there was none.
    encoder = models.CharField(max_length=120, blank=True)
    vector = models.BinaryField(null=True, blank=True)
    first_at = models.DateTimeField(_("first asked"), auto_now_add=True)
    last_at = models.DateTimeField(_("last asked"))

    class Meta:
        verbose_name = _("question without an answer")
        verbose_name_plural = _("questions without an answer")
        ordering = ["-asked", "-last_at"]
        indexes = [models.Index(fields=["state", "-last_at"], name="question_open_newest")]

    def __str__(self) -> str:
        return self.text


class Citation(models.Model):
    """An answer that rests on a document. `reference` names the answer, such as `turn:<id>`, for whoever made it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="citations")
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    anchor = models.CharField(max_length=150, blank=True)
    reference = models.CharField(max_length=80, db_index=True)
    # The conversation or ticket, so that its erasure finds the row.
    thread = models.CharField(max_length=80, blank=True, db_index=True)
    scope = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["document", "-at"], name="citation_newest")]

    def __str__(self) -> str:
        return self.reference


class Feedback(models.Model):
    """What somebody says of a search result: whether the passage helped. `query` holds no personal data."""

    query = models.CharField(_("question"), max_length=500)
    document = models.ForeignKey(Document, models.CASCADE, related_name="feedback", verbose_name=_("document"))
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    helpful = models.BooleanField(_("helpful"))
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.query
