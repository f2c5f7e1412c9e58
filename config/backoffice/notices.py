"""Lines of the landing page: what needs a person."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that needs a person: what, what to do, and where."""

    level: str
    text: str
    advice: str
    url: str
    action: str
    since: Any = ""
