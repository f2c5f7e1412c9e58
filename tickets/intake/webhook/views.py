"""The route that mail programs, mail servers and other products post mails to."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import ApiKeyAuthentication, BearerAuthentication
from accounts.choices import Scope
from config.api import IgnoreAcceptNegotiation
from tickets.choices import Decision, InboundState
from tickets.intake.composing import compose
from tickets.intake.storing import Taken, take_in
from tickets.intake.webhook.access import MayPostMail, SecretAuthentication
from tickets.intake.webhook.fields import envelope_of, mail_of
from tickets.intake.webhook.reading import MailParser, Posted
from tickets.intake.webhook.waiting import decision_for, result_of
from tickets.services.moving import final_ticket

YES = ("1", "true", "yes", "on")


class AttachedFile(serializers.Serializer[Any]):
    filename = serializers.CharField()
    content_type = serializers.CharField(required=False)
    content_base64 = serializers.CharField()
    content_id = serializers.CharField(required=False, help_text="Of a picture inside the HTML text.")


class PostedMail(serializers.Serializer[Any]):
    """Further names are understood: sender, from_email, recipient, body, body_plain, body_html, and camel case."""

    subject = serializers.CharField(max_length=998, allow_blank=True)
    to = serializers.CharField(required=False, help_text="Addresses with commas between them, or a list.")
    cc = serializers.CharField(required=False)
    reply_to = serializers.CharField(required=False)
    text = serializers.CharField(required=False)
    html = serializers.CharField(required=False)
    message_id = serializers.CharField(required=False)
    in_reply_to = serializers.CharField(required=False)
    references = serializers.CharField(required=False)
    date = serializers.CharField(required=False, help_text="ISO 8601, or as in mails.")
    envelope_to = serializers.CharField(required=False, help_text="To whom the mail was delivered.")
    attachments = AttachedFile(many=True, required=False)
    headers = serializers.DictField(child=serializers.CharField(), required=False)

    def get_fields(self) -> dict[str, Any]:
        # No attribute of a class can have this name.
        return {"from": serializers.CharField(help_text="Name <address>, or {email, name}."), **super().get_fields()}


class AcceptedMail(serializers.Serializer[Any]):
    """`status`: ticket, ignored, quarantine, received. Without a ticket, `reason` says why."""

    ticket_id = serializers.UUIDField(allow_null=True)
    message_id = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=InboundState.values)
    mail_id = serializers.UUIDField()
    ticket_number = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)


class DecidedMail(serializers.Serializer[Any]):
    full_name = serializers.CharField(allow_blank=True)
    issue_summary = serializers.CharField(allow_blank=True)
    decision = serializers.ChoiceField(choices=Decision.values)
    draft_reply = serializers.CharField(allow_blank=True)
    ticket_id = serializers.UUIDField()
    ticket_number = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    evidence = serializers.ListField(child=serializers.DictField())
    action = serializers.CharField(allow_blank=True)
    degraded = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()


class EmailWebhookView(APIView):
    authentication_classes = (SecretAuthentication, ApiKeyAuthentication, BearerAuthentication)
    permission_classes = (MayPostMail,)
    parser_classes = (MailParser,)
    content_negotiation_class = IgnoreAcceptNegotiation
    required_scopes = {"POST": Scope.TICKETS_WRITE}

    @extend_schema(
        operation_id="email_webhook",
        summary="Take in one e-mail",
        description=(
            "JSON, a raw message (message/rfc822), or a form with the raw message in `email` or `body-mime`, or with "
            "the fields of the JSON form. The same mail again is answered like the first time. With `wait=true` the "
            "answer is 200 with the decision, if it is made within 30 seconds."
        ),
        parameters=[OpenApiParameter("wait", OpenApiTypes.BOOL, description="Wait for the decision.")],
        request={
            "application/json": PostedMail,
            "message/rfc822": OpenApiTypes.BINARY,
            "multipart/form-data": PostedMail,
        },
        responses={202: AcceptedMail, 200: DecidedMail},
        tags=["tickets"],
    )
    def post(self, request: Request) -> Response:
        taken = take_posted(request.data)
        if request.query_params.get("wait", "").lower() in YES and taken.message is not None:
            triage = decision_for(taken.message)
            if triage is not None:
                return Response(result_of(triage, taken.message.ticket))
        return Response(accepted(taken), status=202)


def take_posted(posted: object) -> Taken:
    """Raises ValidationError for fields that make no mail."""
    if not isinstance(posted, Posted):
        # A request without a body is not even read.
        raise serializers.ValidationError({"from": ["This field is required."]})
    raw = posted.raw if posted.raw is not None else compose(mail_of(posted))
    return take_in(raw, source=posted.source, envelope_to=envelope_of(posted))


def accepted(taken: Taken) -> dict[str, Any]:
    ticket = final_ticket(taken.ticket) if taken.ticket is not None else None
    return {
        "ticket_id": ticket.uuid if ticket is not None else None,
        "message_id": taken.message.uuid if taken.message is not None else None,
        "status": taken.status,
        "mail_id": taken.inbound.pk,
        "ticket_number": ticket.pk if ticket is not None else None,
        "reason": taken.inbound.reason,
    }
