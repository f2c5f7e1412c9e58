"""`/credentials/`: the company's credentials. Payloads go in and never come out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_variables
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import JSONView, current_user
from accounts.api.permissions import IsUser
from config.api import BotPlatformErrors, DetailSerializer, MessageSerializer, UtcDateTimeField, paginated
from config.api.serializers import SkipLimit
from integrations.credentials.choices import CredentialProvider, CredentialStrategy
from integrations.credentials.models import Credential
from integrations.credentials.querysets import may_keep
from integrations.services.credentials.changes import (
    create_credential,
    delete_credential,
    make_default,
    update_credential,
)

TAGS = ["credentials"]
ERRORS = {401: DetailSerializer, 403: DetailSerializer, 404: DetailSerializer}
Texts = serializers.ListField


class KeepsCredentials(IsUser):
    def may(self, user: Any) -> bool:
        return may_keep(user)


class PayloadState(serializers.Serializer[Any]):
    """What may be said about a payload."""

    set = serializers.SerializerMethodField()
    hint = serializers.CharField()
    updated_at = UtcDateTimeField(source="payload_set_at")

    def get_set(self, credential: Credential) -> bool:
        return bool(credential.sealed_payload)


class CredentialResponse(serializers.ModelSerializer[Credential]):
    payload = PayloadState(source="*")
    scopes = serializers.ListField(child=serializers.CharField())
    allowed_hosts = serializers.ListField(child=serializers.CharField())
    last_used_at = UtcDateTimeField(allow_null=True)
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        model = Credential
        fields = [
            "id",
            "name",
            "provider",
            "strategy",
            "scopes",
            "allowed_hosts",
            "is_default",
            "payload",
            "last_used_at",
            "created_at",
            "updated_at",
        ]


class CredentialChanges(serializers.Serializer[Any]):
    """Only the keys that are present are applied; a payload replaces the whole of the former one."""

    name = serializers.CharField(max_length=255, required=False)
    scopes = serializers.ListField(child=serializers.CharField(max_length=250), max_length=50, required=False)
    allowed_hosts = serializers.ListField(child=serializers.CharField(max_length=300), max_length=50, required=False)
    is_default = serializers.BooleanField(required=False)
    payload = serializers.DictField(child=serializers.CharField(max_length=20_000), required=False, write_only=True)


class CredentialBody(CredentialChanges):
    """Without `allowed_hosts` the credential may go to the hosts of its provider."""

    name = serializers.CharField(max_length=255)
    provider = serializers.ChoiceField(choices=CredentialProvider.choices)
    strategy = serializers.ChoiceField(choices=CredentialStrategy.choices)
    payload = serializers.DictField(child=serializers.CharField(max_length=20_000), write_only=True)


class KeepersView(BotPlatformErrors, JSONView):
    permission_classes = [KeepsCredentials]

    def find(self, request: Request, credential_id: UUID) -> Credential:
        found: Credential | None = Credential.objects.visible_to(request.user).filter(pk=credential_id).first()
        if found is None:
            raise NotFound("Credential not found.")
        return found


# REST framework's own frames hold the body as well; the reporter masks names such as `payload` there.
quiet = method_decorator(sensitive_variables())


class CredentialsView(KeepersView):
    @extend_schema(tags=TAGS, parameters=[SkipLimit], responses={200: CredentialResponse(many=True), **ERRORS})
    def get(self, request: Request) -> Response:
        """The company's credentials by provider, strategy and name, without their payloads."""
        rows = paginated(Credential.objects.visible_to(request.user), request)
        return Response(CredentialResponse(rows, many=True).data)

    @extend_schema(
        tags=TAGS, request=CredentialBody, responses={201: CredentialResponse, 422: DetailSerializer, **ERRORS}
    )
    @quiet
    def post(self, request: Request) -> Response:
        """Stores a credential; a new default takes the place of the former one."""
        body = CredentialBody(data=request.data)
        body.is_valid(raise_exception=True)
        with field_errors():
            credential = create_credential(**body.validated_data, actor=current_user(request))
        return Response(CredentialResponse(credential).data, status=201)


class CredentialView(KeepersView):
    @extend_schema(tags=TAGS, responses={200: CredentialResponse, **ERRORS})
    def get(self, request: Request, credential_id: UUID) -> Response:
        """One credential, without its payload."""
        return Response(CredentialResponse(self.find(request, credential_id)).data)

    @extend_schema(
        tags=TAGS, request=CredentialChanges, responses={200: CredentialResponse, 422: DetailSerializer, **ERRORS}
    )
    @quiet
    def patch(self, request: Request, credential_id: UUID) -> Response:
        """Changes what is named."""
        credential = self.find(request, credential_id)
        body = CredentialChanges(data=request.data)
        body.is_valid(raise_exception=True)
        with field_errors():
            update_credential(credential, body.validated_data, actor=current_user(request))
        return Response(CredentialResponse(credential).data)

    @extend_schema(tags=TAGS, responses={200: MessageSerializer, **ERRORS})
    def delete(self, request: Request, credential_id: UUID) -> Response:
        """Forgets the credential; its history is kept."""
        delete_credential(self.find(request, credential_id), actor=current_user(request))
        return Response({"message": "Credential deleted successfully."})


class MakeDefaultView(KeepersView):
    @extend_schema(tags=TAGS, request=None, responses={200: CredentialResponse, **ERRORS})
    def post(self, request: Request, credential_id: UUID) -> Response:
        """Makes it the default of its provider and strategy."""
        credential = self.find(request, credential_id)
        make_default(credential, actor=current_user(request))
        return Response(CredentialResponse(credential).data)


@contextmanager
def field_errors() -> Iterator[None]:
    """What the services refuse, as items whose path leads into the body: `payload.client_id`."""
    try:
        yield
    except DjangoValidationError as error:
        nested: dict[str, Any] = {}
        for name, messages in error.message_dict.items():
            outer, _dot, inner = name.partition(".")
            if inner:
                nested.setdefault(outer, {})[inner] = messages
            else:
                nested[outer] = messages
        raise ValidationError(nested) from None
