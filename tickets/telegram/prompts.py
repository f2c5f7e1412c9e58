"""Questions to an operator: what to write to the customer. His answer to the question is the text."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.outbox.choices import Priority
from integrations.outbox.services import Order
from tickets.answers import drafts
from tickets.answers.sending import send_answer
from tickets.choices import AnswerKind, PromptKind
from tickets.errors import NotPossible
from tickets.models import Draft, Operator, OperatorPrompt, Ticket, TicketMessage
from tickets.telegram.place import Place
from tickets.telegram.texts import mention, safe, title

KEY = "ticket-prompt"
DRAFT = 3000


def ask(kind: PromptKind, *, ticket: Ticket, operator: Operator, place: Place, draft: Draft | None = None) -> bool:
    """Asks, in the caller's transaction; False when the same question to this person is open already."""
    now = timezone.now()
    alike = OperatorPrompt.objects.filter(
        ticket=ticket, operator=operator, kind=kind, draft=draft, chat=place.chat_id, used_at=None, expires_at__gt=now
    )
    if alike.exists():
        return False
    prompt = OperatorPrompt.objects.create(
        ticket=ticket,
        operator=operator,
        kind=kind,
        draft=draft,
        chat=place.chat_id,
        expires_at=now + timedelta(minutes=settings.TELEGRAM_PROMPT_MINUTES),
    )
    key = f"{KEY}:{prompt.pk}"
    order = Order(key=key, source=f"ticket:{ticket.uuid}", priority=Priority.URGENT)
    # Only whom the text names is asked to answer, not everybody in the chat.
    place.say(_text(prompt), order, reply_markup={"force_reply": True, "selective": True})
    prompt.delivery_key = key
    prompt.save(update_fields=["delivery_key"])
    return True


def _text(prompt: OperatorPrompt) -> str:
    words = {
        PromptKind.EDIT: _("answer to this message with the text for the customer. The draft, to copy:"),
        PromptKind.ASK: _("answer to this message with your question to the customer."),
    }
    lines = [f"<b>{title(prompt.ticket)}</b>", f"{mention(prompt.operator.user)}, {words[PromptKind(prompt.kind)]}"]
    if prompt.draft is not None:
        lines.append(f"<pre>{safe(prompt.draft.text, DRAFT)}</pre>")
    return "\n".join(lines)


def answer(prompt: OperatorPrompt, text: str, *, operator: Operator, attachments: Sequence[Any]) -> TicketMessage:
    """Does what was asked for with the text, once; raises NotPossible. In the caller's transaction."""
    if prompt.operator_id != operator.pk:
        raise NotPossible("prompt", "prompt_of_another")
    now = timezone.now()
    if prompt.used_at is None and prompt.expires_at <= now:
        raise NotPossible("prompt", "prompt_lapsed")
    if not OperatorPrompt.objects.filter(pk=prompt.pk, used_at=None).update(used_at=now):
        raise NotPossible("prompt", "sent_already")
    if prompt.draft is not None:
        return drafts.edit_and_send(prompt.draft, text, actor=operator.user, attachments=attachments)
    return send_answer(
        ticket=prompt.ticket,
        text=text,
        actor=operator.user,
        kind=AnswerKind.QUESTION if prompt.kind == PromptKind.ASK else AnswerKind.ANSWER,
        attachments=attachments,
        key=f"telegram-prompt:{prompt.pk}",
    )
