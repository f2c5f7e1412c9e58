"""The support desk's own audience of documents: a document for `tickets` is for every mailbox."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from knowledge import scopes

TICKETS_SCOPE = "tickets"


def _mailboxes() -> Iterable[tuple[str, str]]:
    from tickets.models import Mailbox

    return [(str(key), name) for key, name in Mailbox.objects.order_by("name").values_list("pk", "name")]


def register() -> None:
    scopes.register(TICKETS_SCOPE, _("Support desk"), _mailboxes)
