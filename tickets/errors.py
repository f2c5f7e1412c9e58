"""What the desk refuses, in words for people."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "merged": _("This ticket lives on in another one."),
    "state_not_choosable": _("This state cannot be chosen."),
    "taken_by_another": _("Somebody else has taken this ticket."),
    "empty": _("The text is empty."),
    "too_long": _("The text is too long."),
    "same_ticket": _("A ticket cannot be merged with itself."),
    "not_a_message": _("These messages do not belong to the ticket."),
    "nothing_left": _("At least one message has to stay in the ticket."),
    "undone": _("This has been taken back already."),
    "changed_since": _("Something has changed since, so this cannot be taken back."),
    "other_desk": _("The tickets belong to different mailboxes that not everybody sees."),
    "no_recipient": _("Nobody is there to answer to."),
    "draft_closed": _("The draft has been dealt with already."),
    "erased": _("The personal data of this customer have been erased."),
    "sent_already": _("It has been sent already."),
    "answered_meanwhile": _("This mail has been answered meanwhile."),
    "too_many_files": _("These are too many files."),
    "files_too_big": _("The files are too big to be sent by mail."),
    "decided": _("Somebody has decided on it already."),
    "no_score": _("A mark is a number from 1 to 5."),
    "sorted": _("This mail has found its place already."),
    "canned_elsewhere": _("This canned answer belongs to another mailbox."),
    "draft_changed": _("The draft has changed: read the card again."),
    "prompt_of_another": _("Somebody else was asked this."),
    "prompt_lapsed": _("This question has lapsed: press the button again."),
    "file_gone": _("Telegram does not give this file out."),
    "not_staff": _("Only staff who may see tickets can be linked."),
}


class NotPossible(Exception):
    """A change that cannot be made: which `field` is in the way, a `code`, and words."""

    def __init__(self, field: str, code: str, text: str | Promise | None = None) -> None:
        self.field = field
        self.code = code
        self.text: Any = TEXTS[code] if text is None else text
        super().__init__(str(code))

    def __str__(self) -> str:
        return str(self.text)
