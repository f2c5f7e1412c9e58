"""What the chat routes share."""

from typing import Any

from django.utils.translation import get_language
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import (
    ApiKeyAuthentication,
    BearerAuthentication,
    SessionAuthentication,
    VisitorCookieAuthentication,
)
from accounts.api.permissions import ChatAccess
from accounts.choices import Scope
from accounts.models import AnonymousSubscriber, User
from accounts.services.standing import standing_of
from chat.api.throttles import ChatThrottle
from chat.language import language_of
from chat.turns.access import Grant
from chat.widgets.permissions import NotThroughAWidget
from config.api import AnyTypeJSONParser, IgnoreAcceptNegotiation


def actor_of(request: Request) -> User | AnonymousSubscriber | None:
    """The person or visitor who calls; None for a caller without identity."""
    return request.user if isinstance(request.user, User | AnonymousSubscriber) else None


def grant_of(request: Request) -> Grant:
    """Leave to read on for as long as the caller would still be let in."""
    by_session = type(request.successful_authenticator) is SessionAuthentication
    session_key = request._request.session.session_key if by_session else None
    credential: Any = request.auth
    return Grant(standing_of(actor_of(request), credential, session_key=session_key))


def language_for(text: str) -> str:
    """The language to answer in: the question's, else the request's."""
    return language_of(text, default="ru" if (get_language() or "").startswith("ru") else "en")


class ChatView(APIView):
    """For people, visitors and, where the setting allows, anybody; asking is throttled."""

    authentication_classes = (
        BearerAuthentication,
        ApiKeyAuthentication,
        SessionAuthentication,
        VisitorCookieAuthentication,
    )
    permission_classes = (ChatAccess, NotThroughAWidget)
    parser_classes = (AnyTypeJSONParser,)
    content_negotiation_class = IgnoreAcceptNegotiation
    required_scopes = {
        "GET": Scope.CHAT_READ,
        "POST": Scope.CHAT_WRITE,
        "PATCH": Scope.CHAT_WRITE,
        "DELETE": Scope.CHAT_WRITE,
    }
    asks = False

    def get_throttles(self) -> list[Any]:
        return [ChatThrottle()] if self.asks else []
