"""Subjects without what mail programs put before them."""

import re

# Re, Fwd and their kin, also numbered ("Re[2]:") and in Russian.
PREFIX = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|rv|отв|ответ|на|пер|пересл|hа)\s*(?:\[\d+\]|\(\d+\)|\^\d+)?\s*[:：]\s*)+",
    re.IGNORECASE,
)
MARK = re.compile(r"\[(?:ext|external|spam|внешнее)\]", re.IGNORECASE)


def base_subject(subject: str) -> str:
    """`Invoice 7` of `Re: FW: [EXT] Invoice 7`, lower case, for comparing alone."""
    from tickets.threading.tokens import without_tokens

    text = MARK.sub(" ", without_tokens(subject))
    return " ".join(PREFIX.sub("", text).split()).lower()


def is_another_matter(subject: str, earlier: str) -> bool:
    """Whether somebody wrote a subject of his own into an old thread: neither is part of the other."""
    new, old = base_subject(subject), base_subject(earlier)
    return bool(new and old and new not in old and old not in new)
