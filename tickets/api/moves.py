"""Merging and splitting tickets, and taking it back."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from tickets.api.base import CHANGED, TAGS, DeskView, NoSuchTicket, refusals
from tickets.api.serializers import MergeBody, MoveResponse, SplitBody
from tickets.models import TicketMessage, TicketMove
from tickets.services import moves


class MergeView(DeskView):
    @extend_schema(operation_id="tickets_merge", tags=TAGS, request=MergeBody, responses={200: MoveResponse, **CHANGED})
    def post(self, request: Request, key: str) -> Response:
        """Makes the ticket part of another one."""
        self.require("change_ticket")
        source, body = self.ticket(key), MergeBody(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            target = self.ticket(body.validated_data["target"])
        except NoSuchTicket as error:
            raise ValidationError({"target": [_("There is no such ticket.")]}) from error
        with refusals():
            move = moves.merge(source, target, actor=current_user(request))
        return Response(MoveResponse(move).data)


class SplitView(DeskView):
    @extend_schema(operation_id="tickets_split", tags=TAGS, request=SplitBody, responses={200: MoveResponse, **CHANGED})
    def post(self, request: Request, key: str) -> Response:
        """Makes a ticket of its own of some of the messages."""
        self.require("change_ticket")
        ticket, body = self.ticket(key), SplitBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = set(body.validated_data["messages"])
        chosen = list(TicketMessage.objects.filter(ticket=ticket, uuid__in=wanted))
        if len(chosen) != len(wanted):
            raise ValidationError({"messages": [_("These messages do not belong to the ticket.")]})
        with refusals():
            move = moves.split(ticket, chosen, subject=body.validated_data["subject"], actor=current_user(request))
        return Response(MoveResponse(move).data)


class UndoView(DeskView):
    @extend_schema(operation_id="tickets_move_undo", tags=TAGS, request=None, responses={200: MoveResponse, **CHANGED})
    def post(self, request: Request, move_id: int) -> Response:
        """Takes a merge or a split back."""
        self.require("change_ticket")
        visible = self.tickets()
        move = TicketMove.objects.filter(pk=move_id, source__in=visible, target__in=visible).first()
        if move is None:
            raise NotFound
        with refusals():
            moves.undo(move, actor=current_user(request))
        return Response(MoveResponse(move).data)
