import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.querysets import DocumentQuerySet


class Document(models.Model):
    """A text that answers may be drawn from, kept as Markdown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=150, unique=True)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=5, choices=[("en", _("English")), ("ru", _("Russian"))])
    body = models.TextField(_("text"), help_text=_("Markdown."))
    source = models.CharField(_("source"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(
        _("place in the list"), default=100, help_text=_("Documents with lower numbers come first in the guide.")
    )
    published = models.BooleanField(_("published"), default=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    # That of the file last imported: what people change afterwards stays until the file itself changes.
    file_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/guide/{self.slug}"

    @property
    def is_withheld(self) -> bool:
        """Taken off the site by a person: an import does not bring it back."""
        return not self.published and bool(self.fingerprint)


class Chunk(models.Model):
    """A passage of a published document under one heading; `terms` holds its words in their base forms.

    `terms` begins with those of the title and the headings; `heading_terms` repeats the headings',
    or the title's for a passage before the first heading.
    Written by knowledge.services alone, which keep the full-text index and the statistics in step.
    """

    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks", verbose_name=_("document"))
    position = models.PositiveIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    anchor = models.CharField(max_length=150, blank=True)
    text = models.TextField(_("text"))
    heading_terms = models.TextField(editable=False, blank=True)
    terms = models.TextField(editable=False)
    length = models.PositiveIntegerField(editable=False, help_text=_("Number of terms."))

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ["document", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="chunk_position_unique")]

    def __str__(self) -> str:
        return f"{self.document_id} #{self.position}"

    @property
    def url(self) -> str:
        page = self.document.get_absolute_url()
        return f"{page}#{self.anchor}" if self.anchor else page


class Term(models.Model):
    """In how many passages a term occurs."""

    term = models.CharField(max_length=64, primary_key=True)
    chunks = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")

    def __str__(self) -> str:
        return self.term


class Corpus(models.Model):
    """The one row of totals over all passages; whoever changes the index locks it first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    chunks = models.PositiveIntegerField(default=0)
    length = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("corpus")
        verbose_name_plural = _("corpus")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="corpus_is_one_row")]

    def __str__(self) -> str:
        return f"{self.chunks}"
