from django.db import models
from django.utils.translation import gettext_lazy as _


class Circuit(models.Model):
    """What the last calls to a provider's account say about it, shared by all processes.

    Closed: `open_until` is empty. Open: calls are refused until then. After that one caller at a time may probe,
    until `probe_until`.
    """

    provider = models.OneToOneField(
        "integrations.AIProvider", models.CASCADE, primary_key=True, related_name="circuit", verbose_name=_("provider")
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    openings = models.PositiveIntegerField(_("openings in a row"), default=0)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    open_until = models.DateTimeField(_("open until"), null=True, blank=True)
    probe_until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("circuit")
        verbose_name_plural = _("circuits")

    def __str__(self) -> str:
        return f"{self.provider_id}"

    @property
    def is_open(self) -> bool:
        """Also while it waits for a probe: nothing has shown yet that the provider works again."""
        return self.open_until is not None


class CallPermit(models.Model):
    """A place in a provider's line, or (granted) one of the calls that it takes at the same time.

    A worker renews what it holds; what a dead one left behind runs out.
    """

    provider = models.ForeignKey(
        "integrations.AIProvider", models.CASCADE, related_name="permits", verbose_name=_("provider")
    )
    queued_at = models.DateTimeField(_("asked"))
    granted = models.BooleanField(_("granted"), default=False)
    lease_until = models.DateTimeField()

    class Meta:
        verbose_name = _("call permit")
        verbose_name_plural = _("call permits")
        ordering = ["queued_at", "pk"]
        indexes = [models.Index(fields=["provider", "granted", "queued_at"], name="call_permit_line")]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.queued_at:%H:%M:%S}"
