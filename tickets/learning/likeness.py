"""How much of a text is said elsewhere: the share of its words' base forms that another text has too."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.text import terms
from knowledge.scopes import STAFF
from knowledge.search import search
from tickets.choices import ProposalState
from tickets.models import ArticleProposal

# From here on a proposal would say what is there already.
SAME = 0.7
WORTH_TELLING = 0.25
COMPARED = 500
FOUND = 5


@dataclass(frozen=True, slots=True)
class Alike:
    """What is there already: `rows` for `ArticleProposal.alike`; `is_known` when one of them says it all."""

    rows: list[dict[str, Any]]
    is_known: bool


def alike(title: str, text: str, *, language: str, besides: int | None = None) -> Alike:
    """Documents and open proposals like this one, the most alike first. A handful of queries."""
    wanted = set(terms(f"{title}\n{text}"))
    found = [*_documents(title, wanted, language), *_proposals(wanted, language, besides)]
    rows = sorted(found, key=lambda row: -row["likeness"])
    told = [row for row in rows if row["likeness"] >= WORTH_TELLING][:FOUND]
    return Alike(told, bool(rows) and rows[0]["likeness"] >= SAME)


def _documents(title: str, wanted: set[str], language: str) -> Iterable[dict[str, Any]]:
    result = search(title, scope=STAFF, language=language or None, limit=FOUND, everything=True)
    best: dict[str, dict[str, Any]] = {}
    for passage in result.passages:
        likeness = share(wanted, set(terms(f"{passage.title}\n{passage.text}")))
        key = str(passage.document_id)
        if key not in best or best[key]["likeness"] < likeness:
            best[key] = {"document": key, "title": passage.title, "likeness": round(likeness, 3)}
    return best.values()


def _proposals(wanted: set[str], language: str, besides: int | None) -> Iterable[dict[str, Any]]:
    rows = ArticleProposal.objects.filter(state=ProposalState.OPEN, language=language).exclude(ticket=besides)
    for row in rows.only("title", "text").order_by("-pk")[:COMPARED]:
        likeness = share(wanted, set(terms(f"{row.title}\n{row.text}")))
        yield {"proposal": row.pk, "title": row.title, "likeness": round(likeness, 3)}


def share(said: set[str], known: set[str]) -> float:
    """0..1: how much of what one text says another one says too."""
    return len(said & known) / len(said) if said else 0.0
