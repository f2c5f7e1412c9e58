"""ASGI entry point: HTTP to Django, WebSockets to Channels."""

import os
from typing import Any, cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.sessions import CookieMiddleware  # noqa: E402
from django.urls import get_resolver, re_path  # noqa: E402

from chat import routing as chat  # noqa: E402
from config.flow import FlowControl  # noqa: E402
from config.memory import keep_for_good  # noqa: E402
from config.oneturn import OneTurnHandler, by_path  # noqa: E402
from config.sockets import TracedSocket, refuse  # noqa: E402
from config.threads import take_short_turns  # noqa: E402
from tickets import routing as tickets  # noqa: E402

take_short_turns()
sockets = URLRouter([*chat.websocket_urlpatterns, *tickets.websocket_urlpatterns, re_path("", cast("Any", refuse))])
application = FlowControl(
    ProtocolTypeRouter({"http": by_path(http, OneTurnHandler()), "websocket": TracedSocket(CookieMiddleware(sockets))})
)
# All views, before the first request wants them.
len(get_resolver().url_patterns)
keep_for_good()
