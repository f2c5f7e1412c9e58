from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


def related_count(model: Any, relation: str) -> Coalesce:
    """How many rows hang on a row by `relation`; counted for the rows of one page, not for the whole table."""
    reverse = model._meta.get_field(relation)
    name = reverse.field.name
    rows = reverse.related_model._default_manager.filter(**{name: OuterRef("pk")}).order_by().values(name)
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)
