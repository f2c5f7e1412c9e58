"""Texts to vectors: local models from packages, or any embedding model of the registry."""

from knowledge.encoders.base import Encoder, EncoderMissing, Vectors
from knowledge.encoders.registry import LOCAL, choices, encoder_for, is_known, query_vector, titles, warm

__all__ = [
    "LOCAL",
    "Encoder",
    "EncoderMissing",
    "Vectors",
    "choices",
    "encoder_for",
    "is_known",
    "query_vector",
    "titles",
    "warm",
]
