"""What readers of a turn get to see while it is worked on."""

import time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from chat.turns.job import Job
from chat.turns.writer import TurnWriter

STAGE_TEXTS = {
    "analysis": _("Reading the question…"),
    "retrieval": _("Searching the knowledge base…"),
    "planning": _("Planning the answer…"),
    "tool": _("Looking things up…"),
    "waiting": _("Waiting for the model…"),
    "execution": _("Writing the answer…"),
    "verification": _("Checking the answer…"),
    "generation": _("Building the page…"),
}


class Desk:
    """Stages in the asker's language, and an answer that has a longest length. Times in milliseconds."""

    def __init__(self, job: Job, writer: TurnWriter) -> None:
        self.writer = writer
        self.first_token_ms: int | None = None
        # Whether the answer has reached its longest length.
        self.is_full = False
        self._language = job.language
        self._started = time.monotonic()
        self._left = settings.ANSWER_MAX_LENGTH

    async def stage(self, stage: str, metadata: dict[str, Any] | None = None) -> None:
        with override(self._language):
            text = str(STAGE_TEXTS[stage])
        await self.writer.stage(stage, text, metadata)

    def write(self, text: str) -> bool:
        """Adds to the answer; False when it has reached its longest length."""
        if self.first_token_ms is None:
            self.first_token_ms = self.elapsed_ms()
        self._left -= len(text)
        self.writer.add(text if self._left >= 0 else text[: self._left])
        self.is_full = self._left <= 0
        return not self.is_full

    async def show(self, text: str) -> None:
        """Replaces the answer by another one, or by nothing where it is to be written anew."""
        self._left, self.is_full = settings.ANSWER_MAX_LENGTH - len(text), False
        await self.writer.replace(text)

    def elapsed_ms(self) -> int:
        return round((time.monotonic() - self._started) * 1000)
