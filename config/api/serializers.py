"""Paging, times and the small bodies that many routes answer with."""

from datetime import UTC, datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from config.api.errors import QueryError

MAX_OFFSET = 2**31 - 1


def utc_z(value: datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z, e.g. `2026-11-21T02:49:58.364096Z`."""
    if timezone.is_naive(value):
        value = value.replace(tzinfo=UTC)
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class UtcDateTimeField(serializers.DateTimeField):
    """A time that is always written as `utc_z` writes it."""

    def to_representation(self, value: Any) -> Any:
        return utc_z(value) if isinstance(value, datetime) else super().to_representation(value)


class DetailSerializer(serializers.Serializer[Any]):
    """The body of an error."""

    detail = serializers.CharField()


class MessageSerializer(serializers.Serializer[Any]):
    """The body of an action that has nothing else to tell."""

    message = serializers.CharField()


class SkipLimit(serializers.Serializer[Any]):
    """Paging by `skip` and `limit`; without `limit` everything after `skip`."""

    skip = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_OFFSET, required=False)


def read_query(serializer_class: type[serializers.BaseSerializer[Any]], request: Request) -> dict[str, Any]:
    """The validated query parameters; raises QueryError (422)."""
    serializer = serializer_class(data=request.query_params)
    if not serializer.is_valid():
        raise QueryError(dict(serializer.errors))
    return dict(serializer.validated_data)


def paginated[M: Model](queryset: QuerySet[M], request: Request) -> QuerySet[M]:
    """The slice of `queryset` that `skip` and `limit` ask for; raises QueryError (422)."""
    query = read_query(SkipLimit, request)
    skip, limit = query["skip"], query.get("limit")
    return queryset[skip : None if limit is None else skip + limit]
