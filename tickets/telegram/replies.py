"""What operators write: answers to a card go to the customer, notes stay in the house, `/start CODE` links a person."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from integrations.outbox.choices import Priority
from integrations.outbox.services import Order
from integrations.telegram.bots import ENVIRONMENT
from tickets.answers.sending import send_answer
from tickets.errors import NotPossible
from tickets.models import ChatPost, Operator, OperatorPrompt, TelegramUpdate, TicketCard
from tickets.services.changes import add_note
from tickets.telegram import commands, files, operators, prompts
from tickets.telegram.files import SentFile, Upload
from tickets.telegram.place import Place
from tickets.telegram.presses import hold, may_answer, refusal
from tickets.telegram.texts import one_line
from tickets.telegram.updates import NotYet, finish, is_last_attempt

JSON = dict[str, Any]
NOTE = re.compile(r"(?:#|/note(?:@\w+)?(?=\s|$))\s*")
# For the rest of an album, which comes in updates of its own.
ALBUM_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Writing:
    """What somebody wrote in answer to a message about a ticket. `prompt`: the question that it answers."""

    text: str
    sent: list[SentFile]
    ticket_id: int
    prompt: OperatorPrompt | None

    @property
    def note(self) -> str | None:
        """The text of a note, None for an answer to the customer."""
        found = NOTE.match(self.text)
        return self.text[found.end() :] if found else None


def deal_with(row: TelegramUpdate, message: JSON) -> None:
    place = Place.of(row.bot, message)
    with translation.override(place.language()):
        if commands.is_command(message):
            return commands.deal_with(row, message, place)
        rows = _album(row)
        writing = _writing(row, [one.payload["message"] for one in rows], place)
        sender = message.get("from")
        operator = operators.known(sender.get("id") if isinstance(sender, dict) else None)
        if writing is None or not isinstance(sender, dict) or sender.get("is_bot"):
            return _leave(rows)
        if operator is None:
            return _hint(rows, place, sender)
        _carry_out(rows, writing, operator, place)


def _leave(rows: list[TelegramUpdate]) -> None:
    with transaction.atomic():
        finish(rows)


def _album(row: TelegramUpdate) -> list[TelegramUpdate]:
    """The update and those of the same album; the first of them deals with all. Raises NotYet."""
    if not row.album:
        return [row]
    if (timezone.now() - row.created_at).total_seconds() < ALBUM_SECONDS:
        raise NotYet
    rows = list(TelegramUpdate.objects.filter(bot=row.bot, album=row.album, handled_at=None).order_by("update_id"))
    if rows[0].pk != row.pk and not is_last_attempt(row):
        raise NotYet
    return rows if rows[0].pk == row.pk else [row]


def _writing(row: TelegramUpdate, messages: list[JSON], place: Place) -> Writing | None:
    """None for what is not said about a ticket. Raises NotYet while we do not know the message that is answered."""
    answered = next((one["reply_to_message"] for one in messages if _is_answer(one)), None)
    if answered is None:
        return None
    number = answered.get("message_id")
    prompt = OperatorPrompt.objects.select_related("draft", "ticket").filter(chat=place.chat_id, message_id=number)
    question = prompt.filter(delivery_key__gt="").first()
    ticket_id = question.ticket_id if question else _ticket_of(row.bot, place.chat_id, number)
    if ticket_id is None:
        if _is_ours(answered) and not is_last_attempt(row):
            raise NotYet
        return None
    text = next((words for one in messages if (words := str(one.get("text") or one.get("caption") or "").strip())), "")
    return Writing(text, [file for one in messages for file in files.files_of(one)], ticket_id, question)


def _is_answer(message: JSON) -> bool:
    answered = message.get("reply_to_message")
    # In a topic every message answers to the one that opened the topic.
    return isinstance(answered, dict) and "forum_topic_created" not in answered


def _is_ours(answered: JSON) -> bool:
    author = answered.get("from")
    return isinstance(author, dict) and bool(author.get("is_bot"))


def _ticket_of(bot: str, chat_id: str, number: object) -> int | None:
    """The ticket that a message of ours is about."""
    if not isinstance(number, int):
        return None
    references = ["", ENVIRONMENT] if bot == ENVIRONMENT else [bot]
    card = TicketCard.objects.filter(message_id=number, chat__chat_id=chat_id, chat__bot__in=references)
    post = ChatPost.objects.filter(message_id=number, card__chat__chat_id=chat_id, card__chat__bot__in=references)
    return card.values_list("ticket_id", flat=True).first() or post.values_list("card__ticket_id", flat=True).first()


def _carry_out(rows: list[TelegramUpdate], writing: Writing, operator: Operator, place: Place) -> None:
    try:
        if may_answer(operator.user, writing.ticket_id) is None:
            said = _("You may not answer this ticket.")
            return _close(rows, place, said)
        uploads = files.fetch(place.bot, writing.sent)
    except NotPossible as error:
        return _close(rows, place, f"⚠️ {error}")
    with transaction.atomic():
        _say(rows[0], place, _effect(rows[0], writing, operator, uploads))
        finish(rows)


def _close(rows: list[TelegramUpdate], place: Place, said: str) -> None:
    with transaction.atomic():
        _say(rows[0], place, said)
        finish(rows)


def _effect(row: TelegramUpdate, writing: Writing, operator: Operator, uploads: list[Upload]) -> str:
    """What is said to the operator about what became of his words."""
    ticket = may_answer(operator.user, writing.ticket_id)
    if ticket is None:
        return _("You may not answer this ticket.")
    try:
        with transaction.atomic():
            if (note := writing.note) is not None:
                add_note(ticket, note, actor=operator.user)
                return "📝 " + (_("Noted, without the files.") if uploads else _("Noted, for the team only."))
            hold(ticket, operator)
            if writing.prompt is not None:
                sent = prompts.answer(writing.prompt, _words(writing), operator=operator, attachments=uploads)
            else:
                key = f"telegram:{row.bot}:{row.update_id}"
                words = _words(writing)
                sent = send_answer(ticket=ticket, text=words, actor=operator.user, attachments=uploads, key=key)
            return "✅ " + _("On its way to %(address)s.") % {"address": one_line(", ".join(sent.to), 200)}
    except NotPossible as error:
        return "⚠️ " + one_line(refusal(error, ticket), 300)


def _words(writing: Writing) -> str:
    """Files that come without a word say what they are."""
    if writing.text or not writing.sent:
        return writing.text
    return "📎 " + ", ".join(file.name for file in writing.sent)


def _say(row: TelegramUpdate, place: Place, text: str) -> None:
    order = Order(key=f"telegram-said:{row.bot}:{row.update_id}", source="tickets.telegram", priority=Priority.URGENT)
    place.say(text, order, disable_notification=True)


def _hint(rows: list[TelegramUpdate], place: Place, sender: JSON) -> None:
    """Strangers hear how to become known, now and then, and nothing else."""
    with transaction.atomic():
        commands.say_how_to_link(place, sender.get("id"))
        finish(rows)
