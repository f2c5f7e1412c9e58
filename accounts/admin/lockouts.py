"""Log-ins that were refused, and the locks that follow from them (django-axes)."""

from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.admin import ReadOnlyAdmin
from config.backoffice.confirm import ask, is_confirmed
from config.backoffice.display import ago, badge, count, display
from config.backoffice.filters import DayRangeFilter, ValuesFilter

# The application of django-axes has no name that people could read.
apps.get_app_config("axes").verbose_name = gettext_lazy("Failed log-ins")


def locks(now: datetime) -> QuerySet[Any, Any]:
    """The (username, ip_address) that are locked out now: failures are summed over browsers, as axes does."""
    cool_off: timedelta = get_cool_off() or timedelta(0)
    recent = AccessAttempt.objects.filter(attempt_time__gte=now - cool_off)
    failures = recent.order_by().values("username", "ip_address").annotate(failures=Sum("failures_since_start"))
    found: QuerySet[Any, Any] = failures.filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    return found


def locked_logins(now: datetime) -> int:
    return locks(now).count()


class LockedFilter(ValuesFilter):
    title = gettext_lazy("lock")
    parameter_name = "locked"
    values = (("yes", gettext_lazy("Locked out now")), ("no", gettext_lazy("Not locked")))

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(locked=value == "yes")


@admin.register(AccessAttempt)
class FailedLogInAdmin(ReadOnlyAdmin):
    """Who tried from where, and whether that has locked the log-in."""

    list_display = ("login", "ip_address", "failures_since_start", "lock", "last_try", "browser")
    list_filter = (LockedFilter, ("attempt_time", DayRangeFilter))
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("login", "ip_address", "failures_since_start", "lock", "last_try", "path_info", "browser")
    readonly_fields = fields
    actions = ("unlock",)
    empty_list_text = gettext_lazy("Wrong passwords appear here. Too many of them lock the log-in for a while.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        lock = locks(timezone.now()).filter(username=OuterRef("username"), ip_address=OuterRef("ip_address"))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(locked=Exists(lock))
        return rows

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows go by unlocking, which takes all of a log-in's rows at once."""
        return False

    def has_unlock_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("axes.delete_accessattempt")

    def row_title(self, row: Any) -> str:
        return str(row.username or row.ip_address or "–")

    @display(description=gettext_lazy("log-in as typed"), ordering="username")
    def login(self, row: Any) -> str:
        return row.username or "–"

    @display(description=gettext_lazy("lock"), ordering="locked")
    def lock(self, row: Any) -> SafeString:
        return badge(_("Locked out"), "danger") if row.locked else badge(_("Not locked"))

    @display(description=gettext_lazy("last try"), ordering="attempt_time")
    def last_try(self, row: Any) -> str | SafeString:
        return ago(row.attempt_time)

    @display(description=gettext_lazy("browser"))
    def browser(self, row: Any) -> str:
        return str(row.user_agent)[:80]

    @admin.action(description=gettext_lazy("Unlock the selected log-ins"), permissions=["unlock"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        pairs = sorted({(row.username or "", row.ip_address or "") for row in queryset})
        if not is_confirmed(request):
            question = _("Unlock these log-ins? Their failures are forgotten and counting begins anew.")
            lines = [f"{name or '–'} · {address or '–'}" for name, address in pairs]
            return ask(self, request, queryset, name="unlock", question=question, button=_("Unlock"), lines=lines)
        for name, address in pairs:
            # Without both of them axes would forget everybody's failures.
            if name and address:
                AxesProxyHandler.reset_attempts(username=name, ip_address=address)
        text = ngettext("%(n)s log-in was unlocked.", "%(n)s log-ins were unlocked.", len(pairs))
        self.message_user(request, text % {"n": count(len(pairs))}, messages.SUCCESS)
        return None
