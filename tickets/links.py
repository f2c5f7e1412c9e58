"""Addresses of our own pages, as people outside can open them."""

from django.conf import settings
from django.utils.encoding import iri_to_uri


def absolute(path: str) -> str:
    """The whole address of a page by PUBLIC_URL; empty where nobody has said what that is. Whole ones stay."""
    if path.startswith(("http://", "https://")):
        return path
    return iri_to_uri(f"{settings.PUBLIC_URL}{path}") if settings.PUBLIC_URL and path else ""
