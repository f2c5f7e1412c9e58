"""`/auth/api-keys`: the caller's keys for machines."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import JSONView, current_user
from accounts.api.serializers import ApiKeyBody, ApiKeyResponse, NewApiKeyResponse
from accounts.models import ApiKey
from accounts.services.keys import create_api_key, revoke_api_key
from config.api import DetailSerializer, MessageSerializer

TAGS = ["auth"]


class ApiKeyListView(JSONView):
    @extend_schema(tags=TAGS, responses={200: ApiKeyResponse(many=True), 401: DetailSerializer})
    def get(self, request: Request) -> Response:
        """The caller's keys, the newest first, without their secrets."""
        keys = ApiKey.objects.visible_to(request.user)
        return Response(ApiKeyResponse(keys, many=True).data)

    @extend_schema(
        tags=TAGS,
        request=ApiKeyBody,
        responses={201: NewApiKeyResponse, 401: DetailSerializer, 422: DetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Makes a key. Only this answer shows it."""
        body = ApiKeyBody(data=request.data)
        body.is_valid(raise_exception=True)
        raw, row = create_api_key(current_user(request), **body.validated_data)
        return Response({**ApiKeyResponse(row).data, "key": raw}, status=201)


class ApiKeyView(JSONView):
    @extend_schema(tags=TAGS, responses={200: MessageSerializer, 401: DetailSerializer, 404: DetailSerializer})
    def delete(self, request: Request, key_id: int) -> Response:
        """Ends a key; ending it again changes nothing."""
        key = ApiKey.objects.visible_to(request.user).filter(pk=key_id).first()
        if key is None:
            raise Http404
        revoke_api_key(key)
        return Response({"message": "API key revoked"})
