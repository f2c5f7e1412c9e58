import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from knowledge.choices import WebSourceKind, WebSourceState
from knowledge.models.documents import LANGUAGES, Document, Tag


class WebSource(models.Model):
    """An address whose pages are documents, fetched again on a schedule. Unpublished documents stay unpublished."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    url = models.URLField(_("address"), max_length=2000)
    kind = models.CharField(_("kind"), max_length=10, choices=WebSourceKind, default=WebSourceKind.PAGE)
    language = models.CharField(
        _("language"), max_length=5, choices=LANGUAGES, blank=True, help_text=_("Empty: as each page says.")
    )
    tags: "models.ManyToManyField[Tag, Any]" = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True)
    # JSON list of scopes, as in Audience; empty: everybody.
    scopes = models.JSONField(default=list, blank=True)
    every_hours = models.PositiveSmallIntegerField(_("hours between visits"), default=24)
    most_pages = models.PositiveIntegerField(_("most pages"), default=500)
    enabled = models.BooleanField(_("enabled"), default=True)
    state = models.CharField(
        _("state"), max_length=10, choices=WebSourceState, default=WebSourceState.IDLE, editable=False
    )
    error = models.CharField(_("error"), max_length=500, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    next_at = models.DateTimeField(_("next visit"), null=True, blank=True, editable=False)
    visited_at = models.DateTimeField(_("last visit"), null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("website")
        verbose_name_plural = _("websites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WebPage(models.Model):
    """One page of a source as it was last seen; `etag` and `last_modified` are what the server called that state."""

    source = models.ForeignKey(WebSource, models.CASCADE, related_name="pages")
    url = models.CharField(_("address"), max_length=2000)
    # SHA-256 of the address: a unique index over long texts has no room on PostgreSQL.
    key = models.CharField(max_length=64, editable=False)
    document = models.OneToOneField(Document, models.SET_NULL, null=True, blank=True, related_name="page")
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    # The visit in which it was last dealt with, so that an interrupted one goes on where it was.
    visit = models.DateTimeField(null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    changed_at = models.DateTimeField(_("last change"), null=True, blank=True)

    class Meta:
        verbose_name = _("web page")
        verbose_name_plural = _("web pages")
        ordering = ["source", "url"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="webpage_once")]

    def __str__(self) -> str:
        return self.url
