"""Answers in labelled lines, as models say them that were trained on those and not on JSON."""

import re
from collections.abc import Sequence


def labelled(text: str, labels: Sequence[str]) -> dict[str, str]:
    """The first value of each of `labels` that begins a line, in any case and with any ornament around it."""
    pattern = rf"^[\s*#>\-]*({'|'.join(labels)})[\s*]*[:：—-]\s*(.*)$"
    found: dict[str, str] = {}
    for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE):
        found.setdefault(match[1].upper(), match[2].strip(" *"))
    return found
