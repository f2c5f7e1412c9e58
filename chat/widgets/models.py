"""The embeddable chat: what staff configure, who visits, and where it has been seen."""

import secrets
from typing import Any, ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AnonymousSubscriber
from chat.widgets.choices import LauncherIcon, WidgetLanguage, WidgetPosition, WidgetTheme
from chat.widgets.colours import HEX
from chat.widgets.querysets import SightingQuerySet, WidgetQuerySet
from integrations.models import AIModel

AT_LEAST_ONE = [MinValueValidator(1)]
COLOUR = RegexValidator(rf"^{HEX.pattern}\Z", _("Enter a colour as # and six hexadecimal digits."))


def new_key() -> str:
    """What names a widget in public; not a secret, only not to be guessed."""
    return f"w_{secrets.token_hex(12)}"


class Widget(models.Model):
    """A chat that other sites embed with one script tag."""

    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(_("public key"), max_length=40, unique=True, default=new_key, editable=False)
    enabled = models.BooleanField(_("enabled"), default=True)
    origins = models.JSONField(_("sites"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=4, choices=WidgetLanguage, default=WidgetLanguage.AUTO)

    title_en = models.CharField(_("title, English"), max_length=60, blank=True)
    title_ru = models.CharField(_("title, Russian"), max_length=60, blank=True)
    greeting_en = models.CharField(_("greeting, English"), max_length=300, blank=True)
    greeting_ru = models.CharField(_("greeting, Russian"), max_length=300, blank=True)
    placeholder_en = models.CharField(_("placeholder, English"), max_length=80, blank=True)
    placeholder_ru = models.CharField(_("placeholder, Russian"), max_length=80, blank=True)
    suggestions_en = models.JSONField(_("suggestions, English"), default=list, blank=True)
    suggestions_ru = models.JSONField(_("suggestions, Russian"), default=list, blank=True)

    accent = models.CharField(_("accent colour"), max_length=7, default="#0b6e63", validators=[COLOUR])
    theme = models.CharField(_("theme"), max_length=5, choices=WidgetTheme, default=WidgetTheme.AUTO)
    position = models.CharField(_("position"), max_length=5, choices=WidgetPosition, default=WidgetPosition.RIGHT)
    icon = models.CharField(_("icon"), max_length=30, choices=LauncherIcon, default=LauncherIcon.BUBBLE)
    privacy_url = models.URLField(_("privacy note"), blank=True, max_length=300)

    model = models.ForeignKey(
        AIModel, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("model")
    )
    instructions = models.TextField(_("instructions"), blank=True, max_length=4000)
    knows_guide = models.BooleanField(_("answer from the product's guide too"), default=True)
    keeps_pages = models.BooleanField(_("note the page"), default=True)

    visitor_per_minute = models.PositiveIntegerField(_("per visitor and minute"), default=6, validators=AT_LEAST_ONE)
    visitor_per_day = models.PositiveIntegerField(_("per visitor and day"), default=100, validators=AT_LEAST_ONE)
    address_per_minute = models.PositiveIntegerField(_("per address and minute"), default=20, validators=AT_LEAST_ONE)
    address_per_day = models.PositiveIntegerField(_("per address and day"), default=500, validators=AT_LEAST_ONE)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects: ClassVar[Any] = WidgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visitor_per_minute__gte=1, visitor_per_day__gte=1)
                & models.Q(address_per_minute__gte=1, address_per_day__gte=1),
                name="widget_limits_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WidgetSession(models.Model):
    """Binds a visitor to one widget and one site.

    The visitor stays bound when the widget is gone: a token of nobody's widget opens nothing.
    """

    visitor = models.OneToOneField(AnonymousSubscriber, models.CASCADE, related_name="widget_session")
    widget = models.ForeignKey(Widget, models.SET_NULL, null=True, related_name="sessions")
    origin = models.CharField(max_length=300)
    resume_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    resumed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("widget session")
        verbose_name_plural = _("widget sessions")
        indexes = [models.Index(fields=["widget", "origin"], name="widget_session_origin")]

    def __str__(self) -> str:
        return f"session {self.pk}"


class WidgetSighting(models.Model):
    """A site on which the widget's script has run; `refused` when it is not on the widget's list."""

    widget = models.ForeignKey(Widget, models.CASCADE, related_name="sightings")
    origin = models.CharField(_("site"), max_length=300)
    refused = models.BooleanField(_("refused"), default=False)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)

    objects: ClassVar[Any] = SightingQuerySet.as_manager()

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        ordering = ["-last_seen"]
        constraints = [models.UniqueConstraint(fields=["widget", "origin"], name="widget_sighting_unique")]

    def __str__(self) -> str:
        return self.origin
