from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from knowledge.choices import IndexState
from knowledge.models.documents import Document

CHUNK_LENGTHS = "chunk_lengths"


class IndexVersion(models.Model):
    """All passages as one set of rules and one encoder made them. Search reads the live version only.

    Its row is locked by whoever changes its passages, so `chunks` and `length` (terms in all) are exact, and
    vectors become visible in the order of their ids. `revision` rises when vectors were added.
    """

    state = models.CharField(_("state"), max_length=10, choices=IndexState, default=IndexState.BUILDING)
    # A key of knowledge.encoders; empty: no vectors, the lexical leg alone.
    encoder = models.CharField(_("embedding model"), max_length=120, blank=True)
    dimensions = models.PositiveSmallIntegerField(null=True, blank=True)
    text_rules = models.PositiveSmallIntegerField(default=1)
    chunks = models.PositiveIntegerField(_("passages"), default=0)
    length = models.PositiveBigIntegerField(default=0)
    vectors = models.PositiveIntegerField(_("vectors"), default=0)
    revision = models.PositiveBigIntegerField(default=0)
    # Documents up to this id have been copied into a version that is being built.
    cursor = models.UUIDField(null=True, blank=True)
    # Vectors of knowledge.encoders.background, float16: what a likeness is compared with.
    background = models.BinaryField(null=True, blank=True)
    # Held by the one process that makes vectors or copies documents.
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=80, blank=True)
    calibration = models.JSONField(default=dict, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("live since"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("index version")
        verbose_name_plural = _("index versions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="live"), name="index_one_live"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="building"), name="index_one_building"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether changes of documents go into it."""
        return self.state in {IndexState.LIVE, IndexState.BUILDING}


class Chunk(models.Model):
    """A passage of a published document under one heading; `terms` holds its words in their base forms.

    `terms` begins with those of the title and the headings; `heading_terms` repeats the headings',
    or the title's for a passage before the first heading. `line` is the line of the text where it begins.
    Written by knowledge.indexing alone, which keeps the full-text index and the statistics in step.
    """

    index = models.ForeignKey(IndexVersion, models.CASCADE, related_name="passages", verbose_name=_("index version"))
    document = models.ForeignKey(Document, models.CASCADE, related_name="chunks", verbose_name=_("document"))
    edition = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(_("position"))
    heading = models.CharField(_("heading"), max_length=300, blank=True)
    anchor = models.CharField(max_length=150, blank=True)
    line = models.PositiveIntegerField(default=0)
    place = models.CharField(_("place"), max_length=50, blank=True)
    text = models.TextField(_("text"))
    heading_terms = models.TextField(editable=False, blank=True)
    terms = models.TextField(editable=False)
    length = models.PositiveIntegerField(editable=False, help_text=_("Number of terms."))

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")
        ordering = ["document", "index", "edition", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "index", "edition", "position"], name="chunk_position_in_index_unique"
            )
        ]
        # Search in SQLite reads it instead of the rows, which are long.
        indexes = [models.Index(fields=["index", "id", "length"], name=CHUNK_LENGTHS)]

    def __str__(self) -> str:
        return f"{self.document_id} #{self.position}"


class Vector(models.Model):
    """A passage's vector: `data` is float16, little-endian, of length 1. Rows are added and deleted, never changed."""

    chunk = models.OneToOneField(Chunk, models.CASCADE, related_name="vector")
    index = models.ForeignKey(IndexVersion, models.CASCADE, related_name="+")
    data = models.BinaryField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        verbose_name = _("vector")
        verbose_name_plural = _("vectors")
        indexes = [models.Index(fields=["index", "id"], name="vector_of_index")]

    def __str__(self) -> str:
        return f"{self.chunk_id}"


class PendingVector(models.Model):
    """A passage whose vector is still to be made."""

    chunk = models.OneToOneField(Chunk, models.CASCADE, primary_key=True, related_name="+")
    index = models.ForeignKey(IndexVersion, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("vector to be made")
        verbose_name_plural = _("vectors to be made")
        indexes = [models.Index(fields=["index", "chunk"], name="pending_of_index")]

    def __str__(self) -> str:
        return f"{self.chunk_id}"


class Term(models.Model):
    """In how many passages of an index version a term occurs."""

    index = models.ForeignKey(IndexVersion, models.CASCADE, related_name="+")
    term = models.CharField(max_length=64)
    chunks = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        constraints = [models.UniqueConstraint(fields=["index", "term"], name="term_of_index_unique")]

    def __str__(self) -> str:
        return self.term
