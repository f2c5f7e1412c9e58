from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.admin import ModelAdmin, ReadOnlyAdmin
from config.backoffice.display import EMPTY, badge, count, display, money
from config.backoffice.filters import ChoicesDropdownFilter
from integrations.budgets.limits import period_start
from integrations.choices import BudgetScope, Payer, Period
from integrations.models import Budget, Spending

# From here on a budget is shown as nearly used up.
NEARLY = Decimal("0.8")
PAYERS = {BudgetScope.ALL: Payer.ALL, BudgetScope.VISITORS: Payer.VISITORS}


@admin.register(Budget)
class BudgetAdmin(ModelAdmin):
    """How much may be spent on models, and how much has been."""

    list_display = ("whose", "period", "money_used", "tokens_used", "state", "enabled")
    list_select_related = ("user",)
    list_filter = (("scope", ChoicesDropdownFilter), ("period", ChoicesDropdownFilter))
    search_fields = ("user__username", "user__email")
    ordering = ("scope", "role", "period")
    autocomplete_fields = ("user",)
    fieldsets = (
        (
            None,
            {
                "fields": ("scope", "role", "user", "period", "max_usd", "max_tokens", "enabled"),
                "description": gettext_lazy(
                    "The budget of one person stands in for his role's, and that for the one of each person; what "
                    "all spend together is limited besides. Who has nothing left is told so when he asks, and an "
                    "answer that uses up the rest ends with the text so far. Callers with keys of their own pay "
                    "themselves."
                ),
            },
        ),
    )
    empty_list_text = gettext_lazy("Nothing is limited. A budget limits money, tokens or both, in a day or a month.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_spending(super().get_queryset(request))

    @display(description=gettext_lazy("for"), ordering="scope")
    def whose(self, row: Budget) -> str:
        if row.user is not None:
            return row.user.display_name
        return f"{row.get_scope_display()}: {row.get_role_display()}" if row.role else str(row.get_scope_display())

    @display(description=gettext_lazy("money, spent of"))
    def money_used(self, row: Any) -> str:
        return EMPTY if row.max_usd is None else f"{money(row.used_usd)} / {money(row.max_usd)}"

    @display(description=gettext_lazy("tokens, spent of"))
    def tokens_used(self, row: Any) -> str:
        return EMPTY if row.max_tokens is None else f"{count(row.used_tokens)} / {count(row.max_tokens)}"

    @display(description=gettext_lazy("state"))
    def state(self, row: Any) -> str | SafeString:
        """Of the one who has spent the most, where each person has a budget of his own."""
        share = used_share(row)
        text, colour = f"{share:.0%}", "success"
        if share >= 1:
            text, colour = _("Used up"), "danger"
        elif share >= NEARLY:
            colour = "warning"
        if row.scope in {BudgetScope.PERSON, BudgetScope.ROLE}:
            return format_html("{} {}", badge(text, colour), _("at most"))
        return badge(text, colour)


def used_share(row: Any) -> Decimal:
    """How much of the tighter limit is spent: 0 is nothing, 1 all of it."""
    shares = [Decimal(0)]
    if row.max_usd is not None:
        shares.append(row.used_usd / row.max_usd if row.max_usd else Decimal(1))
    if row.max_tokens is not None:
        shares.append(Decimal(row.used_tokens) / row.max_tokens if row.max_tokens else Decimal(1))
    return max(shares)


def with_spending(budgets: QuerySet[Any]) -> QuerySet[Any]:
    """Annotates `used_usd` and `used_tokens` of the running period, of the biggest spender where each has his own."""
    starts = Case(
        When(period=Period.DAY, then=Value(period_start(Period.DAY))), default=Value(period_start(Period.MONTH))
    )
    running = Spending.objects.filter(period=OuterRef("period"), starts=OuterRef("starts"))
    whose = {
        BudgetScope.USER: running.filter(user=OuterRef("user")),
        BudgetScope.PERSON: running.filter(payer=Payer.USER),
        BudgetScope.ROLE: running.filter(payer=Payer.USER, user__role=OuterRef("role")),
        **{scope: running.filter(payer=payer) for scope, payer in PAYERS.items()},
    }

    def most(field: str) -> Any:
        found = [
            When(Q(scope=scope), then=Subquery(rows.order_by(f"-{field}").values(field)[:1]))
            for scope, rows in whose.items()
        ]
        return Coalesce(Case(*found), Value(Decimal(0) if field == "usd" else 0), output_field=field_of(field))

    with_start: QuerySet[Any] = budgets.annotate(starts=starts)
    annotated: QuerySet[Any] = with_start.annotate(used_usd=most("usd"), used_tokens=most("tokens"))
    return annotated


def field_of(name: str) -> Any:
    return Spending._meta.get_field(name)


@admin.register(Spending)
class SpendingAdmin(ReadOnlyAdmin):
    """Who has spent how much, by day and month."""

    list_display = ("whose", "period", "starts", "spent", "token_count", "held")
    list_select_related = ("user",)
    list_filter = (("payer", ChoicesDropdownFilter), ("period", ChoicesDropdownFilter))
    search_fields = ("user__username", "user__email")
    ordering = ("-starts", "-usd")
    fields = ("whose", "period", "starts", "spent", "token_count", "held")
    readonly_fields = fields
    empty_list_text = gettext_lazy("What answers cost is added up here for each person, day and month.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Running calls count on these rows."""
        return False

    def row_title(self, row: Any) -> str:
        return str(self.whose(row))

    @display(description=gettext_lazy("payer"), ordering=F("user__username"))
    def whose(self, row: Spending) -> str:
        return row.user.display_name if row.user else str(row.get_payer_display())

    @display(description=gettext_lazy("spent"), ordering="usd")
    def spent(self, row: Spending) -> str:
        return money(row.usd)

    @display(description=gettext_lazy("tokens"), ordering="tokens")
    def token_count(self, row: Spending) -> str:
        return count(row.tokens)

    @display(description=gettext_lazy("set aside by running calls"))
    def held(self, row: Spending) -> str:
        if not row.reserved_tokens:
            return EMPTY
        return f"{money(row.reserved_usd)} · {count(row.reserved_tokens)}"
