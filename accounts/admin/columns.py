"""The state of credentials, as lists show it."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config.backoffice.display import badge
from config.backoffice.filters import ValuesFilter

STATE_COLOURS = {"usable": "success", "expired": "warning", "revoked": "danger"}
STATES = {"usable": _("Usable"), "expired": _("Expired"), "revoked": _("Revoked")}


def credential_state(row: Any, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "usable" if row.is_usable(now) else "expired"


def state_badge(row: Any) -> SafeString:
    state = credential_state(row, timezone.now())
    return badge(STATES[state], STATE_COLOURS[state])


class CredentialStateFilter(ValuesFilter):
    title = _("state")
    parameter_name = "state"
    values = tuple(STATES.items())

    def narrow(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        now = timezone.now()
        conditions = {
            "usable": Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now)),
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(conditions.get(value, Q()))
