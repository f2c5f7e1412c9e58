"""Searching the knowledge base.

The database's full-text index finds candidates, Python ranks them, the same on every database:
BM25 over base forms, a word in a heading counting more than one in the text, times the share of
the question's weight that the passage covers. A heading that is the question itself helps, and so,
lightly, does the asker's language.

**When there is an answer.** A word weighs its idf, and one that the knowledge base has never seen
weighs the most. The evidence of a passage is the share of the question's weight that it holds, plus
half of the share that its heading holds: "how does photosynthesis work" meets many passages with
"work", none about it. A passage answers from MIN_EVIDENCE on. The threshold lies between the labelled
questions of tests/knowledge/questions.py: on the shipped guide those with an answer reach at least
0.7, those without one at most 0.5. test_answer_threshold.py keeps it so.
"""

import math
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from integrations.providers.base import Passage
from integrations.remember import remembered
from integrations.text import tokens
from knowledge import fulltext
from knowledge.models import Chunk, Corpus, Term

K1 = 1.2
B = 0.6
HEADING_WEIGHT = 1.5
# How much a passage gains whose heading says all that was asked and nothing else.
ASKED_HEADING = 1.0
OWN_LANGUAGE = 1.3
HEADING_EVIDENCE = 0.5
MIN_EVIDENCE = 0.6
# Passages ranked per search. The rarest words choose them, so nothing that could win is left out.
MAX_CANDIDATES = 300
MAX_QUERY_TERMS = 100
QUERY_CUT = "query_shortened"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best passages, best first; none when nothing in the knowledge base answers the question.

    `evidence` (0..1.5) is that of the best passage, also of one below the threshold; `degraded` is a
    note for the answer's metadata.
    """

    passages: list[Passage] = field(default_factory=list)
    answered: bool = False
    degraded: str = ""
    evidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Query:
    """The weights (idf) of a question's words, and of compounds that count only when they are found."""

    words: dict[str, float]
    wholes: dict[str, float]
    rarest: list[str]
    average_length: float

    def share(self, terms: Container[str]) -> float:
        """The share (0..1) of the question's weight that `terms` hold."""
        total = sum(self.words.values())
        return sum(weight for term, weight in self.words.items() if term in terms) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Hit:
    pk: int
    language: str
    score: float
    evidence: float


def search(query: str, *, language: str | None = None, limit: int = 5, without: str | None = None) -> SearchResult:
    """The passages of published documents that answer `query`; any text is safe. Four queries at most.

    `without` is the name of a collection (a folder that was imported) to leave out.
    """
    terms = {token.term: token.whole for token in tokens(query)}
    degraded = QUERY_CUT if len(terms) > MAX_QUERY_TERMS else ""
    terms = dict(list(terms.items())[:MAX_QUERY_TERMS])
    weighed = _weigh(terms) if terms else None
    if weighed is None or not weighed.rarest:
        return SearchResult(degraded=degraded)
    ranked = _rank(weighed, language, without)
    evidence = max((hit.evidence for hit in ranked), default=0.0)
    hits = _in_language([hit for hit in ranked if hit.evidence >= MIN_EVIDENCE], language)
    return SearchResult(_passages(hits[:limit]), bool(hits), degraded, evidence)


def _weigh(terms: dict[str, bool]) -> Query | None:
    counts = dict(Term.objects.filter(term__in=terms).values_list("term", "chunks"))
    # It changes a little with each document, which no ranking can tell within a second.
    corpus = remembered(("corpus",), lambda: Corpus.objects.filter(pk=1).first()) if counts else None
    if corpus is None or not corpus.chunks:
        return None

    def idf(term: str) -> float:
        count = counts.get(term, 0)
        return math.log(1 + (corpus.chunks - count + 0.5) / (count + 0.5))

    return Query(
        words={term: idf(term) for term, whole in terms.items() if not whole},
        wholes={term: idf(term) for term, whole in terms.items() if whole and term in counts},
        rarest=_rarest(counts),
        average_length=corpus.length / corpus.chunks,
    )


def _rarest(counts: dict[str, int]) -> list[str]:
    """The rarest known terms whose passages stay within MAX_CANDIDATES; at least one."""
    chosen: list[str] = []
    total = 0
    for term, count in sorted(counts.items(), key=lambda pair: (pair[1], pair[0])):
        total += count
        if chosen and total > MAX_CANDIDATES:
            break
        chosen.append(term)
    return chosen


def _rank(query: Query, language: str | None, without: str | None) -> list[Hit]:
    found = fulltext.matching(query.rarest).filter(document__published=True).order_by("pk")
    if without:
        found = found.exclude(document__source__startswith=f"{without}/")
    rows = found.values_list("pk", "terms", "heading_terms", "length", "document__language")
    hits = [_score(query, row, language=language) for row in rows[:MAX_CANDIDATES]]
    return sorted(hits, key=lambda hit: (-hit.score, hit.pk))


def _score(query: Query, row: tuple[int, str, str, int, str], *, language: str | None) -> Hit:
    pk, terms, heading_terms, length, chunk_language = row
    counts = Counter(terms.split())
    headings = Counter(heading_terms.split())
    slack = K1 * (1 - B + B * length / query.average_length)
    score = 0.0
    for term, weight in (query.words | query.wholes).items():
        frequency = counts[term] + HEADING_WEIGHT * headings[term]
        score += weight * frequency * (K1 + 1) / (frequency + slack)
    coverage, in_heading = query.share(counts), query.share(headings)
    asked = sum(term in query.words for term in headings) / len(headings) if headings else 0.0
    factor = (1 + ASKED_HEADING * asked * in_heading) * (OWN_LANGUAGE if chunk_language == language else 1.0)
    return Hit(pk, chunk_language, score * coverage * factor, coverage + HEADING_EVIDENCE * in_heading)


def _in_language(hits: list[Hit], language: str | None) -> list[Hit]:
    """Another language's passages are kept only above the best one in the asker's own."""
    own = next((hit for hit in hits if hit.language == language), None)
    if own is None:
        return hits
    return [hit for hit in hits if hit.language == language or hit.score > own.score]


def _passages(hits: Sequence[Hit]) -> list[Passage]:
    # Not the whole documents: their texts are long.
    shown = ("document", "heading", "anchor", "text", "document__slug", "document__title", "document__language")
    chunks = Chunk.objects.select_related("document").only(*shown).in_bulk([hit.pk for hit in hits])
    return [_passage(chunks[hit.pk], hit.score) for hit in hits if hit.pk in chunks]


def _passage(chunk: Chunk, score: float) -> Passage:
    return Passage(
        document=chunk.document.slug,
        title=chunk.document.title,
        heading=chunk.heading,
        text=chunk.text,
        url=chunk.url,
        score=round(score, 4),
        language=chunk.document.language,
    )
