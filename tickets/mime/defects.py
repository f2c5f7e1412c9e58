"""What was broken or cut in a mail, each kind once."""

from tickets.mime.limits import MAX_DEFECTS


class Defects:
    def __init__(self) -> None:
        self._codes: dict[str, None] = {}

    def add(self, code: str) -> None:
        if len(self._codes) < MAX_DEFECTS:
            self._codes[code] = None

    def codes(self) -> tuple[str, ...]:
        return tuple(self._codes)
