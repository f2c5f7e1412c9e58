"""Recall as somebody: what would enter the prompt for a question, what was near, and why."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import AnonymousSubscriber, User
from chat.admin.memory.forms import TrialForm
from chat.language import language_of
from chat.memory.choices import MemoryCategory
from chat.memory.holders import Holder
from chat.memory.index import Entry
from chat.memory.ranking import Ranked
from chat.memory.recall import find, index_of, recall_for

# Memories that are looked at, with those that do not enter the prompt.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Sign:
    """One line of an explanation; `share` (0..1) is drawn as a bar."""

    title: str
    text: str
    share: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A memory with the reasons for its place; without signs it enters every prompt."""

    entry: Entry
    category: str
    signs: list[Sign]


def trial(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Nothing is counted: who tries a question out has not used a memory."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    form = TrialForm(request.GET if "q" in request.GET else None)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Recall as somebody"),
        "form": form,
        "who": request.GET.get("who", "")[:254],
        "asked": request.GET.get("q", "")[:500],
    }
    if form.is_bound and form.is_valid():
        holder = _holder(form.cleaned_data["who"])
        if holder is None:
            form.add_error("who", _("There is nobody of that name or id."))
        else:
            context |= _results(holder, form.cleaned_data["q"])
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/chat/memory/recall.html", context)


def _holder(who: str) -> Holder | None:
    user = User.objects.filter(Q(username__iexact=who) | Q(email__iexact=who)).first()
    if user is not None:
        return Holder("owner", user.pk)
    try:
        key = UUID(who)
    except ValueError:
        return None
    return Holder("visitor", key) if AnonymousSubscriber.objects.filter(pk=key).exists() else None


def _results(holder: Holder, question: str) -> dict[str, Any]:
    language = language_of(question, default=get_language() or "en")
    recalled = recall_for(holder, question, language=language)
    near = {found.entry.id: found for found in find(index_of(holder), question, limit=LOOKED_AT, language=language)}
    chosen = set(recalled.ids)
    return {
        "recalled": recalled,
        "found": [_shown(entry, near.get(entry.id)) for entry in recalled.memories],
        "kept_back": [_shown(found.entry, found) for key, found in near.items() if key not in chosen],
    }


def _shown(entry: Entry, found: Ranked | None) -> Shown:
    category = str(MemoryCategory(entry.category).label)
    if found is None:
        return Shown(entry, category, [])
    signs = [
        Sign(_("Share of the question's words"), _number(found.by_words), _share(found.by_words)),
        Sign(_("Likeness"), _number(found.by_meaning), _share(found.by_meaning)),
        Sign(_("Importance"), _number(entry.importance), _share(entry.importance)),
        Sign(_("Score"), _number(found.score), _share(found.score)),
        Sign(_("Both places together"), _number(found.fused, 4)),
    ]
    return Shown(entry, category, signs)


def _number(value: float | None, places: int = 2) -> str:
    return "–" if value is None else formats.number_format(value, places, use_l10n=True)


def _share(value: float | None) -> str:
    return "" if value is None else f"{max(0.0, min(1.0, value)):.3f}"
