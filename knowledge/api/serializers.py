"""Documents on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api import UtcDateTimeField
from knowledge.api.fields import Flag, MarkdownField, Page, ScopesField, TagsField, language_field
from knowledge.choices import DocumentFormat, DocumentState
from knowledge.models import Document, Revision
from knowledge.services.revisions import newest_number
from knowledge.texts import error_text


class DocumentQuery(Page):
    state = serializers.ChoiceField(DocumentState.choices, required=False)
    language = language_field(required=False)
    tag = serializers.CharField(max_length=50, required=False)
    collection = serializers.CharField(max_length=150, required=False, allow_blank=True)
    published = Flag(required=False)
    q = serializers.CharField(max_length=200, required=False, help_text="Part of the title or the slug.")


class DocumentResponse(serializers.ModelSerializer[Document]):
    language = language_field()
    format = serializers.ChoiceField(DocumentFormat.choices)
    state = serializers.ChoiceField(DocumentState.choices)
    url = serializers.CharField(source="get_absolute_url")
    tags = serializers.SerializerMethodField()
    scopes = serializers.SerializerMethodField()
    has_original = serializers.SerializerMethodField()
    seen_at = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = Document
        fields: list[str] = [
            "id", "slug", "title", "language", "format", "state", "published", "url", "tags", "scopes", "collection",
            "source", "address", "position", "has_original", "original_name", "seen_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_tags(self, document: Document) -> list[str]:
        return [tag.name for tag in document.tags.all()]

    def get_scopes(self, document: Document) -> list[str]:
        return sorted(audience.scope for audience in document.audiences.all())

    def get_has_original(self, document: Document) -> bool:
        return bool(document.original)


class DocumentDetailResponse(DocumentResponse):
    version = serializers.SerializerMethodField(help_text="The number of the present text; see `PATCH`.")

    class Meta(DocumentResponse.Meta):
        fields = [*DocumentResponse.Meta.fields, "version"]
        read_only_fields = fields

    def get_version(self, document: Document) -> int:
        return newest_number(document)


class DocumentListResponse(serializers.Serializer[Any]):
    documents = DocumentResponse(many=True)
    total = serializers.IntegerField()


class DocumentChanges(serializers.Serializer[Any]):
    """Only what is present is changed."""

    title = serializers.CharField(max_length=200, required=False)
    body = MarkdownField(required=False, help_text="Markdown.")
    language = language_field(required=False)
    position = serializers.IntegerField(min_value=0, max_value=32_767, required=False)
    tags = TagsField(required=False)
    scopes = ScopesField(required=False)
    version = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="Refuse the change when there is a newer version."
    )


class DocumentBody(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    body = MarkdownField(help_text="Markdown.")
    language = language_field()
    slug = serializers.SlugField(max_length=150, required=False)
    position = serializers.IntegerField(min_value=0, max_value=32_767, default=100)
    tags = TagsField(default=list)
    scopes = ScopesField(default=list)
    publish = Flag(default=True)


class UploadBody(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=255, allow_empty_file=True)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    language = language_field(required=False, allow_blank=True, default="")
    tags = TagsField(default=list)
    scopes = ScopesField(default=list)
    publish = Flag(default=True)


class UploadResponse(serializers.Serializer[Any]):
    document = DocumentResponse()
    status_url = serializers.CharField()


class ErrorResponse(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class DocumentStatusResponse(serializers.ModelSerializer[Document]):
    state = serializers.ChoiceField(DocumentState.choices)
    percent = serializers.IntegerField()
    error = serializers.SerializerMethodField()
    notes = serializers.ListField(child=serializers.CharField())
    passages = serializers.IntegerField()
    vectors_pending = serializers.IntegerField()

    class Meta:
        model = Document
        fields: list[str] = [
            "id", "state", "done", "total", "percent", "error", "notes", "published", "passages", "vectors_pending",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ErrorResponse(allow_null=True))
    def get_error(self, document: Document) -> dict[str, str] | None:
        return {"code": document.error, "message": error_text(document.error)} if document.error else None


class PassageRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    position = serializers.IntegerField()
    heading = serializers.CharField()
    anchor = serializers.CharField()
    line = serializers.IntegerField()
    place = serializers.CharField()
    text = serializers.CharField()


class PassageListResponse(serializers.Serializer[Any]):
    passages = PassageRow(many=True)
    total = serializers.IntegerField()


class VersionResponse(serializers.ModelSerializer[Revision]):
    language = language_field()
    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    created_at = UtcDateTimeField()

    class Meta:
        model = Revision
        fields = ["number", "title", "language", "author", "created_at"]
        read_only_fields = fields


class VersionListResponse(serializers.Serializer[Any]):
    versions = VersionResponse(many=True)
    total = serializers.IntegerField()
