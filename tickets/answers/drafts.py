"""Drafts: written by the triage, sent, changed or rejected by people. Of two who do so at once, one does."""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction
from django.utils import timezone

from tickets.answers.sending import LONGEST_ANSWER, checked, refuse, send_answer, supersede_drafts
from tickets.choices import AnswerKind, DraftState, EventBy, EventKind
from tickets.errors import NotPossible
from tickets.models import Draft, Ticket, TicketMessage, Triage
from tickets.services.events import locked, record, touch
from tickets.triage import verdicts

# Beyond these words two texts are compared by which words they have, not by their order.
COMPARED_WORDS = 3000


@transaction.atomic
def propose_draft(
    *,
    ticket: Ticket,
    in_answer_to: TicketMessage | None,
    text: str,
    kind: AnswerKind = AnswerKind.ANSWER,
    triage: Triage | None = None,
    by: EventBy = EventBy.AI,
    actor: Any = None,
) -> Draft:
    """A draft in place of any other of the ticket; a triage has one, however often it is asked for.

    Raises NotPossible for tickets that cannot be answered.
    """
    text = checked(text[:LONGEST_ANSWER])
    row = locked(ticket.pk)
    if triage is not None and (known := Draft.objects.filter(triage=triage).first()) is not None:
        return known
    refuse(row)
    supersede_drafts(row)
    draft = Draft.objects.create(ticket=row, message=in_answer_to, triage=triage, kind=kind, text=text)
    row.has_draft = True
    touch(row, "has_draft")
    record(row, EventKind.DRAFTED, by=by, actor=actor, message=in_answer_to, draft=str(draft.pk), answer=kind)
    ticket.has_draft = True
    return draft


def approve(draft: Draft, *, actor: Any) -> TicketMessage:
    """Sends the draft as it is; raises NotPossible (`draft_closed`) when somebody else has dealt with it."""
    return _send(draft, draft.text, DraftState.APPROVED, actor=actor)


def edit_and_send(
    draft: Draft,
    text: str,
    *,
    actor: Any,
    cc: Iterable[str] = (),
    attachments: Iterable[Any] = (),
) -> TicketMessage:
    """Sends `text` in place of the draft; one that is the same counts as approved. Raises NotPossible."""
    text = checked(text)
    state = DraftState.APPROVED if text.strip() == draft.text.strip() else DraftState.EDITED
    return _send(draft, text, state, actor=actor, cc=cc, attachments=attachments)


@transaction.atomic
def reject(draft: Draft, *, actor: Any, reason: str = "") -> None:
    """Nothing is sent, and the ticket waits for a person's own answer. Raises NotPossible (`draft_closed`)."""
    ticket = _claim(
        draft, DraftState.REJECTED, actor=actor, reject_reason=" ".join(reason.replace("\x00", "").split())[:300]
    )
    ticket.has_draft = False
    touch(ticket, "has_draft")
    _reviewed(draft, ticket, actor=actor)


@transaction.atomic
def _send(draft: Draft, text: str, state: DraftState, *, actor: Any, **more: Any) -> TicketMessage:
    edited = 0.0 if state == DraftState.APPROVED else share_edited(draft.text, text)
    ticket = _claim(draft, state, actor=actor, final_text=text, edited=edited)
    message = send_answer(
        ticket=ticket,
        text=text,
        actor=actor,
        in_answer_to=draft.message,
        kind=AnswerKind(draft.kind),
        triage=draft.triage,
        draft=draft,
        key=f"draft:{draft.pk}",
        **more,
    )
    draft.answer = message
    draft.save(update_fields=["answer"])
    _reviewed(draft, ticket, actor=actor, message=message)
    return message


def _claim(draft: Draft, state: DraftState, *, actor: Any, **values: Any) -> Ticket:
    """The draft's ticket, held; only one claim of an open draft succeeds."""
    # The ticket first, as everybody does: two who wait for each other's row would wait for ever.
    ticket = locked(Draft.objects.values_list("ticket_id", flat=True).get(pk=draft.pk))
    values |= {"state": state, "reviewer": actor, "reviewed_at": timezone.now()}
    if not Draft.objects.filter(pk=draft.pk, ticket=ticket, state=DraftState.OPEN).update(**values):
        raise NotPossible("draft", "draft_closed")
    draft.refresh_from_db()
    return ticket


def _reviewed(draft: Draft, ticket: Ticket, *, actor: Any, message: TicketMessage | None = None) -> None:
    said: dict[str, Any] = {"draft": str(draft.pk), "verdict": draft.state, "edited": draft.edited}
    record(ticket, EventKind.DRAFT_REVIEWED, actor=actor, message=message, **said)
    verdicts.note(draft)


def share_edited(before: str, after: str) -> float:
    """How much of a text was changed, 0..1, by words: what was taken out and put in, of both texts together."""
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    alike = matcher.ratio() if max(len(old), len(new)) <= COMPARED_WORDS else matcher.quick_ratio()
    return round(1.0 - alike, 4)
