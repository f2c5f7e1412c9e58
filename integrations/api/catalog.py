"""`/credentials/providers` and `/credentials/strategies`: what credentials there can be; open to everybody."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.api import BotPlatformErrors, DetailSerializer, read_query
from integrations.credentials.catalog import PROVIDER_NOTES, STRATEGY_NOTES, Kind, kinds_of
from integrations.credentials.choices import CredentialProvider, CredentialStrategy

TAGS = ["credentials"]


class StrategyItem(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    description = serializers.CharField()


class ProviderItem(StrategyItem):
    supported_strategies = serializers.ListField(child=serializers.CharField())
    payload_examples = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))


class ProvidersResponse(serializers.Serializer[Any]):
    providers = ProviderItem(many=True)


class StrategiesResponse(serializers.Serializer[Any]):
    strategies = StrategyItem(many=True)


class StrategiesQuery(serializers.Serializer[Any]):
    provider = serializers.ChoiceField(choices=CredentialProvider.choices, required=False)


class OpenView(BotPlatformErrors, APIView):
    authentication_classes = []
    permission_classes = []


class ProvidersView(OpenView):
    @extend_schema(tags=TAGS, responses=ProvidersResponse)
    def get(self, request: Request) -> Response:
        """Providers, what each supports, and an example of each payload."""
        return Response({"providers": [_provider(provider) for provider in CredentialProvider]})


class StrategiesView(OpenView):
    @extend_schema(tags=TAGS, parameters=[StrategiesQuery], responses={200: StrategiesResponse, 422: DetailSerializer})
    def get(self, request: Request) -> Response:
        """All strategies, or those that a provider supports."""
        provider = read_query(StrategiesQuery, request).get("provider")
        supported = [kind.strategy for kind in kinds_of(provider)] if provider else list(CredentialStrategy)
        return Response({"strategies": [_strategy(strategy) for strategy in supported]})


def _provider(provider: CredentialProvider) -> dict[str, Any]:
    kinds = list(kinds_of(provider))
    return {
        "value": provider.value,
        "label": str(provider.label),
        "description": str(PROVIDER_NOTES[provider]),
        "supported_strategies": [kind.strategy.value for kind in kinds],
        "payload_examples": {kind.strategy.value: _example(kind) for kind in kinds},
    }


def _example(kind: Kind) -> dict[str, str]:
    """The required fields, or the first way to do without them."""
    names = {field.name for field in kind.fields if field.required} | set(kind.one_of[-1] if kind.one_of else ())
    return {field.name: field.example for field in kind.fields if field.name in names}


def _strategy(strategy: CredentialStrategy) -> dict[str, str]:
    return {"value": strategy.value, "label": str(strategy.label), "description": str(STRATEGY_NOTES[strategy])}
