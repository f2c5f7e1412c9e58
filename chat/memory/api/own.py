"""A person's own memory: listed, added to, corrected, exported, erased, switched off."""

import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsSubscriber
from chat.api.base import ChatView, actor_of
from chat.api.throttles import ChatThrottle
from chat.memory.api.serializers import (
    ErasedSerializer,
    MemoryInSerializer,
    MemoryListSerializer,
    MemoryPatchSerializer,
    MemoryQuery,
    MemorySerializer,
    MemorySettingsSerializer,
    memory_out,
)
from chat.memory.choices import Validation
from chat.memory.errors import MemoryRefused, SameMemory
from chat.memory.exporting import export_of
from chat.memory.holders import Holder, holder_of
from chat.memory.models import Memory
from chat.memory.recall import account_state
from chat.memory.reports import about
from chat.memory.services import correct, decide, erase_all, forget_one, remember, set_enabled
from chat.memory.texts import refusal_text
from chat.memory.writing import Draft
from chat.widgets.permissions import NotThroughAWidget
from config.api import read_query


class OwnMemoryView(ChatView):
    """For callers with an identity: nobody else has a memory here."""

    permission_classes: Any = (IsSubscriber, NotThroughAWidget)

    def get_throttles(self) -> list[Any]:
        return [ChatThrottle()] if self.request.method in {"POST", "PATCH"} else []

    def rows(self, request: Request) -> Any:
        return Memory.objects.visible_to(actor_of(request)).defer("vector", "terms")


def holder(request: Request) -> Holder:
    found = holder_of(actor_of(request))
    if found is None:
        raise ValueError("the permission lets nobody without identity pass")
    return found


def is_enabled(request: Request) -> bool:
    state = account_state(holder(request))
    return state is None or state[0]


class MemoriesView(OwnMemoryView):
    @extend_schema(operation_id="memory_list", parameters=[MemoryQuery], responses=MemoryListSerializer)
    def get(self, request: Request) -> Response:
        """What is remembered of the caller, the newest first; `q` searches by words, whatever their form."""
        query = read_query(MemoryQuery, request)
        wanted = {"memory_type": query["type"], "category": query["category"], "validation": query["validation"]}
        rows = about(self.rows(request), query["q"]).filter(**{name: value for name, value in wanted.items() if value})
        page = rows[query["skip"] : query["skip"] + query["limit"]]
        return Response(
            {"memories": [memory_out(row) for row in page], "total": rows.count(), "enabled": is_enabled(request)}
        )

    @extend_schema(
        operation_id="memory_create",
        request=MemoryInSerializer,
        responses={200: MemorySerializer, 201: MemorySerializer},
    )
    def post(self, request: Request) -> Response:
        """Remembers what the person says in so many words; 200 when it was known already."""
        body = MemoryInSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        draft = Draft(**{**values, "tags": tuple(values["tags"])}, confidence=1.0, validation=Validation.USER_CONFIRMED)
        (kept,) = remember(holder(request), [draft])
        if kept.memory is None or kept.outcome == "refused":
            raise ValidationError({"text": [refusal_text(kept.code)]})
        return Response(memory_out(kept.memory), status=201 if kept.outcome == "added" else 200)

    @extend_schema(operation_id="memory_erase", responses=ErasedSerializer)
    def delete(self, request: Request) -> Response:
        """Erases all of it, for good; what was said so far is not learned from any more."""
        return Response({"erased": erase_all(holder(request), actor=actor_of(request)).memories})


class MemoryView(OwnMemoryView):
    def _find(self, request: Request, memory_id: UUID) -> Memory:
        found: Memory = get_object_or_404(self.rows(request), pk=memory_id)
        return found

    @extend_schema(operation_id="memory_read", responses=MemorySerializer)
    def get(self, request: Request, memory_id: UUID) -> Response:
        return Response(memory_out(self._find(request, memory_id)))

    @extend_schema(operation_id="memory_correct", request=MemoryPatchSerializer, responses=MemorySerializer)
    def patch(self, request: Request, memory_id: UUID) -> Response:
        """Corrects a memory, which confirms it; with `validation` confirms or rejects it."""
        memory = self._find(request, memory_id)
        body = MemoryPatchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = dict(body.validated_data)
        decision = values.pop("validation", "")
        if values:
            memory = _corrected(memory, values, actor_of(request))
        if decision:
            decide(memory, decision, actor=actor_of(request))
        return Response(memory_out(self._find(request, memory_id)))

    @extend_schema(operation_id="memory_forget", responses={204: None})
    def delete(self, request: Request, memory_id: UUID) -> Response:
        forget_one(self._find(request, memory_id), actor=actor_of(request))
        return Response(status=204)


def _corrected(memory: Memory, values: dict[str, Any], actor: Any) -> Memory:
    try:
        return correct(memory, values, actor=actor)
    except MemoryRefused as error:
        raise ValidationError({"text": [refusal_text(error.code)]}) from error
    except SameMemory as error:
        raise ValidationError({"text": [_("Another memory says the same.")]}) from error


class MemoryExportView(OwnMemoryView):
    @extend_schema(operation_id="memory_export", responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request) -> HttpResponse:
        """All of it as a JSON file."""
        text = json.dumps(export_of(holder(request)), ensure_ascii=False, indent=2)
        headers = {"Content-Disposition": 'attachment; filename="memories.json"', "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="application/json; charset=utf-8", headers=headers)


class MemorySettingsView(OwnMemoryView):
    @extend_schema(operation_id="memory_settings", responses=MemorySettingsSerializer)
    def get(self, request: Request) -> Response:
        return Response({"enabled": is_enabled(request)})

    @extend_schema(operation_id="memory_switch", request=MemorySettingsSerializer, responses=MemorySettingsSerializer)
    def patch(self, request: Request) -> Response:
        """Switched off, nothing is learned of the caller and nothing recalled; what is there stays until erased."""
        body = MemorySettingsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        set_enabled(holder(request), enabled=body.validated_data["enabled"], actor=actor_of(request))
        return Response({"enabled": is_enabled(request)})
