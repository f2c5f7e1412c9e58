from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.pipeline.choices import StepKind


class TurnStep(models.Model):
    """One stage of a turn, written when the turn ends: what it was told, what it found, what it took.

    `prompt` is what the model was told by the house: without the conversation, the memories, the lessons and the
    passages, which stand in their own rows and are gone when those are erased. `data` by kind:

    analysis: task_type, complexity, subject, description, confidence, source ("rules" or "model"), cell, reasoning
    retrieval: passages (ids of chunks), memories (ids), lessons (ids), degraded
    planning: steps, each with text, tool, input
    tool: tool, input, summary, characters, source (an address or null)
    execution: role, degraded, failed_models, first_token_ms, finish_reason, characters, score (once it was judged),
        chosen (whether it is the answer that was given), answer (its text, where another was given)
    verification: verdict, score, problems, comment
    generation: artifact
    """

    turn = models.ForeignKey("chat.Turn", models.CASCADE, related_name="steps", verbose_name=_("turn"))
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("stage"), max_length=16, choices=StepKind)
    attempt = models.PositiveSmallIntegerField(_("attempt"), default=1)
    started_at = models.DateTimeField(_("started"))
    duration_ms = models.PositiveIntegerField(_("duration, ms"), default=0)
    provider_key = models.CharField(_("provider"), max_length=50, blank=True)
    model_key = models.CharField(_("model"), max_length=100, blank=True)
    calls = models.PositiveSmallIntegerField(_("calls of models"), default=0)
    input_tokens = models.PositiveIntegerField(_("input tokens"), default=0)
    output_tokens = models.PositiveIntegerField(_("output tokens"), default=0)
    usage_estimated = models.BooleanField(_("usage estimated"), default=False)
    cost = models.DecimalField(_("cost, USD"), max_digits=14, decimal_places=8, default=Decimal(0))
    prompt = models.TextField(_("prompt"), blank=True)
    data = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(_("error"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("stage of a turn")
        verbose_name_plural = _("stages of turns")
        ordering = ["turn", "number"]
        constraints = [models.UniqueConstraint(fields=["turn", "number"], name="turn_step_number_unique")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.number}"
