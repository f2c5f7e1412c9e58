"""Who may open a page: its owner, whoever has a link that we signed, and for pages of nobody's whoever has the id."""

import re
from urllib.parse import urlencode

from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner

from chat.artifacts.models import Artifact

ID = re.compile("[0-9a-f]{12}")
LINK_SECONDS = 24 * 3600
# Of one address, until it is let in no more: ids are tried in vain far more often than mistyped.
MOST_MISSES = 30
MISSES_SECONDS = 60

_signer = TimestampSigner(salt="chat.artifacts")


class TooManyMisses(Exception):
    """The address has asked for too many pages that are not there; `wait` seconds say when it may come back."""

    wait = MISSES_SECONDS


def link_to(artifact: Artifact) -> str:
    """The page's path; with a signature, good for LINK_SECONDS, where the page has an owner."""
    path = artifact.get_absolute_url()
    if artifact.owner_id is None and artifact.visitor_id is None:
        return path
    return f"{path}?{urlencode({'key': _signer.sign(artifact.pk).partition(':')[2]})}"


def opens(key: str, artifact_id: str) -> bool:
    try:
        return _signer.unsign(f"{artifact_id}:{key}", max_age=LINK_SECONDS) == artifact_id
    except BadSignature:
        return False


def find_artifact(artifact_id: str, *, actor: object, address: str, key: str = "") -> Artifact:
    """The page, if the caller may open it; raises Artifact.DoesNotExist, and TooManyMisses where only the id is known.

    What is one's own, or comes with a signature, opens however many misses others behind the same address have had.
    """
    rows = Artifact.objects.filter(pk=artifact_id if ID.fullmatch(artifact_id) else "")
    found = (rows if key and opens(key, artifact_id) else rows.listed_for(actor)).first()
    if found is not None:
        return found
    if _misses(address) >= MOST_MISSES:
        raise TooManyMisses
    found = rows.opened_by_id().first()
    if found is None:
        _count_miss(address)
        raise Artifact.DoesNotExist
    return found


def _key(address: str) -> str:
    return f"artifact-misses-{address}"


def _misses(address: str) -> int:
    return int(cache.get(_key(address), 0))


def _count_miss(address: str) -> None:
    if cache.add(_key(address), 1, MISSES_SECONDS):
        return
    try:
        cache.incr(_key(address))
    except ValueError:
        # The minute has just ended.
        cache.set(_key(address), 1, MISSES_SECONDS)
