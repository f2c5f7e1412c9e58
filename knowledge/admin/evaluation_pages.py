"""What the pages of test questions and evaluations show, ready for their templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _

from config.backoffice.charts import Measured, ShareLine, share_line
from config.backoffice.display import EMPTY
from knowledge.choices import RunState
from knowledge.evaluation.runs import Result, is_right
from knowledge.evaluation.texts import metric_titles
from knowledge.models import Document, EvaluationRun

SHOWN_RUNS = 20


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its interval; `trend` leads to it through the runs before."""

    title: str
    meaning: str
    value: str
    interval: str
    trend: ShareLine | None = None


def share(value: float | None, places: int = 3) -> str:
    return EMPTY if value is None else formats.number_format(round(value, places), places, use_l10n=True)


def interval(metric: dict[str, Any] | None) -> str:
    """Between what bounds the figure would lie for other questions of this kind."""
    if not metric or metric["value"] is None:
        return _("no question speaks about it")
    return f"{share(metric['low'])} – {share(metric['high'])}"


def tiles(metrics: dict[str, Any], runs: Sequence[dict[str, Any]] = ()) -> list[Tile]:
    """All figures; with `runs` (oldest first) each has its trend."""
    return [
        Tile(
            title=title.short,
            meaning=title.meaning,
            value=share((metrics.get(title.name) or {}).get("value")),
            interval=interval(metrics.get(title.name)),
            trend=_trend(title.name, runs) if runs else None,
        )
        for title in metric_titles()
    ]


def finished_runs() -> list[dict[str, Any]]:
    """The last completed runs, the oldest first; one query that leaves their results alone."""
    rows: Any = EvaluationRun.objects.filter(state=RunState.DONE).order_by("-pk")
    return list(rows.values("pk", "index_id", "encoder", "metrics")[:SHOWN_RUNS])[::-1]


def _trend(name: str, runs: Sequence[dict[str, Any]]) -> ShareLine:
    known = [(run, metric) for run in runs if (metric := run["metrics"].get(name)) and metric["value"] is not None]
    return share_line([_point(run, metric) for run, metric in known])


def _point(run: dict[str, Any], metric: dict[str, Any]) -> Measured:
    version = f"#{run['index_id']}" if run["index_id"] else EMPTY
    label = _("Evaluation #%(run)s, index version %(version)s: %(value)s (%(interval)s)") % {
        "run": run["pk"],
        "version": version,
        "value": share(metric["value"]),
        "interval": interval(metric),
    }
    return Measured(label, metric["value"], metric["low"], metric["high"], group=version)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question's row: what was expected, what was found, and whether that is right."""

    text: str
    language: str
    expected: list[tuple[str, str]]
    found: list[tuple[str, str]]
    right: bool
    verdict: str
    confidence: str
    latency_ms: float
    more: int


def outcomes(results: Sequence[Result], *, wrong_only: bool) -> list[Outcome]:
    """One query for the titles and addresses of all documents that are named."""
    rows = [row for row in results if not (wrong_only and is_right(row))]
    slugs = {slug for row in rows for slug in (*row["expected"], *row["found"][:3])}
    documents = Document.objects.filter(slug__in=slugs).values_list("slug", "title", "pk")
    known = {slug: (title, reverse("admin:knowledge_document_change", args=[pk])) for slug, title, pk in documents}
    return [_outcome(row, known) for row in rows]


def _outcome(row: Result, known: dict[str, tuple[str, str]]) -> Outcome:
    def named(slugs: Sequence[str]) -> list[tuple[str, str]]:
        # A document that is gone is still named.
        return [known.get(slug, (slug, "")) for slug in slugs]

    return Outcome(
        text=row["text"],
        language=row["language"],
        expected=named(row["expected"]),
        found=named(row["found"][:3]),
        right=is_right(row),
        verdict=verdict(row),
        confidence=share(row["confidence"], 2),
        latency_ms=row["latency_ms"],
        more=max(0, len(row["found"]) - 3),
    )


def verdict(row: Result) -> str:
    """What became of the question, in a few words."""
    if not row["answerable"]:
        return _("answered, though nothing fits") if row["answered"] else _("silent, as it should be")
    if not row["answered"]:
        return _("silent, though there is an answer")
    if row["rank"] is None:
        return _("only other documents")
    return _("right at place %(rank)s") % {"rank": row["rank"]}
