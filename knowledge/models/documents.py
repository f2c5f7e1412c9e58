import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.choices import WORK_STATES, DocumentFormat, DocumentState
from knowledge.querysets import DocumentQuerySet

LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]


class Tag(models.Model):
    """A word by which documents are filtered."""

    name = models.CharField(_("name"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """A text that answers may be drawn from, kept as Markdown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=150, unique=True)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    body = models.TextField(_("text"), help_text=_("Markdown."))
    source = models.CharField(_("source"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(
        _("place in the list"), default=100, help_text=_("Documents with lower numbers come first in the guide.")
    )
    published = models.BooleanField(_("published"), default=True)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    # That of the file last imported: what people change afterwards stays until the file itself changes.
    file_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    # The first part of `source`: the folder or archive that was imported.
    collection = models.CharField(_("collection"), max_length=150, blank=True, editable=False)
    format = models.CharField(
        _("format"), max_length=10, choices=DocumentFormat, default=DocumentFormat.MARKDOWN, editable=False
    )
    tags: "models.ManyToManyField[Tag, Any]" = models.ManyToManyField(
        Tag, verbose_name=_("tags"), blank=True, related_name="documents"
    )
    # True when there are rows of Audience: only those see the document.
    restricted = models.BooleanField(default=False, editable=False)
    # Search sees the passages of this edition; the next one is written beside it.
    edition = models.PositiveIntegerField(default=0, editable=False)
    places = models.JSONField(default=list, blank=True, editable=False)
    original = models.FileField(_("original file"), upload_to="knowledge/%Y/%m", max_length=300, blank=True)
    original_name = models.CharField(max_length=255, blank=True, editable=False)
    address = models.CharField(_("address"), max_length=2000, blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=DocumentState, default=DocumentState.READY, editable=False
    )
    # A code of knowledge.texts, and for people who look closer what the program said.
    error = models.CharField(_("error"), max_length=50, blank=True, editable=False)
    error_detail = models.CharField(max_length=500, blank=True, editable=False)
    # What is to become of an uploaded file once it has been read.
    publish_when_read = models.BooleanField(default=True, editable=False)
    notes = models.JSONField(default=list, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    # When the source (file or web page) was last seen as it is here.
    seen_at = models.DateTimeField(_("source last seen"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "title"]
        indexes = [
            # Search joins documents by id; without this it would read past their whole texts to reach these columns.
            models.Index(
                fields=["id", "published", "edition", "restricted", "language", "collection"],
                name="document_for_search",
            ),
            models.Index(fields=["lease_until"], name="document_at_work", condition=models.Q(state__in=WORK_STATES)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/guide/{self.slug}"

    @property
    def is_withheld(self) -> bool:
        """Taken off the site by a person: an import does not bring it back."""
        return not self.published and bool(self.fingerprint)

    @property
    def percent(self) -> int:
        """How much of the work in progress is done."""
        return min(100, 100 * self.done // self.total) if self.total else 0


class Audience(models.Model):
    """Who sees a restricted document: `assistant`, `widget` (all of them), `widget:<id>`, `desk`, `bot:<id>` …"""

    document = models.ForeignKey(Document, models.CASCADE, related_name="audiences")
    scope = models.CharField(_("scope"), max_length=80)

    class Meta:
        verbose_name = _("audience")
        verbose_name_plural = _("audiences")
        constraints = [models.UniqueConstraint(fields=["document", "scope"], name="audience_once")]

    def __str__(self) -> str:
        return self.scope


class Revision(models.Model):
    """A text that a document had; any can be taken back."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES)
    body = models.TextField(_("text"))
    places = models.JSONField(default=list, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["document", "-number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="revision_number_unique")]

    def __str__(self) -> str:
        return f"#{self.number}"
