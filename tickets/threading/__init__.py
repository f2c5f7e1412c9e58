"""Which ticket a mail belongs to, whatever order the mails of a thread come in."""

from tickets.threading.placing import Placed, known_ticket, mailbox_of, place

__all__ = ["Placed", "known_ticket", "mailbox_of", "place"]
