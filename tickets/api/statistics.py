"""`/tickets/statistics`."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.api import read_query
from tickets.api.base import DETAIL, REFUSED, TAGS, DeskView
from tickets.statistics import by_day, figures, total

MOST_DAYS = 400


class StatisticsQuery(serializers.Serializer[Any]):
    first = serializers.DateField(required=False, help_text="By default thirty days before the last one.")
    last = serializers.DateField(required=False, help_text="By default today, UTC.")
    mailbox = serializers.IntegerField(min_value=1, max_value=2**31, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.setdefault("last", timezone.now().date())
        first = attrs.setdefault("first", last - timedelta(days=30))
        if not timedelta() <= last - first <= timedelta(days=MOST_DAYS):
            text = _("From the first to the last day there may be %(most)d days.") % {"most": MOST_DAYS}
            raise serializers.ValidationError({"first": [text]})
        return attrs


class FiguresResponse(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="Answers sent.")
    automatic = serializers.IntegerField(help_text="Answers that no person has looked at.")
    first_answered = serializers.IntegerField(help_text="Of the created tickets those with an answer.")
    closed = serializers.IntegerField()
    full_answer = serializers.IntegerField()
    need_more_info = serializers.IntegerField()
    escalated = serializers.IntegerField()
    approved = serializers.IntegerField()
    edited = serializers.IntegerField()
    rejected = serializers.IntegerField()
    ratings = serializers.IntegerField()
    verified = serializers.IntegerField(help_text="Verified resolutions.")
    first_answer_median = serializers.IntegerField(allow_null=True, help_text="Seconds.")
    first_answer_p90 = serializers.IntegerField(allow_null=True)
    resolution_median = serializers.IntegerField(allow_null=True)
    resolution_p90 = serializers.IntegerField(allow_null=True)
    full_answer_share = serializers.FloatField(allow_null=True)
    need_more_info_share = serializers.FloatField(allow_null=True)
    escalated_share = serializers.FloatField(allow_null=True)
    automatic_share = serializers.FloatField(allow_null=True)
    edit_rate = serializers.FloatField(allow_null=True, help_text="Drafts edited or rejected, of those judged.")
    rating = serializers.FloatField(allow_null=True, help_text="The mean, 1 to 5.")


class DayResponse(FiguresResponse):
    day = serializers.DateField()


class StatisticsResponse(serializers.Serializer[Any]):
    first = serializers.DateField()
    last = serializers.DateField()
    total = FiguresResponse()
    days = DayResponse(many=True)


class StatisticsView(DeskView):
    @extend_schema(
        operation_id="tickets_statistics",
        tags=TAGS,
        parameters=[StatisticsQuery],
        responses={200: StatisticsResponse, **REFUSED, 422: DETAIL},
    )
    def get(self, request: Request) -> Response:
        """The figures of the mailboxes that the caller sees, by day (UTC); the latest days are a few minutes old."""
        query = read_query(StatisticsQuery, request)
        rows = figures(actor=request.user, first=query["first"], last=query["last"], mailbox=query.get("mailbox"))
        days = [{"day": day.isoformat(), **found.as_json()} for day, found in by_day(rows).items()]
        span = {"first": query["first"].isoformat(), "last": query["last"].isoformat()}
        return Response({**span, "total": total(rows).as_json(), "days": days})
