"""What goes wrong with a request to the outside.

Texts are for people: they name the host, never path, query or header.
"""


class OutgoingError(Exception):
    """`code` is for machines, `message` for people; `permanent` says that the same request fails again."""

    def __init__(self, code: str, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


class RefusedRequest(OutgoingError):
    """We do not send this: a header or a method that is not a caller's to choose."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, permanent=True)


class RefusedURL(RefusedRequest):
    """We do not call this address."""


class RequestFailed(OutgoingError):
    """It was tried and did not work out."""


def refusal_behind(error: BaseException | None) -> str:
    """What the door said when it was the door that refused, for people; else nothing."""
    while error is not None:
        if isinstance(error, RefusedRequest):
            return error.message
        error = error.__cause__
    return ""
