"""What Ctrl+K finds besides pages: conversations, people and documents by name."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from chat.models import Conversation
from knowledge.models import Document

LIMIT = 6


def find(request: HttpRequest, term: str) -> list[Any]:
    """Results for the skin's command palette: at most LIMIT of each kind, only what the reader may view."""
    by_name = Q(username__icontains=term) | Q(email__icontains=term)
    by_name |= Q(first_name__icontains=term) | Q(last_name__icontains=term)
    return [
        *_results(request, Conversation.objects.filter(title__icontains=term), _("Conversation"), "forum"),
        *_results(request, User.objects.filter(by_name), _("User"), "person"),
        *_results(request, Document.objects.filter(title__icontains=term).only("title"), _("Document"), "article"),
    ]


def _results(request: HttpRequest, rows: QuerySet[Any], kind: str, icon: str) -> Iterator[Any]:
    from unfold.dataclasses import SearchResult

    meta = rows.model._meta
    if not request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
        return
    for row in rows[:LIMIT]:
        link = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        yield SearchResult(title=str(row), description=kind, link=link, icon=icon)
