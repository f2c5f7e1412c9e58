"""Secrets that somebody pasted by mistake: a prompt goes to a provider with every question."""

import re

from config.logging import SHAPES

# Beyond what logs are masked for.
MORE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b|\bAIza[0-9A-Za-z_-]{35}\b"
)


def line_with_secret(text: str) -> int:
    """The first line that looks as if it held a secret, from 1; 0 when there is none."""
    for number, line in enumerate(text.splitlines(), 1):
        if MORE.search(line) or any(_is_secret(found[0]) for found in SHAPES.finditer(line)):
            return number
    return 0


def _is_secret(text: str) -> bool:
    """ "Bearer tokens" and "Basic knowledge" are words; keys have digits, and addresses a name with a password."""
    return ":" in text or any(character.isdigit() for character in text)
