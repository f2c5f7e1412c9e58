"""A model that reads question and passage together and puts the best of both legs in order; only where there is one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings

from integrations.calls import whole
from integrations.calls.background import calls
from integrations.providers.base import ProviderError, Relevance
from integrations.remember import remembered
from integrations.services.routing import Route, reranking_route
from integrations.services.usage import Caller
from knowledge.models import Chunk, IndexVersion
from knowledge.search.confidence import Calibration, reranked_calibration
from knowledge.search.hits import Hit

# Passages that are read; those behind stay where both legs put them.
READ = 20
# Characters of a passage; the models themselves read a few hundred words.
READ_LENGTH = 4000
OFF, OK, MISSING = "off", "ok", "model_missing"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the reading went, and how well each passage that was read answers; the scale is the model's own."""

    leg: str
    model: str = ""
    relevance: dict[int, float] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, str]:
        """For the legs of a search: nothing where there is no reranker."""
        return {} if self.leg == OFF else {"reranker": self.leg}


def read(question: str, hits: Sequence[Hit]) -> Reading:
    """Two queries where there is such a model, none otherwise. Never raises: the legs' order stands where it cannot."""
    route = remembered(("reranker",), reranking_route) if hits else None
    if route is None:
        return Reading(OFF)
    texts = _texts([hit.pk for hit in hits[:READ]])
    if not texts:
        return Reading(OFF)
    try:
        answer = calls.run(_ask(route, question, list(texts.values())))
    except (ProviderError, TimeoutError):
        return Reading(MISSING, route.model_key)
    return Reading(OK, route.model_key, dict(zip(texts, answer.scores, strict=True)))


def ordered(hits: Sequence[Hit], reading: Reading, version: IndexVersion) -> tuple[list[Hit], Calibration | None]:
    """The passages that were read by their relevance, then the others; and the calibration that judged those, if one
    was fitted for this model."""
    calibration = reranked_calibration(version, reading.model)
    scores = reading.relevance
    known = [_with_relevance(hit, scores[hit.pk], calibration) for hit in hits if hit.pk in scores]
    known.sort(key=lambda hit: (-(hit.relevance or 0.0), -hit.fused, hit.pk))
    return known + [hit for hit in hits if hit.pk not in scores], calibration


def _with_relevance(hit: Hit, relevance: float, calibration: Calibration | None) -> Hit:
    if calibration is None:
        return replace(hit, relevance=relevance)
    confidence = calibration.confidence(hit.match.evidence, hit.standing, relevance)
    return replace(hit, relevance=relevance, confidence=confidence, answers=confidence >= calibration.threshold)


def _texts(ids: Sequence[int]) -> dict[int, str]:
    """What a reader would see of each passage, in the given order; one query."""
    rows = Chunk.objects.filter(pk__in=ids).values_list("pk", "document__title", "heading", "text")
    texts = {pk: "\n".join(filter(None, (title, heading, text)))[:READ_LENGTH] for pk, title, heading, text in rows}
    return {pk: texts[pk] for pk in ids if pk in texts}


async def _ask(route: Route, question: str, texts: Sequence[str]) -> Relevance:
    async with asyncio.timeout(settings.KNOWLEDGE_RERANK_SECONDS):
        return await whole.rerank(route, question, texts, Caller(purpose="reranking"))
