"""What people do on a ticket's page: each name is one change, made by the services that API and Telegram call too."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from config.backoffice.confirm import find
from tickets.admin.bulk import tag_named
from tickets.admin.conversation import newest_spoken
from tickets.admin.filters import staff_users
from tickets.answers import send_answer
from tickets.answers.drafts import approve, edit_and_send, reject
from tickets.choices import AnswerKind, MessageKind, TicketPriority, TicketState
from tickets.errors import NotPossible
from tickets.models import CannedAnswer, Draft, Tag, Ticket, TicketMessage, TicketMove, Topic
from tickets.services import changes, moves
from tickets.services.events import locked


@dataclass(frozen=True, slots=True)
class Handler:
    """`right` is the permission of tickets that it needs; `run` says what was done, or nothing."""

    right: str
    run: Callable[[HttpRequest, Ticket], Any]


def number(text: Any) -> int:
    value = str(text or "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else 0


def check_seen(request: HttpRequest, ticket: Ticket) -> None:
    """Raises NotPossible when something was said after what the writer had before him; the ticket must be locked."""
    if newest_spoken(ticket) > number(request.POST.get("seen")):
        raise NotPossible("seen", "not_seen", _("Somebody has written meanwhile. Read it, then send your answer."))


@transaction.atomic
def answer(request: HttpRequest, ticket: Ticket) -> str:
    row = locked(ticket.pk)
    check_seen(request, row)
    canned = CannedAnswer.objects.filter(pk=number(request.POST.get("canned"))).first()
    kind = AnswerKind.QUESTION if request.POST.get("kind") == AnswerKind.QUESTION else AnswerKind.ANSWER
    send_answer(
        ticket=row,
        text=request.POST.get("text", ""),
        actor=request.user,
        kind=kind,
        canned=canned,
        attachments=request.FILES.getlist("attachments"),
        key=answer_key(request),
    )
    return _("The answer is on its way.")


def answer_key(request: HttpRequest) -> str:
    """Of the form that was sent: sent twice, it is one answer."""
    return f"desk:{key[:64]}" if (key := request.POST.get("key", "")) else ""


def note(request: HttpRequest, ticket: Ticket) -> str:
    changes.add_note(ticket, request.POST.get("note", ""), actor=request.user)
    return _("The note is written.")


def take(request: HttpRequest, ticket: Ticket) -> str:
    changes.assign(ticket, request.user, actor=request.user, only_if_free=True)
    return _("The ticket is yours.")


def close(request: HttpRequest, ticket: Ticket) -> str:
    changes.set_state(ticket, TicketState.CLOSED, actor=request.user)
    return _("The ticket is closed.")


def spam(request: HttpRequest, ticket: Ticket) -> str:
    changes.set_state(ticket, TicketState.SPAM, actor=request.user)
    return _("The ticket counts as spam.")


@transaction.atomic
def properties(request: HttpRequest, ticket: Ticket) -> str:
    """Each field that the form holds and that differs; what was changed elsewhere meanwhile is not changed back."""
    post, actor = request.POST, request.user
    if _differs(post, "state") and post["state"] in TicketState.values:
        changes.set_state(ticket, TicketState(post["state"]), actor=actor)
    if _differs(post, "priority") and number(post["priority"]) in TicketPriority.values:
        changes.set_priority(ticket, TicketPriority(number(post["priority"])), actor=actor)
    if _differs(post, "assignee"):
        changes.assign(ticket, _staff(post["assignee"]), actor=actor)
    if _differs(post, "topic"):
        changes.set_topic(ticket, Topic.objects.filter(pk=number(post["topic"])).first(), actor=actor)
    if _differs(post, "tags"):
        _set_tags(ticket, post["tags"], post["was_tags"], actor=actor)
    if _differs(post, "subject") and post["subject"].strip():
        changes.set_subject(ticket, post["subject"], actor=actor)
    return _("Saved.")


def _differs(post: Any, name: str) -> bool:
    """Whether the writer has changed a field, told from what the form had shown him."""
    return name in post and post[name] != post.get(f"was_{name}")


def _staff(key: str) -> User | None:
    if not key:
        return None
    found = staff_users().filter(pk=number(key)).first()
    if found is None:
        raise NotPossible("assignee", "not_staff", _("Tickets can be given to active members of staff only."))
    return found


def _set_tags(ticket: Ticket, wanted: str, before: str, *, actor: Any) -> None:
    new, old = tag_names(wanted), tag_names(before)
    dropped = {name.casefold() for name in old} - {name.casefold() for name in new}
    known = {name.casefold() for name in old}
    added = [tag_named(name) for name in new if name.casefold() not in known]
    removed = [tag for tag in Tag.objects.filter(tickets=ticket) if tag.name.casefold() in dropped]
    changes.change_tags(ticket, add=added, remove=removed, actor=actor)


def tag_names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := " ".join(part.split())[:50])]


# Drafts


def draft_of(request: HttpRequest, ticket: Ticket) -> Draft:
    found: Draft = find(Draft.objects.filter(ticket=ticket), request.POST.get("draft"))
    return found


@transaction.atomic
def approve_draft(request: HttpRequest, ticket: Ticket) -> str:
    check_seen(request, locked(ticket.pk))
    approve(draft_of(request, ticket), actor=request.user)
    return _("The draft is on its way to the customer.")


@transaction.atomic
def edit_draft(request: HttpRequest, ticket: Ticket) -> str:
    check_seen(request, locked(ticket.pk))
    edit_and_send(draft_of(request, ticket), request.POST.get("text", ""), actor=request.user)
    return _("Your text is on its way to the customer.")


def reject_draft(request: HttpRequest, ticket: Ticket) -> str:
    reject(draft_of(request, ticket), actor=request.user, reason=request.POST.get("reason", "").strip()[:300])
    return _("The draft is rejected.")


# Merging and splitting


def merge(request: HttpRequest, ticket: Ticket) -> str:
    key = number(request.POST.get("target", "").strip().lstrip("#"))
    target = Ticket.objects.visible_to(request.user).filter(pk=key).first()
    if target is None:
        raise NotPossible("target", "no_such_ticket", _("There is no ticket of this number."))
    moves.merge(ticket, target, actor=request.user)
    return _("The ticket lives on as #%(n)s.") % {"n": target.pk}


def split(request: HttpRequest, ticket: Ticket) -> str:
    keys = [number(key) for key in request.POST.getlist("messages")]
    chosen = list(TicketMessage.objects.filter(ticket=ticket, pk__in=keys).exclude(kind=MessageKind.NOTE))
    move = moves.split(ticket, chosen, subject=request.POST.get("subject", "").strip(), actor=request.user)
    return _("The messages are in the new ticket #%(n)s.") % {"n": move.target_id}


def undo(request: HttpRequest, ticket: Ticket) -> str:
    move = TicketMove.objects.filter(pk=number(request.POST.get("move"))).select_related("source", "target").first()
    if move is None or ticket.pk not in {move.source_id, move.target_id}:
        raise Http404
    moves.undo(move, actor=request.user)
    return _("It has been taken back.")


HANDLERS = {
    "answer": Handler("answer_ticket", answer),
    "note": Handler("change_ticket", note),
    "take": Handler("change_ticket", take),
    "close": Handler("change_ticket", close),
    "spam": Handler("change_ticket", spam),
    "properties": Handler("change_ticket", properties),
    "approve": Handler("answer_ticket", approve_draft),
    "edit": Handler("answer_ticket", edit_draft),
    "reject": Handler("answer_ticket", reject_draft),
    "merge": Handler("change_ticket", merge),
    "split": Handler("change_ticket", split),
    "undo": Handler("change_ticket", undo),
}
