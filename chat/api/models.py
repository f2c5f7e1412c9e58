"""The models of the local servers, as the assistant's clients ask for them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.assistant import AssistantView
from integrations.ollama.report import available_models_json


class AvailableModelsSerializer(serializers.Serializer[Any]):
    models = serializers.ListField(child=serializers.CharField())
    error = serializers.CharField(required=False, help_text="Which servers could not be asked.")


class AvailableModelsView(AssistantView):
    @extend_schema(operation_id="available_models", responses=AvailableModelsSerializer)
    def get(self, request: Request) -> Response:
        """The names of the models on all Ollama servers, as they were at the last look (each half minute)."""
        return Response(available_models_json())
