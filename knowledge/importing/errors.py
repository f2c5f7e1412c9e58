class BadSource(Exception):
    """A source that cannot be imported as a whole; the message says which and why."""


class BadEntry(Exception):
    """One document of a source that cannot be imported; the message says why."""
