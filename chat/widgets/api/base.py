"""What the widget routes share: who may call from where, and which origin may read the answer."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import activate
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.parsers import FormParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import BearerAuthentication
from accounts.api.throttling import AddressRateThrottle
from accounts.models import AnonymousSubscriber
from chat.widgets.access import OriginRefused, asked_language, check_origin, is_admitted
from chat.widgets.models import Widget, WidgetSession
from chat.widgets.origins import is_own
from chat.widgets.services.sessions import session_of
from chat.widgets.services.sightings import note_sighting
from chat.widgets.texts import language_for
from config.api import AnyTypeJSONParser, IgnoreAcceptNegotiation

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, last-event-id",
    "Access-Control-Max-Age": "600",
}


class WidgetView(APIView):
    """Base: the answer may be read by the page's origin alone, and only if the widget's list has it."""

    parser_classes = (FormParser, AnyTypeJSONParser)
    content_negotiation_class = IgnoreAcceptNegotiation
    allowed_origin = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return preflight(request, kwargs["key"])
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.widget = find_widget(kwargs["key"])
        self.refuse_other_sites(request)
        if not self.widget.enabled:
            raise PermissionDenied(_("The widget is switched off."))
        activate(language_for(self.widget, asked_language(request.META.get("QUERY_STRING", ""))))
        super().initial(request, *args, **kwargs)

    def refuse_other_sites(self, request: Request) -> None:
        """Without an Origin header a page reads from its own server; that one needs no permission of ours."""
        if origin := request.headers.get("origin", ""):
            refuse_unless_allowed(self.widget, origin, host=request.get_host())
            self.allowed_origin = origin

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if self.allowed_origin:
            final["Access-Control-Allow-Origin"] = self.allowed_origin
            final["Access-Control-Expose-Headers"] = "Retry-After"
        final.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(final, ["Origin"])
        return final


class IsItsVisitor(BasePermission):
    """A token of this widget, used from where the widget may be used."""

    message = "The token does not open this widget here."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, AnonymousSubscriber):
            return False
        view.session = session_of(request.user)
        return is_admitted(view.session, key=view.widget.key, origin=view.allowed_origin, host=request.get_host())


class VisitorView(WidgetView):
    """Base: for visitors with a token of this widget."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (IsItsVisitor,)
    session: WidgetSession


class OpenView(WidgetView):
    """Base: for anybody on an allowed site; counted by address."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (AddressRateThrottle,)
    throttle_scope = "widget_session"

    def note(self, request: Request) -> None:
        origin = self.allowed_origin
        if origin and not is_own(origin, request.get_host()):
            note_sighting(self.widget, origin, refused=False)


def find_widget(key: str) -> Widget:
    """The widget, on or off; raises NotFound."""
    widget: Widget | None = Widget.objects.select_related("model").filter(key=key).first()
    if widget is None:
        raise NotFound(_("There is no such widget."))
    return widget


def refuse_unless_allowed(widget: Widget, origin: str, *, host: str) -> None:
    """Raises PermissionDenied with the reason; what was refused is noted for staff."""
    try:
        check_origin(widget, origin, host=host)
    except OriginRefused as error:
        if origin:
            note_sighting(widget, origin, refused=True)
        raise PermissionDenied(str(error)) from error


def preflight(request: HttpRequest, key: str) -> HttpResponse:
    """The answer to a browser that asks before it sends; without permission there is nothing in it."""
    origin = request.headers.get("origin", "")
    response = HttpResponse(status=204)
    patch_vary_headers(response, ["Origin"])
    widget = Widget.objects.enabled().filter(key=key).first()
    try:
        if widget is None:
            return response
        check_origin(widget, origin, host=request.get_host())
    except OriginRefused:
        return response
    for name, value in {"Access-Control-Allow-Origin": origin, **PREFLIGHT}.items():
        response[name] = value
    if request.headers.get("access-control-request-private-network") == "true":
        response["Access-Control-Allow-Private-Network"] = "true"
    return response
