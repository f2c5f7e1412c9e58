"""`/tickets`: lists, search, and one ticket."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import read_query
from tickets.api.base import CHANGED, DETAIL, MISSING, REFUSED, TAGS, TICKET_RELATED, DeskView, page_of, refusals
from tickets.api.changing import change
from tickets.api.serializers import SearchQuery, TicketChanges, TicketListResponse, TicketQuery, TicketResponse
from tickets.choices import TicketState
from tickets.filters import in_queue, narrowed
from tickets.models import Ticket
from tickets.search import find_tickets

NEWEST = ("last_message_at", "pk")


class TicketsView(DeskView):
    @extend_schema(
        operation_id="tickets_list",
        tags=TAGS,
        parameters=[TicketQuery],
        responses={200: TicketListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """Tickets, the ones with the newest messages first; merged ones only when their state is asked for."""
        query = read_query(TicketQuery, request)
        rows = wanted(self, query)
        if "q" in query:
            found = find_tickets(rows, query["q"], limit=query["limit"])
            return Response({"tickets": TicketResponse(loaded(rows, found), many=True).data, "next": None})
        page, cursor = page_of(with_related(rows), query, order=NEWEST)
        return Response({"tickets": TicketResponse(page, many=True).data, "next": cursor})


class SearchView(DeskView):
    @extend_schema(
        operation_id="tickets_search",
        tags=TAGS,
        parameters=[SearchQuery],
        responses={200: TicketListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """Tickets that hold every word in any of its forms, Russian and English, the newest first.

        `"a phrase"` has to be said word for word, an address finds what came from it or names it, a number the ticket.
        """
        query = read_query(SearchQuery, request)
        rows = wanted(self, query)
        found = find_tickets(rows, query["q"], limit=query["limit"])
        return Response({"tickets": TicketResponse(loaded(rows, found), many=True).data, "next": None})


class TicketView(DeskView):
    @extend_schema(operation_id="tickets_read", tags=TAGS, responses={200: TicketResponse, **MISSING})
    def get(self, request: Request, key: str) -> Response:
        """One ticket, by its number or its id."""
        return Response(TicketResponse(self.ticket(key)).data)

    @extend_schema(
        operation_id="tickets_change", tags=TAGS, request=TicketChanges, responses={200: TicketResponse, **CHANGED}
    )
    def patch(self, request: Request, key: str) -> Response:
        """Changes what is named, all of it or nothing."""
        self.require("change_ticket")
        ticket = self.ticket(key)
        body = TicketChanges(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            change(ticket, body.validated_data, actor=current_user(request))
        return Response(TicketResponse(self.ticket(key)).data)


def wanted(view: DeskView, query: dict[str, Any]) -> "QuerySet[Ticket]":
    """The caller's tickets that a query asks for."""
    rows = narrowed(view.tickets(), query)
    if "state" not in query:
        rows = rows.exclude(state=TicketState.MERGED)
    if "queue" in query:
        rows = in_queue(rows, query["queue"], actor=view.request.user, now=timezone.now())
    return rows


def with_related(rows: "QuerySet[Ticket]") -> "QuerySet[Ticket]":
    return rows.select_related(*TICKET_RELATED).prefetch_related("tags")


def loaded(rows: "QuerySet[Ticket]", numbers: list[int]) -> list[Ticket]:
    """The tickets of these numbers, in their order."""
    found = with_related(rows).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]
