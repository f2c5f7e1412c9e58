"""Whose memory a command is about."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from accounts.models import AnonymousSubscriber, User
from chat.memory.holders import Holder


def add_holder_arguments(parser: ArgumentParser, *, visitors: bool = True) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--user", metavar="NAME", help="User name or e-mail address.")
    if visitors:
        group.add_argument("--visitor", metavar="ID", help="The visitor's id, as the back office shows it.")


def named_holder(options: dict[str, Any]) -> Holder:
    """Raises CommandError when there is nobody of that name."""
    if name := options.get("user"):
        users = User.objects.filter(username__iexact=name) | User.objects.filter(email__iexact=name)
        user = users.first()
        if user is None:
            raise CommandError(f"There is no user {name!r}.")
        return Holder("owner", user.pk)
    try:
        key = UUID(str(options.get("visitor")))
    except ValueError as error:
        raise CommandError(f"--visitor: {options.get('visitor')!r} is no id.") from error
    if not AnonymousSubscriber.objects.filter(pk=key).exists():
        raise CommandError(f"There is no visitor {key}.")
    return Holder("visitor", key)
