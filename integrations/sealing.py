"""Which fields of the database hold sealed secrets. Each model says so itself, once:

    sealed_fields: ClassVar[dict[str, str]] = {"sealed_api_key": "provider:{pk}:api_key"}

The value is the place that the secret is sealed for; it must not change while there are rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.views.decorators.debug import sensitive_variables

from integrations.secretbox import seal, unseal


@dataclass(frozen=True, slots=True)
class SealedField:
    model: type[models.Model]
    name: str

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def rows(self) -> models.QuerySet[Any]:
        """Every row that holds a secret in this field."""
        return self.model._base_manager.exclude(**{self.name: ""}).order_by("pk")


def sealed_fields() -> Iterator[SealedField]:
    """The sealed fields of the whole database."""
    for model in apps.get_models():
        for name in getattr(model, "sealed_fields", {}):
            yield SealedField(model, name)


def place_of(row: models.Model, field: str) -> str:
    """The place of a row's field; the key of the row must be known before it is saved."""
    template: str = row.sealed_fields[field]  # type: ignore[attr-defined]
    return template.format(pk=row.pk)


@sensitive_variables("secret")
def seal_into(row: models.Model, field: str, secret: str) -> None:
    """Puts the secret into the row, unsaved; an empty one empties the field."""
    setattr(row, field, seal(secret, place=place_of(row, field)) if secret else "")


def open_sealed(row: models.Model, field: str) -> str:
    """The secret in the row's field, or an empty text when there is none; raises SealBroken."""
    sealed: str = getattr(row, field)
    return unseal(sealed, place=place_of(row, field)) if sealed else ""
