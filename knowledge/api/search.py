"""`/knowledge/search` and `/knowledge/feedback`."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from accounts.choices import Scope
from config.api import UtcDateTimeField, read_query
from integrations.providers.base import Passage
from knowledge.api.base import DETAIL, MISSING, REFUSED, TAGS, KnowledgeView, UnknownDocument, sees_everything
from knowledge.api.fields import MOST_TAGS, Flag, language_field
from knowledge.api.throttles import SearchThrottle
from knowledge.models import Chunk, Document, Feedback
from knowledge.readers.language import language_of
from knowledge.scopes import EVERYBODY
from knowledge.search import Filters, SearchResult, search
from knowledge.services.feedback import note_feedback
from knowledge.services.questions import note_unanswered

LONGEST_QUERY = 4000
# What everybody who is logged in may search as.
OWN_SCOPES = {EVERYBODY, "assistant"}


class FiltersBody(serializers.Serializer[Any]):
    language = language_field(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=MOST_TAGS, required=False)
    collection = serializers.CharField(max_length=150, required=False)
    document = serializers.CharField(max_length=150, required=False, help_text="Id or slug.")


class _Options(serializers.Serializer[Any]):
    scope = serializers.CharField(max_length=80, allow_blank=True, default=EVERYBODY)
    language = language_field(required=False, help_text="The asker's; it comes first.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=5)
    explain = Flag(default=False, help_text="Say why each passage stands where it stands.")
    record = Flag(default=True, help_text="Count a question that found nothing.")


class SearchBody(_Options):
    query = serializers.CharField(max_length=LONGEST_QUERY)
    filters = FiltersBody(required=False)


class SearchQuery(_Options):
    q = serializers.CharField(max_length=LONGEST_QUERY)


class PassageDocument(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="document_id")
    slug = serializers.CharField(source="document")
    title = serializers.CharField()
    language = language_field()


class Freshness(serializers.Serializer[Any]):
    changed_at = UtcDateTimeField(allow_null=True)
    seen_at = UtcDateTimeField(allow_null=True)


class PassageResponse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    document = PassageDocument(source="*")
    heading = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField(help_text="Opens the source at the place.")
    place = serializers.CharField(help_text="The page, where the source has pages.")
    score = serializers.FloatField()
    confidence = serializers.FloatField()
    ranking = serializers.DictField(required=False, help_text="With `explain`.")
    freshness = Freshness(source="*")


class SearchResponse(serializers.Serializer[Any]):
    query = serializers.CharField()
    answered = serializers.BooleanField()
    degraded = serializers.CharField(help_text="Why the result may be worse than usual; empty: it is not.")
    confidence = serializers.FloatField()
    threshold = serializers.FloatField()
    legs = serializers.DictField(child=serializers.CharField())
    index = serializers.IntegerField(allow_null=True)
    passages = PassageResponse(many=True)


ANSWERS = {200: SearchResponse, **REFUSED, 422: DETAIL, 429: DETAIL}


class SearchView(KnowledgeView):
    required_scopes = {"GET": Scope.KNOWLEDGE_READ, "POST": Scope.KNOWLEDGE_READ}
    throttle_classes = [SearchThrottle]

    @extend_schema(operation_id="knowledge_search", tags=TAGS, request=SearchBody, responses=ANSWERS)
    def post(self, request: Request) -> Response:
        """The passages that answer a question, the best first; none when nothing does."""
        body = SearchBody(data=request.data)
        body.is_valid(raise_exception=True)
        return self._found(body.validated_data)

    @extend_schema(operation_id="knowledge_search_simple", tags=TAGS, parameters=[SearchQuery], responses=ANSWERS)
    def get(self, request: Request) -> Response:
        """The same, asked by the address alone."""
        query = read_query(SearchQuery, request)
        return self._found(query | {"query": query.pop("q")})

    def _found(self, order: dict[str, Any]) -> Response:
        self._require_scope(order["scope"])
        filters = _filters(order.get("filters") or {})
        language = order.get("language")
        found = search(order["query"], scope=order["scope"], language=language, filters=filters, limit=order["limit"])
        if not found.answered and order["record"]:
            note_unanswered(order["query"], language=language or language_of(order["query"]), scope=order["scope"])
        return Response(_result(order["query"], found, explain=order["explain"]))

    def _require_scope(self, scope: str) -> None:
        if scope not in OWN_SCOPES and not sees_everything(self.request.user):
            raise PermissionDenied("scope: " + _("Only staff who may view documents can search as somebody else."))


def _filters(wanted: dict[str, Any]) -> Filters:
    return Filters(
        language=wanted.get("language", ""),
        tags=tuple(wanted.get("tags", ())),
        collection=wanted.get("collection", ""),
        document=_slug_of(wanted.get("document", "")),
    )


def _slug_of(name: str) -> str:
    if (key := _uuid(name)) is None:
        return name
    slug: str | None = Document.objects.filter(pk=key).values_list("slug", flat=True).first()
    return slug or name


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _result(query: str, found: SearchResult, *, explain: bool) -> dict[str, Any]:
    return {
        "query": query,
        "answered": found.answered,
        "degraded": found.degraded,
        "confidence": round(found.confidence, 4),
        "threshold": found.threshold,
        "legs": found.legs,
        "index": found.index,
        "passages": [_passage(passage, explain=explain) for passage in found.passages],
    }


def _passage(passage: Passage, *, explain: bool) -> dict[str, Any]:
    body = dict(PassageResponse(passage).data)
    if not explain:
        del body["ranking"]
    return body


class FeedbackBody(serializers.Serializer[Any]):
    query = serializers.CharField(max_length=LONGEST_QUERY)
    document = serializers.CharField(max_length=150, help_text="Id or slug.")
    passage = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)
    helpful = Flag()
    comment = serializers.CharField(max_length=1000, allow_blank=True, default="")


class FeedbackResponse(serializers.ModelSerializer[Feedback]):
    document = serializers.UUIDField(source="document_id")
    at = UtcDateTimeField()

    class Meta:
        model = Feedback
        fields = ["id", "query", "document", "heading", "helpful", "comment", "at"]
        read_only_fields = fields


class FeedbackView(KnowledgeView):
    required_scopes = {"POST": Scope.KNOWLEDGE_READ}
    throttle_classes = [SearchThrottle]

    @extend_schema(
        operation_id="knowledge_feedback",
        tags=TAGS,
        request=FeedbackBody,
        responses={201: FeedbackResponse, **MISSING, 422: DETAIL, 429: DETAIL},
    )
    def post(self, request: Request) -> Response:
        """Says whether a found document helped."""
        body = FeedbackBody(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        document = self._named(values["document"])
        passage = _passage_of(document, values.get("passage"))
        noted = note_feedback(
            query=values["query"],
            document=document,
            passage=passage,
            helpful=values["helpful"],
            comment=values["comment"],
            author=current_user(request),
        )
        return Response(FeedbackResponse(noted).data, status=201)

    def _named(self, name: str) -> Document:
        key = _uuid(name)
        visible = Document.objects.visible_to(self.request.user).defer("body", "places")
        found: Document | None = visible.filter(**({"pk": key} if key else {"slug": name})).first()
        if found is None:
            raise UnknownDocument
        return found


def _passage_of(document: Document, key: int | None) -> Chunk | None:
    if key is None:
        return None
    found = Chunk.objects.filter(document=document, pk=key).only("heading").first()
    if found is None:
        raise ValidationError({"passage": [_("The document has no such passage.")]})
    return found
