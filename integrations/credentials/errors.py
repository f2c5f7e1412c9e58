class CredentialError(Exception):
    """`code` is for machines, `message` for people and free of secrets; `permanent` asks for a person."""

    def __init__(self, code: str, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
