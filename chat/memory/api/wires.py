"""The assistant's own wire: what it remembers of the caller, and forgetting it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.assistant import AssistantView
from chat.api.base import actor_of
from chat.memory.api.serializers import StatusMessageSerializer, WireMemoryQuery, WireMemorySerializer
from chat.memory.holders import holder_of
from chat.memory.reports import memory_json
from chat.memory.services import clear_context, erase_all
from config.network import client_ip


class WireView(AssistantView):
    asks = False


class WireMemoryView(WireView):
    @extend_schema(operation_id="assistant_memory", parameters=[WireMemoryQuery], responses=WireMemorySerializer)
    def get(self, request: Request) -> Response:
        """The newest of what is remembered of the caller, the oldest of them first; `topic` filters by words."""
        query = WireMemoryQuery(data=request.query_params)
        if not query.is_valid():
            name, problems = next(iter(query.errors.items()))
            raise ParseError(f"{name}: {problems[0]}")
        values = query.validated_data
        return Response(memory_json(actor_of(request), values["limit"], values["topic"]))


class ClearMemoryView(WireView):
    """Forgets all that is remembered of the caller."""

    done = "success"

    @extend_schema(operation_id="assistant_memory_clear", request=None, responses=StatusMessageSerializer)
    def post(self, request: Request) -> Response:
        return Response({"status": self.done, "message": forget_everything(actor_of(request))})


class ResetMemoryView(ClearMemoryView):
    done = "ok"

    @extend_schema(operation_id="assistant_reset_memory", request=None, responses=StatusMessageSerializer)
    def post(self, request: Request) -> Response:
        return super().post(request)


class ClearContextView(WireView):
    @extend_schema(operation_id="assistant_clear_context", request=None, responses=StatusMessageSerializer)
    def post(self, request: Request) -> Response:
        """What was said so far in the caller's conversations with the assistant no longer enters prompts."""
        cleared = clear_context(actor_of(request), address=client_ip(request._request))
        text = ngettext(
            "The context of %(n)d conversation is cleared.", "The context of %(n)d conversations is cleared.", cleared
        )
        return Response({"status": "ok", "message": text % {"n": cleared} if cleared else _("There was no context.")})


def forget_everything(actor: Any) -> str:
    """What was done, in words."""
    holder = holder_of(actor)
    if holder is None:
        return _("Nothing is remembered of callers without a token.")
    erased = erase_all(holder, actor=actor).memories
    return ngettext("%(n)d memory is forgotten.", "%(n)d memories are forgotten.", erased) % {"n": erased}
