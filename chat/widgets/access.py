"""Who may talk with a widget, and from where. Checked anew on every request and every frame."""

from typing import Any
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from accounts.models import AnonymousSubscriber
from chat.widgets.models import Widget, WidgetSession
from chat.widgets.origins import is_allowed, is_own
from chat.widgets.services.sessions import session_of


class OriginRefused(Exception):
    """The page may not use the widget; `str(error)` says why, in words for whoever installs it."""


def check_origin(widget: Widget, origin: str, *, host: str) -> None:
    """Raises OriginRefused unless `origin`, the Origin header, is this server's own or on the widget's list."""
    if not origin:
        raise OriginRefused(_("The request names no site: it carries no Origin header."))
    if origin == "null":
        raise OriginRefused(_("A page opened from a file or in a sandbox has no address that could be allowed."))
    if not (is_own(origin, host) or is_allowed(origin, widget.origins)):
        raise OriginRefused(_("%(origin)s is not on the widget's list of sites.") % {"origin": origin[:200]})


def is_admitted(session: WidgetSession | None, *, key: str, origin: str, host: str) -> bool:
    """Whether a token of this session opens the widget `key` for a page at `origin`.

    Browsers leave the Origin header out only where a page reads from its own server, as the panel does.
    """
    widget = session.widget if session else None
    if session is None or widget is None or not widget.enabled or widget.key != key:
        return False
    try:
        check_origin(widget, session.origin, host=host)
        if origin:
            check_origin(widget, origin, host=host)
    except OriginRefused:
        return False
    return True


def admits_socket(visitor: AnonymousSubscriber, scope: dict[str, Any]) -> bool:
    """Whether a visitor's handshake is at the right door: a widget's visitor at that widget, others elsewhere."""
    session = session_of(visitor)
    key = widget_key(scope)
    if session is None:
        return not key
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers") or []}
    origin, host = headers.get(b"origin", ""), headers.get(b"host", "")
    return is_admitted(session, key=key, origin=origin, host=host)


def widget_key(scope: dict[str, Any]) -> str:
    """The widget whose socket this is; empty at any other socket."""
    return str(scope.get("url_route", {}).get("kwargs", {}).get("widget_key", ""))


def asked_language(query: str) -> str:
    """The `lang` of a query string, when it is one of ours; else empty."""
    asked = parse_qs(query).get("lang", [""])[0].lower()[:2]
    return asked if asked in {"en", "ru"} else ""
