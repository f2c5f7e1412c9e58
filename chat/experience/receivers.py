"""What other parts of the chat tell experience."""

from typing import Any

from django.dispatch import receiver

from chat.artifacts.signals import artifact_rated
from chat.experience.rating import note_stars


@receiver(artifact_rated)
def page_was_rated(artifact: Any, **_: Any) -> None:
    """The row is written with the rating itself, so that neither is lost."""
    note_stars(artifact)
