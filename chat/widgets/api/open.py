"""What a host page may ask without a token: the widget's looks, and a token."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.widgets.api.base import OpenView, refuse_unless_allowed
from chat.widgets.api.serializers import ConfigSerializer, LanguageQuery, SessionBody, SessionSerializer
from chat.widgets.config import config_of
from chat.widgets.services.asking import conversations_of
from chat.widgets.services.sessions import open_session
from chat.widgets.texts import language_for
from chat.widgets.wire import summary_json
from config.api import DetailSerializer, utc_z

TAGS = ["widgets"]
# Long enough for a visit's page views, short enough for a change to be seen.
CONFIG_SECONDS = 60


class ConfigView(OpenView):
    @extend_schema(
        tags=TAGS,
        parameters=[LanguageQuery],
        responses={200: ConfigSerializer, 403: DetailSerializer, 404: DetailSerializer},
    )
    def get(self, request: Request, key: str) -> Response:
        """How the widget looks and what its button says, in the visitor's language."""
        self.note(request)
        headers = {"Cache-Control": f"private, max-age={CONFIG_SECONDS}", "Vary": "Accept-Language"}
        return Response(config_of(self.widget, language_for(self.widget)), headers=headers)


class SessionView(OpenView):
    @extend_schema(
        tags=TAGS,
        parameters=[LanguageQuery],
        request=SessionBody,
        responses={200: SessionSerializer, 403: DetailSerializer, 404: DetailSerializer, 429: DetailSerializer},
    )
    def post(self, request: Request, key: str) -> Response:
        """A token of a visitor of this widget. The Origin header is required and must be on the widget's list.

        `resume` brings the same visitor back, from the same site; without it a new one comes.
        """
        body = SessionBody(data=request.data)
        body.is_valid(raise_exception=True)
        origin = request.headers.get("origin", "")
        refuse_unless_allowed(self.widget, origin, host=request.get_host())
        self.note(request)
        opened = open_session(self.widget, origin=origin, resume=body.validated_data["resume"])
        newest = conversations_of(opened.session).first()
        return Response(
            {
                "access_token": opened.token,
                "token_type": "bearer",
                "expires_at": utc_z(opened.expires_at),
                "resume": opened.resume,
                "config": config_of(self.widget, language_for(self.widget)),
                "conversation": summary_json(newest),
            }
        )
