"""Which turns are to be learned from."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from chat.memory.models import MemoryExtraction
from integrations.providers.base import Passage
from integrations.services.environment import LOCAL_ANSWERS
from integrations.text.smalltalk import small_talk

LETTERS = re.compile(r"[^\W\d_]{2,}")


def plan_extraction(
    turn_id: UUID, *, question: str, model_key: str, learns: bool, passages: Iterable[Passage] = ()
) -> bool:
    """Notes within the transaction that ends an answered turn that it is to be learned from; whether it is.

    Nothing is learned from local answers, from small talk, and of people who are not remembered. Whoever calls wakes a
    worker, once the asker has been served.
    """
    if not (learns and settings.MEMORY_ENABLED) or model_key == LOCAL_ANSWERS:
        return False
    if not LETTERS.search(question) or small_talk(question):
        return False
    MemoryExtraction.objects.create(turn_id=turn_id, passages=[passage.id for passage in passages if passage.id])
    return True
