"""What people decide about proposed articles."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from knowledge.services.editing import create_document
from tickets.choices import ProposalState
from tickets.errors import NotPossible
from tickets.models import ArticleProposal

LONGEST_TITLE = 200


@transaction.atomic
def accept(
    proposal: ArticleProposal, *, actor: Any, title: str = "", text: str = "", publish: bool = False
) -> ArticleProposal:
    """Makes a document of it, unpublished unless asked for; `title` and `text` replace the proposed ones.

    Raises NotPossible (`title`, `text`, `proposal` when somebody else has decided already).
    """
    title = title.replace("\x00", "").strip() or proposal.title
    text = text.replace("\x00", "").strip() or proposal.text
    if len(title) > LONGEST_TITLE:
        raise NotPossible("title", "too_long")
    _decide(proposal, ProposalState.ACCEPTED, actor, title=title, text=text)
    document = create_document(
        title=title, body=text, language=proposal.language or "en", tags=["tickets"], publish=publish, actor=actor
    )
    proposal.document = document
    proposal.save(update_fields=["document"])
    return proposal


@transaction.atomic
def reject(proposal: ArticleProposal, *, actor: Any) -> None:
    """Raises NotPossible when somebody else has decided already."""
    _decide(proposal, ProposalState.REJECTED, actor)


def _decide(proposal: ArticleProposal, state: ProposalState, actor: Any, **texts: str) -> None:
    values = {"state": state, "reviewer": actor, "reviewed_at": timezone.now(), **texts}
    if not ArticleProposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN).update(**values):
        raise NotPossible("proposal", "decided")
    proposal.refresh_from_db()
