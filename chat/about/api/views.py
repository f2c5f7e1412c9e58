"""What the assistant says of itself, on its own wire."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from chat.about.api import serializers
from chat.about.commands import COMMANDS
from chat.about.curiosity import question_for
from chat.about.describing import growth_json, self_json
from chat.about.figures import stats_json
from chat.about.health import health_json
from chat.about.organs import by_status, organs_of
from chat.about.status import status_json
from chat.api.assistant import AssistantView
from chat.api.base import actor_of
from config.network import client_ip


class AboutView(AssistantView):
    """Polled by every client, so it does not count as asking."""

    asks = False

    def caller(self, request: Request) -> tuple[Any, str]:
        """Who asks, and from which address."""
        return actor_of(request), client_ip(request._request)


class StatsView(AboutView):
    @extend_schema(operation_id="assistant_stats", responses=serializers.StatsSerializer)
    def get(self, request: Request) -> Response:
        """Figures of the caller's memory and experience, and of the server's models."""
        return Response(stats_json(*self.caller(request)))


class AssistantHealthView(AboutView):
    @extend_schema(operation_id="assistant_health", responses=serializers.HealthSerializer)
    def get(self, request: Request) -> Response:
        """How the assistant is; `/health/ready` tries out the parts of the server."""
        return Response(health_json(*self.caller(request)))


class StatusView(AboutView):
    @extend_schema(operation_id="assistant_status", responses=serializers.StatusSerializer)
    def get(self, request: Request) -> Response:
        """For mobile clients; `mood` is thoughtful, calm, happy or curious."""
        return Response(status_json(*self.caller(request)))


class SelfView(AboutView):
    @extend_schema(operation_id="assistant_self", responses=serializers.SelfSerializer)
    def get(self, request: Request) -> Response:
        """What the assistant is, in its own words and in the caller's language."""
        return Response(self_json(actor_of(request)))


class OrgansView(AboutView):
    @extend_schema(operation_id="assistant_organs", responses=serializers.OrgansSerializer)
    def get(self, request: Request) -> Response:
        """The parts that the assistant consists of."""
        organs = organs_of(actor_of(request))
        return Response({"organs": organs, "total": len(organs), "by_status": by_status(organs)})


class OrganView(AboutView):
    @extend_schema(
        operation_id="assistant_organ",
        responses={200: serializers.OrganSerializer, 404: serializers.ErrorSerializer},
    )
    def get(self, request: Request, key: str) -> Response:
        found = organs_of(actor_of(request)).get(key)
        if found is None:
            return Response({"error": _("There is no such part.")}, status=404)
        return Response(found)


class GrowthView(AboutView):
    @extend_schema(operation_id="assistant_growth", responses=serializers.GrowthSerializer)
    def get(self, request: Request) -> Response:
        """By what the assistant gets better, and what it can do."""
        return Response(growth_json(actor_of(request)))


class CuriosityView(AboutView):
    @extend_schema(operation_id="assistant_curiosity", responses=serializers.CuriositySerializer)
    def get(self, request: Request) -> Response:
        """What the assistant would like to ask the caller, or null."""
        return Response({"question": question_for(actor_of(request))})


class CommandView(AboutView):
    @extend_schema(
        operation_id="assistant_command",
        request=serializers.CommandInSerializer,
        responses=serializers.CommandOutSerializer,
    )
    def post(self, request: Request) -> Response:
        """What the route of the same name answers; `clear` forgets all that is remembered of the caller."""
        command = request.data.get("command") if isinstance(request.data, dict) else None
        name = command.strip().lower() if isinstance(command, str) else ""
        if name not in COMMANDS:
            raise ParseError(_("command: one of %(names)s is required.") % {"names": ", ".join(COMMANDS)})
        return Response({"result": COMMANDS[name](*self.caller(request))})
