"""A used-up budget in words for the person who asked."""

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from integrations.budgets.limits import BudgetExceeded, next_period
from integrations.choices import Period


def budget_text(error: BudgetExceeded) -> str:
    """Whose budget it is and when it starts anew, in the active language."""
    limit = error.limit
    if limit.period == Period.DAY:
        own = _("Your budget for today is used up. It starts anew on %(date)s.")
        shared = _("The budget for today, which all share, is used up. It starts anew on %(date)s.")
    else:
        own = _("Your budget for this month is used up. It starts anew on %(date)s.")
        shared = _("The budget for this month, which all share, is used up. It starts anew on %(date)s.")
    begins = timezone.localdate(next_period(limit.period))
    return (shared if limit.is_shared else own) % {"date": formats.date_format(begins)}
