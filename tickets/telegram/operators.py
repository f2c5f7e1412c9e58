"""Who somebody in Telegram is to us. Nobody is anybody until a code from the back office has linked him."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tickets.errors import NotPossible
from tickets.models import Operator

CODE_LIFE = timedelta(minutes=15)


def new_code(user: User) -> str:
    """A code for `/start CODE` in a private chat with the bot: good once, for 15 minutes; a former one no longer is.

    It is returned here and kept nowhere. Raises NotPossible for people who may not see tickets.
    """
    if not may_be_linked(user):
        raise NotPossible("user", "not_staff")
    code = secrets.token_urlsafe(18)
    values = {"code_digest": _digest(code), "code_until": timezone.now() + CODE_LIFE}
    Operator.objects.update_or_create(user=user, defaults=values)
    return code


def may_be_linked(user: User) -> bool:
    return user.is_active and user.is_staff and user.has_perm("tickets.view_ticket")


@transaction.atomic
def link(code: str, *, telegram_id: int, name: str) -> Operator | None:
    """The person whose code it is, now linked to this account alone; None when the code is not (or no longer) good."""
    now = timezone.now()
    row = Operator.objects.select_for_update(of=("self",)).filter(code_digest=_digest(code), code_until__gt=now).first()
    if row is None or not row.user.is_active:
        return None
    Operator.objects.filter(telegram_id=telegram_id).exclude(pk=row.pk).update(telegram_id=None, linked_at=None)
    row.telegram_id, row.telegram_name, row.linked_at = telegram_id, name[:200], now
    row.code_digest, row.code_until = "", None
    row.save()
    return row


def unlink(operator: Operator) -> None:
    Operator.objects.filter(pk=operator.pk).update(
        telegram_id=None, telegram_name="", linked_at=None, code_digest="", code_until=None
    )


def known(telegram_id: object) -> Operator | None:
    """Read anew for every press and every message: rights that were taken away count at once."""
    if isinstance(telegram_id, bool) or not isinstance(telegram_id, int):
        return None
    found = Operator.objects.select_related("user").filter(telegram_id=telegram_id).first()
    return found if found is not None and found.user.is_active and found.user.is_staff else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
