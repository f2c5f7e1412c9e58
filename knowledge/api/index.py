"""`/knowledge/status` and `/knowledge/questions`: how the knowledge base is, for staff."""

from typing import Any

from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import UtcDateTimeField, read_query
from knowledge.api.base import DETAIL, MISSING, REFUSED, TAGS, KnowledgeView, MayViewDocuments, MayViewQuestions
from knowledge.api.fields import Page, language_field, sliced
from knowledge.choices import DocumentState, QuestionState
from knowledge.indexing.versions import building_version, live_version
from knowledge.models import Document, IndexVersion, OpenQuestion, PendingVector
from knowledge.search import dense
from knowledge.services.questions import answer_question, dismiss_questions


class LiveIndex(serializers.Serializer[Any]):
    version = serializers.IntegerField(source="pk")
    model = serializers.CharField(source="encoder", help_text="Empty: words alone.")
    passages = serializers.IntegerField(source="chunks")
    vectors = serializers.IntegerField()
    pending = serializers.IntegerField(help_text="Passages whose vectors are still to be made.")
    legs = serializers.DictField(child=serializers.CharField())
    since = UtcDateTimeField(source="activated_at", allow_null=True)


class BuildingIndex(serializers.Serializer[Any]):
    version = serializers.IntegerField(source="pk")
    model = serializers.CharField(source="encoder")
    documents_done = serializers.IntegerField()
    documents = serializers.IntegerField()
    passages = serializers.IntegerField(source="chunks")
    vectors = serializers.IntegerField()
    pending = serializers.IntegerField()
    error = serializers.CharField()
    begun_at = UtcDateTimeField(source="created_at")


class StatusResponse(serializers.Serializer[Any]):
    live = LiveIndex(allow_null=True)
    building = BuildingIndex(allow_null=True)
    documents = serializers.DictField(child=serializers.IntegerField(), help_text="How many are in each state.")
    published = serializers.IntegerField()


class StatusView(KnowledgeView):
    permission_classes = [MayViewDocuments]

    @extend_schema(operation_id="knowledge_status", tags=TAGS, responses={200: StatusResponse, **REFUSED})
    def get(self, request: Request) -> Response:
        """Which index answers, which one is being built, and how the documents are."""
        states = dict(Document.objects.order_by().values_list("state").annotate(Count("pk")))
        body = {
            "live": _live(),
            "building": _building(),
            "documents": {state: states.get(state, 0) for state in DocumentState.values},
            "published": Document.objects.filter(published=True).count(),
        }
        return Response(StatusResponse(body).data)


def _live() -> IndexVersion | None:
    version: Any = live_version()
    if version is not None:
        version.pending = PendingVector.objects.filter(index=version).count()
        version.legs = {"lexical": dense.OK, "dense": _dense_leg(version)}
    return version  # type: ignore[no-any-return]


def _dense_leg(version: IndexVersion) -> str:
    if not version.encoder:
        return dense.OFF
    if version.error:
        return dense.MISSING
    return dense.OK if version.vectors else dense.PENDING


def _building() -> IndexVersion | None:
    version: Any = building_version()
    if version is not None:
        published = Document.objects.filter(published=True)
        version.documents = published.count()
        version.documents_done = published.filter(pk__lte=version.cursor).count() if version.cursor else 0
        version.pending = PendingVector.objects.filter(index=version).count()
    return version  # type: ignore[no-any-return]


class QuestionQuery(Page):
    language = language_field(required=False)


class QuestionResponse(serializers.ModelSerializer[OpenQuestion]):
    language = language_field()
    scopes = serializers.ListField(child=serializers.CharField())
    state = serializers.ChoiceField(QuestionState.choices)
    document = serializers.UUIDField(source="document_id", allow_null=True)
    first_at = UtcDateTimeField()
    last_at = UtcDateTimeField()

    class Meta:
        model = OpenQuestion
        fields = ["id", "text", "language", "scopes", "asked", "state", "document", "first_at", "last_at"]
        read_only_fields = fields


class QuestionListResponse(serializers.Serializer[Any]):
    questions = QuestionResponse(many=True)
    total = serializers.IntegerField()


class AnswerBody(serializers.Serializer[Any]):
    document = serializers.UUIDField()


class QuestionsView(KnowledgeView):
    permission_classes = [MayViewQuestions]

    @extend_schema(
        operation_id="knowledge_questions",
        tags=TAGS,
        parameters=[QuestionQuery],
        responses={200: QuestionListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """Questions that found nothing and wait for an article, the most asked first."""
        query = read_query(QuestionQuery, request)
        named = {"language": query["language"]} if "language" in query else {}
        found = OpenQuestion.objects.filter(state=QuestionState.OPEN, **named)
        page = sliced(found.order_by("-asked", "-last_at", "-pk").defer("vector"), query)
        return Response({"questions": QuestionResponse(page, many=True).data, "total": found.count()})


class _QuestionView(KnowledgeView):
    permission_classes = [MayViewQuestions]

    def question(self, question_id: int) -> OpenQuestion:
        self.require("change_openquestion")
        return get_object_or_404(OpenQuestion.objects.defer("vector"), pk=question_id)


class DismissView(_QuestionView):
    @extend_schema(
        operation_id="knowledge_question_dismiss", tags=TAGS, request=None, responses={200: QuestionResponse, **MISSING}
    )
    def post(self, request: Request, question_id: int) -> Response:
        """Says that no article will answer it; asked again, it stays dismissed."""
        question = self.question(question_id)
        dismiss_questions(OpenQuestion.objects.filter(pk=question.pk))
        return Response(QuestionResponse(self.question(question_id)).data)


class AnswerView(_QuestionView):
    @extend_schema(
        operation_id="knowledge_question_answer",
        tags=TAGS,
        request=AnswerBody,
        responses={200: QuestionResponse, **MISSING, 422: DETAIL},
    )
    def post(self, request: Request, question_id: int) -> Response:
        """Says which document answers it; asked in vain once more, it is open again."""
        question = self.question(question_id)
        body = AnswerBody(data=request.data)
        body.is_valid(raise_exception=True)
        visible = Document.objects.visible_to(request.user).only("pk")
        document: Document | None = visible.filter(pk=body.validated_data["document"]).first()
        if document is None:
            raise ValidationError({"document": [_("There is no such document.")]})
        answer_question(question, document)
        return Response(QuestionResponse(self.question(question_id)).data)
