"""What can go wrong on the way out. Texts are for people and free of secrets."""

from integrations.outbox.choices import HoldReason


class InvalidMessage(ValueError):
    """A message that no transport could carry, told to whoever wanted to send it; `field` names the culprit."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field}: {text}")
        self.field = field
        self.text = text


class DeliveryError(Exception):
    """An attempt that certainly did not deliver.

    `permanent`: trying again cannot help. `retry_after`: seconds that the other side asked for.
    `everywhere`: it is about the server, bot or endpoint, so its other messages had better wait too.
    """

    def __init__(
        self,
        text: str,
        *,
        code: str = "",
        permanent: bool = False,
        retry_after: float | None = None,
        everywhere: bool = False,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after
        self.everywhere = everywhere


class OutcomeUnknown(DeliveryError):
    """The message was handed over and no answer came: it may have arrived."""


class OnHold(Exception):
    """Nothing was tried, because something has to be set up first; it does not count as an attempt."""

    def __init__(self, reason: HoldReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class LeaseLost(Exception):
    """The row belongs to somebody else by now: nothing may be sent for it."""


class NotPossible(Exception):
    """The delivery is in a state in which this cannot be done; the text says so."""
