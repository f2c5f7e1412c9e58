"""What is wrong with a rule, and where."""


class RuleError(ValueError):
    """A rule that cannot be used. `path` leads to the place, such as `rules[1].operator`; empty for the whole."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message
