"""Which models make room for another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A model in memory: `size` in bytes; `is_ours` when the registry has it; `is_busy` while calls run on it."""

    name: str
    size: int
    used_at: datetime | None
    is_ours: bool
    is_busy: bool


def to_unload(held: Sequence[Held], *, needed: int, budget: int) -> list[Held]:
    """What has to go until `needed` bytes fit: idle ones first, then those that were not used for longest.

    Others' models stay, although their memory counts. Where nothing makes enough room, idle ones go and busy ones stay.
    """
    free = budget - sum(model.size for model in held)
    chosen: list[Held] = []
    for model in sorted(held, key=lambda model: (model.is_busy, model.used_at or NEVER, model.name)):
        if free >= needed:
            break
        if model.is_ours and model.size:
            chosen.append(model)
            free += model.size
    if free < needed:
        return [model for model in chosen if not model.is_busy]
    return _without_the_needless(chosen, free - needed)


def _without_the_needless(chosen: list[Held], spare: int) -> list[Held]:
    """A large one that had to go may have made the going of small ones needless."""
    kept = []
    for model in reversed(chosen):
        if model.size <= spare:
            spare -= model.size
        else:
            kept.append(model)
    return kept[::-1]
