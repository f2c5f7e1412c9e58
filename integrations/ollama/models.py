from django.db import models
from django.utils.translation import gettext_lazy as _

GIB = 2**30


class OllamaServer(models.Model):
    """What is known of a provider that is an Ollama server, and who is changing what it has in memory.

    One caller of all processes switches models at a time: `switcher`, until `switching_until` unless he renews it.
    `revision` grows with each change that we make, so that an older look at the server does not undo it.
    `seen_at` is the last look that succeeded; with `failing_since` none has since. `last_error` is that of a look or
    of a switch.
    """

    provider = models.OneToOneField(
        "integrations.AIProvider", models.CASCADE, primary_key=True, related_name="ollama", verbose_name=_("provider")
    )
    version = models.CharField(_("version"), max_length=50, blank=True)
    installed = models.JSONField(_("installed models"), default=list, blank=True)
    current_key = models.CharField(_("answers now"), max_length=100, blank=True)
    current_at = models.DateTimeField(_("asked last"), null=True, blank=True)
    switches = models.PositiveIntegerField(_("switches"), default=0)
    revision = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(_("last looked at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    failed_look_at = models.DateTimeField(_("last looked at in vain"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    failed_at = models.DateTimeField(_("last failure"), null=True, blank=True)
    switcher = models.UUIDField(null=True, blank=True)
    switching_to = models.CharField(_("being loaded"), max_length=200, blank=True)
    switching_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("local model server")
        verbose_name_plural = _("local models")
        ordering = ["provider__name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(switcher__isnull=True, switching_until__isnull=True)
                | models.Q(switcher__isnull=False, switching_until__isnull=False),
                name="ollama_switch_has_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}"


class LoadedModel(models.Model):
    """A model in a server's memory, as far as we know: `size` in bytes, 0 where nobody said it."""

    server = models.ForeignKey(OllamaServer, models.CASCADE, related_name="loaded", verbose_name=_("server"))
    name = models.CharField(_("model name"), max_length=200)
    size = models.PositiveBigIntegerField(_("memory, bytes"), default=0)
    since = models.DateTimeField(_("loaded"))
    until = models.DateTimeField(_("stays until"))
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("loaded model")
        verbose_name_plural = _("loaded models")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="ollama_holds_a_model_once")]

    def __str__(self) -> str:
        return self.name


class ModelUse(models.Model):
    """A call that runs on a model, which stays in memory meanwhile. What a dead worker left behind runs out."""

    id = models.UUIDField(primary_key=True, editable=False)
    server = models.ForeignKey(OllamaServer, models.CASCADE, related_name="uses", verbose_name=_("server"))
    name = models.CharField(_("model name"), max_length=200)
    lease_until = models.DateTimeField()

    class Meta:
        verbose_name = _("use of a model")
        verbose_name_plural = _("uses of models")
        indexes = [models.Index(fields=["server", "name"], name="ollama_uses")]

    def __str__(self) -> str:
        return self.name
