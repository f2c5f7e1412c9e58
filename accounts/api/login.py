"""`/login/`: tokens for users by an OAuth2 password grant, and for visitors."""

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.common import LoginView, log_in_or_refuse, refusals
from accounts.api.serializers import PasswordGrantBody, TokenResponse
from accounts.services.visitors import create_visitor
from config.api import AnyTypeJSONParser, BotPlatformErrors, DetailSerializer

TAGS = ["login"]


class AccessTokenView(BotPlatformErrors, LoginView):
    parser_classes = [FormParser, MultiPartParser, AnyTypeJSONParser]

    @extend_schema(
        tags=TAGS,
        request=PasswordGrantBody,
        responses={200: TokenResponse, 401: DetailSerializer, 429: DetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Exchanges a user name (or e-mail address) and a password for a bearer token."""
        body = PasswordGrantBody(data=request.data)
        body.is_valid(raise_exception=True)
        _user, token = log_in_or_refuse(
            request, login=body.validated_data["username"], password=body.validated_data["password"]
        )
        return Response({"access_token": token, "token_type": "bearer"})


class AnonymousAccessTokenView(BotPlatformErrors, LoginView):
    throttle_scope = "anonymous_token"

    @extend_schema(
        tags=TAGS, request=None, responses={200: TokenResponse, 403: DetailSerializer, 429: DetailSerializer}
    )
    def post(self, request: Request) -> Response:
        """Makes a visitor and answers with the visitor's token."""
        with refusals():
            _visitor, token = create_visitor()
        return Response({"access_token": token, "token_type": "bearer"})
