"""Searching the knowledge base: two legs, one ranking, and silence where nothing answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from integrations.providers.base import Passage
from knowledge.indexing.versions import live_version
from knowledge.models import IndexVersion
from knowledge.scopes import EVERYBODY
from knowledge.search import dense, lexical, reranking
from knowledge.search.confidence import ABROAD, Calibration, calibration_of
from knowledge.search.dense import Likeness
from knowledge.search.filters import Filters, Sql, condition
from knowledge.search.hits import Hit
from knowledge.search.lexical import Match, Row
from knowledge.search.passages import passages_of
from knowledge.search.query import Query, weigh

# Reciprocal rank fusion: a leg's passage at rank r (from 1) adds WEIGHT / (K + r). Chosen by data, see
# docs/search-quality.md: the smaller K, the less a middling place in both legs outdoes the first place in one.
K = 5
LEXICAL_WEIGHT = 1.0
DENSE_WEIGHT = 1.0
OTHER_LANGUAGE = 0.8
# Passages of the lexical leg whose likeness is looked up.
LIKENED = 30
QUERY_CUT = "query_shortened"
MODEL_MISSING = "embedding_model_missing"
VECTORS_LOADING = "vectors_loading"
RERANKER_MISSING = "reranker_missing"
DEGRADED = {dense.MISSING: MODEL_MISSING, dense.LOADING: VECTORS_LOADING}


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best passages, best first; none when nothing in the knowledge base answers the question.

    `evidence` (0..1.5) and `confidence` (0..1) are the best of all passages, also of those below the threshold;
    `degraded` is a note for the answer's metadata; `legs` says how lexical and dense search went, and the reranker
    where there is one.
    """

    passages: list[Passage] = field(default_factory=list)
    answered: bool = False
    degraded: str = ""
    evidence: float = 0.0
    confidence: float = 0.0
    threshold: float = 0.0
    legs: dict[str, str] = field(default_factory=dict)
    index: int | None = None


def search(
    query: str,
    *,
    scope: str = EVERYBODY,
    language: str | None = None,
    filters: Filters | None = None,
    limit: int = 5,
    everything: bool = False,
) -> SearchResult:
    """The passages of published documents that answer `query`; any text is safe.

    `scope` (see knowledge.scopes) decides which restricted documents are seen, `language` is the asker's and
    comes first, `filters` narrow. With `everything` passages below the threshold are kept, for people who look into
    the ranking. The number of database queries is small and constant.
    """
    version = live_version()
    if version is None or not version.chunks or not query.strip():
        return SearchResult()
    narrowed = filters or Filters()
    allowed = condition(version, scope=scope, filters=narrowed)
    begun = dense.begun(query, version, narrow=narrowed.narrow)
    weighed = weigh(query, version)
    rows = lexical.candidates(weighed, version, allowed)
    likeness = dense.nearest(begun, version, allowed, narrow=narrowed.narrow)
    hits, calibration = rank(weighed, rows, likeness, version, allowed, language=language)
    reading = reranking.read(query, hits)
    hits, reread = reranking.ordered(hits, reading, version)
    if likeness.leg == dense.OK and language and not any(hit.answers for hit in hits):
        hits = _abroad(hits, version, language)
    found = hits if everything else _in_language([hit for hit in hits if hit.answers], language)
    return SearchResult(
        passages=passages_of(found[:limit], scope=scope),
        answered=any(hit.answers for hit in hits),
        degraded=_degraded(weighed, likeness, reading),
        evidence=max((hit.match.evidence for hit in hits), default=0.0),
        confidence=max((hit.confidence for hit in hits), default=0.0),
        threshold=(reread or calibration).threshold,
        legs={"lexical": "ok", "dense": likeness.leg, **reading.said},
        index=version.pk,
    )


def _degraded(query: Query, likeness: Likeness, reading: reranking.Reading) -> str:
    if query.shortened:
        return QUERY_CUT
    return DEGRADED.get(likeness.leg, "") or (RERANKER_MISSING if reading.leg == reranking.MISSING else "")


