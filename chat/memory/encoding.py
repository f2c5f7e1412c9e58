"""Vectors of memories, by the encoder that the knowledge base's live index uses."""

from dataclasses import dataclass

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from knowledge.encoders import EncoderMissing, query_vector
from knowledge.indexing.versions import live_version
from knowledge.search.dense import usual

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class QuestionVector:
    """A question's vector, and how like it is to sentences about anything: models differ in scale."""

    vector: Vector
    usual: float = 0.0

    def adjusted(self, likeness: Vector) -> Vector:
        """Likeness on a scale where 0 is that to anything and 1 is the same."""
        if self.usual <= 0:
            return likeness
        stretched: Vector = (likeness - self.usual) / (1 - min(self.usual, 0.99))
        return stretched


def encoder_key() -> str:
    """The encoder whose vectors count now; empty: words alone."""
    version = live_version()
    key: str = version.encoder if version else settings.KNOWLEDGE_ENCODER
    return key


def question_vector(encoder: str, question: str) -> QuestionVector | None:
    """None where no model can make one: words alone answer then. The knowledge base has just asked for the same."""
    if not encoder:
        return None
    try:
        vector = query_vector(encoder, question)
    except EncoderMissing:
        return None
    version = live_version()
    is_same = version is not None and version.encoder == encoder and version.dimensions == len(vector)
    return QuestionVector(vector, usual(vector, version)[0] if version and is_same else 0.0)
