"""`/api/v1/outbox`: what goes out, for staff."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import JSONView
from accounts.api.permissions import NO_PRIVILEGES, IsUser
from config.api import DetailSerializer, UtcDateTimeField, read_query
from integrations.outbox import services
from integrations.outbox.choices import DeliveryKind, DeliveryState
from integrations.outbox.errors import NotPossible
from integrations.outbox.models import Delivery, DeliveryAttempt

TAGS = ["outbox"]
MOST_ROWS = 200


class MayViewDeliveries(IsUser):
    """Staff who may view deliveries in the back office."""

    def may(self, user: Any) -> bool:
        return bool(user.is_staff and user.has_perm("integrations.view_delivery"))


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class DeliveryQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(DeliveryState.choices, required=False)
    kind = serializers.ChoiceField(DeliveryKind.choices, required=False)
    source = serializers.CharField(max_length=100, required=False)  # type: ignore[assignment]
    skip = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=50)


class DeliveryResponse(serializers.ModelSerializer[Delivery]):
    created_at = UtcDateTimeField()
    next_attempt_at = UtcDateTimeField()
    finished_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = Delivery
        fields = (
            "id",
            "kind",
            "state",
            "recipient",
            "summary",
            "source",
            "priority",
            "attempts",
            "held_for",
            "last_error",
            "created_at",
            "next_attempt_at",
            "finished_at",
        )
        read_only_fields = fields


class DeliveryAttemptResponse(serializers.ModelSerializer[DeliveryAttempt]):
    started_at = UtcDateTimeField(allow_null=True)
    finished_at = UtcDateTimeField()

    class Meta:
        model = DeliveryAttempt
        fields = ("number", "started_at", "finished_at", "outcome", "code", "error")
        read_only_fields = fields


class DeliveryDetailResponse(DeliveryResponse):
    log = DeliveryAttemptResponse(many=True, read_only=True)

    class Meta(DeliveryResponse.Meta):
        fields = (*DeliveryResponse.Meta.fields, "idempotency_key", "payload", "result", "log")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class DeliveryListResponse(serializers.Serializer[Any]):
    deliveries = DeliveryResponse(many=True)
    total = serializers.IntegerField()


class OutboxView(JSONView):
    permission_classes = [MayViewDeliveries]

    def rows(self) -> "QuerySet[Delivery]":
        visible: QuerySet[Delivery] = Delivery.objects.visible_to(self.request.user)
        return visible

    def delivery(self, delivery_id: UUID) -> Delivery:
        return get_object_or_404(self.rows().prefetch_related("log"), pk=delivery_id)

    def require_change(self) -> None:
        if not self.request.user.has_perm("integrations.change_delivery"):
            raise PermissionDenied(NO_PRIVILEGES)


class DeliveriesView(OutboxView):
    @extend_schema(
        operation_id="outbox_list",
        tags=TAGS,
        parameters=[DeliveryQuery],
        responses={200: DeliveryListResponse, 403: DetailSerializer, 422: DetailSerializer},
    )
    def get(self, request: Request) -> Response:
        """Messages on their way out and what became of them, the newest first."""
        query = read_query(DeliveryQuery, request)
        named = {name: query[name] for name in ("state", "kind", "source") if name in query}
        found = self.rows().filter(**named)
        page = found[query["skip"] : query["skip"] + query["limit"]]
        return Response({"deliveries": DeliveryResponse(page, many=True).data, "total": found.count()})


class DeliveryView(OutboxView):
    @extend_schema(
        operation_id="outbox_read",
        tags=TAGS,
        responses={200: DeliveryDetailResponse, 403: DetailSerializer, 404: DetailSerializer},
    )
    def get(self, request: Request, delivery_id: UUID) -> Response:
        """One message with its attempts."""
        return Response(DeliveryDetailResponse(self.delivery(delivery_id)).data)


class _ChangeView(OutboxView):
    """Base: one change of one delivery by a service, which may refuse."""

    @staticmethod
    def change(delivery: Delivery, *, actor: Any) -> None:
        raise NotImplementedError

    def _do(self, request: Request, delivery_id: UUID) -> Response:
        self.require_change()
        try:
            self.change(self.delivery(delivery_id), actor=request.user)
        except NotPossible as error:
            raise Conflict(str(error)) from error
        return Response(DeliveryDetailResponse(self.delivery(delivery_id)).data)


CHANGED = {200: DeliveryDetailResponse, 403: DetailSerializer, 404: DetailSerializer, 409: DetailSerializer}


class RedeliverView(_ChangeView):
    change = staticmethod(services.redeliver)

    @extend_schema(operation_id="outbox_redeliver", tags=TAGS, request=None, responses=CHANGED)
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Sends an undelivered message again, with all its attempts; one that waits is sent at once."""
        return self._do(request, delivery_id)


class CancelView(_ChangeView):
    change = staticmethod(services.cancel)

    @extend_schema(operation_id="outbox_cancel", tags=TAGS, request=None, responses=CHANGED)
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Gives up a message that has not been delivered."""
        return self._do(request, delivery_id)


class ConfirmView(_ChangeView):
    change = staticmethod(services.confirm)

    @extend_schema(operation_id="outbox_confirm", tags=TAGS, request=None, responses=CHANGED)
    def post(self, request: Request, delivery_id: UUID) -> Response:
        """Says of an uncertain message that it did arrive."""
        return self._do(request, delivery_id)