def rank(
    query: Query, rows: list[Row], likeness: Likeness, version: IndexVersion, allowed: Sql, *, language: str | None
) -> tuple[list[Hit], Calibration]:
    """All passages that either leg found, in their final order, and the calibration that judged them.

    `rows` are the candidates of the lexical leg.
    """
    known = {row[0] for row in rows}
    hits = likeness.hits
    further = lexical.rows_of([pk for pk, _ in hits if pk not in known], allowed)
    if len(further) + len(known) < dense.ENOUGH and len(hits) == dense.NEAREST:
        hits = dense.among_allowed(likeness, version, allowed)
        further = lexical.rows_of([pk for pk, _ in hits if pk not in known], allowed)
    by_words = sorted(lexical.matches(query, rows, language=language), key=lambda match: (-match.score, match.pk))
    matches = {match.pk: match for match in by_words}
    matches |= {match.pk: match for match in lexical.matches(query, further, language=language)}
    alike = dense.likeness_of(likeness, version, [match.pk for match in by_words[:LIKENED]])
    judge = Judge(version, likeness)
    lexical_ranks = {match.pk: place for place, match in enumerate(by_words, 1) if match.score > 0}
    dense_ranks = {pk: place for place, pk in enumerate(_ordered(hits, matches, language), 1)}
    fused = [
        judge.hit(match, lexical_ranks.get(pk), dense_ranks.get(pk), alike.get(pk)) for pk, match in matches.items()
    ]
    return sorted(fused, key=lambda hit: (-hit.fused, -hit.match.score, hit.pk)), judge.calibration


class Judge:
    """Makes hits of matches, by the live version's calibrations."""

    def __init__(self, version: IndexVersion, likeness: Likeness) -> None:
        self._likeness = likeness
        self._words = calibration_of(version, with_vectors=False)
        self.calibration = calibration_of(version, with_vectors=True) if likeness.leg == dense.OK else self._words

    def hit(self, match: Match, lexical_rank: int | None, dense_rank: int | None, alike: float | None) -> Hit:
        standing = self._likeness.standing(alike) if alike is not None else 0.0
        fused = (LEXICAL_WEIGHT / (K + lexical_rank) if lexical_rank else 0.0) + (
            DENSE_WEIGHT / (K + dense_rank) if dense_rank else 0.0
        )
        # A passage whose vector is still to be made is judged by its words.
        calibration = self.calibration if alike is not None else self._words
        confidence = calibration.confidence(match.evidence, standing)
        return Hit(
            match, lexical_rank, dense_rank, alike, standing, fused, confidence, confidence >= calibration.threshold
        )


def _ordered(hits: list[tuple[int, float]], matches: dict[int, Match], language: str | None) -> list[int]:
    """The dense leg's passages that may be found, the asker's own language lightly preferred, by rank."""

    def place(entry: tuple[int, tuple[int, float]]) -> float:
        position, (pk, _) = entry
        return position / (1.0 if matches[pk].language == language or language is None else OTHER_LANGUAGE)

    found = [(position, hit) for position, hit in enumerate(hits, 1) if hit[0] in matches]
    return [hit[0] for _, hit in sorted(found, key=place)]


def _abroad(hits: list[Hit], version: IndexVersion, language: str) -> list[Hit]:
    """The hits, those of another language marked as answers where the asker's own has nothing that comes near."""
    rule = ABROAD.get(version.encoder)
    seen = [hit for hit in hits if hit.likeness is not None]
    best = max((hit.standing for hit in seen if hit.match.language != language), default=0.0)
    own = max((hit.standing for hit in seen if hit.match.language == language), default=0.0)
    if rule is None or best < max(rule.standing, own + rule.lead):
        return hits
    enough = max(best - rule.near, rule.standing)
    return [
        replace(hit, answers=hit.likeness is not None and hit.match.language != language and hit.standing >= enough)
        for hit in hits
    ]


def _in_language(hits: Sequence[Hit], language: str | None) -> list[Hit]:
    """Another language's passages are kept only before the best one in the asker's own."""
    own = next((place for place, hit in enumerate(hits) if hit.match.language == language), len(hits))
    return [hit for place, hit in enumerate(hits) if place <= own or hit.match.language == language]
