import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from integrations.choices import BudgetScope, Payer, Period


class Budget(models.Model):
    """How much may be spent on models in a day or a month.

    One person's own budget stands in for his role's, and that for the one of each person. What all spend together
    is limited besides.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.CharField(_("for"), max_length=10, choices=BudgetScope, default=BudgetScope.PERSON)
    role = models.CharField(_("role"), max_length=16, choices=Role, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    period = models.CharField(_("period"), max_length=5, choices=Period, default=Period.DAY)
    max_usd = models.DecimalField(
        _("most, USD"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    max_tokens = models.PositiveBigIntegerField(_("most, tokens"), null=True, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        ordering = ["scope", "role", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "role", "period"],
                condition=Q(user__isnull=True),
                name="one_budget_for_each_scope_and_period",
                violation_error_message=_("There is such a budget already."),
            ),
            models.UniqueConstraint(
                fields=["user", "period"],
                condition=Q(user__isnull=False),
                name="one_budget_for_each_user_and_period",
                violation_error_message=_("There is such a budget already."),
            ),
            models.CheckConstraint(
                condition=Q(scope=BudgetScope.USER, user__isnull=False)
                | (~Q(scope=BudgetScope.USER) & Q(user__isnull=True)),
                name="budget_names_a_user_when_it_is_one_users",
                violation_error_message=_("Name a user for a budget of one user, and for no other."),
            ),
            models.CheckConstraint(
                condition=(Q(scope=BudgetScope.ROLE) & ~Q(role="")) | (~Q(scope=BudgetScope.ROLE) & Q(role="")),
                name="budget_names_a_role_when_it_is_a_roles",
                violation_error_message=_("Name a role for a budget of a role, and for no other."),
            ),
            models.CheckConstraint(
                condition=Q(max_usd__isnull=False) | Q(max_tokens__isnull=False),
                name="budget_limits_something",
                violation_error_message=_("Limit the money, the tokens, or both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_scope_display()}, {self.get_period_display()}"


class Spending(models.Model):
    """What one payer has spent in a period, and what running calls have set aside. Kept whether or not it is limited.

    `starts` is the first day of the period in the server's time zone.
    """

    payer = models.CharField(_("payer"), max_length=10, choices=Payer)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    period = models.CharField(_("period"), max_length=5, choices=Period)
    starts = models.DateField(_("from"))
    usd = models.DecimalField(_("spent, USD"), max_digits=16, decimal_places=8, default=Decimal(0))
    tokens = models.BigIntegerField(_("spent, tokens"), default=0)
    reserved_usd = models.DecimalField(_("set aside, USD"), max_digits=16, decimal_places=8, default=Decimal(0))
    reserved_tokens = models.BigIntegerField(_("set aside, tokens"), default=0)

    class Meta:
        verbose_name = _("spending")
        verbose_name_plural = _("spending")
        ordering = ["-starts", "-usd"]
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "period", "starts"], condition=Q(user__isnull=True), name="spending_of_a_payer"
            ),
            models.UniqueConstraint(
                fields=["user", "period", "starts"], condition=Q(user__isnull=False), name="spending_of_a_user"
            ),
        ]
        indexes = [models.Index(fields=["period", "starts"], name="spending_period")]

    def __str__(self) -> str:
        return f"{self.payer} {self.starts:%Y-%m-%d}"


class Reservation(models.Model):
    """What a running call has set aside in each Spending of `spendings` (their keys); goes when the call ends.

    What a dead worker left behind is given back after `expires_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spendings = models.JSONField(default=list)
    usd = models.DecimalField(max_digits=16, decimal_places=8)
    tokens = models.BigIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")

    def __str__(self) -> str:
        return str(self.id)[:8]
