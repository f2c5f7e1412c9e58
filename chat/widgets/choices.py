from django.db import models
from django.utils.translation import gettext_lazy as _


class WidgetLanguage(models.TextChoices):
    AUTO = "auto", _("The visitor's")
    EN = "en", _("English")
    RU = "ru", _("Russian")


class WidgetTheme(models.TextChoices):
    AUTO = "auto", _("As the visitor's system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class WidgetPosition(models.TextChoices):
    RIGHT = "right", _("Bottom right")
    LEFT = "left", _("Bottom left")


class LauncherIcon(models.TextChoices):
    """Names of symbols in the icon sprite."""

    BUBBLE = "message-circle", _("Speech bubble")
    LINES = "message-square-text", _("Message")
    QUESTION = "circle-question-mark", _("Question mark")
    HEADSET = "headset", _("Headset")
    SPARKLES = "sparkles", _("Sparkles")
    BOT = "bot", _("Robot")
