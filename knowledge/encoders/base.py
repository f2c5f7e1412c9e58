from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Shape (texts, dimensions), float32, every row of length 1.
Vectors = NDArray[np.float32]


class EncoderMissing(Exception):
    """The model cannot be used now; the message says why. `passing` when trying again later may help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class Encoder(ABC):
    """Makes vectors whose dot product is the likeness of two texts. Safe to call from several threads."""

    key: str
    # Texts that are encoded together.
    batch = 64

    @abstractmethod
    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that will be found; raises EncoderMissing."""

    @abstractmethod
    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, shape (dimensions,); raises EncoderMissing."""


def normalised(vectors: Any) -> Vectors:
    """float32 rows of length 1; a row of zeros stays one, and nothing is like it."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Vectors = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)
    return unit
