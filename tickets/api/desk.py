"""The set-up of the desk as its clients need it: mailboxes, canned answers; and customers."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import current_user
from config.api import UtcDateTimeField, read_query
from tickets.addresses import comparable
from tickets.answers import canned as canned_answers
from tickets.api.base import CHANGED, DETAIL, MISSING, REFUSED, TAGS, DeskView, Paged, page_of, refusals
from tickets.choices import AnswerKind, AutopilotLevel, TicketPriority
from tickets.erasure import erase
from tickets.models import CannedAnswer, Customer, Mailbox
from tickets.querysets import seen_mailboxes


class MailboxResponse(serializers.ModelSerializer[Mailbox]):
    autopilot = serializers.ChoiceField(AutopilotLevel.choices)
    is_paused = serializers.BooleanField()

    class Meta:
        model = Mailbox
        fields = (
            "id",
            "name",
            "address",
            "aliases",
            "language",
            "enabled",
            "is_default",
            "autopilot",
            "shadow",
            "is_paused",
        )
        read_only_fields = fields


class MailboxListResponse(serializers.Serializer[Any]):
    mailboxes = MailboxResponse(many=True)


class MailboxesView(DeskView):
    @extend_schema(operation_id="tickets_mailboxes", tags=TAGS, responses={200: MailboxListResponse, **REFUSED})
    def get(self, request: Request) -> Response:
        """The mailboxes whose tickets the caller sees."""
        seen = seen_mailboxes(request.user)
        rows = Mailbox.objects.all() if seen is None else Mailbox.objects.filter(pk__in=seen)
        return Response({"mailboxes": MailboxResponse(rows, many=True).data})


class CannedResponse(serializers.ModelSerializer[CannedAnswer]):
    kind = serializers.ChoiceField(AnswerKind.choices)
    mailbox = serializers.IntegerField(source="mailbox_id", allow_null=True)
    set_state = serializers.CharField()
    set_priority = serializers.ChoiceField(TicketPriority.choices, allow_null=True)

    class Meta:
        model = CannedAnswer
        fields = (
            "id",
            "name",
            "text_en",
            "text_ru",
            "kind",
            "mailbox",
            "set_state",
            "set_priority",
            "assign_to_me",
            "uses",
        )
        read_only_fields = fields


class CannedListResponse(serializers.Serializer[Any]):
    canned = CannedResponse(many=True)


class RenderedResponse(serializers.Serializer[Any]):
    text = serializers.CharField()


def visible_canned(user: Any) -> Any:
    """Those for all mailboxes, and those for the ones that the caller sees."""
    seen = seen_mailboxes(user)
    rows = CannedAnswer.objects.all()
    return rows if seen is None else rows.filter(Q(mailbox__isnull=True) | Q(mailbox__in=seen))


class CannedView(DeskView):
    @extend_schema(operation_id="tickets_canned", tags=TAGS, responses={200: CannedListResponse, **REFUSED})
    def get(self, request: Request) -> Response:
        """The canned answers, by name."""
        return Response({"canned": CannedResponse(visible_canned(request.user), many=True).data})


class RenderView(DeskView):
    @extend_schema(
        operation_id="tickets_canned_render", tags=TAGS, responses={200: RenderedResponse, **MISSING, 422: DETAIL}
    )
    def get(self, request: Request, key: str, canned_id: int) -> Response:
        """A canned answer's text for this ticket, in its customer's language and with its variables filled in."""
        ticket = self.ticket(key)
        row = visible_canned(request.user).filter(pk=canned_id).first()
        if row is None:
            raise NotFound
        with refusals():
            return Response({"text": canned_answers.render(row, ticket, actor=current_user(request))})


class CustomerResponse(serializers.ModelSerializer[Customer]):
    id = serializers.UUIDField(source="uuid")
    addresses = serializers.SerializerMethodField()
    created_at = UtcDateTimeField()
    erased_at = UtcDateTimeField(allow_null=True)

    class Meta:
        model = Customer
        fields = ("id", "name", "addresses", "language", "notes", "blocked", "created_at", "erased_at")
        read_only_fields = fields

    def get_addresses(self, customer: Customer) -> list[str]:
        return [row.address for row in customer.addresses.all()]


class CustomerDetailResponse(CustomerResponse):
    tickets = serializers.IntegerField(help_text="How many of them the caller sees.")

    class Meta(CustomerResponse.Meta):
        fields = (*CustomerResponse.Meta.fields, "tickets")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class CustomerListResponse(serializers.Serializer[Any]):
    customers = CustomerResponse(many=True)
    next = serializers.CharField(allow_null=True)


class CustomerQuery(Paged):
    address = serializers.CharField(max_length=320, required=False, help_text="The whole address.")


class ErasureResponse(serializers.Serializer[Any]):
    erased = serializers.DictField(child=serializers.IntegerField(), help_text="How many rows of each kind.")


class CustomersView(DeskView):
    @extend_schema(
        operation_id="tickets_customers",
        tags=TAGS,
        parameters=[CustomerQuery],
        responses={200: CustomerListResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """Those who have written to mailboxes that the caller sees, the newest first."""
        self.require("view_customer")
        query = read_query(CustomerQuery, request)
        rows = Customer.objects.visible_to(request.user)
        if "address" in query:
            rows = rows.filter(addresses__address=comparable(query["address"]))
        page, cursor = page_of(rows.prefetch_related("addresses"), query, order=("pk",))
        return Response({"customers": CustomerResponse(page, many=True).data, "next": cursor})


class CustomerView(DeskView):
    def customer(self, customer_id: UUID) -> Customer:
        found: Customer | None = Customer.objects.visible_to(self.request.user).filter(uuid=customer_id).first()
        if found is None:
            raise NotFound
        return found

    @extend_schema(operation_id="tickets_customer", tags=TAGS, responses={200: CustomerDetailResponse, **MISSING})
    def get(self, request: Request, customer_id: UUID) -> Response:
        """One customer; the tickets are at `/tickets?customer=`."""
        self.require("view_customer")
        found: Any = self.customer(customer_id)
        found.tickets_seen = self.tickets().filter(customer=found).aggregate(count=Count("pk"))["count"]
        return Response({**CustomerResponse(found).data, "tickets": found.tickets_seen})


class EraseView(CustomerView):
    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="tickets_customer_erase", tags=TAGS, request=None, responses={200: ErasureResponse, **CHANGED}
    )
    def post(self, request: Request, customer_id: UUID) -> Response:
        """Erases the personal data of a customer, for good: texts, addresses, attachments, raw mails."""
        self.require("erase_customer")
        with refusals():
            report = erase(self.customer(customer_id), actor=current_user(request))
        return Response({"erased": report.as_dict()})
