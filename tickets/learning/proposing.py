"""Which resolved tickets have something to teach, and the proposal made of one."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction

from tickets.addresses import without_tag
from tickets.answers.addressing import language_of
from tickets.choices import AnswerKind, DraftState, MessageKind, TicketState
from tickets.learning.likeness import alike
from tickets.learning.masking import Masker
from tickets.learning.writing import Article, write
from tickets.models import ArticleProposal, Ticket, TicketMessage

SHORTEST_ANSWER = 20
LONGEST_PART = 10_000


def propose(ticket: Ticket) -> ArticleProposal | None:
    """An article made of the ticket; None when it teaches nothing, or what is known. Calls a model outside of locks."""
    if (known := ArticleProposal.objects.filter(ticket=ticket).first()) is not None:
        return known
    answer = lesson_of(ticket)
    if answer is None or answer.in_answer_to is None:
        return None
    language, question = language_of(ticket, answer.in_answer_to), answer.in_answer_to
    masker = masker_of(ticket, language)
    parts = [
        masker.mask(text[:LONGEST_PART]) for text in (ticket.subject, question.new_text or question.text, answer.text)
    ]
    subject, asked, said = (part.text for part in parts)
    article = write(subject, asked, said, language=language)
    if article is None:
        return None
    # A model may have put together again what was taken apart.
    title, text = masker.mask(article.title), masker.mask(article.text)
    found = alike(title.text, text.text, language=language, besides=ticket.pk)
    if found.is_known:
        return None
    places = sum(part.places for part in (*parts, title, text))
    return _stored(ticket, Article(title.text, text.text), language, found.rows, places)


def lesson_of(ticket: Ticket) -> TicketMessage | None:
    """The last answer that a person wrote himself; a draft that was only approved says what is known already."""
    rows = ticket.messages.filter(kind=MessageKind.ANSWER, answer_kind=AnswerKind.ANSWER, author__isnull=False)
    for message in rows.select_related("in_answer_to").order_by("-pk"):
        draft = getattr(message, "draft", None)
        if (draft is None or draft.state == DraftState.EDITED) and len(message.text) >= SHORTEST_ANSWER:
            return message
    return None


def masker_of(ticket: Ticket, language: str) -> Masker:
    """Knows the names of everybody in the ticket, and the hosts whose links are no secret: the mailbox's and ours."""
    names = {ticket.customer.name, *ticket.messages.values_list("sender_name", flat=True)}
    addresses = ticket.customer.addresses.values_list("address", flat=True)
    names |= {without_tag(address)[0].partition("@")[0].replace(".", " ").replace("_", " ") for address in addresses}
    people = ticket.messages.filter(author__isnull=False).values_list("author__first_name", "author__last_name")
    names |= {" ".join(name) for name in people}
    own = {ticket.mailbox.sender_name, ticket.mailbox.name}
    hosts = [ticket.mailbox.address.rpartition("@")[2], urlsplit(settings.PUBLIC_URL).hostname or ""]
    return Masker(language=language, names=names - own, hosts=hosts)


@transaction.atomic
def _stored(
    ticket: Ticket, article: Article, language: str, rows: list[dict[str, Any]], places: int
) -> ArticleProposal | None:
    """None for a ticket that was erased or opened again while a model wrote."""
    row = Ticket.objects.select_for_update().select_related("customer").get(pk=ticket.pk)
    if row.state not in {TicketState.RESOLVED, TicketState.CLOSED} or row.customer.erased_at is not None:
        return None
    values = {"title": article.title, "text": article.text, "language": language, "alike": rows, "masked": places}
    try:
        with transaction.atomic():
            return ArticleProposal.objects.create(ticket=row, **values)
    except IntegrityError:
        return ArticleProposal.objects.get(ticket=row)
