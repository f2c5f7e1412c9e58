"""What both legs of search say about a test question before anything is fused or held back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from knowledge.models import Document, IndexVersion, TestQuestion
from knowledge.search import dense, engine, lexical, reranking
from knowledge.search.dense import Likeness
from knowledge.search.filters import Filters, condition
from knowledge.search.hits import Hit
from knowledge.search.query import weigh

# Passages kept of a question; nobody sees those behind.
KEPT = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A test question with the slugs and languages of the documents that answer it."""

    pk: int
    text: str
    language: str
    expected: dict[str, str]
    answerable: bool
    scope: str = ""

    @property
    def wanted(self) -> int:
        """How many documents a perfect list shows: those in the asker's language, where there are any."""
        own = sum(language == self.language for language in self.expected.values())
        return own or len(self.expected)


def asked(questions: Iterable[TestQuestion]) -> list[Asked]:
    """Two queries for a queryset that prefetches `documents`."""
    return [
        Asked(
            pk=row.pk,
            text=row.question,
            language=row.language,
            expected={document.slug: document.language for document in row.documents.all()},
            answerable=row.answerable,
            scope=row.scope,
        )
        for row in questions
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """A passage as the legs saw it. `dense_place` is its place by likeness alone; None: not found that way.

    `relevance` is the reranker's word, None where it was not asked.
    """

    document: str
    language: str
    evidence: float
    standing: float
    score: float
    lexical_rank: int | None
    dense_place: int | None
    relevance: float | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """`reranker` is the key of the model that put the passages in order; empty: none did."""

    question: Asked
    passages: tuple[Seen, ...]
    with_vectors: bool
    reranker: str = ""

    def as_the_legs_saw_it(self) -> "Observed":
        """The same without the reranker's word."""
        return replace(self, passages=tuple(replace(seen, relevance=None) for seen in self.passages), reranker="")


def observe(
    questions: Sequence[Asked],
    version: IndexVersion,
    *,
    words_alone: bool = False,
    reranked: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> list[Observed]:
    """The passages that the legs find for each question; with `words_alone` the lexical leg only, with `reranked` as
    the reranker orders them."""
    slugs = dict(Document.objects.filter(published=True).values_list("pk", "slug"))
    found = []
    for number, question in enumerate(questions, 1):
        observed = _observed(question, version, slugs, words_alone=words_alone, reranked=reranked)
        found.append(observed)
        if progress:
            progress(number, len(questions))
    return found


def _observed(
    question: Asked, version: IndexVersion, slugs: dict[UUID, str], *, words_alone: bool, reranked: bool
) -> Observed:
    allowed = condition(version, scope=question.scope, filters=Filters())
    begun = None if words_alone else dense.begun(question.text, version, narrow=False)
    weighed = weigh(question.text, version)
    rows = lexical.candidates(weighed, version, allowed)
    alike = Likeness(dense.OFF) if words_alone else dense.nearest(begun, version, allowed, narrow=False)
    hits, _ = engine.rank(weighed, rows, alike, version, allowed, language=question.language)
    by_meaning = [hit for hit in hits if hit.dense_rank is not None]
    by_meaning.sort(key=lambda hit: (-(hit.likeness or 0.0), hit.pk))
    places = {hit.pk: place for place, hit in enumerate(by_meaning, 1)}
    reading = reranking.read(question.text, hits) if reranked else reranking.Reading(reranking.OFF)
    hits, _ = reranking.ordered(hits, reading, version)
    passages = tuple(_seen(hit, slugs, places) for hit in hits[:KEPT])
    return Observed(question, passages, alike.leg == dense.OK, reading.model if reading.leg == reranking.OK else "")


def _seen(hit: Hit, slugs: dict[UUID, str], places: dict[int, int]) -> Seen:
    return Seen(
        document=slugs.get(UUID(str(hit.match.document)), ""),
        language=hit.match.language,
        evidence=hit.match.evidence,
        standing=hit.standing,
        score=hit.match.score,
        lexical_rank=hit.lexical_rank,
        dense_place=places.get(hit.pk),
        relevance=hit.relevance,
    )
