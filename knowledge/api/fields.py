"""Fields that several bodies have."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from knowledge import scopes
from knowledge.models.documents import LANGUAGES

MOST_TAGS = 50


class Flag(serializers.BooleanField):
    """Yes or no; one that a form or an address does not name has its default, and is not "no"."""

    default_empty_html = serializers.empty


class MarkdownField(serializers.CharField):
    """A text as it was written; it has at least one word."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def to_internal_value(self, data: Any) -> str:
        text = str(super().to_internal_value(data))
        if not text.strip():
            self.fail("blank")
        return text


class TagsField(serializers.ListField):
    child = serializers.CharField(max_length=50)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)


class ScopesField(serializers.ListField):
    """Who sees a document; none: everybody."""

    child = serializers.CharField(max_length=80)

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=MOST_TAGS, **options)

    def to_internal_value(self, data: Any) -> Any:
        wanted = super().to_internal_value(data)
        known = {scope for scope, _ in scopes.choices()} if wanted else set()
        if unknown := [scope for scope in wanted if scope not in known]:
            names = {"scope": unknown[0], "known": ", ".join(sorted(known))}
            raise serializers.ValidationError(_("There is no scope “%(scope)s”. Known scopes: %(known)s.") % names)
        return wanted


def language_field(**options: Any) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=LANGUAGES, **options)


class Page(serializers.Serializer[Any]):
    """Paging by `skip` and `limit`."""

    skip = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


def sliced(rows: Any, query: dict[str, Any]) -> Any:
    return rows[query["skip"] : query["skip"] + query["limit"]]
