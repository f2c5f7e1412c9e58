"""A person's ratings and experience: his own, and nobody else's."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.permissions import IsSubscriber
from chat.api.assistant import AssistantView
from chat.api.base import ChatView, actor_of
from chat.api.throttles import ChatThrottle
from chat.experience.api.serializers import (
    AnswerRatingSerializer,
    ExperienceListSerializer,
    ExperienceOutSerializer,
    ExperienceQuery,
    RateAnswerSerializer,
    WireExperienceSerializer,
    experience_out,
)
from chat.experience.choices import Thumb
from chat.experience.erasing import forget_experience
from chat.experience.models import Experience
from chat.experience.rating import RATED_CHANNELS, NotRateable, NotRemembered, Rating, rate_turn, rating_of
from chat.experience.reports import experience_json
from chat.memory.api.own import holder
from chat.memory.api.serializers import ErasedSerializer
from chat.memory.errors import MemoryRefused
from chat.memory.texts import refusal_text
from chat.models import Turn
from chat.widgets.permissions import NotThroughAWidget
from config.api import DetailSerializer, read_query

LARGEST_ID = 2**63 - 1


class OwnView(ChatView):
    """For callers with an identity: nobody else has experience here."""

    permission_classes: Any = (IsSubscriber, NotThroughAWidget)

    def get_throttles(self) -> list[Any]:
        return [ChatThrottle()] if self.request.method == "POST" else []


class RatingView(OwnView):
    def _turn(self, request: Request, turn_id: UUID) -> Turn:
        """The caller's own; staff read others' answers, but do not rate for them."""
        mine = Turn.objects.visible_to(actor_of(request)).filter(conversation__channel__in=RATED_CHANNELS)
        found: Turn = get_object_or_404(mine.select_related("conversation", "question"), pk=turn_id)
        return found

    @extend_schema(operation_id="turn_rating", responses=AnswerRatingSerializer)
    def get(self, request: Request, turn_id: UUID) -> Response:
        return Response(_rating_out(rating_of(self._turn(request, turn_id))))

    @extend_schema(
        operation_id="turn_rate",
        request=RateAnswerSerializer,
        responses={200: AnswerRatingSerializer, 409: DetailSerializer},
    )
    def post(self, request: Request, turn_id: UUID) -> Response:
        """What the caller says of an answer counts more than the verifier's opinion; a later rating replaces it."""
        turn = self._turn(request, turn_id)
        body = RateAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rating, correction = body.validated_data["rating"], body.validated_data.get("correction")
        if correction and rating != Thumb.DOWN:
            raise ValidationError({"correction": [_("A correction goes with a rating of -1.")]})
        try:
            said = rate_turn(turn, rating, correction=correction, actor=actor_of(request))
        except NotRateable:
            return Response({"detail": _("Only finished answers of a model can be rated.")}, status=409)
        except NotRemembered as error:
            raise ValidationError({"correction": [_("Memory is switched off: nothing you write is kept.")]}) from error
        except MemoryRefused as error:
            raise ValidationError({"correction": [refusal_text(error.code)]}) from error
        return Response(_rating_out(said))


def _rating_out(said: Rating) -> dict[str, Any]:
    return {"rating": said.rating, "correction": said.correction}


class ExperiencesView(OwnView):
    @extend_schema(operation_id="experience_list", parameters=[ExperienceQuery], responses=ExperienceListSerializer)
    def get(self, request: Request) -> Response:
        """What became of the caller's answers, the newest first."""
        query = read_query(ExperienceQuery, request)
        rows = Experience.objects.visible_to(actor_of(request))
        wanted = {"task_type": query["type"], "verdict": query["verdict"]}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        if query["rating"] is not None:
            rows = rows.filter(thumb=query["rating"] or None)
        page = rows[query["skip"] : query["skip"] + query["limit"]]
        return Response({"experience": [experience_out(row) for row in page], "total": rows.count()})

    @extend_schema(operation_id="experience_erase", responses=ErasedSerializer)
    def delete(self, request: Request) -> Response:
        """Erases all of it, for good; memories stay."""
        erased = forget_experience(holder(request), Experience.objects.all(), actor=actor_of(request))
        return Response({"erased": erased})


class ExperienceView(OwnView):
    def _find(self, request: Request, experience_id: int) -> Experience:
        if experience_id > LARGEST_ID:
            raise Http404
        found: Experience = get_object_or_404(Experience.objects.visible_to(actor_of(request)), pk=experience_id)
        return found

    @extend_schema(operation_id="experience_read", responses=ExperienceOutSerializer)
    def get(self, request: Request, experience_id: int) -> Response:
        return Response(experience_out(self._find(request, experience_id)))

    @extend_schema(operation_id="experience_forget", responses={204: None})
    def delete(self, request: Request, experience_id: int) -> Response:
        row = self._find(request, experience_id)
        forget_experience(holder(request), Experience.objects.filter(pk=row.pk), actor=actor_of(request))
        return Response(status=204)


class WireExperienceView(AssistantView):
    asks = False

    @extend_schema(operation_id="assistant_experience", responses=WireExperienceSerializer)
    def get(self, request: Request) -> Response:
        """The caller's figures and last lessons, and what the server's assistant is like."""
        return Response(experience_json(actor_of(request)))
