"""The queues of the desk: which tickets each holds and in what order they are worked on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.backoffice.display import count
from tickets.choices import TicketState

PARAMETER = "queue"
# Beyond it a tab says only that there are more.
MANY = 1000
WORK_ORDER = ("priority", "waiting_since")
NEWEST = ("-last_message_at",)


@dataclass(frozen=True, slots=True)
class Queue:
    """`order` follows an index of tickets, so that the first page needs no sorting of the whole table."""

    key: str
    title: str | Promise
    narrow: Callable[[Any, Any], Any]
    order: tuple[str, ...]
    empty: str | Promise


ALL = Queue(
    "all", _("All"), lambda rows, user: rows, NEWEST, _("Every mail of a customer becomes a ticket, or joins one.")
)
QUEUES = (
    Queue(
        "mine",
        _("Mine"),
        lambda rows, user: rows.ours().filter(assignee=user),
        WORK_ORDER,
        _("Nothing waits for you. Take a ticket from the unassigned ones."),
    ),
    Queue(
        "unassigned",
        _("Unassigned"),
        lambda rows, user: rows.ours().filter(assignee=None),
        WORK_ORDER,
        _("Every open ticket has somebody who looks after it."),
    ),
    Queue(
        "drafts",
        _("Drafts to approve"),
        lambda rows, user: rows.filter(has_draft=True),
        NEWEST,
        _("No answer waits for approval."),
    ),
    Queue(
        "overdue",
        _("Overdue"),
        lambda rows, user: rows.overdue(timezone.now()),
        ("due_at",),
        _("Nothing is late."),
    ),
    Queue(
        "waiting",
        _("Waiting for the customer"),
        lambda rows, user: rows.filter(state=TicketState.WAITING),
        NEWEST,
        _("No customer has been asked for details."),
    ),
    Queue("open", _("All open"), lambda rows, user: rows.ours(), WORK_ORDER, _("Every customer has been answered.")),
    ALL,
)
BY_KEY = {queue.key: queue for queue in QUEUES}


@dataclass(frozen=True, slots=True)
class Tab:
    queue: Queue
    number: int | None
    current: bool

    @property
    def shown(self) -> str:
        if self.number is None:
            return ""
        return f"{count(MANY)}+" if self.number > MANY else count(self.number)

    @property
    def alarms(self) -> bool:
        return self.queue.key == "overdue" and bool(self.number)


def chosen(key: str, *, searching: bool) -> Queue:
    """The queue of an address; without one all open tickets, for a search all there are."""
    return BY_KEY.get(key) or (ALL if searching else BY_KEY["open"])


def tabs(rows: Any, user: Any, *, current: Queue) -> list[Tab]:
    numbers = numbers_of(rows, user)
    return [Tab(queue, numbers.get(queue.key), queue is current) for queue in QUEUES]


def numbers_of(rows: Any, user: Any) -> dict[str, int]:
    """How many tickets wait in each queue: four queries along indexes; but the first none looks beyond MANY rows."""
    open_ones = rows.ours().order_by()
    found: dict[str, int] = open_ones.aggregate(
        mine=Count("pk", filter=Q(assignee=user)),
        unassigned=Count("pk", filter=Q(assignee__isnull=True)),
        open=Count("pk"),
    )
    for key in ("drafts", "overdue", "waiting"):
        found[key] = BY_KEY[key].narrow(rows, user).order_by().values("pk")[: MANY + 1].count()
    return found
