from typing import Any

from django.db import models


class StoredColumn(models.GeneratedField):
    """A generated column that is stored, which both databases can do.

    Django asks PostgreSQL for its version to find that out, and `manage.py check` has to work without a server.
    """

    def _check_supported(self, databases: Any) -> list[Any]:
        return []

    def deconstruct(self) -> Any:
        """In migrations it is what it is to the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.GeneratedField", args, kwargs
