"""The set-up of the made-up desk: mailboxes, topics, tags, operators."""

from dataclasses import dataclass

from accounts.models import User
from tickets.choices import AutopilotLevel
from tickets.models import Mailbox, Tag, Topic

MAILBOXES = ("support", "billing", "sales", "warranty")
TOPICS = ("delivery", "payment", "return", "account", "repair", "documents")
TAGS = ("vip", "callback", "claim", "repeat", "partner", "urgent-delivery", "refund", "defect")
OPERATORS = 12


@dataclass(frozen=True, slots=True)
class Desk:
    mailboxes: list[int]
    topics: list[int]
    tags: list[int]
    operators: list[int]


def desk() -> Desk:
    """Made on first need; operators cannot log in until somebody gives them a password."""
    return Desk(
        [_mailbox(name) for name in MAILBOXES],
        [Topic.objects.get_or_create(key=key, defaults={"name": key.title()})[0].pk for key in TOPICS],
        [Tag.objects.get_or_create(name=name)[0].pk for name in TAGS],
        [_operator(number) for number in range(1, OPERATORS + 1)],
    )


def _mailbox(name: str) -> int:
    fields = {"name": f"Seed {name}", "autopilot": AutopilotLevel.DRAFT}
    return int(Mailbox.objects.get_or_create(address=f"{name}@seed.example", defaults=fields)[0].pk)


def _operator(number: int) -> int:
    name = f"seed-operator-{number}"
    known = User.objects.filter(username=name).first()
    if known is None:
        known = User.objects.create_user(
            name, f"{name}@seed.example", None, is_staff=True, first_name=f"Operator {number}"
        )
    return int(known.pk)
