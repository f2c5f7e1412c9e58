from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from knowledge.models import Document
from tickets.choices import AnswerKind, ProposalState, TicketPriority, TicketState
from tickets.models.mailboxes import Mailbox
from tickets.models.tickets import Tag, Ticket


class CannedAnswer(models.Model):
    """A text for answers, with variables (tickets.answers.variables), and what else it does to a ticket."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    text_en = models.TextField(_("text, English"), blank=True)
    text_ru = models.TextField(_("text, Russian"), blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=AnswerKind, default=AnswerKind.ANSWER)
    mailbox = models.ForeignKey(
        Mailbox, models.CASCADE, null=True, blank=True, related_name="canned", verbose_name=_("only for mailbox")
    )
    set_state = models.CharField(_("sets the state"), max_length=16, choices=TicketState, blank=True)
    set_priority = models.PositiveSmallIntegerField(
        _("sets the priority"), choices=TicketPriority, null=True, blank=True
    )
    add_tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("adds the tags"))
    assign_to_me = models.BooleanField(_("assigns the ticket to whoever uses it"), default=False)
    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("canned answer")
        verbose_name_plural = _("canned answers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        from tickets.answers.variables import check_fields

        check_fields(text_en=self.text_en, text_ru=self.text_ru)


class ArticleProposal(models.Model):
    """A document for the knowledge base, made of a resolved ticket. `alike`: [{"document", "title", "likeness"}]."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="proposal", verbose_name=_("ticket"))
    state = models.CharField(_("state"), max_length=16, choices=ProposalState, default=ProposalState.OPEN)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    alike = models.JSONField(_("alike"), default=list, blank=True)
    masked = models.PositiveIntegerField(_("masked places"), default=0)
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("document")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("proposed article")
        verbose_name_plural = _("proposed articles")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
