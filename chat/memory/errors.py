"""Why something is not remembered. Codes are kept in reports and told in words by chat.memory.texts."""

EMPTY = "empty"
TOO_LONG = "too_long"
SECRET = "secret"  # noqa: S105 - a code
REJECTED = "rejected"
REPEATED = "repeated"
UNSURE = "unsure"
FULL = "full"


class MemoryRefused(Exception):
    """It may not be remembered; `code` is one of the above."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SameMemory(Exception):
    """Another memory of the person says the same already; `memory` is that one."""

    def __init__(self, memory: object) -> None:
        super().__init__("the same is remembered already")
        self.memory = memory
