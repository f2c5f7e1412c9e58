"""Mini-pages for the assistant's clients. Errors have their text under `error` and, as everywhere, `detail`."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.assistant import AssistantView
from chat.api.base import actor_of, language_for
from chat.artifacts.api.serializers import (
    ArtifactErrorSerializer,
    ArtifactListSerializer,
    ArtifactSerializer,
    ArtifactsQuery,
    GenerateSerializer,
    PageTemplatesSerializer,
    RatedSerializer,
    RateSerializer,
)
from chat.artifacts.catalog import TEMPLATES
from chat.artifacts.generation import GeneratorFailed, Wish
from chat.artifacts.links import TooManyMisses, find_artifact
from chat.artifacts.models import Artifact
from chat.artifacts.services import make_artifact, rate_artifact
from chat.artifacts.wire import artifact_json
from config.api import read_query
from config.network import client_ip

ERRORS: dict[int, Any] = {400: ArtifactErrorSerializer, 404: ArtifactErrorSerializer}


class NoPage(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "no_page"


class ArtifactView(AssistantView):
    asks = False

    def handle_exception(self, exc: Exception) -> Response:
        """400 for all that does not validate, and the text under both names."""
        response = super().handle_exception(exc)
        if response.status_code == 422:
            response.status_code = 400
        response.data = {"error": response.data["detail"], **response.data}
        return response

    def found(self, request: Request, artifact_id: str) -> Artifact:
        try:
            return find_artifact(artifact_id, actor=actor_of(request), address=client_ip(request._request))
        except Artifact.DoesNotExist as error:
            raise NotFound(_("There is no such page.")) from error
        except TooManyMisses as error:
            raise Throttled(error.wait) from error


class GenerateView(ArtifactView):
    asks = True

    @extend_schema(
        request=GenerateSerializer, responses={200: ArtifactSerializer, **ERRORS, 503: ArtifactErrorSerializer}
    )
    def post(self, request: Request) -> Response:
        """Makes a page for the task: from the template that is named or that the task's words ask for, else by a model.

        Without a model a template with its defaults is the answer, and `degraded` says so.
        """
        body = GenerateSerializer(data=request.data, context={"language": language_for})
        body.is_valid(raise_exception=True)
        task = body.validated_data["task"]
        wish = Wish(task, language_for(task), body.validated_data["template"], body.validated_data["data"])
        try:
            return Response(artifact_json(make_artifact(wish, actor=actor_of(request))))
        except GeneratorFailed as error:
            raise NoPage(_("The model made no page that can be used. Say differently what you need.")) from error


class ArtifactsView(ArtifactView):
    @extend_schema(
        operation_id="artifacts_list", parameters=[ArtifactsQuery], responses={200: ArtifactListSerializer, **ERRORS}
    )
    def get(self, request: Request) -> Response:
        """The caller's pages, the newest first; a caller without identity has none to list."""
        query = read_query(ArtifactsQuery, request)
        mine = Artifact.objects.listed_for(actor_of(request))
        page = mine[query["skip"] : query["skip"] + query["limit"]]
        return Response({"artifacts": [artifact_json(row) for row in page], "total": mine.count()})


class OneArtifactView(ArtifactView):
    @extend_schema(operation_id="artifacts_read", responses={200: ArtifactSerializer, **ERRORS})
    def get(self, request: Request, artifact_id: str) -> Response:
        return Response(artifact_json(self.found(request, artifact_id)))


class RateView(ArtifactView):
    @extend_schema(request=RateSerializer, responses={200: RatedSerializer, **ERRORS})
    def post(self, request: Request, artifact_id: str) -> Response:
        """From 1 to 5; a later rating replaces the earlier one."""
        artifact = self.found(request, artifact_id)
        body = RateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rating = body.validated_data["rating"]
        try:
            rate_artifact(artifact, rating, actor=actor_of(request))
        except Artifact.DoesNotExist as error:
            raise NotFound(_("There is no such page.")) from error
        return Response({"success": True, "artifact_id": artifact.pk, "rating": rating})


class TemplatesView(ArtifactView):
    @extend_schema(responses=PageTemplatesSerializer)
    def get(self, request: Request) -> Response:
        templates = [
            {
                "name": template.key,
                "display_name": str(template.name),
                "category": str(template.category),
                "description": str(template.description),
            }
            for template in TEMPLATES.values()
        ]
        return Response({"templates": templates})
