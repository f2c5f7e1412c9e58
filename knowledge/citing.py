"""Links that open a source at the place, and who may follow them.

A restricted document's link carries a signature for the scope in which it was cited; it opens the page for as long as
that scope sees the document.
"""

from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer

from knowledge.models import Audience, Document
from knowledge.scopes import EVERYBODY, STAFF, names_seen_by

PASSAGES_ON_A_PAGE = 300
_signer = Signer(salt="knowledge.citing")


def link_to(document: Document, *, anchor: str = "", line: int = 0, scope: str = EVERYBODY) -> str:
    """The path of the document's page at the passage; a long document is opened at its part around `line`."""
    query = {}
    if document.total > PASSAGES_ON_A_PAGE:
        query["at"] = str(line)
    if document.restricted and scope not in {EVERYBODY, STAFF}:
        query["key"] = key_for(document, scope)
    path = document.get_absolute_url() + (f"?{urlencode(query)}" if query else "")
    return f"{path}#{anchor}" if anchor else path


def key_for(document: Document, scope: str) -> str:
    return f"{scope}~{_signer.sign(f'{document.pk}:{scope}').rpartition(':')[2]}"


def opens(key: str, document: Document) -> bool:
    """Whether `key` is the link's own and its scope still sees the document."""
    scope, _, signature = key.rpartition("~")
    try:
        _signer.unsign(f"{document.pk}:{scope}:{signature}")
    except BadSignature:
        return False
    return Audience.objects.filter(document=document, scope__in=names_seen_by(scope)).exists()
