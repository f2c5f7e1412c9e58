"""Re-sealing of every secret with the present key."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from integrations.keyring import keys, sealing_key
from integrations.sealing import SealedField, place_of, sealed_fields
from integrations.secretbox import SealBroken, beginning, seal, unseal

BATCH = 200
REMEMBERED_SECONDS = 600


@dataclass(slots=True)
class FieldReport:
    """What was found in one field. `unopened` holds the keys of rows whose secret is lost, the first ones of them."""

    name: str
    current: int = 0
    resealed: int = 0
    changed_meanwhile: int = 0
    lost: int = 0
    unopened: list[str] = field(default_factory=list)

    def keep_unopened(self, pk: Any) -> None:
        self.lost += 1
        if len(self.unopened) < 20:
            self.unopened.append(str(pk))


@dataclass(frozen=True, slots=True)
class SealState:
    """How many secrets were sealed with a former key, and how many with a key that we do not have."""

    former: int
    lost: int


def seal_state() -> SealState:
    """Counted by the database, without opening anything."""
    former = lost = 0
    for sealed in sealed_fields():
        known = Q()
        for key in keys():
            known |= Q(**{f"{sealed.name}__startswith": beginning(key.id)})
        rows = sealed.rows()
        lost += rows.exclude(known).count()
        former += rows.filter(known).exclude(**_current(sealed)).count()
    return SealState(former, lost)


def known_seal_state() -> SealState:
    """The same, at most ten minutes old: the big tables among them are read whole."""
    key = f"seal-state-{sealing_key().id}"
    state: SealState | None = cache.get(key)
    if state is None:
        state = seal_state()
        cache.set(key, state, REMEMBERED_SECONDS)
    return state


def count_secrets() -> int:
    return sum(sealed.rows().count() for sealed in sealed_fields())


def rotate(*, dry_run: bool = False, progress: Callable[[int], None] = lambda done: None) -> list[FieldReport]:
    """Re-seals what another key sealed, row by row, so that it may be interrupted and begun again at any time.

    A dry run opens everything and writes nothing. `progress` hears how many secrets each batch held.
    """
    return [_rotate_field(sealed, dry_run=dry_run, progress=progress) for sealed in sealed_fields()]


def _rotate_field(sealed: SealedField, *, dry_run: bool, progress: Callable[[int], None]) -> FieldReport:
    report = FieldReport(str(sealed))
    for batch in _batches(sealed):
        for row in batch:
            _rotate_row(sealed, row, report, dry_run=dry_run)
        progress(len(batch))
    return report


def _batches(sealed: SealedField) -> Iterator[list[Any]]:
    """By key, not by offset: rows come and go meanwhile."""
    rows = sealed.rows().only("pk", sealed.name)
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


@sensitive_variables()
def _rotate_row(sealed: SealedField, row: Any, report: FieldReport, *, dry_run: bool) -> None:
    before, place = getattr(row, sealed.name), place_of(row, sealed.name)
    try:
        secret = unseal(before, place=place)
    except SealBroken:
        report.keep_unopened(row.pk)
        return
    if before.startswith(beginning(sealing_key().id)):
        report.current += 1
        return
    # Whoever entered another secret meanwhile sealed it with the present key.
    unchanged = sealed.model._base_manager.filter(pk=row.pk, **{sealed.name: before})
    if dry_run or unchanged.update(**{sealed.name: seal(secret, place=place)}):
        report.resealed += 1
    else:
        report.changed_meanwhile += 1


def _current(sealed: SealedField) -> dict[str, str]:
    return {f"{sealed.name}__startswith": beginning(sealing_key().id)}
