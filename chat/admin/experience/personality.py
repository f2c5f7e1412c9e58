"""What the assistant is like by now, and how it became so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from chat.experience.choices import known_type
from chat.experience.models import NAME_LENGTH, Experience, Personality, TraitPoint
from chat.experience.personality import THE_ONE, Character, character, rename
from chat.experience.reports import insights_of
from chat.experience.traits import START
from chat.memory.words import clean
from chat.pipeline.choices import TaskType
from config.backoffice.charts import Measured, ShareLine, share_line
from config.backoffice.display import count

PAGE = "admin:chat_experience_personality"
SHOWN_DAYS = 60


class NameForm(forms.Form):
    name = forms.CharField(max_length=NAME_LENGTH, required=False, strip=True)

    def clean_name(self) -> str:
        return clean(str(self.cleaned_data["name"]))


@dataclass(frozen=True, slots=True)
class Tile:
    """A trait as it is, what moves it, and the line of its days."""

    title: str
    meaning: str
    value: str
    start: str
    trend: ShareLine


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work with its rolling average."""

    title: str
    average: str
    answers: str


def personality_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    may_change = request.user.has_perm("chat.change_personality")
    if not (may_change or request.user.has_perm("chat.view_personality")):
        raise PermissionDenied
    if request.method not in {"GET", "HEAD", "POST"}:
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    form = NameForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        if not may_change:
            raise PermissionDenied
        if form.is_valid():
            rename(form.cleaned_data["name"], actor=request.user)
            messages.success(request, _("The name is saved."))
            return redirect(PAGE)
    context = {**model_admin.admin_site.each_context(request), **_shown(), "form": form, "may_change": may_change}
    request.current_app = model_admin.admin_site.name
    context |= {"opts": model_admin.opts, "title": _("Personality"), "longest": NAME_LENGTH}
    return TemplateResponse(request, "admin/chat/experience/personality.html", context)


def _shown() -> dict[str, Any]:
    """As many queries, however much there is."""
    since = timezone.localdate() - timedelta(days=SHOWN_DAYS)
    points = list(TraitPoint.objects.filter(day__gte=since).order_by("day"))
    now = character()
    last = points[-1] if points else None
    return {
        "character": now,
        "own_name": Personality.objects.filter(pk=THE_ONE).values_list("name", flat=True).first() or "",
        "tiles": _tiles(now, points),
        "point": last,
        "answers": count(last.answers) if last else "",
        "kinds": _kinds(last),
        "strengths": [known_type(kind).label for kind in now.strengths],
        "weaknesses": [known_type(kind).label for kind in now.weaknesses],
        "insights": insights_of(Experience.objects.all())[::-1],
    }


def _tiles(now: Character, points: Sequence[TraitPoint]) -> list[Tile]:
    texts = {
        "curiosity": (_("Curiosity"), _("Where something has to be found out: questions, searches, growth.")),
        "helpfulness": (_("Helpfulness"), _("How good answers are, all in all.")),
        "self_awareness": (_("Self-awareness"), _("How far the verifier and people agree on answers.")),
        "creativity": (_("Creativity"), _("How good creative work and mini-pages are.")),
    }
    return [
        Tile(
            *texts[name],
            value=_share(now.traits[name]),
            start=_share(START[name]),
            trend=share_line([_measured(point.day, getattr(point, name)) for point in points]),
        )
        for name in START
    ]


def _measured(day: date, value: float) -> Measured:
    label = f"{formats.date_format(day, 'SHORT_DATE_FORMAT')}: {_share(value)}"
    return Measured(label, value, value, value)


def _kinds(point: TraitPoint | None) -> list[Kind]:
    rows = sorted(point.by_type.items(), key=lambda row: -row[1]["average"]) if point else []
    return [
        Kind(str(TaskType(kind).label), formats.number_format(row["average"], 1, use_l10n=True), count(row["answers"]))
        for kind, row in rows
        if kind in TaskType.values
    ]


def _share(value: float) -> str:
    return formats.number_format(value, 2, use_l10n=True)
