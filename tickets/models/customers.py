import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.querysets import CustomerQuerySet


class Customer(models.Model):
    """A person who writes to us, by however many addresses."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    blocked = models.BooleanField(
        _("blocked"), default=False, help_text=_("Mails of a blocked sender go into quarantine.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name or f"#{self.pk}"


class CustomerAddress(models.Model):
    """`address` in the form that addresses are compared by (tickets.addresses.comparable)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="addresses", verbose_name=_("customer"))
    address = models.CharField(_("address"), max_length=320, unique=True)

    class Meta:
        verbose_name = _("address of a customer")
        verbose_name_plural = _("addresses of customers")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.address
