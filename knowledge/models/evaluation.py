from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.choices import RunState
from knowledge.models.documents import LANGUAGES, Document
from knowledge.models.index import IndexVersion


class TestQuestion(models.Model):
    """A question of the retrieval test set; without expected documents nothing may be found."""

    # Not a test case, whatever its name says.
    __test__ = False

    question = models.CharField(_("question"), max_length=500, unique=True)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    documents: "models.ManyToManyField[Document, Any]" = models.ManyToManyField(
        Document, verbose_name=_("expected documents"), blank=True, related_name="test_questions"
    )
    scope = models.CharField(_("scope"), max_length=80, blank=True)
    answerable = models.BooleanField(
        _("has an answer"), default=True, help_text=_("Switch off for questions that nothing may be found for.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("test question")
        verbose_name_plural = _("test questions")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.question


class EvaluationRun(models.Model):
    """One measurement of search against the test set.

    `metrics` maps a name (hit_at_3, mrr, ndcg_at_10, no_answer_precision, no_answer_recall) to
    {"value", "low", "high"}, with bounds of a 95 % bootstrap interval; `results` has a row for each question.
    """

    index = models.ForeignKey(
        IndexVersion, models.SET_NULL, null=True, related_name="evaluations", verbose_name=_("index version")
    )
    encoder = models.CharField(_("embedding model"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.WAITING)
    done = models.PositiveIntegerField(default=0)
    questions = models.PositiveIntegerField(_("questions"), default=0)
    metrics = models.JSONField(default=dict)
    results = models.JSONField(default=list)
    error = models.CharField(_("error"), max_length=500, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"
