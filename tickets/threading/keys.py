"""What two mails have to share to be of one conversation.

A mail has ids (its own, those it refers to, Outlook's conversation) and people (everybody on it but us). Two mails
are of one thread when they share an id and a person: the person alone says nothing, and the id alone may stand in a
thousand answers to one newsletter. Each pair of both is a key. Whichever mail comes first, the same mails share the
same keys, so the order of arrival cannot change what belongs together.

Ids that we gave out need no person: nobody can know them but who was written to.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from tickets.addresses import OwnAddresses, comparable
from tickets.models import ThreadKey, TicketMessage

if TYPE_CHECKING:
    from tickets.mime.mail import ParsedMail

# Beyond these a mail is a mass mailing, or somebody's attempt to be everywhere.
MOST_PEOPLE = 20
MOST_IDS = 40
DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """`shared`: digests that are claimed for the ticket; `given`: those of ids that we gave out, only looked up.

    Both with the nearest ancestor first. `people` are comparable addresses.
    """

    shared: tuple[str, ...]
    given: tuple[str, ...]
    people: tuple[str, ...]


def keys_of(mail: "ParsedMail", own: OwnAddresses) -> Keys:
    people = people_of(mail, own)
    ids = ids_of(mail)
    return Keys(
        shared=tuple(_digest(name, person) for name in ids for person in people),
        given=tuple(given(name) for name in ids),
        people=people,
    )


def people_of(mail: "ParsedMail", own: OwnAddresses) -> tuple[str, ...]:
    """Everybody on the mail but our own mailboxes, in alphabetical order; its sender when that leaves nobody."""
    named = [mail.sender, *mail.reply_to, *mail.to, *mail.cc]
    others = {comparable(address.email) for address in named if address.email and address.email not in own}
    sender = comparable(mail.sender.email)
    if len(others) > MOST_PEOPLE:
        others = set(sorted(others)[:MOST_PEOPLE]) | (others & {sender})
    return tuple(sorted(others)) or (sender,)


def ids_of(mail: "ParsedMail") -> list[str]:
    """The names of what the mail refers to, the nearest first: its parent, older ones, Outlook's thread, itself."""
    ancestors = [*mail.in_reply_to, *reversed(mail.references)]
    names = [f"id:{name}" for name in ancestors if name]
    if mail.thread_index:
        names.append(f"outlook:{mail.thread_index}")
    unique = list(dict.fromkeys(names))[:MOST_IDS]
    return [*unique, *([f"id:{mail.message_id}"] if mail.message_id else [])]


def given(name: str) -> str:
    return _digest(name, "")


def given_id(message_id: str) -> str:
    """The digest of a Message-ID of our own, under which its ticket is found without a person."""
    return given(f"id:{message_id}")


def own(message: TicketMessage) -> None:
    """Whoever answers this message of ours comes to its ticket."""
    key = ThreadKey(digest=given_id(message.message_id), ticket_id=message.ticket_id, message=message)
    ThreadKey.objects.bulk_create([key], ignore_conflicts=True)


def _digest(name: str, person: str) -> str:
    return blake2b(f"{name}|{person}".encode(), digest_size=DIGEST_BYTES).hexdigest()
